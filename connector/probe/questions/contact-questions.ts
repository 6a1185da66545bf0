import { asked, type Question } from '../question.ts';

/** The contacts that all other requests are about; not in the order of their names. */
export const SETUP = ['dan', 'ann', 'fay', 'bob', 'eve', 'cyd'] as const;

/** Requests that make contacts, or find them again. */
export const contactQuestions: readonly Question[] = [
  {
    name: 'contacts.make',
    endpoint: asked.contacts.bulkCreate,
    says: 'makes 6 contacts, or finds them where an earlier probe has made them',
    makes: { contacts: SETUP.length },
    once: true,
    asks: (evidence) => ({
      body: { contacts: SETUP.map((who) => evidence.own(who)), run_dedupe: true },
    }),
  },
  {
    name: 'contacts.again',
    endpoint: asked.contacts.bulkCreate,
    says: 'sends the 6 contacts again, with another title',
    asks: (evidence) => ({
      body: { contacts: SETUP.map((who) => ({ ...evidence.own(who), title: 'Sent Again' })), run_dedupe: true },
    }),
  },
  {
    name: 'contacts.again.shown',
    endpoint: asked.contacts.show,
    says: 'reads one of them',
    asks: (evidence) => shown(evidence.contact('dan')),
  },
  {
    name: 'contacts.repeated',
    endpoint: asked.contacts.bulkCreate,
    says: 'sends one of them twice in one request',
    asks: (evidence) =>
      evidence.contact('bob') === undefined
        ? undefined
        : { body: { contacts: [evidence.own('bob'), evidence.own('bob')], run_dedupe: true } },
  },
  {
    name: 'contacts.twins',
    endpoint: asked.contacts.bulkCreate,
    says: 'sends a new contact twice in one request: 1 contact, or 2',
    makes: { contacts: 2 },
    once: true,
    onlySentOnce: true,
    asks: (evidence) => {
      // Found, not made: an earlier probe was here, whose journal is gone.
      if (evidence.list('contacts.make', 'created_contacts')?.length !== SETUP.length) return undefined;
      const { email } = evidence.own('twin');
      return { body: { contacts: [{ email }, { email }], run_dedupe: true } };
    },
  },
];

/** A request that reads a record of ours. */
export const shown = (id: string | undefined) => (id === undefined ? undefined : { params: { id }, concerns: [id] });
