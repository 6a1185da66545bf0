import { entrypoint } from 'destination-apollo/cdk';
import { webhook } from './destination.ts';

await entrypoint(webhook, {
  name: webhook.name,
  version: '0.1.0',
  summary: 'Rows of a warehouse are posted to a URL, every row accounted for.',
  environment: {},
});
