import type { WindowUse } from '../../facts/quota.ts';
import type { Paint } from '../../text/terminal-colour.ts';
import { streamParts } from '../progress-line.ts';
import { duration, type RunView, type StreamView } from '../run-view.ts';

interface Piece {
  readonly text: string;
  readonly style: Parameters<Paint>[1];
}

/** What the terminal shows of a run at a moment: a line a stream, and one for each wait. No line is wider than `width`. */
export function frame(view: RunView, at: number, { width, paint }: { width: number; paint: Paint }): readonly string[] {
  const streams = view.streams(at);
  const nameWidth = Math.max(0, ...streams.map(({ name }) => name.length));
  const lines = streams.map((stream) => streamLine(stream, nameWidth, view.quota.binding(at)));
  const waits = view.waits(at).map(({ message, untilMs }): readonly Piece[] => [
    { text: `${duration(untilMs - at)} to wait: `, style: 'bold' },
    { text: message, style: 'yellow' },
  ]);
  return [...lines, ...waits].map((pieces) =>
    fitted(pieces, width)
      .map(({ text, style }) => paint(text, style))
      .join(''),
  );
}

function streamLine(stream: StreamView, nameWidth: number, quota: WindowUse | undefined): readonly Piece[] {
  const parts = streamParts(stream, stream.isActive ? quota : undefined);
  const isDone = stream.report !== undefined && !stream.isActive;
  const mark = isDone
    ? { text: '✓ ', style: 'green' as const }
    : { text: stream.isActive ? '▸ ' : '· ', style: 'dim' as const };
  return [
    mark,
    { text: stream.name.padEnd(nameWidth), style: stream.isActive ? 'bold' : 'plain' },
    ...parts.flatMap((part): Piece[] => [
      { text: '  ', style: 'plain' },
      { text: part, style: styleOf(part) },
    ]),
  ];
}

const styleOf = (part: string): Parameters<Paint>[1] =>
  part.endsWith(' rejected') ? 'red' : part.endsWith(' deferred') ? 'yellow' : part === 'not begun' ? 'dim' : 'plain';

/** A wrapped line would be counted as one when the frame is drawn again, and leave its rest behind. */
function fitted(pieces: readonly Piece[], width: number): readonly Piece[] {
  let room = width;
  const total = pieces.reduce((sum, { text }) => sum + text.length, 0);
  if (total <= width) return pieces;
  room -= 1;
  const kept: Piece[] = [];
  for (const piece of pieces) {
    if (room <= 0) break;
    kept.push({ ...piece, text: piece.text.slice(0, room) });
    room -= piece.text.length;
  }
  return [...kept, { text: '…', style: 'dim' }];
}
