import { createHash } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { Executable } from '../../runtime/commands/shared/session.ts';
import { ConfigFailure } from '../../runtime/contract/failure.ts';
import { EXIT_CODES } from '../../runtime/facts/exit-codes.ts';
import { createHttp } from '../../runtime/http/http.ts';
import { proxyOf } from '../../runtime/http/proxy.ts';
import type { Config } from '../../spec/config.ts';
import { placeOf } from '../api/address.ts';
import { authorisationOf } from '../api/authorisation.ts';
import { type Evidence, objectOf } from './evidence.ts';
import { type FactsFile, factsFile } from './facts.ts';
import { Journal, journalFile } from './journal.ts';
import { allProbes } from './probes/all-probes.ts';
import { allQuestions } from './questions/all-questions.ts';
import { stageNamed } from './questions/end-questions.ts';
import { evidenceOf, OutOfQuota, run, type Send } from './runner.ts';
import { sender } from './send.ts';
import { DEFAULT_DOMAIN, DEFAULT_MARK, type Setting } from './setting.ts';
import { matters, planText, resultText } from './tell.ts';

type Ending = Awaited<ReturnType<typeof run>>;

type ProbeIo = Parameters<NonNullable<Executable['probe']>>[0];

/** A workspace with more contacts than this is hardly one for tests. */
const LARGE = 5000;

/**
 * Prints what would be asked; with `yes`, asks it, prints what was found and writes it to a file. Resolves with the exit code: 3
 * where Apollo does otherwise than the program depends on.
 */
export async function probe(io: ProbeIo): Promise<number> {
  const { asked, text, clock, signal, environment, version } = io;
  const setting = settingOf(asked);
  if (!asked.yes) {
    await text(planText(allQuestions, setting));
    return 0;
  }
  const config = io.config as Config;
  const file = journalFile(`${asked.out}.journal`);
  const isTakenUp = file.read() !== undefined;
  const http = createHttp({
    userAgent: `destination-apollo/${version}`,
    connections: 1,
    connectTimeoutMs: config.timeouts.connect * 1000,
    proxy: proxyOf(environment),
  });
  try {
    const send = sender(config, http, clock, signal);
    const workspace = await workspaceOf(config, send);
    if (typeof workspace === 'object') {
      await text(endingText(workspace, asked.out));
      return exitCodes[workspace.type];
    }
    const journal = new Journal(file, belongsTo(config, setting, workspace));
    const ending = await run({
      setting,
      questions: allQuestions,
      journal,
      send,
      refusal: (evidence) => refusal(evidence, asked),
      clock,
      signal,
      tell: io.progress,
    });
    if (ending.type === 'refused') throw new ConfigFailure(ending.why, { code: 'workspace_refused' });
    const facts = factsFile(allProbes, evidenceOf({ setting, journal }), {
      date: new Date(clock.now()).toISOString().slice(0, 10),
      program: version,
      requests: journal.requests,
      questions: allQuestions,
      isOpen: (question) => journal.isOpen(question),
      // Without its journal a file may be about another workspace.
      earlier: isTakenUp ? earlierFacts(asked.out) : undefined,
    });
    write(asked.out, facts);
    if (ending.type === 'finished' || ending.type === 'budget')
      journal.close((name) => allQuestions.find((one) => one.name === name)?.once === true);
    await text(resultText(allProbes, facts));
    await text(`\n${endingText(ending, asked.out)}`);
    if (ending.type !== 'finished') return exitCodes[ending.type];
    return matters(allProbes, facts) ? EXIT_CODES.rejected : EXIT_CODES.succeeded;
  } finally {
    await http.close();
  }
}

/** A run that may be taken up again ends as one that leaves rows for later does. */
const exitCodes = {
  refused: 2,
  harm: EXIT_CODES.failed,
  key: EXIT_CODES.failed,
  quota: EXIT_CODES.deferred,
  outage: EXIT_CODES.deferred,
  budget: EXIT_CODES.deferred,
  cancelled: EXIT_CODES.failed,
} as const satisfies Record<Exclude<Ending['type'], 'finished'>, number>;

