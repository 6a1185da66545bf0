import type { DestinationObject } from '../../catalog/object.ts';

/**
 * Where a person sees a record in Apollo's app. No document has these addresses; they are those that the app itself shows
 * (app.apollo.io, 2026-08; unverified for a workspace that has moved to another host).
 */
export const addressInApp = ({ name }: Pick<DestinationObject, 'name'>, id: string): string =>
  `https://app.apollo.io/#/${name}/${encodeURIComponent(id)}`;
