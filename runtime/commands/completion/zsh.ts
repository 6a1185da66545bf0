import { type CommandWords, firstWords, type OptionWords, quoted, TABLES, type Words } from './words.ts';

/** Completion for zsh: a script to be sourced after compinit, or a file of `fpath`. */
export function zshScript(words: Words): string {
  const { program, commands } = words;
  const name = `_${program.replaceAll('-', '_')}`;
  const first = [...firstWords(words)].map(([word, says]) => quoted(`${word}:${says.replaceAll(':', '\\:')}`));
  return `#compdef ${program}
${name}_tables() {
  local -a names
  names=(\${(f)"$(\${(Q)words[1]} ${TABLES} "\${(@Q)words[3,-1]}" 2>/dev/null </dev/null)"})
  compadd -a names
}
${name}() {
  local -a commands
  commands=(${first.join(' ')})
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  case "$words[2] $words[3]" in
${commands.map((command) => branch(command, name)).join('\n')}
    *) _files ;;
  esac
}
compdef ${name} ${program}
`;
}

function branch({ name, options }: CommandWords, script: string): string {
  const pattern = name.includes(' ') ? quoted(name) : `${quoted(`${name} `)}*`;
  const specs = options.flatMap((option) => spec(option, script));
  return `    ${pattern}) _arguments ${[...specs, quoted('*: :_default')].join(' ')} ;;`;
}

function spec({ long, short, says, value }: OptionWords, script: string): readonly string[] {
  const text = says.replaceAll(/[[\]:\\]/g, (found) => `\\${found}`);
  const after = valueSpec(value, script);
  return [long, ...(short === undefined ? [] : [short])].map((one) => quoted(`*${one}[${text}]${after}`));
}

function valueSpec(value: OptionWords['value'], script: string): string {
  if (typeof value !== 'string') return `:value:(${value.join(' ')})`;
  return { none: '', file: ':file:_files', table: `:table:${script}_tables`, text: ':value:' }[value];
}
