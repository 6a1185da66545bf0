import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Failure } from '../../../../runtime/contract/failure.ts';
import { openArrowInput } from '../../../../runtime/source/arrow/arrow-input.ts';
import { batchReader } from '../../../../runtime/source/arrow/arrow-values.ts';
import { registerCompression } from '../../../../runtime/source/arrow/compression/arrow-compression.ts';
import { runs } from '../../../support/runs.ts';

registerCompression();

// Written by pyarrow, polars and DuckDB: see their README.
const seeds = [
  'types.arrows',
  'extensions.arrows',
  'duckdb-lossless.arrows',
  'polars-lz4.arrows',
  'delta-dictionary.arrows',
  'legacy.arrows',
].map((name) => Uint8Array.from(readFileSync(join(import.meta.dirname, '../../../fixtures/arrow', name))));

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** The columns of every row, or the failure. The work database is left out: it costs more than all the rest. */
async function read(bytes: Uint8Array): Promise<{ readonly columns: string; readonly rows: readonly string[] }> {
  const input = await openArrowInput('-', {}, { stdin: once(bytes), temporaryDirectory: '' }, tmpdir());
  try {
    const rows: string[] = [];
    for await (const batch of input.batches) {
      const row = batchReader(batch);
      for (let i = 0; i < batch.numRows && rows.length < 1000; i++) rows.push(Object.keys(JSON.parse(row(i))).join());
    }
    return { columns: input.schema.fields.map(({ name }) => name).join(), rows };
  } finally {
    await input.close();
  }
}

/** Bytes that stand for much where they stand for a length, an offset, a type or a count. */
const telling = fc.constantFrom(0, 1, 2, 3, 4, 5, 8, 16, 26, 27, 0x7f, 0x80, 0xff);
const change = fc.record({ at: fc.nat(), byte: fc.oneof(telling, fc.integer({ min: 0, max: 255 })) });

function damaged(seed: Uint8Array, changes: readonly { readonly at: number; readonly byte: number }[]): Uint8Array {
  const bytes = Uint8Array.from(seed);
  for (const { at, byte } of changes) bytes[at % bytes.byteLength] = byte;
  return bytes;
}

test('any damage gives whole rows or a failure', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...seeds),
      fc.array(change, { minLength: 1, maxLength: 4 }),
      async (seed, changes) => {
        const found = await read(damaged(seed, changes)).catch((error: unknown) => error);
        if (found instanceof Error) expect(found, String(found.stack)).toBeInstanceOf(Failure);
        const { columns, rows } = found as Awaited<ReturnType<typeof read>>;
        // A value that is not there would leave its column out of the row.
        for (const row of rows ?? []) expect(row.split(',').toSorted()).toEqual(columns.split(',').toSorted());
      },
    ),
    {
      numRuns: runs(150, 10_000),
      // A column inside a list that announces 2^43 values.
      examples: [[seeds[0]!, [{ at: 12_765, byte: 13 }]]],
    },
  );
});
