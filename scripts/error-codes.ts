import { APOLLO_CODES } from '../connector/api/failure-codes.ts';
import type { CodeEntry } from '../runtime/contract/code-entry.ts';
import { FAILURE_CODES } from '../runtime/text/failure-codes.ts';

/** Every code that this program prints, and what it means. */
export const allCodes: Readonly<Record<string, CodeEntry>> = { ...FAILURE_CODES, ...APOLLO_CODES };

const TITLES: Readonly<Record<CodeEntry['kind'], string>> = {
  config: 'Configuration',
  transient: 'Transient',
  record: 'Rejected rows',
};

/** The tables of codes, one for each kind, in Markdown. */
export const codeTables = (): string =>
  Object.entries(TITLES)
    .map(([kind, title]) => section(kind, title))
    .join('\n\n');

function section(kind: string, title: string): string {
  const rows = Object.entries(allCodes).filter(([, entry]) => entry.kind === kind);
  return [
    `## ${title}\n`,
    '| code | says | what to do |',
    '| --- | --- | --- |',
    ...rows.map(([code, { says, todo }]) => `| \`${code}\` | ${says} | ${todo} |`),
  ].join('\n');
}
