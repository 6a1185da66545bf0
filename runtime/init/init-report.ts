import { table } from '../text/present.ts';
import type { Advice } from './beginning.ts';
import type { Sample } from './init-source.ts';

/** What was found in the source, and what is suggested, for a person; no value of a row stands in it. */
export function adviceText(
  { mapping, left, notes }: Advice,
  { columns, rows }: Sample,
  primaryKey: string | undefined,
): string {
  const explained = left.filter(({ why }) => why !== undefined);
  const silent = left.filter(({ why }) => why === undefined).map(({ column }) => column);
  return [
    `${columns.length} columns; looked at ${rows.length.toLocaleString('en-US')} rows.`,
    table(
      ['field', 'from', 'why'],
      mapping.map(({ to, from, why }) => [to, from, why]),
    ),
    [
      ...explained.map(({ column, why }) => `left out: ${column} (${why})`),
      ...(silent.length > 0 ? [`left out: ${silent.join(', ')}`] : []),
    ].join('\n'),
    primaryKey === undefined
      ? 'primary key: the match field, as no other column is filled and different in every row'
      : `primary key: ${primaryKey} (filled and different in every row)`,
    ...notes.map((note) => `note: ${note}`),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

/** What to run once the configuration is written. */
export function nextSteps(path: string, program: string, unset: string | undefined): string {
  const file = /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
  return [
    `Wrote ${path}. Read it, then:`,
    ...(unset === undefined ? [] : [`  export ${unset}=...`]),
    `  ${program} check --config ${file}`,
    `  ${program} preview --config ${file}`,
    `  ${program} sync --config ${file}`,
  ].join('\n');
}
