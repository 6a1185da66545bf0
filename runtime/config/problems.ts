import { ConfigFailure } from '../contract/failure.ts';
import type { JsonSchema } from '../contract/protocol.ts';
import { branchesOf, expectation, isSecret, listed, pathText, propertiesOf, schemasAt } from './json-schema.ts';
import { nearest } from './near-names.ts';

type Path = readonly PropertyKey[];

/** Something wrong with a configuration: where, and a sentence that says what. */
export interface Problem {
  readonly path: Path;
  readonly message: string;
}

/** What zod says of a value; `keys` of a set of keys that has some it may not have. */
interface Issue {
  readonly code?: string | undefined;
  readonly path: Path;
  readonly message: string;
  readonly keys?: readonly string[];
}

/** What was found wrong with a value, in words a person can act on; never shows what the schema marks as secret. */
export function problemsOf(
  issues: readonly Issue[],
  json: unknown,
  schema: JsonSchema,
  mask: (text: string) => string,
): readonly Problem[] {
  return issues.flatMap((issue): readonly Problem[] => {
    if (issue.code === 'unrecognized_keys') {
      const known = schemasAt(schema, issue.path).flatMap((each) => candidatesIn(each, valueAt(json, issue.path)));
      return (issue.keys ?? []).map((key) => unknownKey([...issue.path, key], known));
    }
    const value = valueAt(json, issue.path);
    const expected = issue.code === 'custom' ? issue.message : expectation(schemasAt(schema, issue.path));
    if (value === undefined) return [{ path: issue.path, message: `is missing; expected ${expected}` }];
    const received = describe(value, { isHidden: isPrivate(schema, issue.path), mask });
    return [
      { path: issue.path, message: `received ${received}, expected ${expected}${hint(schema, issue.path, value)}` },
    ];
  });
}

/** The problem of an unknown key, with the key that was probably meant. */
export function unknownKey(path: Path, known: readonly string[]): Problem {
  const near = nearest(String(path.at(-1)), known);
  const hint = near === undefined ? `known keys: ${listed(known)}` : `did you mean "${near}"?`;
  return { path, message: `unknown key; ${hint}` };
}

/** The value that stands at a path; undefined where there is none. */
const valueAt = (json: unknown, path: Path): unknown =>
  path.reduce<unknown>((value, part) => (value as Record<PropertyKey, unknown> | null | undefined)?.[part], json);

// Of alternatives, only the one that is meant: keys of the others are refused too.
function candidatesIn(schema: JsonSchema, value: unknown): readonly string[] {
  const branches = branchesOf(schema);
  const meant = branches.filter((branch) =>
    Object.entries(propertiesOf(branch)).some(
      ([key, each]) => 'const' in each && each['const'] === valueAt(value, [key]),
    ),
  );
  return (meant.length > 0 ? meant : branches).flatMap((branch) => Object.keys(propertiesOf(branch)));
}

// A key pasted into the wrong place beside a secret is as secret as the right one.
const isPrivate = (schema: JsonSchema, path: Path): boolean =>
  isSecret(schema, path) || path.some((_, index) => schemasAt(schema, path.slice(0, index + 1)).some(holdsSecret));

const holdsSecret = (schema: JsonSchema): boolean =>
  branchesOf(schema).some((branch) =>
    Object.values(propertiesOf(branch)).some((each) => each['airbyte_secret'] === true),
  );

const LONGEST_SHOWN = 60;

function describe(
  value: unknown,
  { isHidden, mask }: { readonly isHidden: boolean; readonly mask: (text: string) => string },
): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object') return 'a set of keys';
  if (isHidden) return typeof value === 'string' && value === '' ? 'an empty text' : `a ${typeName(value)} (not shown)`;
  const text = mask(typeof value === 'string' ? JSON.stringify(withoutUserInfo(value)) : String(value));
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text;
}

const typeName = (value: unknown): string => (typeof value === 'string' ? 'text' : typeof value);

const withoutUserInfo = (text: string): string => text.replaceAll(/\/\/[^/]*@/g, '//****@');

function hint(schema: JsonSchema, path: Path, value: unknown): string {
  if (typeof value !== 'string') return '';
  const schemas = schemasAt(schema, path);
  const choices = schemas.flatMap((each) => ('const' in each ? [each['const']] : ((each['enum'] ?? []) as unknown[])));
  const near = nearest(value, choices.map(String));
  return near === undefined ? '' : `; did you mean "${near}"?`;
}

/** A problem in one line: `streams[0].mode: received …`. */
export const problemText = ({ path, message }: Problem): string =>
  `${path.length === 0 ? 'the configuration' : pathText(path)}: ${message}`;

/** The failure that lists every problem of a configuration, one a line. */
export function invalidConfig(problems: readonly Problem[]): ConfigFailure {
  const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`;
  const lines = [...new Set(problems.map((problem) => `  ${problemText(problem)}`))];
  return new ConfigFailure([`The configuration has ${count}:`, ...lines].join('\n'), { code: 'invalid_config' });
}
