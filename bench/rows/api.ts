/** An API that answers at once, in a process of its own: each record that is created is new. Prints its address. */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

let made = 0;

/** As much of a contact as an answer shows of one (docs.apollo.io/reference/bulk-create-contacts, 2026-08-19). */
const created = (contact: object) => {
  const id = `6${(made++).toString(16).padStart(23, '0')}`;
  return { id, ...contact, owner_id: null, account_id: null, created_at: '2026-11-29T00:00:00.000Z', label_ids: [] };
};

const profile = { id: '66302798d03b9601c7934ebf', name: 'Ada Reyes', team_id: '5f6b1e2a9d8c7b6a5f4e3d2c' };

/** Custom fields, by label and type. */
const custom = {
  Employees: 'number',
  Step: 'number',
  Active: 'boolean',
  Amount: 'number',
  Score: 'number',
  Born: 'date',
  Updated: 'datetime',
  Reference: 'string',
  Extra: 'textarea',
  Tier: 'string',
};
const fields = Object.entries(custom).map(([label, type], i) => ({
  id: `contact.7${String(i).padStart(23, '0')}`,
  label,
  type,
  modality: 'contact',
  source: 'custom',
}));

function answerTo(path: string, body: string): unknown {
  if (path.endsWith('/contacts/bulk_create')) {
    const { contacts } = JSON.parse(body) as { contacts: object[] };
    return { created_contacts: contacts.map(created), existing_contacts: [] };
  }
  if (path.endsWith('/contacts/bulk_update')) {
    return { contacts: (JSON.parse(body) as { contact_attributes: object[] }).contact_attributes };
  }
  if (path.endsWith('/fields')) return { fields };
  if (path.endsWith('/typed_custom_fields')) {
    return {
      typed_custom_fields: fields.map(({ id, label, ...field }) => ({ ...field, id: id.split('.')[1], name: label })),
    };
  }
  return path.includes('profile') ? { ...profile, user: profile } : { users: [], contact_stages: [], labels: [] };
}

async function textOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
}

const server = createServer(async (request, response) => {
  const answer = JSON.stringify(answerTo(new URL(request.url!, 'http://api').pathname, await textOf(request)));
  response.setHeader('content-type', 'application/json').end(answer);
});
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v1`));
