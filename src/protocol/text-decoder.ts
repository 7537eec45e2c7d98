/** The one global this layer needs, declared here so that it compiles without any platform's types. */

interface PlatformDecoder {
  decode(bytes?: Uint8Array, options?: { stream: boolean }): string
}

declare const TextDecoder: new (label: 'utf-8', options: { ignoreBOM: boolean }) => PlatformDecoder

export interface Utf8Decoder {
  /** @param bytes The next ones, at least one; their last character may be unfinished, and is then a part of the next text. */
  decode(bytes: Uint8Array): string
  /** What is unfinished is forgotten. */
  reset(): void
}

/**
 * A UTF-8 decoder that keeps a byte order mark: only the stream's first one may go, and the parser knows which.
 *
 * As long as the texts are ASCII it decodes each by itself, and else as a stream. (Measured in Node 20: ASCII is 6 times as fast
 * by itself, any other text 1.6 to 2 times as fast as a stream; Chromium knows no difference for large ones.)
 */
export function createUtf8Decoder(): Utf8Decoder {
  const create = (): PlatformDecoder => new TextDecoder('utf-8', { ignoreBOM: true })
  const single = create()
  const streaming = create()
  let isAscii = true

  return {
    decode(bytes) {
      // Nothing is unfinished after such a byte, so that the next text may be decoded by itself.
      const endsWithAscii = bytes[bytes.length - 1]! < 0x80
      const text =
        isAscii && endsWithAscii ? single.decode(bytes) : streaming.decode(bytes, { stream: true })
      isAscii = endsWithAscii && text.length === bytes.length
      return text
    },
    reset() {
      if (!isAscii) streaming.decode()
      isAscii = true
    },
  }
}
