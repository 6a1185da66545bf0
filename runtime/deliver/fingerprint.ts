import { hash } from 'node:crypto';

/** A hash of a text: equal texts have equal ones, and the text cannot be found from it. */
export const fingerprintOf = (text: string): string => hash('sha256', text, 'base64');
