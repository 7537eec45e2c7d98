/** The names that clients give their files: only shown and offered for download, never used as a path. */

const MAX_NAME_CHARS = 200
const MAX_EXTENSION_CHARS = 20
const UNNAMED = 'unnamed'
/** Control characters, halves of characters, and what turns the writing direction (`exe.txt` read backwards). */
const UNSAFE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu

/** The last part of the path, whoever's separators it has, cleaned and of bounded length. */
export function cleanFileName(name: string): string {
  const base = name.slice(Math.max(name.lastIndexOf('/'), name.lastIndexOf('\\')) + 1)
  const clean = base.replaceAll(UNSAFE, '').trim()
  if (/^\.*$/.test(clean)) return UNNAMED
  if (clean.length <= MAX_NAME_CHARS) return clean
  const dot = clean.lastIndexOf('.')
  const extension = clean.length - dot <= MAX_EXTENSION_CHARS ? clean.slice(dot) : ''
  const stem = clean.slice(0, MAX_NAME_CHARS - extension.length)
  return stem.replaceAll(UNSAFE, '') + extension
}

/**
 * The header that makes browsers store the file under its name.
 * @see https://www.rfc-editor.org/rfc/rfc6266
 */
export function attachmentHeader(name: string): string {
  const ascii = name.replaceAll(/[^\x20-\x7e]|["\\%]/g, '_')
  const encoded = encodeURIComponent(name).replaceAll(
    /['()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return `attachment; filename="${ascii}"; filename*=UTF-8''${encoded}`
}
