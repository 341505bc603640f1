import { fromHex, toHex } from '#core/base/bytes.ts'
import { err, ok, type Result } from '#core/base/result.ts'
import type { Value, Values } from '../../dialect/dialect.ts'
import { word, wordAt } from './frame.ts'
import { decodeText, encodeText, type Font } from './gbk.ts'

/**
 * One dynamic area of command A3 06, behind its own two-byte length. Source: maker's SDK header (bx_5k_area_header, 27 bytes and the text)
 * and a captured frame that an independent C implementation prints too.
 */
type Part = {
  readonly name: string
  readonly bytes: 1 | 2
  readonly most: number
  /** Taken when nobody says otherwise; null: must be given. */
  readonly usual: number | null
  /** What a value means, for people. */
  readonly says?: (value: number) => string
}

const named =
  (...names: readonly string[]) =>
  (value: number): string =>
    names[value] === undefined ? String(value) : `${value}: ${names[value]}`
const pixels = (value: number): string => `${value} pixels`
const ACROSS = ['left', 'right', 'centre'] as const
const DOWN = ['top', 'bottom', 'middle'] as const

/** Between the type byte and the length of the text, in order. */
const PARTS: readonly Part[] = [
  { name: 'x', bytes: 2, most: 32_767, usual: 0, says: pixels },
  { name: 'y', bytes: 2, most: 65_535, usual: 0, says: pixels },
  { name: 'width', bytes: 2, most: 32_767, usual: null, says: pixels },
  { name: 'height', bytes: 2, most: 65_535, usual: null, says: pixels },
  { name: 'area', bytes: 1, most: 254, usual: 0 },
  { name: 'lineSpacing', bytes: 1, most: 255, usual: 0 },
  {
    name: 'runMode',
    bytes: 1,
    most: 5,
    usual: 0,
    says: named(
      'loop',
      'keep the last page',
      'loop, remove at the time-out',
      'logo at the time-out',
      'once',
      'n times',
    ),
  },
  // Seconds; in run mode 5 the number of times.
  { name: 'timeout', bytes: 2, most: 65_535, usual: 0 },
  { name: 'sound', bytes: 1, most: 2, usual: 0, says: named('none', 'speak the text', 'speak another text') },
  { name: 'extension', bytes: 1, most: 0, usual: 0 },
  {
    name: 'alignment',
    bytes: 1,
    most: 15,
    usual: 0,
    says: (value) => `${value}: ${ACROSS[value & 3] ?? 'unknown'}, ${DOWN[value >> 2] ?? 'unknown'}`,
  },
  { name: 'singleLine', bytes: 1, most: 2, usual: 2, says: named('0', 'one line', 'many lines') },
  {
    name: 'autoNewLine',
    bytes: 1,
    most: 2,
    usual: 1,
    says: named('0', 'lines end where the text says', 'the card breaks lines'),
  },
  {
    name: 'displayMode',
    bytes: 1,
    most: 6,
    usual: 1,
    says: named('0', 'static', 'at once', 'left', 'right', 'up', 'down'),
  },
  { name: 'exitMode', bytes: 1, most: 255, usual: 0 },
  { name: 'speed', bytes: 1, most: 0x18, usual: 0, says: (value) => `${value} of 24, 0 is fastest` },
  { name: 'stay', bytes: 1, most: 255, usual: 10, says: (value) => `${value / 2} s` },
]
const TYPE_DYNAMIC = 0x00
const HEAD_BYTES = 1 + PARTS.reduce((sum, part) => sum + part.bytes, 0) + 4
const IN_PIXELS = 0x8000

export type AreaRules = { readonly font: Font; readonly horizontalUnit: 'eightPixels' | 'pixels' }
export type AreaPiece = { readonly name: string; readonly from: number; readonly to: number; readonly says: string }

/** Names of the values an area has; `inPixels` and `textBytes` only come out of decoding. */
export const AREA_VALUES: readonly string[] = [...PARTS.map((part) => part.name), 'inPixels', 'text']

/** X and width → the word that travels: units of eight pixels where the card likes them and they fit, else pixels with bit 15 set. */
const horizontal = (pixels: number, inPixels: boolean): number => (inPixels ? IN_PIXELS | pixels : pixels / 8)

