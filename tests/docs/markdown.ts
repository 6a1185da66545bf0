/** A fenced block of a page that shows commands, or what one prints. */
export interface Block {
  readonly page: string;
  /** Where the block's text begins, in characters and as a line from 1. */
  readonly at: number;
  readonly line: number;
  readonly language: string;
  readonly text: string;
  /** What the comment above it says: `run: days`, `run`, `not run: needs Docker`. */
  readonly mark: string | undefined;
}

/** One command, and what the page shows of its output. */
export interface Shown {
  readonly command: string;
  readonly output: readonly string[];
}

/** The blocks that show commands: in a shell's language, with a prompt, or marked. */
export function commandBlocks(page: string, markdown: string): readonly Block[] {
  const fences = /^(?:<!-- (?<mark>(?:not )?run\b[^\n]*?) -->\n)?(?<open>```(?<language>\w*)\n)(?<text>.*?)^```$/dgms;
  return [...markdown.matchAll(fences)].flatMap((match) => {
    const { mark, language, text } = match.groups as Record<string, string | undefined>;
    const [at] = match.indices!.groups!['text']!;
    const isShell = ['sh', 'bash', 'console'].includes(language!) || /^\$ /m.test(text!);
    if (mark === undefined && !isShell) return [];
    const line = markdown.slice(0, at).split('\n').length;
    return [{ page, at, line, language: language!, text: text!, mark }];
  });
}

/** The commands of a block. One with a prompt is followed by its output; one in `sh` has none to compare. */
export function commandsIn({ language, text, mark }: Block): readonly Shown[] {
  const [, hidden] = /^run: \w+; (.*)$/.exec(mark ?? '') ?? [];
  const lines = text.trimEnd().split('\n');
  if (hidden !== undefined) return [{ command: hidden, output: lines }];
  if (language === 'sh' || language === 'bash') {
    return (
      lines
        .map((line) => line.replace(/(^|\s)# .*$/, '').trim())
        // What npm does here, .ci/run does too; keys are in the environment of every scene.
        .filter((line) => line !== '' && !/^(npm|export) /.test(line))
        .map((command) => ({ command, output: [] }))
    );
  }
  const shown: { command: string; output: string[] }[] = [];
  for (const line of lines) {
    if (line.startsWith('$ ')) shown.push({ command: line.slice(2), output: [] });
    else shown.at(-1)!.output.push(line);
  }
  return shown;
}

/**
 * Whether a command printed what a page shows. `…` stands for what the page leaves out, in a line or as lines of its own; ids, times
 * and durations differ from run to run, and widths with them.
 */
export function isShown(output: readonly string[], printed: readonly string[]): boolean {
  const pattern = output
    .map(comparable)
    .map((line) => (line === '…' ? '(?:.*\\n)*?' : `${line.split('…').map(escaped).join('.*')}\\n`));
  return new RegExp(`^${pattern.join('')}$`).test(printed.map((line) => `${comparable(line)}\n`).join(''));
}

const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');

const comparable = (line: string): string =>
  line
    .replaceAll(/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, 'ID')
    .replaceAll(/\b[0-9a-f]{24}\b/g, 'ID')
    .replaceAll(/\b[0-9a-f]{8}(?=[-\s:.…]|$)/g, 'ID')
    .replaceAll(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?Z?)?/g, 'TIME')
    .replaceAll(/\b\d+(?:\.\d+)? ?m?s\b/g, 'SPAN')
    .replaceAll(/127\.0\.0\.1:\d+/g, 'HOST')
    .replaceAll(/\s+/g, ' ')
    .trimEnd();
