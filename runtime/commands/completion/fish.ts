import { type CommandWords, firstWords, type OptionWords, quoted, TABLES, type Words } from './words.ts';

/** Completion for fish: a script to be sourced, or a file in its folder of completions. */
export function fishScript(words: Words): string {
  const { program, commands } = words;
  const first = [...firstWords(words)].map(
    ([word, says]) => `complete -c ${program} -f -n __fish_use_subcommand -a ${word} -d ${fishText(says)}`,
  );
  return `${[`# ${program} completion fish`, ...first, ...commands.flatMap((command) => lines(program, command))].join('\n')}\n`;
}

function lines(program: string, { name, summary, options }: CommandWords): readonly string[] {
  const [first = name, second] = name.split(' ');
  const seen = `-n ${quoted(`__fish_seen_subcommand_from ${second ?? first}`)}`;
  const group =
    second === undefined
      ? []
      : [
          `complete -c ${program} -f -n ${quoted(`__fish_seen_subcommand_from ${first}; and not __fish_seen_subcommand_from ${second}`)} -a ${second} -d ${fishText(summary)}`,
        ];
  return [...group, ...options.map((option) => `complete -c ${program} ${seen} ${optionText(option, program)}`)];
}

function optionText({ long, short, says, value }: OptionWords, program: string): string {
  const names = `-l ${long.slice(2)}${short === undefined ? '' : ` -s ${short.slice(1)}`}`;
  const takes = valueText(value, program);
  return `${names}${takes} -d ${fishText(says)}`;
}

function valueText(value: OptionWords['value'], program: string): string {
  if (typeof value !== 'string') return ` -x -a ${quoted(value.join(' '))}`;
  // The last of these words is the option itself; what is typed of its value comes after the cursor's cut.
  const tables = `(${program} ${TABLES} (commandline -opc)[3..] "" 2>/dev/null </dev/null)`;
  return { none: '', file: ' -r -F', table: ` -x -a ${quoted(tables)}`, text: ' -x' }[value];
}

// Within single quotes fish has two escapes: of the quote and of the backslash.
const fishText = (text: string): string => `'${text.replaceAll(/[\\']/g, (found) => `\\${found}`)}'`;
