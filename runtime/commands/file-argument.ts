import { InvalidArgumentError } from 'commander';

/** The argument of an option that names a file; `-`, where it stands for a stream, is one. */
export const file = (value: string): string => {
  if (value === '' || /^-./.test(value)) throw new InvalidArgumentError('Expected a file.');
  return value;
};
