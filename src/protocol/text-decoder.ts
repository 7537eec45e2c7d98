/** The one global this layer needs, declared here so that it compiles without any platform's types. */

export interface Utf8Decoder {
  decode(bytes: Uint8Array): string
}

declare const TextDecoder: new (label: 'utf-8', options: { ignoreBOM: boolean }) => Utf8Decoder

/** A UTF-8 decoder that keeps a byte order mark: only the stream's first one may go, and the parser knows which. */
export function createUtf8Decoder(): Utf8Decoder {
  return new TextDecoder('utf-8', { ignoreBOM: true })
}
