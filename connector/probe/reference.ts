import type { Probe } from './probe.ts';
import { said } from './tell.ts';

/** Who has found what, where, and when: none yet. A line is added when a user sends a `probe.json` in. */
interface Confirmation {
  readonly id: string;
  readonly by: string;
  readonly date: string;
  readonly plan: string;
  readonly found: string;
}

/** Every answer that users have sent in. */
const confirmations: readonly Confirmation[] = [];

/** The page of all assumptions, made from the table of probes. */
export function assumptionsPage(probes: readonly Probe[]): string {
  return probes.map(section).join('\n\n');
}

function section({ id, fact, assumption, source, asks, expected, otherwise, dependsOn, quirk, needs }: Probe): string {
  const lines = [
    `### ${id}: \`${fact}\``,
    '',
    assumption,
    '',
    `- source: ${source}`,
    `- asked by: ${asks.map((name) => `\`${name}\``).join(', ')}`,
    `- assumed: ${said(expected)}`,
    `- otherwise: ${otherwise}`,
    `- depends on it: ${dependsOn === undefined ? 'nothing' : `\`${dependsOn}\``}`,
    `- in the emulator: ${quirk === undefined ? 'cannot be switched' : `\`${quirk}\``}`,
    ...(needs === undefined ? [] : [`- not decided where ${needs}`]),
    `- confirmed: ${confirmedBy(id)}`,
  ];
  return lines.join('\n');
}

const confirmedBy = (id: string): string =>
  confirmations
    .filter((one) => one.id === id)
    .map(({ by, date, plan, found }) => `${by}, ${date}, plan ${plan}: ${found}`)
    .join('; ') || 'not yet, by any user';
