/** A field of a schema, as far as it is needed to say which column cannot be read. */
export interface ArrowField {
  readonly name: string;
  readonly typeId: number;
  readonly children: readonly ArrowField[];
}

/** What the metadata of an IPC message says. `headerType` 1 is a schema. */
export interface ArrowMessage {
  readonly headerType: number;
  readonly bodyLength: number;
  /** Of a schema message. */
  readonly fields: readonly ArrowField[];
}

export const schemaHeader = 1;

/**
 * Reads a message's metadata. Throws RangeError where it is no flatbuffer.
 *
 * apache-arrow throws on a type it does not know without naming the column, and does not export the reader it has. The
 * slots are those of Message.fbs and Schema.fbs (github.com/apache/arrow, format/, version 5).
 */
export function readMessage(metadata: Uint8Array): ArrowMessage {
  const view = new DataView(metadata.buffer, metadata.byteOffset, metadata.byteLength);
  const message = new Table(view, view.getUint32(0, true));
  const headerType = message.byte(1);
  const header = message.table(2);
  return {
    headerType,
    bodyLength: message.long(3),
    fields: headerType === schemaHeader && header !== undefined ? header.tables(1).map(readField) : [],
  };
}

/** The fields a file's footer names (File.fbs). Throws RangeError where it is no flatbuffer. */
export function readFooterFields(footer: Uint8Array): readonly ArrowField[] {
  const view = new DataView(footer.buffer, footer.byteOffset, footer.byteLength);
  return new Table(view, view.getUint32(0, true)).table(1)?.tables(1).map(readField) ?? [];
}

const readField = (field: Table): ArrowField => ({
  name: field.text(0),
  typeId: field.byte(2),
  children: field.tables(5).map(readField),
});

/** A flatbuffer table: fields by slot, each of which may be absent (flatbuffers.dev/internals). */
class Table {
  private readonly view: DataView;
  private readonly at: number;

  constructor(view: DataView, at: number) {
    this.view = view;
    this.at = at;
  }

  private find(slot: number): number | undefined {
    const vtable = this.at - this.view.getInt32(this.at, true);
    const entry = 4 + 2 * slot;
    if (entry >= this.view.getUint16(vtable, true)) return undefined;
    const offset = this.view.getUint16(vtable + entry, true);
    return offset === 0 ? undefined : this.at + offset;
  }

  private follow(at: number): number {
    return at + this.view.getUint32(at, true);
  }

  byte(slot: number): number {
    const at = this.find(slot);
    return at === undefined ? 0 : this.view.getUint8(at);
  }

  long(slot: number): number {
    const at = this.find(slot);
    return at === undefined ? 0 : Number(this.view.getBigInt64(at, true));
  }

  text(slot: number): string {
    const field = this.find(slot);
    if (field === undefined) return '';
    const at = this.follow(field);
    const bytes = new Uint8Array(this.view.buffer, this.view.byteOffset + at + 4, this.view.getUint32(at, true));
    return Buffer.from(bytes).toString('utf8');
  }

  table(slot: number): Table | undefined {
    const at = this.find(slot);
    return at === undefined ? undefined : new Table(this.view, this.follow(at));
  }

  tables(slot: number): Table[] {
    const field = this.find(slot);
    if (field === undefined) return [];
    const vector = this.follow(field);
    const count = this.view.getUint32(vector, true);
    if (count > this.view.byteLength) throw new RangeError(`a vector of ${count} in ${this.view.byteLength} bytes`);
    return Array.from({ length: count }, (_, i) => new Table(this.view, this.follow(vector + 4 + 4 * i)));
  }
}
