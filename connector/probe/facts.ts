import type { Evidence, SeenLimits } from './evidence.ts';
import { type Finding, type Probe, sameFinding } from './probe.ts';
import type { Question } from './question.ts';
import { DEFAULT_DOMAIN } from './setting.ts';
import { shapeOf } from './shape.ts';

/** What one probe has found. */
interface Fact {
  readonly id: string;
  readonly verdict: 'confirmed' | 'different' | 'not decided';
  readonly expected: Finding;
  /** Absent where nothing was decided. */
  readonly found?: Finding;
  /** The day on which it was decided. */
  readonly date?: string;
  /** Why nothing was decided. */
  readonly why?: string;
}

/** What a probe run leaves behind for others: `probe.json`. Nothing in it tells whose workspace it was. */
export interface FactsFile {
  readonly format: 1;
  readonly date: string;
  readonly program: string;
  /** By the limits that answers showed. */
  readonly plan: string;
  /** Whether the addresses were under the reserved domain. */
  readonly domain: 'reserved' | 'own';
  readonly requests: number;
  readonly made: { readonly contacts: number; readonly accounts: number };
  readonly facts: Readonly<Record<string, Fact>>;
  /** By action. */
  readonly limits: Readonly<Record<string, SeenLimits>>;
  /** By request and status: the documented keys in its answer, and their types. */
  readonly shapes: Readonly<Record<string, ReturnType<typeof shapeOf>>>;
}

/** What is known besides the answers. */
interface Around {
  readonly date: string;
  readonly program: string;
  readonly requests: number;
  readonly questions: readonly Question[];
  /** Whether a request was sent and its answer lost. */
  readonly isOpen: (question: string) => boolean;
  /** What an earlier run about the same workspace has found. */
  readonly earlier?: FactsFile | undefined;
}

/** All that the answers say. What they leave open stays as an earlier run has decided it. */
export function factsFile(probes: readonly Probe[], evidence: Evidence, around: Around): FactsFile {
  const { date, program, requests, questions } = around;
  return {
    format: 1,
    date,
    program,
    plan: planOf(evidence),
    domain: evidence.setting.domain === DEFAULT_DOMAIN ? 'reserved' : 'own',
    requests,
    made: { contacts: madeIn(evidence, 'contacts'), accounts: madeIn(evidence, 'accounts') },
    facts: Object.fromEntries(probes.map((probe) => [probe.fact, factOf(probe, evidence, around)])),
    limits: limitsOf(questions, evidence),
    shapes: shapesOf(questions, evidence),
  };
}

function factOf(probe: Probe, evidence: Evidence, around: Around): Fact {
  const { id, fact, expected } = probe;
  const found = probe.decide(evidence);
  if (found !== undefined) {
    const verdict = sameFinding(found, expected) ? 'confirmed' : 'different';
    return { id, verdict, expected, found, date: around.date };
  }
  const earlier = around.earlier?.facts[fact];
  if (earlier?.found !== undefined && sameFinding(earlier.expected, expected)) return earlier;
  return { id, verdict: 'not decided', expected, why: whyOpen(probe, evidence, around) };
}

/** Why the answers do not decide: of the requests that would, the first that did not end as it had to. */
function whyOpen({ asks, needs }: Probe, evidence: Evidence, { questions, isOpen }: Around): string {
  for (const name of asks) {
    const question = questions.find((one) => one.name === name);
    const status = evidence.status(name);
    const display = question?.endpoint.display ?? name;
    if (status === 403) return `${display}: the key, or the plan, does not allow it`;
    if (status !== undefined && status >= 400) return `${display}: answered ${status}`;
    if (isOpen(name)) return `${display}: its answer was lost, and it is not sent twice`;
  }
  return (
    needs ?? (asks.every((name) => evidence.status(name) !== undefined) ? 'its answers do not say' : 'it was not asked')
  );
}

function madeIn(evidence: Evidence, of: 'contacts' | 'accounts'): number {
  const bulk = [...evidence.answers.keys()].map((question) => evidence.list(question, `created_${of}`)?.length ?? 0);
  return bulk.reduce((sum, made) => sum + made, 0);
}

function limitsOf(questions: readonly Question[], evidence: Evidence): Record<string, SeenLimits> {
  const limits: Record<string, SeenLimits> = {};
  for (const { name, endpoint } of questions) {
    const seen = evidence.answers.get(name)?.limits;
    if (seen !== undefined) limits[endpoint.action] = seen;
  }
  return limits;
}

// docs.apollo.io/reference/rate-limits, 2026-08-12: default endpoints. Basic and Professional are the same.
const PLANS: readonly (readonly [plan: string, minute: number, hour: number, day: number])[] = [
  ['free', 50, 200, 600],
  ['basic or professional', 200, 400, 2000],
  ['organization', 200, 600, 6000],
];

function planOf(evidence: Evidence): string {
  const seen = [...evidence.answers.values()].flatMap(({ limits }) => limits ?? []);
  const named = PLANS.find(([, minute, hour, day]) =>
    seen.some((limits) => limits.minute === minute && limits.hour === hour && limits.day === day),
  );
  if (named !== undefined) return named[0];
  return seen.length === 0 ? 'not told' : 'another';
}

function shapesOf(questions: readonly Question[], evidence: Evidence): FactsFile['shapes'] {
  const shapes: Record<string, ReturnType<typeof shapeOf>> = {};
  for (const { name, endpoint } of questions) {
    const answer = evidence.answers.get(name);
    const request = `${endpoint.display} ${answer?.status}`;
    // Of many answers to one request the first tells as much as all of them.
    if (answer === undefined || request in shapes) continue;
    shapes[request] = 'json' in answer ? shapeOf(answer.json) : 'text';
  }
  return shapes;
}
