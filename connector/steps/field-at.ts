import type { EndpointName } from '../../catalog/object.ts';
import type { Target } from '../record/target.ts';

/** The field that an endpoint writes under the last of these keys. */
export const fieldAt =
  ({ fields }: Target, endpoint: EndpointName) =>
  (path: readonly string[]): string | undefined =>
    [...fields.values()].find(({ writable }) => path.includes(writable[endpoint]?.as ?? ''))?.name;
