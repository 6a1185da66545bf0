// The package declares types for its index alone, and what stands behind these paths is CommonJS.
declare module 'undici/lib/api/api-connect.js' {
  const connect: import('undici').Dispatcher['connect'];
  // biome-ignore lint/style/noDefaultExport: it is how such a module is imported.
  export default connect;
}
declare module 'undici/lib/api/api-request.js' {
  const request: import('undici').Dispatcher['request'];
  // biome-ignore lint/style/noDefaultExport: as above.
  export default request;
}
declare module 'undici/lib/dispatcher/agent.js' {
  // biome-ignore lint/style/noDefaultExport: as above.
  export { Agent as default } from 'undici';
}
declare module 'undici/lib/dispatcher/dispatcher.js' {
  // biome-ignore lint/style/noDefaultExport: as above.
  export { Dispatcher as default } from 'undici';
}
declare module 'undici/lib/dispatcher/env-http-proxy-agent.js' {
  // biome-ignore lint/style/noDefaultExport: as above.
  export { EnvHttpProxyAgent as default } from 'undici';
}
