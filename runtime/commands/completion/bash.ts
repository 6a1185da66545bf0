import { type CommandWords, firstWords, type OptionWords, quoted, TABLES, type Words } from './words.ts';

/** Completion for bash: a script to be sourced. */
export function bashScript(words: Words): string {
  const { program, commands } = words;
  const name = `_${program.replaceAll('-', '_')}`;
  return `# ${program} completion bash
${name}_tables() {
  local line word words=()
  # COMP_WORDS is cut at colons. Nothing of the line, and no name, is run or expanded.
  read -ra words <<<"$COMP_LINE"
  words=("\${words[@]//[\\"\\']/}")
  words=("\${words[@]/#\\~/$HOME}")
  [ -n "$cur" ] || words+=("")
  while IFS= read -r word; do
    if [[ "$word" == "$cur"* ]]; then printf -v line %q "$word"; COMPREPLY+=("$line"); fi
  done < <("\${words[0]}" ${TABLES} "\${words[@]:2}" 2>/dev/null </dev/null)
}
${name}() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD-1]}" first="\${COMP_WORDS[1]}" second="\${COMP_WORDS[2]}"
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W ${quoted([...firstWords(words).keys()].join(' '))} -- "$cur"))
    return
  fi
${seconds(commands)}
  case "$first $second" in
${commands.map((command) => branch(command, name)).join('\n')}
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

function branch({ name, options }: CommandWords, script: string): string {
  const pattern = name.includes(' ') ? quoted(name) : `${quoted(`${name} `)}*`;
  const names = options.flatMap(({ long, short }) => (short === undefined ? [long] : [long, short]));
  return `    ${pattern})
      case "$prev" in
${options.flatMap((option) => valueBranch(option, script)).join('\n')}
        *) COMPREPLY=($(compgen -W ${quoted(names.join(' '))} -- "$cur")) ;;
      esac ;;`;
}

function valueBranch({ long, short, value }: OptionWords, script: string): readonly string[] {
  const pattern = short === undefined ? long : `${long}|${short}`;
  if (value === 'none') return [];
  if (value === 'file') return [`        ${pattern}) COMPREPLY=($(compgen -f -- "$cur")) ;;`];
  if (value === 'text') return [`        ${pattern}) ;;`];
  if (value === 'table') return [`        ${pattern}) ${script}_tables ;;`];
  return [`        ${pattern}) COMPREPLY=($(compgen -W ${quoted(value.join(' '))} -- "$cur")) ;;`];
}
