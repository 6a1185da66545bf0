import { expect, test } from 'vitest';
import { contacts } from '../../../catalog/contact.ts';
import { identityKeys } from '../../../catalog/identity-keys.ts';
import type { Values } from '../../../catalog/object.ts';
import type { ApolloRecord } from '../../../connector/record/apollo-record.ts';
import { routes } from '../../../connector/record/routes.ts';
import type { Target } from '../../../connector/record/target.ts';
import type { ApolloStep } from '../../../connector/steps/apollo-step.ts';
import { inTurn } from '../../../connector/steps/in-turn.ts';
import type { PreparedRecord } from '../../../runtime/contract/record.ts';

const target = { object: contacts, routes: routes(contacts.fields, 'individual') } as unknown as Target;
const signal = new AbortController().signal;

const person = (name: string, more: Partial<ApolloRecord> = {}) => {
  const values: Values = { first_name: name, last_name: 'Lee', organization_name: 'Acme', title: 'CTO' };
  const identity = identityKeys('contacts', values);
  const record = { values, matchKey: '', identity, pending: Object.keys(values), progress: 'mapped', ...more };
  return { position: 0, record } as unknown as PreparedRecord<ApolloRecord>;
};

/** Steps that note which requests are under way, until somebody ends them. */
function scene() {
  const underWay: string[] = [];
  const ends = new Map<string, (failure?: Error) => void>();
  const step = (kind: ApolloStep['kind']): ApolloStep => ({
    ...({ kind } as ApolloStep),
    send: ([one]) =>
      new Promise((resolve, reject) => {
        const name = `${kind} ${String(one!.record.values['first_name'])}`;
        underWay.push(name);
        ends.set(name, (failure) => (failure ? reject(failure) : resolve(new Map())));
      }),
  });
  const [create, patch] = inTurn([step('create'), step('patch')], target) as readonly [ApolloStep, ApolloStep];
  const send = (which: ApolloStep, one: PreparedRecord<ApolloRecord>) =>
    which.send([one], signal).catch(() => undefined);
  const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
  return { underWay, create, patch, send, settle, end: (name: string, failure?: Error) => ends.get(name)!(failure) };
}

test('requests of one identity are made one after the other, and others at once', async () => {
  const { underWay, create, patch, send, settle, end } = scene();
  const sent = [
    send(create, person('Ann')),
    send(create, person('Ann')),
    send(patch, person('Ann', { pending: ['title'] })),
  ];
  sent.push(send(create, person('Bo')), send(patch, person('Ann')));
  await settle();
  // A changed title has no record taken for another one.
  expect(underWay).toEqual(['create Ann', 'patch Ann', 'create Bo']);
  end('create Ann', new Error('lost'));
  end('patch Ann');
  await settle();
  expect(underWay).toEqual(['create Ann', 'patch Ann', 'create Bo', 'create Ann']);
  end('create Ann');
  await settle();
  expect(underWay).toHaveLength(5);
  end('patch Ann');
  end('create Bo');
  await Promise.all(sent);
});

test('who gives up a name is waited for as well', async () => {
  const { underWay, create, patch, send, settle, end } = scene();
  const before = person('Ann').record.values;
  const sent = [send(patch, person('Cy', { confirmed: before })), send(create, person('Ann'))];
  await settle();
  expect(underWay).toEqual(['patch Cy']);
  end('patch Cy');
  await settle();
  expect(underWay).toEqual(['patch Cy', 'create Ann']);
  end('create Ann');
  await Promise.all(sent);
});
