import { withoutAccents } from '../../runtime/config/near-names.ts';

/** A name for comparison: lower case, without accents, words joined by `_`. `Adresse e-mail` and `AdresseEMail` are near. */
export const spelledName = (name: string): string =>
  withoutAccents(name.trim())
    .replace(/(?<=[a-z0-9])(?=[A-Z])/g, '_')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '_')
    .replace(/^_+|_+$/g, '');
