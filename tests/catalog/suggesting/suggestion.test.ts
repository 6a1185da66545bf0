import { expect, test } from 'vitest';
import { accounts } from '../../../catalog/account.ts';
import { contacts } from '../../../catalog/contact.ts';
import { customFields } from '../../../catalog/custom-field.ts';
import type { DestinationObject, Field } from '../../../catalog/object.ts';
import { keyNames } from '../../../catalog/suggesting/key-names.ts';
import { suggestMapping } from '../../../catalog/suggesting/suggestion.ts';

const columns = (sampled: Readonly<Record<string, readonly unknown[]>>) =>
  Object.entries(sampled).map(([name, values]) => ({ name, values }));

const mapped = (
  object: DestinationObject,
  sampled: Readonly<Record<string, readonly unknown[]>>,
  fields: readonly Field[] = object.fields,
) => Object.fromEntries(suggestMapping(object, fields, columns(sampled)).mapping.map(({ to, from }) => [to, from]));

const emails = ['ann@acme.com', 'bob@widget.org', 'cy@umbrella.net'];
const phones = ['+1 415 555 0100', '+1 415 555 0101', '(415) 555-0102'];

test('the own name of a field wins over its other names, whatever the order', () => {
  expect(mapped(contacts, { work_email: emails, email: emails })).toEqual({ email: 'email' });
  expect(mapped(contacts, { email: emails, work_email: emails })).toEqual({ email: 'email' });
});

test('other names, spaces, hyphens and camel case are the same to it', () => {
  const sampled = { work_email: emails, 'Given Name': ['Ann'], familyName: ['Lee'], 'Job-Title': ['Chief'] };
  expect(mapped(contacts, sampled)).toEqual({
    email: 'work_email',
    first_name: 'Given Name',
    last_name: 'familyName',
    title: 'Job-Title',
  });
});

test('a name that is only like a field needs values that fit', () => {
  expect(mapped(contacts, { cust_mail: emails })).toEqual({ email: 'cust_mail' });
  expect(mapped(contacts, { mail_count: [1, 2, 3] })).toEqual({});
  expect(mapped(contacts, { cust_mail: [] })).toEqual({});
  expect(mapped(contacts, { work_tel: phones, main_email_opt_in: [true, false] })).toEqual({ phone: 'work_tel' });
});

test('addresses are known by their looks alone, numbers never', () => {
  expect(mapped(contacts, { c1: emails, c2: phones, c3: [4155550100, 4155550101] })).toEqual({ email: 'c1' });
  expect(mapped(accounts, { c1: ['https://www.acme.com/', 'widget.org'], c2: emails })).toEqual({ domain: 'c1' });
});

test('what is somebody else’s is not taken on a hint', () => {
  expect(mapped(contacts, { account_manager_email: emails, personal_email: emails })).toEqual({});
});

test('a field’s own name is not believed against most of its values', () => {
  const { mapping, left } = suggestMapping(contacts, contacts.fields, columns({ email: ['x', 'y', 'ann@acme.com'] }));
  expect(mapping).toEqual([]);
  expect(left).toEqual([{ column: 'email', why: 'named like E-mail, but 1 of 3 values fit.' }]);
});

test('two columns are never written to one place', () => {
  const { mapping, left } = suggestMapping(contacts, contacts.fields, columns({ phone: phones, direct_phone: phones }));
  expect(mapping.map(({ to }) => to)).toEqual(['phone']);
  expect(left).toEqual([{ column: 'direct_phone', why: 'Direct phone is written to the place of another.' }]);
});

test('a field that cannot be written is left out with what to do instead', () => {
  expect(suggestMapping(contacts, contacts.fields, columns({ full_name: ['Ann Lee'] })).left).toEqual([
    { column: 'full_name', why: 'Apollo joins it from `first_name` and `last_name`: map those.' },
  ]);
});

test('custom fields are found by their labels, and picklists held to their options', () => {
  const items = [
    {
      id: 'a',
      modality: 'contact',
      label: 'Customer Tier',
      type: 'picklist',
      picklist_values: [{ id: '1', name: 'Gold' }],
    },
    { id: 'b', modality: 'contact', label: 'Lead Score', type: 'number' },
    { id: 'c', modality: 'account', label: 'Segment', type: 'string' },
  ];
  const fields = [...contacts.fields, ...customFields(contacts, items)];
  const sampled = { customer_tier: ['Gold', 'gold'], leadScore: ['12', '7.5'], segment: ['A'] };
  expect(mapped(contacts, sampled, fields)).toEqual({
    'custom:Customer Tier': 'customer_tier',
    'custom:Lead Score': 'leadScore',
  });
  expect(mapped(contacts, { customer_tier: ['Tin', 'Tin', 'Gold'] }, fields)).toEqual({});
});

