import type { Outcome, Position } from '../../contract/outcome.ts';
import type { PreparedRecord } from '../../contract/record.ts';
import type { Answer, Answers } from '../../contract/writer.ts';
import { each, joined, type Link, type Refused, type Sent, sendSome, unordered } from '../request.ts';

/**
 * Finds the records at fault among some that were refused together, and has all others sent; never throws, and every record
 * has an answer after it. It begins anywhere, so that a run that comes to its bound has not searched where the last one did.
 *
 * Of `n` records with `d` at fault it makes at most `d(2L + 3) + L + 1` requests, where `L` is the logarithm of `n` to the
 * base 2, rounded up: between two finds pieces double, and a find halves one piece.
 */
export async function search<R>({ records, failure }: Refused<R>, link: Link<R>): Promise<Answers<R>> {
  const { refusals, step, clock } = link;
  const answers = new Map<Position, Answer<R>>();
  let pool = rotated(records, Math.floor(clock.random() * records.length));
  let size = Math.max(1, Math.min(refusals.pieceSize, pool.length >> 1));
  // Whether the fault can lie nowhere but in the pool.
  let isCornered = true;
  while (pool.length > 0) {
    if (!refusals.maySearch(step.limits.maxRefused)) return new Map([...answers, ...each(pool, unsearched(failure))]);
    const piece = pool.slice(0, size);
    pool = pool.slice(size);
    const isKnown = isCornered && pool.length === 0 && piece.length > 1;
    const sent: Sent<R> = isKnown ? asRefused({ records: piece, failure }) : await sendSome(piece, link, unordered);
    if (sent.isAccepted) size *= 2;
    else isCornered = false;
    const found = await narrowed(sent, link);
    for (const [position, answer] of found.answers) answers.set(position, answer);
    pool = [...found.left, ...pool];
    if (!sent.isAccepted) size = Math.max(1, Math.min(size, refusals.pieceSize));
  }
  return answers;
}

/** Comes down to one record at fault in what was refused; nothing is known by then about the records `left`. */
async function narrowed<R>(sent: Sent<R>, link: Link<R>) {
  link.refusals.spent(sent.aside.length);
  const parts: Sent<R>[] = [{ ...sent, aside: [] }];
  let [suspects, ...left] = sent.aside.map(({ records }) => records);
  let others = left.flat();
  while (suspects !== undefined) {
    const middle = suspects.length >> 1;
    const [first, second] = [suspects.slice(0, middle), suspects.slice(middle)];
    const half: Sent<R> = await sendSome(first, link, unordered);
    parts.push({ ...half, aside: [] });
    link.refusals.spent(half.aside.length);
    if (half.isAccepted) {
      // It must be in the other half; of one record that is proved by sending it alone.
      suspects = second;
      if (second.length > 1) continue;
      parts.push(await sendSome(second, link, unordered));
      break;
    }
    [suspects, ...left] = half.aside.map(({ records }) => records);
    others = [...left.flat(), ...second, ...others];
  }
  return { answers: joined(parts).answers, left: others };
}

const asRefused = <R>(refused: Refused<R>): Sent<R> => ({ answers: new Map(), aside: [refused], isAccepted: false });

const rotated = <R>(records: readonly PreparedRecord<R>[], by: number): readonly PreparedRecord<R>[] => [
  ...records.slice(by),
  ...records.slice(0, by),
];

const unsearched = ({ message }: Refused<unknown>['failure']): Outcome => ({
  status: 'deferred',
  code: 'run_limit',
  message: `A record in its batch was refused (${message}), and the run has spent on such searches what it may.`,
});
