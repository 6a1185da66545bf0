import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { answerText } from '../../../runtime/http/answer-text.ts';

const json = '{"name":"Zoë"}';
const most = 1000;
const read = (body: Buffer, headers: Record<string, string> = {}) => answerText(body, headers, most);

test.each([
  ['gzip', gzipSync(json)],
  ['x-gzip', gzipSync(json)],
  ['GZIP', gzipSync(json)],
  ['br', brotliCompressSync(json)],
  ['deflate', deflateSync(json)],
  ['deflate', deflateRawSync(json)],
  ['gzip, br', brotliCompressSync(gzipSync(json))],
  ['identity', Buffer.from(json)],
  ['unheard-of', Buffer.from(json)],
  ['gzip', Buffer.from(json)],
  ['br', Buffer.from(` ${json}`.trim())],
])('content-encoding %s is undone', (encoding, body) => {
  expect(read(body, { 'content-encoding': encoding })).toEqual({ text: json });
});

test('a byte order mark is left out, and a charset obeyed', () => {
  expect(read(Buffer.from(`\uFEFF${json}`))).toEqual({ text: json });
  const utf16 = { 'content-type': 'application/json; charset=utf-16le' };
  expect(read(Buffer.from(`\uFEFF${json}`, 'utf16le'), utf16)).toEqual({ text: json });
  const latin1 = { 'content-type': 'text/html; charset="iso-8859-1"' };
  expect(read(Buffer.from(json, 'latin1'), latin1)).toEqual({ text: json });
  expect(read(Buffer.from(json), { 'content-type': 'text/html; charset=no-such' })).toEqual({ text: json });
});

test('an empty body is empty, whatever its header says', () => {
  expect(read(Buffer.alloc(0), { 'content-encoding': 'gzip' })).toEqual({ text: '' });
});

test('what is cut off or broken cannot be read, and a small body cannot become a huge one', () => {
  const headers = { 'content-encoding': 'gzip' };
  const broken = { problem: 'its answer cannot be decompressed' };
  expect(read(gzipSync(json).subarray(0, 20), headers)).toEqual(broken);
  expect(read(Buffer.from('binary'), headers)).toEqual(broken);
  expect(read(gzipSync('x'.repeat(100_000)), headers)).toEqual({ problem: 'its answer is longer than 1000 bytes' });
});
