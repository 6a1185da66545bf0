import type { FactsFile } from './facts.ts';
import { MOST } from './harm.ts';
import type { Finding, Probe } from './probe.ts';
import { mostMade, type Question } from './question.ts';
import { BUDGET } from './runner.ts';
import type { Setting } from './setting.ts';

/** What a probe would do, for a person who has to agree to it. */
export function planText(questions: readonly Question[], { domain, mark, stage }: Setting): string {
  const width = Math.max(...questions.map(({ endpoint }) => endpoint.display.length));
  const lines = questions.map(({ endpoint, says, makes }, i) => {
    const made = Object.entries(makes ?? {}).map(([of, most]) => ` (adds ${most} ${of} at most)`);
    return `${String(i + 1).padStart(3)}  ${endpoint.display.padEnd(width)}  ${says}${made.join('')}`;
  });
  const most = (of: 'contacts' | 'accounts') => mostMade(questions, of);
  return [
    `The probe would make these requests, ${BUDGET} at most, within the rate limits:`,
    '',
    ...lines,
    '',
    'What it leaves behind, since Apollo deletes nothing:',
    `  ${most('contacts')} contacts at most (never more than ${MOST.contacts}) and ${most('accounts')} accounts (never more than ${MOST.accounts}), whatever is asked again;`,
    `  their names begin with "${mark}", their addresses and domains are under ${domain};`,
    `  the list "${mark}", with all of them on it${stage === undefined ? '' : `, and the contacts in the stage "${stage}"`}.`,
    'It touches no other record, and stops at the first answer that shows one.',
    '',
    'Nothing was sent. Take a workspace that is meant for tests, and say --yes.',
  ].join('\n');
}

/** What was found, and what follows where it is not as assumed. */
export function resultText(probes: readonly Probe[], { facts, limits, requests, made }: FactsFile): string {
  const rows = probes.map((probe) => ({ probe, fact: facts[probe.fact]! }));
  const words = rows.map(({ fact }) => fact.verdict);
  const width = Math.max(...words.map((word) => word.length));
  const lines = rows.flatMap(({ probe, fact }) => {
    const line = `${probe.id}  ${fact.verdict.padEnd(width)}  ${probe.assumption}`;
    const under = ' '.repeat(probe.id.length + 2 + width + 2);
    if (fact.verdict === 'different') return [line, `${under}Found: ${said(fact.found!)}. ${probe.otherwise}`];
    return fact.verdict === 'not decided' ? [line, `${under}${fact.why}.`] : [line];
  });
  const count = (word: string) => words.filter((one) => one === word).length;
  const counts = `${count('confirmed')} confirmed, ${count('different')} different, ${count('not decided')} not decided`;
  return [
    ...lines,
    '',
    ...limitLines(limits),
    '',
    `${counts}; ${requests} requests, ${made.contacts} contacts and ${made.accounts} accounts of the probe.`,
  ].join('\n');
}

/** The rate limits that answers told, one line for each set of them. */
function limitLines(limits: FactsFile['limits']): readonly string[] {
  const actions = new Map<string, string[]>();
  for (const [action, { minute, hour, day }] of Object.entries(limits)) {
    const text = [minute, hour, day]
      .map((limit) => (limit == null ? 'none' : limit.toLocaleString('en-US')))
      .join(' / ');
    actions.set(text, [...(actions.get(text) ?? []), action]);
  }
  const named = (names: readonly string[]): string => (actions.size === 1 ? 'every endpoint' : names.join(', '));
  const lines = [...actions].map(([text, names]) => `  ${text}: ${named(names)}`);
  return lines.length === 0 ? ['No answer told a rate limit.'] : ['Rate limits, by minute / hour / day:', ...lines];
}

/** A finding in words. */
export const said = (found: Finding): string =>
  typeof found === 'string' ? found : found.length === 0 ? 'none' : found.join(', ');

/** Whether something is found otherwise that the program depends on. */
export const matters = (probes: readonly Probe[], { facts }: FactsFile): boolean =>
  probes.some(({ fact, dependsOn }) => facts[fact]?.verdict === 'different' && dependsOn !== undefined);
