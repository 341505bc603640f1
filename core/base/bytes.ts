/** Byte helpers without node:*; everything here is a plain Uint8Array. */

export const toHex = (bytes: Uint8Array, separator: string): string =>
  Array.from(bytes, (b) => b.toString(16).padStart(2, '0').toUpperCase()).join(separator)

/** Accepts `55 AA 00`, `55AA00`, with any white space; undefined when it is not whole bytes of hex. */
export const fromHex = (text: string): Uint8Array | undefined => {
  const digits = text.replace(/\s+/g, '')
  if (digits.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(digits)) return undefined
  const bytes = new Uint8Array(digits.length / 2)
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(digits.slice(i * 2, i * 2 + 2), 16)
  return bytes
}

export const concat = (...parts: readonly Uint8Array[]): Uint8Array => {
  const whole = new Uint8Array(parts.reduce((n, p) => n + p.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

export const equalBytes = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, i) => byte === b[i])

/** Lower-case hex SHA-256 of the bytes (or of the UTF-8 of the text). Given by the shell, since core has no crypto of its own. */
export type Sha256 = (data: Uint8Array | string) => string
