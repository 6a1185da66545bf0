import type { EndpointName } from '../../../catalog/object.ts';
import { shownName } from '../../../catalog/shown-name.ts';
import type { Target } from '../../record/target.ts';

/** The field that an endpoint writes under one of these keys, as the mapping names it. */
export const fieldAt =
  ({ fields }: Target, endpoint: EndpointName) =>
  (path: readonly string[]): string | undefined => {
    const field = [...fields.values()].find(({ writable }) => path.includes(writable[endpoint]?.as ?? ''));
    return field && shownName(field);
  };
