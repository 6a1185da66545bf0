import type { ObjectName } from '../object.ts';
import { spelledName } from '../spelling/spelled-name.ts';

const id = '(?:id|key|uuid|guid|pk|nr|no|num|number|nummer|numero|code|identifier)';

/** What people call the things that rows are about. */
const own: Readonly<Record<ObjectName, string>> = {
  contacts:
    'contact|person|people|customer|client|user|lead|member|subscriber|profile|kunden?|kontakt|personen|cliente|contacto|contatto|klant',
  accounts:
    'account|company|organi[sz]ation|org|customer|client|business|firm|store|kunden?|firmen|societe|entreprise|empresa|cliente|azienda|klant|bedrijf',
};

/** What an id in a row of the one object may be the id of, and does not name the row. */
const others: Readonly<Record<ObjectName, RegExp>> = {
  contacts:
    /(?:^|_)(?:company|companies|account|organi[sz]ation|org|owner|parent|deal|campaign|assigned|manager|associated|group|team|list|firmen|societe|empresa)(?:_|$)/,
  accounts: /(?:^|_)(?:contact|person|owner|parent|deal|campaign|assigned|manager|associated|group|team|list)(?:_|$)/,
};

const plainIds =
  /^(?:id|pk|uuid|guid|key|(?:record|row|entity|object|unique|external|system|crm)_?(?:id|key)|identifiant|identifier|identificador|identificativo|kennung)$/;

/** The columns that may name a row, judged by their names alone, the likeliest first. */
export function keyNames(object: ObjectName, columns: readonly string[]): readonly string[] {
  const patterns = [
    plainIds,
    new RegExp(`^(?:(?:${own[object]})s?_?${id}|(?:id|code|no|numero|num)_(?:du_|de_|del_)?(?:${own[object]}))$`),
    new RegExp(`(?:^|_)(?:${own[object]})_?${id}$`),
    /(?:^|_)(?:id|key|uuid|guid)$|(?:nr|nummer)$/,
  ];
  const likely = columns.filter((column) => !others[object].test(spelledName(column)));
  return [
    ...new Set(patterns.flatMap((pattern) => likely.filter((column) => pattern.test(spelledName(column))))),
  ].slice(0, 6);
}
