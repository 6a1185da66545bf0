import { tmpdir } from 'node:os';
import { defaultMicroBatchLimits } from '../../runtime/airbyte/input/micro-batches.ts';
import { write } from '../../runtime/airbyte/write.ts';
import type { Clock } from '../../runtime/contract/clock.ts';
import type { OutgoingMessage } from '../../runtime/contract/protocol.ts';
import { ManualClock } from './manual-clock.ts';
import { type ToyConfig, ToyDestination, toyConfig } from './toy-destination.ts';

/** A RECORD line as a source writes it. */
export const record = (stream: string, data: object, more: object = {}): string =>
  JSON.stringify({ type: 'RECORD', record: { stream, data, emitted_at: 1_795_291_150_674, ...more } });

/** A STREAM state. */
export const streamState = (name: string, id: number, more: object = {}): string =>
  JSON.stringify({
    type: 'STATE',
    state: { type: 'STREAM', stream: { stream_descriptor: { name }, stream_state: { cursor: id } }, id, ...more },
  });

/** A GLOBAL state. */
export const globalState = (id: number, more: object = {}): string =>
  JSON.stringify({ type: 'STATE', state: { type: 'GLOBAL', global: { shared_state: { lsn: id } }, id, ...more } });

/** A configured catalog of streams by name. */
export const catalogOf = (...names: readonly string[]) => ({
  streams: names.map((name) => ({
    stream: { name, json_schema: { properties: { key: {} } } },
    sync_mode: 'full_refresh',
    destination_sync_mode: 'append_dedup',
  })),
});

export interface Situation {
  readonly toy?: ToyDestination;
  readonly catalog?: Readonly<Record<string, unknown>>;
  readonly config?: Partial<ToyConfig>;
  readonly limits?: Partial<typeof defaultMicroBatchLimits>;
  readonly clock?: Clock;
  readonly run?: AbortController;
  /** Called with each message as it comes out. */
  readonly onMessage?: (message: OutgoingMessage) => void;
}

export interface Ending {
  readonly messages: readonly OutgoingMessage[];
  /** The payloads of the STATE messages. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into states of any shape.
  readonly states: readonly any[];
  readonly lines: readonly string[];
  /** What `write` threw. */
  readonly error: unknown;
  readonly toy: ToyDestination;
}

/** Runs `write` to its end on lines or on bytes. */
export async function runWrite(
  input: readonly string[] | AsyncIterable<Uint8Array>,
  situation: Situation = {},
): Promise<Ending> {
  const { toy = new ToyDestination(), catalog = catalogOf('users'), clock = new ManualClock() } = situation;
  const { run = new AbortController(), limits, config, onMessage } = situation;
  const stdin = Array.isArray(input) ? bytes(input.map((line) => `${line}\n`).join('')) : input;
  const options = {
    catalog: async () => catalog,
    stdin: stdin as AsyncIterable<Uint8Array>,
    run,
    source: { temporaryDirectory: tmpdir() },
    limits: { ...defaultMicroBatchLimits, ...limits },
  };
  const configured = async () => ({ config: toyConfig(config), warnings: [], secrets: [] });
  const dependencies = { clock, environment: {}, version: '0', notice: () => undefined };
  const messages: OutgoingMessage[] = [];
  let error: unknown;
  try {
    for await (const message of write(toy, configured, options, dependencies)) {
      messages.push(message);
      onMessage?.(message);
    }
  } catch (thrown) {
    error = thrown;
  }
  const lines = messages.flatMap((message) => (message.type === 'STATE' ? [message.line] : []));
  return { messages, lines, states: lines.map((line) => JSON.parse(line).state), error, toy };
}

/** Text as chunks of bytes, cut where it is said. */
export async function* bytes(text: string | Uint8Array, ...cuts: readonly number[]): AsyncGenerator<Uint8Array> {
  const buffer = Buffer.from(text as string);
  const places = [0, ...cuts, buffer.length];
  for (let i = 1; i < places.length; i++) yield buffer.subarray(places[i - 1], places[i]);
}

/** Ids of states, in the order they went out. */
export const idsOf = ({ states }: Ending): readonly number[] => states.map(({ id }) => id);

/** The LOG messages, as `LEVEL text`. */
export const logsOf = ({ messages }: Ending): readonly string[] =>
  messages.flatMap((message) => (message.type === 'LOG' ? [`${message.log.level} ${message.log.message}`] : []));
