import {
  type Connection,
  type Dependencies,
  type Destination,
  type Served,
  secretValues,
} from 'destination-apollo/cdk';
import { configSchema, parseConfig, type WebhookConfig, type WebhookStream } from './config.ts';
import { Sender } from './sender.ts';
import { webhookWriter } from './writer.ts';

/** Rows become records of whatever listens at a URL, in batches of JSON. */
export const webhook: Destination<WebhookConfig> = {
  name: 'destination-webhook',
  specification: () => ({
    documentationUrl: 'https://example.com/destination-webhook',
    supportsIncremental: true,
    supported_destination_sync_modes: ['append', 'append_dedup'],
    connectionSpecification: configSchema(),
  }),
  configure(json) {
    const config = parseConfig(json);
    return { config, warnings: [], secrets: secretValues(configSchema(), config) };
  },
  serve({ streams }, { stream }): Served<WebhookStream> {
    const index = streams.findIndex(({ name }) => name === stream.name);
    const properties = stream.json_schema?.['properties'];
    return {
      stream: streams[index] ?? { name: stream.name, key: 'id', object: 'records', mode: 'upsert' },
      path: index < 0 ? `stream "${stream.name}"` : `streams[${index}]`,
      columns: typeof properties === 'object' && properties !== null ? Object.keys(properties) : undefined,
      isClosed: false,
      warnings: [],
    };
  },
  unserved: () => [],
  connect: (config, dependencies) => connectionOf(config, dependencies),
};

function connectionOf(config: WebhookConfig, dependencies: Dependencies): Connection<WebhookStream> {
  const sender = new Sender(config, dependencies);
  // An empty batch writes nothing, and is answered as any other.
  const prove = async (signal: AbortSignal): Promise<string> => {
    await sender.post('POST webhook (empty)', { records: [] }, undefined, signal);
    return 'The webhook takes the secret.';
  };
  return {
    prove,
    check: prove,
    proof: 'POST webhook (empty)',
    discover: async () => ({ catalog: { operations: [] }, warnings: [] }),
    open: async (stream, _path, columns) => ({
      writer: webhookWriter(stream, config, columns ?? [stream.key], sender),
      warnings: [],
    }),
    workspace: { address: new URL(config.url).host },
    traffic: () => sender.traffic(),
    close: () => sender.close(),
  };
}