test('exports in other languages are read, whatever their accents and punctuation', () => {
  const tables: Readonly<Record<string, readonly string[]>> = {
    German: ['E-Mail-Adresse', 'Vorname', 'Nachname', 'Funktion', 'Firma', 'Telefon'],
    French: ['Adresse e-mail', 'Prénom', 'Nom', 'Fonction', 'Société', 'Téléphone'],
    Spanish: ['Correo electrónico', 'Nombre', 'Apellidos', 'Cargo', 'Empresa', 'Teléfono'],
    Portuguese: ['E-mail', 'Nome', 'Sobrenome', 'Cargo', 'Empresa', 'Telefone'],
    Italian: ['Indirizzo email', 'Nome', 'Cognome', 'Ruolo', 'Azienda', 'Telefono'],
    Dutch: ['E-mailadres', 'Voornaam', 'Achternaam', 'Functie', 'Bedrijf', 'Telefoonnummer'],
    Salesforce: ['Email', 'First Name', 'Last Name', 'Title', 'Account Name', 'Phone'],
  };
  const fields = ['email', 'first_name', 'last_name', 'title', 'organization_name', 'phone'];
  const values = [emails, ['Ann'], ['Lee'], ['Chief'], ['Acme'], phones];
  for (const names of Object.values(tables)) {
    const sampled = Object.fromEntries(names.map((name, index) => [name, values[index]!]));
    expect(mapped(contacts, sampled)).toEqual(Object.fromEntries(fields.map((field, index) => [field, names[index]])));
  }
});

test('what is about a value is not the value', () => {
  expect(mapped(accounts, { Name: ['Acme'], AddressType: ['Main'], 'Address Line 1': ['1 Main St'] })).toEqual({
    name: 'Name',
    raw_address: 'Address Line 1',
  });
  expect(mapped(contacts, { ip_address: ['1.2.3.4'], company_size: ['1-10'], 'Phone Type': ['home'] })).toEqual({});
});

test('forms of address are not taken for job titles, nor numbers for names of companies', () => {
  const { mapping, left } = suggestMapping(
    contacts,
    contacts.fields,
    columns({ Title: ['Ms.', 'Mr.', 'Prof. Dr.'], JobTitle: ['Chief', 'Buyer', 'Clerk'], Company: ['12', '13', '14'] }),
  );
  expect(mapping.map(({ to, from }) => [to, from])).toEqual([['title', 'JobTitle']]);
  expect(left).toEqual([
    { column: 'Title', why: expect.stringMatching(/forms of address/) },
    { column: 'Company', why: expect.stringMatching(/numbers, and no names/) },
  ]);
});

test('of a list the first entry is to be taken, and a column without values is not', () => {
  const { mapping, left } = suggestMapping(
    contacts,
    contacts.fields,
    columns({ email: [emails, emails], first_name: [] }),
  );
  expect(mapping).toEqual([]);
  expect(left).toEqual([
    { column: 'email', why: 'a list, and E-mail is one value: take its first entry in a query, "email"[1]' },
    { column: 'first_name', why: 'named like First name, but it holds no values.' },
  ]);
  expect(mapped(contacts, { email: [], first_name: [] })).toEqual({ email: 'email', first_name: 'first_name' });
});

test('columns that name a row are recognised by their names', () => {
  const keys = (...names: string[]) => keyNames(contacts.name, names);
  for (const name of [
    'Record ID',
    'Contact ID',
    'customer-id',
    'customerId',
    'Kundennr.',
    'Identifiant',
    'PersonID',
    'N° client id',
  ]) {
    expect(keys('Company ID', 'Email', name, 'Deal ID', 'paid')).toEqual([name]);
  }
  expect(keys('store_id', 'Contact ID', 'id')).toEqual(['id', 'Contact ID', 'store_id']);
  expect(keyNames('accounts', ['Contact ID', 'Company ID'])).toEqual(['Company ID']);
});

test('no value is quoted, only counted', () => {
  const sampled = { work_email: [...emails, 'no address'], stage: ['Secret Stage'], cell: phones };
  const { mapping, left } = suggestMapping(contacts, contacts.fields, columns(sampled));
  expect(mapping).toEqual([
    { to: 'email', from: 'work_email', why: 'another name for it; 3 of 4 values fit' },
    {
      to: 'phone',
      from: 'cell',
      why: 'in the place of mobile_phone: creation takes it; all 3 values fit',
      isOptional: true,
    },
  ]);
  expect(JSON.stringify([mapping, left])).not.toMatch(/acme|Secret|415/);
});
