import { describe, expect, it } from 'vitest';
import type { ListenerEvent } from '../../../../runtime/listeners/listener.ts';
import type { Pace } from '../../../../runtime/listeners/plain-lines.ts';
import { RunView } from '../../../../runtime/listeners/run-view.ts';
import { LiveTerminal } from '../../../../runtime/listeners/terminal/terminal.ts';
import { frame } from '../../../../runtime/listeners/terminal/terminal-frame.ts';
import { type Paint, paintFor, uncoloured } from '../../../../runtime/text/terminal-colour.ts';
import { called, finished, progress, refused, START, started, summaryOf, waiting } from '../listener-events.ts';

const COLOUR = new RegExp(`${'\u001b'}\\[\\d+m`, 'g');
/** Up so many lines, and away with what is below. */
const ERASE = new RegExp(`^${'\u001b'}\\[(\\d+)A${'\u001b'}\\[J([^]*)$`);

function framed(width: number, paint: Paint, ...events: readonly ListenerEvent[]): readonly string[] {
  const view = new RunView();
  for (const event of events) view.on(event, START);
  return frame(view, START + 1000, { width, paint });
}

describe('a frame', () => {
  it('is a line for each stream, and one for each wait', () => {
    const seen = [
      started('firms', 'people', 'more'),
      progress({ name: 'firms', read: 10, unchanged: 10 }, 1),
      progress({ name: 'people', read: 1, created: 1 }, 1, 100),
      progress({ name: 'people', read: 50, created: 48, rejected: 2 }, 3, 100),
      waiting(START + 61_000),
    ];
    expect(framed(200, uncoloured, ...seen)).toEqual([
      '✓ firms   10 rows  10 unchanged  1 call',
      '▸ people  1 min to go  50 of 100 rows  48 created  2 rejected  2 calls',
      '· more    not begun',
      '1 min to wait: POST people waits until 2026-01-01T00:01:01.000Z (hour).',
    ]);
  });

  it('is never wider than the terminal, colours aside', () => {
    const seen = [started(), progress({ read: 50, created: 48, rejected: 2 }, 3), waiting(START + 61_000)];
    for (const width of [1, 20, 33, 34, 60]) {
      for (const line of framed(width, uncoloured, ...seen)) expect(line.length).toBeLessThanOrEqual(width);
      const plain = framed(width, paintFor({ isTerminal: true, environment: {} }), ...seen).map((line) =>
        line.replaceAll(COLOUR, ''),
      );
      expect(plain).toEqual(framed(width, uncoloured, ...seen));
    }
    expect(framed(20, uncoloured, ...seen)[0]).toBe('▸ people  50 rows  …');
  });
});

it.each<[boolean, Record<string, string>, boolean]>([
  [true, {}, true],
  [true, { NO_COLOR: '' }, true],
  [true, { NO_COLOR: '1' }, false],
  [true, { TERM: 'dumb' }, false],
  [false, {}, false],
])('colours on a terminal (%s) with %j: %s', (isTerminal, environment, isColoured) =>
  expect(paintFor({ isTerminal, environment })('x', 'red') !== 'x').toBe(isColoured),
);

/** A terminal as it looks: what was written, with the control sequences obeyed. */
class Paper {
  lines: string[] = [];
  readonly writes: string[] = [];

  readonly write = async (text: string): Promise<void> => {
    this.writes.push(text);
    const [all, up, rest] = ERASE.exec(text) ?? [];
    if (all !== undefined) this.lines.splice(this.lines.length - Number(up));
    this.lines.push(...(rest ?? text).split('\n').slice(0, -1));
  };
}

function live(verbosity: Pace['verbosity'] = 'normal', keepsFrame = false) {
  const paper = new Paper();
  const screen = { write: paper.write, columns: () => 81, paint: uncoloured };
  return { paper, terminal: new LiveTerminal(screen, { verbosity, keepsFrame }) };
}

describe('a live terminal', () => {
  it('draws over its last frame, and leaves what happened above it', async () => {
    const { paper, terminal } = live('verbose');
    await terminal.on(started(), START);
    await terminal.on({ type: 'warning', message: 'x' }, START);
    await terminal.on(progress({ read: 5 }, 1), START + 200);
    await terminal.on(called(), START + 200);
    expect(paper.lines).toEqual(['warning: x', 'POST people 200 42 ms, 100 records', '▸ people  5 rows  1 call']);
  });

  it('draws ten times a second at most', async () => {
    const { paper, terminal } = live();
    for (let ms = 0; ms < 1000; ms++) await terminal.on(progress({ read: ms }, 1), START + ms);
    expect(paper.writes).toHaveLength(10);
  });

  it('counts down while nothing else happens', async () => {
    const { paper, terminal } = live();
    await terminal.on(waiting(START + 60_000), START);
    await terminal.on({ type: 'tick' }, START + 1000);
    expect(paper.lines).toEqual(['59 s to wait: POST people waits until 2026-01-01T00:01:00.000Z (hour).']);
  });

  it('takes its frame away when the summary follows', async () => {
    const { paper, terminal } = live();
    await terminal.on(progress({ read: 5 }, 1), START);
    await terminal.on(finished(summaryOf({ status: 'failed', error: 'is in the summary' })), START + 1000);
    expect(paper.lines).toEqual(['']);
  });

  it('leaves its frame where the summary goes elsewhere, with the error under it', async () => {
    const { paper, terminal } = live('normal', true);
    await terminal.on(progress({ read: 5 }, 1), START);
    await terminal.on(finished(summaryOf({ status: 'failed', error: 'The key was revoked.' })), START + 1000);
    expect(paper.lines).toEqual(['✓ people  5 rows  1 call', 'The key was revoked.']);
  });

  it('says why nothing was done, and draws no frame any more', async () => {
    const { paper, terminal } = live();
    await terminal.on(started(), START);
    await terminal.on(refused, START + 1000);
    await terminal.on({ type: 'warning', message: 'too late' }, START + 2000);
    await terminal.on({ type: 'tick' }, START + 3000);
    expect(paper.lines).toEqual(['streams[0]: no such table. [invalid_config]', 'warning: too late']);
  });
});
