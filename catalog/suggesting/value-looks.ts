import type { Field } from '../object.ts';

const salutations =
  /^(?:mr|mrs|ms|miss|mx|dr|prof|sir|dame|rev|herrn?|frau|hr|fr|m|mme|mlle|monsieur|madame|mademoiselle|sr|sra|srta|senora?|sig|sigra|signora?|dott|dhr|mevr|dhr\/mevr)\.?$/i;

interface Look {
  readonly fields: readonly string[];
  readonly holds: (text: string) => boolean;
  readonly what: string;
}

// Values that a field of text would take, and that are not what it is for.
const looks: readonly Look[] = [
  {
    fields: ['title'],
    holds: (text) => text.split(/\s+/).every((part) => salutations.test(part)),
    what: 'forms of address, such as Ms., and no job titles',
  },
  {
    fields: ['organization_name', 'name'],
    holds: (text) => /^\d+$/.test(text),
    what: 'numbers, and no names',
  },
  {
    fields: ['organization_name', 'name'],
    holds: (text) => /\S\s*\(\d{2,}\)$/.test(text),
    what: 'names with an id in brackets behind them: cut it off in a query',
  },
];

/** What most values of a column are instead of what a field is for; undefined where nothing speaks against them. */
export function otherLook({ name }: Field, values: readonly unknown[]): string | undefined {
  const texts = values.map((value) => String(value).trim());
  return looks.find(
    ({ fields, holds }) => fields.includes(name) && texts.length > 0 && texts.filter(holds).length * 2 > texts.length,
  )?.what;
}
