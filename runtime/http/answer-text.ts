import { brotliDecompressSync, gunzipSync, inflateRawSync, inflateSync } from 'node:zlib';

/** The body of an answer as text, or why it cannot be read. */
type AnswerText = { readonly text: string } | { readonly problem: string };

/** What was sent, with its compression undone and its byte order mark gone; never longer than `maxBytes`. */
export function answerText(body: Buffer, headers: Readonly<Record<string, string>>, maxBytes: number): AnswerText {
  try {
    return {
      text: decoderOf(headers['content-type']).decode(decompressed(body, headers['content-encoding'], maxBytes)),
    };
  } catch (error) {
    const isTooLong = error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
    return {
      problem: isTooLong ? `its answer is longer than ${maxBytes} bytes` : 'its answer cannot be decompressed',
    };
  }
}

type Undo = (body: Buffer, options: { maxOutputLength: number }) => Buffer;

// Nothing of this is asked for: a proxy or a load balancer may compress what it passes on all the same.
const undo: Readonly<Record<string, Undo>> = {
  gzip: gunzipSync,
  'x-gzip': gunzipSync,
  br: brotliDecompressSync,
  // With the zlib header or without it: servers do both under this name (RFC 9110, 8.4.1.2).
  deflate: (body, options) => ((body[0]! & 0x0f) === 8 ? inflateSync(body, options) : inflateRawSync(body, options)),
};

/** Codings stand in the order in which they were applied. */
function decompressed(body: Buffer, encoding: string | undefined, maxOutputLength: number): Buffer {
  const codings = (encoding ?? '')
    .toLowerCase()
    .split(/[,\s]+/)
    .filter((coding) => coding in undo);
  if (body.length === 0) return body;
  try {
    return codings.reduceRight((bytes, coding) => undo[coding]!(bytes, { maxOutputLength }), body);
  } catch (error) {
    // Whoever has decompressed it on the way may have left the header: this is JSON or a page.
    if (/^\s*[[{<]/.test(body.subarray(0, 64).toString('latin1'))) return body;
    throw error;
  }
}

/** UTF-8 where nothing else is said, or what is said is not known. A byte order mark is left out. */
function decoderOf(contentType = '') {
  const charset = /charset\s*=\s*"?([\w-]+)/i.exec(contentType)?.[1];
  try {
    return new TextDecoder(charset);
  } catch {
    return new TextDecoder();
  }
}
