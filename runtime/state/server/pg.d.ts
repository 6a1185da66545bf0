// The package declares types for its index alone, and what stands behind this path is CommonJS.
declare module 'pg/lib/client.js' {
  // biome-ignore lint/style/noDefaultExport: it is how such a module is imported.
  export { Client as default } from 'pg';
}
