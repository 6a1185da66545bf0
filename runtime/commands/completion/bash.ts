import { type CommandWords, firstWords, type OptionWords, quoted, type Words } from './words.ts';

/** Completion for bash: a script to be sourced. */
export function bashScript(words: Words): string {
  const { program, commands } = words;
  const name = `_${program.replaceAll('-', '_')}`;
  return `# ${program} completion bash
${name}() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD-1]}" first="\${COMP_WORDS[1]}" second="\${COMP_WORDS[2]}"
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W ${quoted([...firstWords(words).keys()].join(' '))} -- "$cur"))
    return
  fi
${seconds(commands)}
  case "$first $second" in
${commands.map(branch).join('\n')}
  esac
}
complete -o default -F ${name} ${program}
`;
}

/** The second words of groups. */
function seconds(commands: readonly CommandWords[]): string {
  const groups = new Map<string, string[]>();
  for (const { name } of commands) {
    const [first = '', second] = name.split(' ');
    if (second !== undefined) groups.set(first, [...(groups.get(first) ?? []), second]);
  }
  return [...groups]
    .map(
      ([first, all]) =>
        `  if [ "$COMP_CWORD" -eq 2 ] && [ "$first" = ${first} ]; then COMPREPLY=($(compgen -W ${quoted(all.join(' '))} -- "$cur")); return; fi`,
    )
    .join('\n');
}

function branch({ name, options }: CommandWords): string {
  const pattern = name.includes(' ') ? quoted(name) : `${quoted(`${name} `)}*`;
  const names = options.flatMap(({ long, short }) => (short === undefined ? [long] : [long, short]));
  return `    ${pattern})
      case "$prev" in
${options.flatMap(valueBranch).join('\n')}
        *) COMPREPLY=($(compgen -W ${quoted(names.join(' '))} -- "$cur")) ;;
      esac ;;`;
}

function valueBranch({ long, short, value }: OptionWords): readonly string[] {
  const pattern = short === undefined ? long : `${long}|${short}`;
  if (value === 'none') return [];
  if (value === 'file') return [`        ${pattern}) COMPREPLY=($(compgen -f -- "$cur")) ;;`];
  if (value === 'text') return [`        ${pattern}) ;;`];
  return [`        ${pattern}) COMPREPLY=($(compgen -W ${quoted(value.join(' '))} -- "$cur")) ;;`];
}
