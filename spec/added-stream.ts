import { isSeq, parse, parseDocument } from 'yaml';
import { ConfigFailure } from '../runtime/contract/failure.ts';
import type { Scaffold } from '../runtime/init/scaffolder.ts';
import { streamLines } from './first-config.ts';

/**
 * The text of a configuration, in YAML or JSON, with one more stream; what is there keeps its comments. Throws ConfigFailure
 * where the streams are written in a way that leaves no place for a line.
 */
export function withStream(text: string, scaffold: Scaffold): string {
  const lines = streamLines(scaffold);
  const added = /^\s*\{/.test(text) ? inJson(text, lines) : inYaml(text, lines);
  const before = streamsOf(text);
  const after = added === undefined ? [] : streamsOf(added);
  if (
    added === undefined ||
    after.length !== before.length + 1 ||
    JSON.stringify(after.slice(0, -1)) !== JSON.stringify(before)
  ) {
    throw new ConfigFailure(
      `${scaffold.path}: there is no place for a line below streams; write them as a list with a line for each key`,
      { code: 'invalid_config' },
    );
  }
  return added;
}

const streamsOf = (text: string): readonly unknown[] =>
  ((parse(text) as { streams?: unknown } | null)?.streams as readonly unknown[] | null | undefined) ?? [];

function inJson(text: string, lines: readonly string[]): string {
  const config = JSON.parse(text) as Record<string, unknown>;
  const [stream] = parse(lines.join('\n')) as readonly unknown[];
  return `${JSON.stringify({ ...config, streams: [...streamsOf(text), stream] }, null, 2)}\n`;
}

function inYaml(text: string, lines: readonly string[]): string | undefined {
  const streams = parseDocument(text).get('streams', true);
  if (!isSeq(streams) || streams.flow || !streams.range) {
    if (streamsOf(text).length > 0) return undefined;
    const without = text.replace(/^streams:[^\n]*\n?/m, '');
    return `${without.replace(/\n*$/, '\n')}\nstreams:\n${lines.join('\n')}\n`;
  }
  const [start, end] = streams.range;
  const indent = start - (text.lastIndexOf('\n', start - 1) + 1);
  const at = afterItem(text, end, indent);
  const shifted = lines.map((line) => ' '.repeat(indent) + line.slice(2));
  const head = text.slice(0, at).replace(/\n?$/, '\n');
  return `${head}${shifted.join('\n')}\n${text.slice(at)}`;
}

/** Where the lines of the last item end: with the comments that are indented as its keys are, without what stands above the next key. */
function afterItem(text: string, end: number, indent: number): number {
  const rest = text.indexOf('\n', Math.max(0, end - 1));
  let at = rest < 0 ? text.length : rest + 1;
  const lineEnd = (): number => {
    const found = text.indexOf('\n', at);
    return found < 0 ? text.length : found + 1;
  };
  const isOwn = new RegExp(`^ {${indent + 1},}#`);
  while (isOwn.test(text.slice(at, lineEnd()))) at = lineEnd();
  const isOutside = new RegExp(`^(?:[ \\t]*| {0,${indent}}#.*)$`);
  for (;;) {
    const start = text.lastIndexOf('\n', at - 2) + 1;
    if (at === 0 || !isOutside.test(text.slice(start, at).trimEnd())) return at;
    at = start;
  }
}
