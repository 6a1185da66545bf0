// The index of the package loads fetch, WebSocket, caches and mocks as well: more than half of it, at every start.
import connect from 'undici/lib/api/api-connect.js';
import request from 'undici/lib/api/api-request.js';
import Agent from 'undici/lib/dispatcher/agent.js';
import Dispatcher from 'undici/lib/dispatcher/dispatcher.js';
import EnvHttpProxyAgent from 'undici/lib/dispatcher/env-http-proxy-agent.js';

// As the index does; by `connect` an agent reaches what is behind a proxy.
Dispatcher.prototype.connect = connect;
Dispatcher.prototype.request = request;

export { Agent, EnvHttpProxyAgent };
