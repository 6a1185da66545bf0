import type { Rejection } from '../runtime/contract/outcome.ts';
import type { Row } from '../runtime/contract/record.ts';
import { accounts } from './account.ts';
import { invalidMapping, requireColumn } from './binding.ts';
import { coerce } from './coerce.ts';
import { matchKeyOf } from './identity-keys.ts';
import type { MappedRow } from './mapped-row.ts';
import type { CompiledMapping } from './mapping.ts';
import { emailDomain } from './normalise.ts';
import type { Field } from './object.ts';
import { isFreeMail } from './spelling/free-mail.ts';

/** The field of a contact that holds the id of its account. */
export const ACCOUNT_ID = 'account_id';

/** How the rows of a stream name the accounts of their contacts. */
interface AccountLinkInput {
  /** Where the stream is configured, `streams[0]`. */
  readonly path: string;
  /** The column that holds the domain of the company. */
  readonly from: string;
  /** Of the source; absent where they are not known before the first row. */
  readonly columns: readonly string[] | undefined;
  readonly onInvalid: 'reject' | 'drop';
  /** Those of contacts. */
  readonly fields: readonly Field[];
}

/** A mapping whose rows also name, in `link`, the match key of the account that their contacts belong to. Throws ConfigFailure where it writes that itself. */
export function withAccountLink(mapping: CompiledMapping, input: AccountLinkInput): CompiledMapping {
  const { path, from, columns, fields } = input;
  requireColumn(columns, from, `${path}.account.from`);
  if (mapping.fields.some(({ name }) => name === ACCOUNT_ID)) {
    throw invalidMapping(`${path}.account`, `the mapping writes "${ACCOUNT_ID}" itself; expected one of the two.`);
  }
  return {
    ...mapping,
    columns: [...new Set([...mapping.columns, from])],
    fields: [...mapping.fields, ...fields.filter(({ name }) => name === ACCOUNT_ID)],
    map: (row) => withLink(mapping.map(row), row, input),
  };
}

function withLink(mapped: MappedRow, row: Row, { from, onInvalid }: AccountLinkInput): MappedRow {
  if (!mapped.ok) return mapped;
  const read = linkOf(Object.hasOwn(row, from) ? row[from] : undefined);
  if ('link' in read) return read.link === undefined ? mapped : { ...mapped, link: read.link };
  const { rejection } = read;
  const { primaryKey, matchKey, dropped = [] } = mapped;
  if (onInvalid === 'reject' && rejection.code !== FREE_MAIL) return { ok: false, rejection, primaryKey, matchKey };
  return { ...mapped, dropped: [...dropped, { code: rejection.code, field: FIELD }] };
}

const FIELD = 'account';

/** A domain at which anyone has an address, so that it names no company. */
const FREE_MAIL = 'free_mail_domain';

const domainField = { ...accounts.fields.find(({ name }) => name === accounts.matchField)!, mappedAs: FIELD };

type Read = { readonly link: string | undefined } | { readonly rejection: Rejection };

/** The account that a value names: a domain as streams of accounts take it, or an e-mail address at one. */
function linkOf(value: unknown): Read {
  const host = typeof value === 'string' ? emailDomain(value) : undefined;
  const coerced = coerce(domainField, host ?? value);
  if (!coerced.ok) return { rejection: { code: coerced.code, message: coerced.message, field: FIELD } };
  const link = matchKeyOf('accounts', { domain: coerced.value });
  return link !== undefined && isFreeMail(domainOfLink(link)) ? { rejection: freeMail } : { link };
}

const freeMail: Rejection = {
  code: FREE_MAIL,
  message: 'account: addresses at this domain are given to anyone, so that it is not the domain of a company.',
  field: FIELD,
};

/** The value of the domain that a link names. */
export const domainOfLink = (link: string): string => link.slice(link.indexOf(':') + 1);
