import { concat, equalBytes, fromHex, toHex } from '#core/base/bytes.ts'
import { err, ok, type Result } from '#core/base/result.ts'
import type { Value, Values } from '../../dialect/dialect.ts'
import type { PartSpec } from './schema.ts'

export const partSize = (part: PartSpec): number => {
  switch (part.as) {
    case 'constant':
      return (part.bytes.length + 1) / 3
    case 'number':
    case 'hex':
      return part.width
    case 'address':
      return 4
  }
}

/** The octets of a structure, or which value is missing or wrong. */
export const writeParts = (parts: readonly PartSpec[], values: Values): Result<Uint8Array, string> => {
  const written: Uint8Array[] = []
  for (const part of parts) {
    const bytes = writePart(part, values)
    if (!bytes.ok) return bytes
    written.push(bytes.value)
  }
  return ok(concat(...written))
}

const writePart = (part: PartSpec, values: Values): Result<Uint8Array, string> => {
  switch (part.as) {
    case 'constant':
      return ok(fromHex(part.bytes) ?? new Uint8Array())
    case 'number': {
      const value = values[part.field]
      const most = 256 ** part.width - 1
      if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > most)
        return err(`${part.field} must be a whole number, 0 to ${most}`)
      return ok(
        Uint8Array.from({ length: part.width }, (_, i) => Math.floor(value / 256 ** (part.width - 1 - i)) % 256),
      )
    }
    case 'hex': {
      const value = values[part.field]
      const bytes = typeof value === 'string' ? fromHex(value) : undefined
      return bytes?.length === part.width ? ok(bytes) : err(`${part.field} must be ${part.width} bytes of hex`)
    }
    case 'address': {
      const bytes = addressBytes(values[part.field])
      return bytes ? ok(bytes) : err(`${part.field} must be an IPv4 address`)
    }
  }
}

export const readParts = (parts: readonly PartSpec[], bytes: Uint8Array): Result<Values, string> => {
  const size = parts.reduce((sum, part) => sum + partSize(part), 0)
  if (bytes.length !== size) return err(`${bytes.length} bytes instead of ${size}`)
  const values: Record<string, Value> = {}
  let at = 0
  for (const part of parts) {
    const piece = bytes.subarray(at, at + partSize(part))
    at += piece.length
    switch (part.as) {
      case 'constant':
        if (!equalBytes(piece, fromHex(part.bytes) ?? new Uint8Array()))
          return err(`${toHex(piece, ' ')}, not ${part.bytes}`)
        break
      case 'number':
        values[part.field] = piece.reduce((sum, byte) => sum * 256 + byte, 0)
        break
      case 'hex':
        values[part.field] = toHex(piece, '')
        break
      case 'address':
        values[part.field] = addressText(piece)
        break
    }
  }
  return ok(values)
}

/** `10.0.0.5` → 4 bytes; undefined when it is none. */
export const addressBytes = (value: Value | undefined): Uint8Array | undefined => {
  if (typeof value !== 'string' || !/^\d{1,3}(\.\d{1,3}){3}$/.test(value)) return undefined
  const octets = value.split('.').map(Number)
  return octets.every((octet) => octet <= 255) ? Uint8Array.from(octets) : undefined
}
export const addressText = (bytes: Uint8Array): string => bytes.join('.')
