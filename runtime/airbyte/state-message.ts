import type { OutgoingMessage } from '../contract/protocol.ts';
import { membersOf } from '../source/json-text.ts';

/** What became of the rows since the previous state of the same scope. */
interface StateCounts {
  readonly written: number;
  readonly rejected: number;
}

const envelope = { type: 'STATE' } as const;

/**
 * A STATE line as it came in, character by character, with what became of its rows: the one key a destination may add.
 * Clients refuse a state that lost its `id`, a rename (`global_`) or the exact form of a number.
 */
export function stateMessage(line: string, { written, rejected }: StateCounts): OutgoingMessage {
  const state = membersOf(line, 0).find(({ key }) => key === 'state')!;
  const kept = membersOf(line, state.valueStart).filter(({ key }) => key !== 'destinationStats');
  const stats = { recordCount: written, ...(rejected > 0 && { rejectedRecordCount: rejected }) };
  const members = [...kept.map(({ text }) => text), `"destinationStats":${JSON.stringify(stats)}`];
  return { ...envelope, line: `{"type":"STATE","state":{${members.join(',')}}}` };
}
