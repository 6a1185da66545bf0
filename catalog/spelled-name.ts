/** A name for comparison: lower case, without accents, words joined by `_`. `Adresse e-mail` and `AdresseEMail` are near. */
export const spelledName = (name: string): string =>
  withoutAccents(name.trim())
    .replace(/(?<=[a-z0-9])(?=[A-Z])/g, '_')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '_')
    .replace(/^_+|_+$/g, '');

/** A text whose letters have lost their accents; other scripts stay as they are. */
export const withoutAccents = (text: string): string =>
  text
    .normalize('NFD')
    .replace(/(?<=\p{Script=Latin})\p{M}+/gu, '')
    .normalize('NFC')
    .replace(/ß/g, 'ss')
    .replace(/[øØ]/g, 'o')
    .replace(/[łŁ]/g, 'l');
