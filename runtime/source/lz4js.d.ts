// lz4js 0.2 comes without types.
declare module 'lz4js' {
  /** Decodes one LZ4 frame into at most `maxSize` bytes. Throws Error on what is no frame. */
  export function decompress(frame: Uint8Array, maxSize?: number): Uint8Array;
}
