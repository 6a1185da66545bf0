/** A number as people read it: `1,234`. */
export const number = (value: number): string => value.toLocaleString('en-US');
