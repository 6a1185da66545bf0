import { type CommandWords, firstWords, type OptionWords, quoted, type Words } from './words.ts';

/** Completion for zsh: a script to be sourced after compinit, or a file of `fpath`. */
export function zshScript(words: Words): string {
  const { program, commands } = words;
  const name = `_${program.replaceAll('-', '_')}`;
  const first = [...firstWords(words)].map(([word, says]) => quoted(`${word}:${says.replaceAll(':', '\\:')}`));
  return `#compdef ${program}
${name}() {
  local -a commands
  commands=(${first.join(' ')})
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  case "$words[2] $words[3]" in
${commands.map(branch).join('\n')}
    *) _files ;;
  esac
}
compdef ${name} ${program}
`;
}

function branch({ name, options }: CommandWords): string {
  const pattern = name.includes(' ') ? quoted(name) : `${quoted(`${name} `)}*`;
  const specs = options.flatMap(spec);
  return `    ${pattern}) _arguments ${[...specs, quoted('*: :_default')].join(' ')} ;;`;
}

function spec({ long, short, says, value }: OptionWords): readonly string[] {
  const text = says.replaceAll(/[[\]:\\]/g, (found) => `\\${found}`);
  const after =
    value === 'none'
      ? ''
      : value === 'file'
        ? ':file:_files'
        : value === 'text'
          ? ':value:'
          : `:value:(${value.join(' ')})`;
  return [long, ...(short === undefined ? [] : [short])].map((one) => quoted(`*${one}[${text}]${after}`));
}
