/** An answer before it is written: a JSON value, or text of another type. */
export interface Reply {
  readonly status: number;
  readonly body: unknown;
  /** Set for text bodies; without it the body is JSON. */
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A 200 with a JSON body. */
export function ok(body: unknown): Reply {
  return { status: 200, body };
}

/** Thrown to answer at once; nothing more of the request is carried out. */
export class Refusal extends Error {
  readonly reply: Reply;

  constructor(reply: Reply) {
    super(`refused with ${reply.status}`);
    this.reply = reply;
  }
}

/** A 422 with `{"error": text}` and whatever else this answer carries. */
export function invalid(error: string, more: Readonly<Record<string, unknown>> = {}): Refusal {
  return new Refusal({ status: 422, body: { error, ...more } });
}
