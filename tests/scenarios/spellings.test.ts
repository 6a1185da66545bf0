import { describe, expect, test } from 'vitest';
import { startApollo } from '../support/emulator.ts';
import { runSync } from '../support/run.ts';
import { mapped, play, type Scenario, shown } from './scenario.ts';

const create = 'POST contacts/bulk_create';
const createAccounts = 'POST accounts/bulk_create';

const scenarios: Scenario[] = [
  {
    name: 'addresses with characters that are not seen: taken off at the ends, refused inside; fullwidth ones are plain',
    rows: [
      { email: '\u200bann@a.example' },
      { email: 'bob\u200b@b.example' },
      { email: 'cy\u00ad@c.example' },
      { email: '\uff44ee\uff20d\uff0eexample\u00a0' },
      { email: 'email_not_unlocked@domain.com' },
      { email: 'no-email@a.example' },
      { email: 'J\u00f6rg@B\u00fccher.example' },
    ],
    outcomes: [
      'created',
      'rejected invalid_email',
      'rejected invalid_email',
      'created',
      'rejected invalid_email',
      'rejected invalid_email',
      'created',
    ],
    calls: { [create]: 1 },
    after: [{ email: 'ann@a.example' }, { email: 'dee@d.example' }, { email: 'j\u00f6rg@b\u00fccher.example' }],
  },
  {
    name: 'an address is one in whatever script its domain is written',
    holds: { contacts: [{ email: 'ann@b\u00fccher.example', title: 'CTO' }] },
    rows: [
      { email: 'ann@xn--bcher-kva.example', title: 'CEO' },
      { email: 'ANN@B\u00dcCHER.example', title: 'CTO' },
    ],
    outcomes: ['superseded', 'unchanged'],
    calls: { [create]: 1 },
    after: [{ email: 'ann@b\u00fccher.example', title: 'CTO' }],
  },
  {
    name: 'URLs that browsers open are URLs, and are sent as the source has them',
    stream: { mapping: mapped(['photo_url', 'site']) },
    rows: [
      { email: 'a@a.example', site: 'https://img_bucket.s3.a.example/ann.jpg' },
      { email: 'b@b.example', site: 'https://gov.uk' },
      { email: 'c@c.example', site: 'https://c.example/eve photo.jpg' },
      { email: 'd@d.example', site: 'none' },
    ],
    outcomes: ['created', 'created', 'created', 'rejected invalid_url'],
    calls: { [create]: 1 },
    after: [
      { email: 'a@a.example', photo_url: 'https://img_bucket.s3.a.example/ann.jpg' },
      { email: 'b@b.example', photo_url: 'https://gov.uk' },
      { email: 'c@c.example', photo_url: 'https://c.example/eve%20photo.jpg' },
    ],
  },
  {
    name: 'a page on a site that many share names no company, and free mail neither',
    stream: { object: 'accounts' },
    rows: [
      { name: 'A', domain: 'https://www.linkedin.com/company/a' },
      { name: 'B', domain: 'facebook.com/b' },
      { name: 'C', domain: '@gmail.com' },
      { name: 'GitHub', domain: 'https://github.com/' },
      { name: 'D', domain: 'https://d.wordpress.com/about' },
      { name: 'Government', domain: 'https://www.gov.uk/browse' },
    ],
    outcomes: [
      'rejected invalid_domain',
      'rejected invalid_domain',
      'rejected invalid_domain',
      'created',
      'created',
      'created',
    ],
    calls: { [createAccounts]: 1 },
    after: [{ domain: 'github.com' }, { domain: 'd.wordpress.com' }, { domain: 'gov.uk' }],
  },
];

test.each(scenarios)('$name', async (scenario) => {
  await play(scenario);
});

describe('a URL that has changed', () => {
  test.each([
    ['its scheme', 'http://a.example/x', 'https://a.example/x'],
    ['its host', 'https://www.a.example/x', 'https://a.example/x'],
    ['its fragment', 'https://a.example/x#1', 'https://a.example/x#2'],
  ])('in %s is written', async (_, before, after) => {
    const apollo = await startApollo();
    const stream = { updates: 'bulk', mapping: mapped('linkedin_url') };
    const updated = [];
    for (const linkedin_url of [before, before, after]) {
      const { summary } = await runSync({ apollo, stream, rows: [{ email: 'a@a.example', linkedin_url }] });
      updated.push(summary.streams[0]!.updated);
    }
    expect([updated, shown(apollo, 'contacts', ['linkedin_url'])]).toEqual([[0, 0, 1], [{ linkedin_url: after }]]);
  });
});
