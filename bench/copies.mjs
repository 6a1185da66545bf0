// What it costs to copy a record with other values, and with a property that the record lacks: `node bench/copies.mjs`. Each in a
// process of its own, as what one teaches the compiler disturbs the other. Where both cost the same in every Node that is supported,
// `recordFor` need not give records all properties from the beginning.
import { execFileSync } from 'node:child_process';

const copies = {
  'other values': (record, values) => ({ ...record, values }),
  'a property more': (record, confirmed) => ({ ...record, confirmed }),
};

const TIMES = 500;

function nanosecondsOf(copy) {
  const records = Array.from({ length: 1000 }, (_, i) => ({
    values: { email: `person${i}@acme.example` },
    matchKey: `email:person${i}@acme.example`,
    identity: [],
    pending: ['email'],
    progress: 'mapped',
  }));
  let read = 0;
  const start = process.hrtime.bigint();
  for (let time = 0; time < TIMES; time++)
    for (const record of records) {
      const { pending, progress } = copy(record, record.values);
      read += pending.length + progress.length;
    }
  const nanoseconds = Number(process.hrtime.bigint() - start);
  if (read !== records.length * TIMES * 7) throw new Error('a copy lacks what the record has');
  return nanoseconds / (records.length * TIMES);
}

const [, file, name] = process.argv;
if (name !== undefined) console.log(`${name}: ${nanosecondsOf(copies[name]).toFixed(0)} ns`);
else
  for (const each of Object.keys(copies)) console.log(execFileSync(process.execPath, [file, each]).toString().trim());
