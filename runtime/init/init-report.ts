import { counted } from '../facts/counted.ts';
import { table } from '../text/present.ts';
import type { KeyFinding } from './init-columns.ts';
import type { Sample } from './init-source.ts';
import type { Suggestion } from './scaffolder.ts';

/** What was found in the source, and what is suggested, for a person; no value of a row stands in it. */
export function suggestionText(
  { mapping, costly, left, notes }: Suggestion,
  { columns, rows, total }: Sample,
  key: KeyFinding,
): string {
  const explained = left.filter(({ why }) => why !== undefined);
  const silent = left.filter(({ why }) => why === undefined).map(({ column }) => column);
  const all = total === undefined || total === rows.length ? '' : ` of ${total.toLocaleString('en-US')}`;
  return [
    `${counted(columns.length, 'column')}; looked at ${rows.length.toLocaleString('en-US')}${all} rows.`,
    table(
      ['field', 'from', 'why'],
      mapping.map(({ to, from, why }) => [to, from, why]),
    ),
    costly.map(({ to, from, cost }) => `commented out: ${to} from ${from} (${cost})`).join('\n'),
    [
      ...explained.map(({ column, why }) => `left out: ${column} (${why})`),
      ...(silent.length > 0 ? [`left out: ${silent.join(', ')}`] : []),
    ].join('\n'),
    key.column === undefined
      ? `primary key: the match field, for ${key.why}`
      : `primary key: ${key.column} (${key.why})`,
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
