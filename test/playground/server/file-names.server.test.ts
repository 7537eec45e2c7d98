import { describe, expect, it } from 'vitest'
import { attachmentHeader, cleanFileName } from '../../../playground/server/file-names.ts'

describe('cleanFileName', () => {
  it.each([
    ['plain.txt', 'plain.txt'],
    ['/etc/passwd', 'passwd'],
    ['C:\\a\\b.txt', 'b.txt'],
    ['mixed/..\\up.txt', 'up.txt'],
    ['a\0\r\n\u001b[31mb.txt', 'a[31mb.txt'],
    ['\u202egpj.exe', 'gpj.exe'],
    ['\ud800half.txt', 'half.txt'],
    ['folder/', 'unnamed'],
    ['', 'unnamed'],
    ['.', 'unnamed'],
    ['...', 'unnamed'],
    ['.env', '.env'],
  ])('makes %j a name: %j', (name, clean) => {
    expect(cleanFileName(name)).toBe(clean)
  })

  it('keeps the ending of a name that is too long, and cuts no character in two', () => {
    expect(cleanFileName(`${'x'.repeat(300)}.tar.gz`)).toBe(`${'x'.repeat(197)}.gz`)
    expect(cleanFileName(`x${'😀'.repeat(150)}`)).toBe(`x${'😀'.repeat(99)}`)
    expect(cleanFileName(`a.${'x'.repeat(300)}`)).toBe(`a.${'x'.repeat(198)}`)
  })
})

describe('attachmentHeader', () => {
  it('says every name in ASCII, and in full for those who read it', () => {
    expect(attachmentHeader(`"Grüße" 100%\\日本's.txt`)).toBe(
      `attachment; filename="_Gr__e_ 100____'s.txt"; ` +
        `filename*=UTF-8''%22Gr%C3%BC%C3%9Fe%22%20100%25%5C%E6%97%A5%E6%9C%AC%27s.txt`,
    )
  })
})
