import { type OmitFault, type RecordTrouble, type RejectFault, recordTrouble } from '../calls/record-trouble.ts';
import { ODD_FORMS, type OddForm } from './odd-forms.ts';

/** Answers with a status; `applied-then-status` carries the request out first. */
export interface StatusFault {
  readonly kind: 'status' | 'applied-then-status';
  /** 500 when not given. */
  readonly status?: number;
  /** Text is sent as HTML, anything else as JSON; without it, the body that such a status usually has. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly retryAfterSeconds?: number;
  /** `date`: the header is an HTTP date by the emulator's clock. */
  readonly retryAfterAs?: 'seconds' | 'date';
}

/** Makes the connection or the body fail. */
interface TransportFault {
  readonly kind: 'drop' | 'applied-then-drop' | 'truncated' | 'empty';
}

/** Lets time pass on the emulator's clock: before the request is carried out, or after. */
interface DelayFault {
  readonly kind: 'delay';
  readonly ms: number;
  readonly when?: 'before' | 'after';
}

/** Revokes a key from this request on; the one that was sent when `key` is not given. */
interface RevokeFault {
  readonly kind: 'revoke-key';
  readonly key?: string;
}

/** Carries the request out, and answers in a form that is not documented. */
interface OddFormFault {
  readonly kind: 'odd-form';
  readonly form: OddForm;
}

/** What can go wrong. */
export type Fault = StatusFault | TransportFault | OddFormFault | DelayFault | RevokeFault | RejectFault | OmitFault;

/** Which requests a rule concerns; every condition given must hold. */
export interface RequestMatch {
  readonly method?: string;
  /** An action (`contacts/update`), a path with its braces (`contacts/{contact_id}`), or a path as sent. */
  readonly path?: string;
  readonly bodyContains?: string;
  /** Fires first at the nth such request, from 1, and once unless `times` says more. */
  readonly nth?: number;
  /** How many times it fires at most. */
  readonly times?: number;
  /** Fires at every nth such request. */
  readonly every?: number;
}

/** One line of a trouble script. */
export interface TroubleRule {
  readonly match?: RequestMatch;
  readonly fault: Fault;
}

/** What a rule is compared with. */
interface TroubledRequest {
  readonly method: string;
  readonly path: string;
  readonly action: string | null;
  readonly template: string | null;
  readonly rawBody: string;
}

/** The faults of one request. */
export interface ActiveTrouble {
  readonly revoke: readonly RevokeFault[];
  readonly delays: readonly DelayFault[];
  /** The first fault that decides the whole answer. */
  readonly answer: StatusFault | TransportFault | OddFormFault | null;
  readonly records: RecordTrouble;
}

interface Armed {
  readonly rule: TroubleRule;
  seen: number;
  fired: number;
}

const KINDS: readonly Fault['kind'][] = [
  'status',
  'applied-then-status',
  'drop',
  'applied-then-drop',
  'truncated',
  'empty',
  'odd-form',
  'delay',
  'revoke-key',
  'reject',
  'omit',
  'omit-from-answer',
];
const CONDITIONS: readonly (keyof RequestMatch)[] = ['method', 'path', 'bodyContains', 'nth', 'times', 'every'];

/** A trouble script at work: counts the requests that each rule concerns and says which faults fire. */
export class Trouble {
  #armed: Armed[] = [];

  get rules(): readonly TroubleRule[] {
    return this.#armed.map(({ rule }) => rule);
  }

  /** Throws on a rule that could never fire as meant: a misspelt kind or condition must not pass in silence. */
  add(rules: readonly TroubleRule[]): void {
    for (const rule of rules) check(rule);
    this.#armed.push(...rules.map((rule) => ({ rule, seen: 0, fired: 0 })));
  }

  clear(): void {
    this.#armed = [];
  }

  take(request: TroubledRequest): ActiveTrouble {
    const faults = this.#armed.filter((armed) => fires(armed, request)).map(({ rule }) => rule.fault);
    return {
      revoke: faults.filter((fault) => fault.kind === 'revoke-key'),
      delays: faults.filter((fault) => fault.kind === 'delay'),
      answer: faults.find(decidesAnswer) ?? null,
      records: recordTrouble(faults.filter(concernsRecords)),
    };
  }
}

function fires(armed: Armed, request: TroubledRequest): boolean {
  const match = armed.rule.match ?? {};
  if (!isMeant(match, request)) return false;
  armed.seen += 1;
  const times = match.times ?? (match.nth === undefined ? Number.POSITIVE_INFINITY : 1);
  if (armed.fired >= times || armed.seen < (match.nth ?? 1)) return false;
  if (match.every !== undefined && armed.seen % match.every !== 0) return false;
  armed.fired += 1;
  return true;
}

function isMeant(match: RequestMatch, request: TroubledRequest): boolean {
  if (match.method !== undefined && match.method.toUpperCase() !== request.method) return false;
  if (match.bodyContains !== undefined && !request.rawBody.includes(match.bodyContains)) return false;
  const names = [request.action, request.template, request.path, request.path.replace(/^\/(api\/)?v1\//, '')];
  return match.path === undefined || names.includes(match.path);
}

function decidesAnswer(fault: Fault): fault is StatusFault | TransportFault | OddFormFault {
  const kinds: readonly Fault['kind'][] = ['status', 'applied-then-status', 'odd-form'];
  return kinds.includes(fault.kind) || isTransport(fault);
}

function isTransport(fault: Fault): fault is TransportFault {
  return ['drop', 'applied-then-drop', 'truncated', 'empty'].includes(fault.kind);
}

function concernsRecords(fault: Fault): fault is RejectFault | OmitFault {
  return fault.kind === 'reject' || fault.kind === 'omit' || fault.kind === 'omit-from-answer';
}

function check(rule: TroubleRule): void {
  const kind = rule?.fault?.kind;
  if (!KINDS.includes(kind)) throw new Error(`unknown fault ${JSON.stringify(kind)}; known: ${KINDS.join(', ')}`);
  if (rule.fault.kind === 'odd-form' && !ODD_FORMS.includes(rule.fault.form)) {
    throw new Error(`unknown form ${JSON.stringify(rule.fault.form)}; known: ${ODD_FORMS.join(', ')}`);
  }
  const stray = Object.keys(rule.match ?? {}).find((key) => !CONDITIONS.some((known) => known === key));
  if (stray !== undefined) throw new Error(`unknown condition "${stray}"; known: ${CONDITIONS.join(', ')}`);
  if (concernsRecords(rule.fault) && typeof rule.fault.where !== 'object') {
    throw new Error(`fault "${kind}" needs "where", which records it concerns`);
  }
}