function endingText(ending: Ending, out: string): string {
  const again = 'Run the same command again: it goes on from there.';
  if (ending.type === 'finished') return `Written to ${out}. docs/probe.md says where it is wanted.`;
  if (ending.type === 'harm')
    return `Stopped after ${ending.question.endpoint.display} (${ending.question.name}): ${ending.why}. Look at the workspace before you go on; another --mark or --domain may do.`;
  if (ending.type === 'key') return `Stopped: Apollo refused the key at ${ending.question.endpoint.display}. ${again}`;
  if (ending.type === 'quota') {
    const { retryAfterMs } = ending;
    const later = retryAfterMs === undefined ? '' : ` It takes more in ${Math.ceil(retryAfterMs / 60_000)} min.`;
    return `Stopped: ${ending.why}${later} ${again}`;
  }
  if (ending.type === 'budget')
    return 'Stopped: the requests of one run are used up. The next run begins again, with the same records.';
  return `Stopped: ${ending.type === 'outage' ? 'Apollo did not answer as it should' : 'by a signal'}. ${again}`;
}

function settingOf({ domain, mark, stage, withFields, freeMail }: ProbeIo['asked']): Setting {
  return {
    domain: checkedDomain('--domain', domain ?? DEFAULT_DOMAIN),
    mark: (mark ?? DEFAULT_MARK).trim(),
    stage,
    withFields,
    freeMail: freeMail === undefined ? undefined : checkedDomain('--free-mail', freeMail),
  };
}

function checkedDomain(option: string, given: string): string {
  const domain = given.trim().toLowerCase().replace(/^@/, '');
  if (/^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(domain)) return domain;
  throw new ConfigFailure(`${option}: "${domain}" is not a domain.`, { code: 'invalid_usage' });
}

/** Why nothing may be written to this workspace. */
function refusal(
  evidence: Evidence,
  { onLiveWorkspace }: Pick<ProbeIo['asked'], 'onLiveWorkspace'>,
): string | undefined {
  if (evidence.setting.stage !== undefined && stageNamed(evidence) === undefined)
    return `--stage: the workspace shows no contact stage "${evidence.setting.stage}".`;
  const contacts = contactsIn(evidence);
  if (onLiveWorkspace || contacts <= LARGE) return undefined;
  return `The workspace has more than ${LARGE.toLocaleString('en-US')} contacts, so that it does not look like one for tests. Nothing was written. Take another key, or say --on-live-workspace.`;
}

/** As search counts them; where the plan or the key does not allow that, at least those of the longest list. */
function contactsIn(evidence: Evidence): number {
  const search = objectOf(evidence.json('search.size'));
  const total = objectOf(search?.['pagination'])?.['total_entries'];
  const labels = evidence.json('labels');
  const counts = (Array.isArray(labels) ? labels : []).map((label) => Number(objectOf(label)?.['cached_count'] ?? 0));
  return Math.max(Number(total ?? 0), ...counts.filter(Number.isFinite));
}

/** Why a run does not even begin. */
type NotNow = Extract<Ending, { readonly type: 'quota' }> | { readonly type: 'outage' };

/** What tells the workspace from others: its id; where the key may not see that, the key. Throws a ConfigFailure for a key that is refused. */
async function workspaceOf(config: Config, send: Send): Promise<string | NotNow> {
  const profile = allQuestions.find(({ name }) => name === 'profile')!;
  const sent = await send(profile, {}, () => {}).catch((error: unknown): NotNow => {
    if (!(error instanceof OutOfQuota)) throw error;
    return { type: 'quota', why: error.message, retryAfterMs: error.retryAfterMs };
  });
  if (typeof sent === 'string') return { type: 'outage' };
  if ('type' in sent) return sent;
  if (sent.answer.status === 401)
    throw new ConfigFailure(`${profile.endpoint.display}: Apollo refused the key. Nothing was written.`, {
      code: 'unauthorized',
    });
  const told = objectOf(sent.answer.json);
  return String(told?.['team_id'] ?? told?.['id'] ?? authorisationOf(config.credentials).secret);
}

// Only a digest, so that it can be compared and does not tell.
const belongsTo = (config: Config, { domain, mark }: Setting, workspace: string): string =>
  createHash('sha256')
    .update(JSON.stringify([placeOf(config.api_base_url), domain, mark, workspace]))
    .digest('hex')
    .slice(0, 16);

function earlierFacts(out: string): FactsFile | undefined {
  if (!existsSync(out)) return undefined;
  try {
    return JSON.parse(readFileSync(out, 'utf8')) as FactsFile;
  } catch {
    return undefined;
  }
}

function write(out: string, facts: FactsFile): void {
  writeFileSync(`${out}.new`, `${JSON.stringify(facts, undefined, 2)}\n`);
  renameSync(`${out}.new`, out);
}
