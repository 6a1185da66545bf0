import type { Specification } from '../runtime/contract/protocol.ts';
import { specification } from './specification.ts';

/** What `spec` prints. The build puts the value in the place of this file, so that no start loads a library to make it. */
export const printed: Specification = specification();
