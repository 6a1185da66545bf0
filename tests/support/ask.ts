import { parseArguments } from '../../runtime/cli/arguments.ts';
import { longName, type Options } from '../../runtime/commands/shared/option.ts';
import type { Said } from '../../runtime/commands/shared/said.ts';
import type { StoreCommand, StoreSession } from '../../runtime/commands/shared/store.ts';

/** A command and its options, by the names that the code has for them. */
export type AskedCommand = { readonly name: string } & Readonly<Record<string, unknown>>;

const program = { name: 'destination-apollo', version: '0.0.0', summary: '', environment: {} };

/** What a command that looks into a state store says, asked as on a command line. */
export async function ask(asked: AskedCommand, session: StoreSession): Promise<Said> {
  const parsed = parseArguments(wordsOf(asked), program);
  if (parsed.type !== 'command') throw new Error(parsed.text);
  return storeCommandOf(parsed).said(parsed.asked as never, session);
}

function wordsOf({ name, ...options }: AskedCommand): readonly string[] {
  const values = Object.entries(options).flatMap(([key, value]) =>
    (Array.isArray(value) ? value : [value]).map((one) => [key, one] as const),
  );
  const given = values.filter(([, value]) => value !== undefined && value !== false);
  return [...name.split(' '), ...given.map(([key, value]) => longName(key) + (value === true ? '' : `=${value}`))];
}

function storeCommandOf({
  command,
}: Extract<ReturnType<typeof parseArguments>, { type: 'command' }>): StoreCommand<Options> {
  if ('said' in command) return command as StoreCommand<Options>;
  throw new Error(`${command.name} does not look into a state store.`);
}
