import { hash } from 'node:crypto';

/** A hash of a text: equal texts have equal ones, and nobody finds the text by it. */
export const fingerprintOf = (text: string): string => hash('sha256', text, 'base64');