const numberOf = (values: Values, part: Part): Result<number, string> => {
  const value = values[part.name] ?? part.usual
  if (typeof value !== 'number') return err(`${part.name} is missing`)
  if (!Number.isInteger(value) || value < 0 || value > part.most)
    return err(`${part.name} ${value} is not a whole number from 0 to ${part.most}`)
  return ok(value)
}

const textOf = (values: Values, font: Font): Result<Uint8Array, string> => {
  const { text, textBytes } = values
  if (typeof textBytes === 'string') return ok(fromHex(textBytes) ?? new Uint8Array())
  if (typeof text !== 'string') return err('text is missing')
  const bytes = encodeText(font, text)
  return typeof bytes === 'string' ? err(bytes) : ok(bytes)
}

/** Values → length and area. Errors name the value. */
export const encodeArea = (values: Values, rules: AreaRules): Result<Uint8Array, string> => {
  const text = textOf(values, rules.font)
  if (!text.ok) return text
  const numbers = new Map<string, number>()
  for (const part of PARTS) {
    const value = numberOf(values, part)
    if (!value.ok) return value
    numbers.set(part.name, value.value)
  }
  const x = numbers.get('x') ?? 0
  const width = numbers.get('width') ?? 0
  const byEights = x % 8 === 0 && width % 8 === 0
  const inPixels = values['inPixels'] ?? (rules.horizontalUnit === 'pixels' || !byEights)
  if (inPixels !== true && !byEights) return err(`x ${x} and width ${width} are not whole units of eight pixels`)
  if (width === 0 || numbers.get('height') === 0) return err('an area without width or height')
  const out: number[] = [TYPE_DYNAMIC]
  for (const part of PARTS) {
    const value = numbers.get(part.name) ?? 0
    if (part.name === 'x' || part.name === 'width') out.push(...word(horizontal(value, inPixels === true)))
    else out.push(...(part.bytes === 2 ? word(value) : [value]))
  }
  out.push(...word(text.value.length), 0, 0, ...text.value)
  return ok(Uint8Array.from([...word(out.length), ...out]))
}

export type DecodedArea = { readonly values: Values; readonly pieces: readonly AreaPiece[]; readonly used: number }

/** Length and area → values; an error says what does not fit. */
export const decodeArea = (bytes: Uint8Array, rules: AreaRules): Result<DecodedArea, string> => {
  const size = wordAt(bytes, 0)
  if (bytes.length < 2 + HEAD_BYTES || size < HEAD_BYTES || bytes.length < 2 + size)
    return err(`an area of ${size} bytes in ${bytes.length}`)
  if (bytes[2] !== TYPE_DYNAMIC) return err(`area type ${bytes[2]}`)
  const values: Record<string, Value> = {}
  const pieces: AreaPiece[] = [
    { name: 'area length', from: 0, to: 2, says: `${size} bytes` },
    { name: 'area type', from: 2, to: 3, says: 'dynamic' },
  ]
  let at = 3
  const flags: boolean[] = []
  for (const part of PARTS) {
    const raw = part.bytes === 2 ? wordAt(bytes, at) : (bytes[at] ?? 0)
    const across = part.name === 'x' || part.name === 'width'
    if (across) flags.push((raw & IN_PIXELS) !== 0)
    const value = across ? (raw & IN_PIXELS ? raw & ~IN_PIXELS : raw * 8) : raw
    if (value > part.most) return err(`${part.name} ${value} is above ${part.most}`)
    values[part.name] = value
    pieces.push({ name: part.name, from: at, to: at + part.bytes, says: part.says?.(value) ?? String(value) })
    at += part.bytes
  }
  if (flags[0] !== flags[1]) return err('x and width in different units')
  values['inPixels'] = flags[0] === true
  const length = wordAt(bytes, at) + wordAt(bytes, at + 2) * 65_536
  pieces.push({ name: 'text length', from: at, to: at + 4, says: `${length} bytes` })
  at += 4
  if (length !== size - HEAD_BYTES) return err(`a text of ${length} bytes in an area of ${size}`)
  const raw = bytes.subarray(at, at + length)
  const text = decodeText(rules.font, raw)
  if (text === null) values['textBytes'] = toHex(raw, '')
  else values['text'] = text
  if (length > 0)
    pieces.push({
      name: 'text',
      from: at,
      to: at + length,
      says: text === null ? 'text with card commands' : `“${text}”`,
    })
  return ok({ values, pieces, used: 2 + size })
}
