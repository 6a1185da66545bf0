import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { accounts } from '../catalog/account.ts';
import { contacts } from '../catalog/contact.ts';
import { isClearable } from '../catalog/mapped-row.ts';
import type { DestinationObject, EndpointName, Field } from '../catalog/object.ts';

const page = fileURLToPath(new URL('../docs/reference/fields.md', import.meta.url));

/** What each endpoint is called at Apollo, and how many records a request to it takes. */
const endpoints: Readonly<Record<EndpointName, readonly [name: string, records: number]>> = {
  create: ['bulk_create', 100],
  bulkUpdate: ['bulk_update', 100],
  patch: ['PATCH', 1],
  stages: ['update_stages', 100],
  owners: ['update_owners', 100],
  labels: ['labels', 500],
};

/** The whole of `docs/reference/fields.md`. */
export const fieldsPage = (): string => [intro, ...[contacts, accounts].map(section), values].join('\n');

const intro = `<!-- Made by scripts/docs-fields.ts from catalog/. Do not edit. -->

# Fields

What a mapping can name in \`to\`. Upper and lower case, spaces and hyphens do not count. Without a mapping, columns that
carry the name or an alias of a field are taken as they are; where two columns stand for one field, the one with the field's
own name is.

*Written by* is the price of a field. The number is how many records one request takes: a field that only PATCH writes costs
an update one request a record. \`bulk_create\` writes new records only. A field with \`bulk_create\` alone is written when the
record is created and left alone afterwards.
`;

const section = (object: DestinationObject): string => `## ${object.name}

The match field is \`${object.matchField}\`.

| field | aliases | type | written by | emptied by \`nulls: clear\` | note |
| --- | --- | --- | --- | --- | --- |
${object.fields.map(row).join('\n')}

Read-only, refused in a mapping:

| field | why |
| --- | --- |
${object.readOnly.map(({ name, reason }) => `| \`${name}\` | ${reason} |`).join('\n')}
`;

const row = (field: Field): string => {
  const cells = [
    code(field.name),
    field.aliases.map(code).join(', '),
    field.items === undefined ? field.type : `${field.type} (${field.items.type})`,
    priceOf(field),
    isClearable(field) ? 'yes' : 'no',
    [field.description, field.note].filter((text) => text !== undefined).join(' '),
  ];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
};

const priceOf = ({ writable }: Field): string => {
  const writers = (Object.keys(endpoints) as EndpointName[]).filter((endpoint) => writable[endpoint] !== undefined);
  const named = writers.map((endpoint) => {
    const [name, records] = endpoints[endpoint];
    const shared = writable[endpoint]?.in === 'request' ? ', one value a request' : '';
    return `${name} (${records}${shared})`;
  });
  return named.length === 0 ? 'nothing' : named.join(', ');
};

const code = (text: string): string => `\`${text}\``;

const values = `## Custom fields

\`custom:\` and the label or the id of the field, with or without \`contact.\` or \`account.\` in front:
\`custom:Customer Tier\`, \`custom:60c39ed82bd02f01154c470a\`. bulk_create (100), bulk_update (100) and PATCH (1) write them.
A label that two fields share is an error; use the id. Fields that a connected CRM keeps read-only are refused.

## Values

Text is trimmed. Blank text counts as null, and so does an empty list. At the ends of every value but plain text, characters that are not
seen (zero width, soft hyphens, marks of direction) are taken off; inside an address, a domain or a URL they make it invalid, since two
values that look the same would be two records. Fullwidth forms (\`＠\`, \`．\`, \`。\`) become plain ones there. Control characters other than tabs and line ends, and
text that is not well-formed Unicode, reject the row. A column that a row leaves out says nothing, not even null.

| type | takes |
| --- | --- |
| text | text, a number, true or false |
| email | one address; lower-cased, its domain in the script that the source has it in. No placeholder such as \`email_not_unlocked@domain.com\`, \`noemail@…\` or \`none@none.com\`, and no masked address |
| phone | any format with 6 to 16 digits, an extension besides; no other letters. It is sent as written |
| url | http and https, whatever browsers open: an underscore or an IP address in the host, \`gov.uk\`; blanks are encoded. \`https://\` is put before a bare \`linkedin.com/in/x\`. No user or password, and no host without a dot |
| domain | a domain or a URL; made bare, \`https://www.Example.com/x\` is \`example.com\`. in the script that the source has it in. No IP address, no e-mail address, no \`co.uk\` (but \`gov.uk\` and \`nhs.uk\`); no page of a site that many share (\`github.com/acme\`, \`linkedin.com/company/acme\`: the list is \`catalog/spelling/shared-hosts.ts\`), and no \`@gmail.com\` |
| date | \`YYYY-MM-DD\`, or an ISO date and time, whose date is taken as written, whatever its zone. No epoch numbers |
| datetime | an ISO date and time, sent in UTC; without a zone it is taken as UTC. A date alone stays one. No epoch numbers |
| number | a number, or text such as \`-1234.50\` or \`1e3\`; sent as plain decimal digits. No thousands separators |
| boolean | true and false, yes and no, on and off, t and f, y and n, 1 and 0 |
| id | 24 hexadecimal digits |
| stage, option | the name or the id |
| owner | the e-mail address or the id of a user |
| lists, options, texts | a list, JSON text of one, or text with \`;\` between the entries, or \`,\` where no \`;\` stands. A name that holds a comma needs a list |

Of a picklist that takes several options, one option goes as its id, several as a list of ids, which no page of Apollo documents.
`;

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  mkdirSync(dirname(page), { recursive: true });
  writeFileSync(page, fieldsPage());
}
