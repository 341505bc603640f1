import { readFileSync } from 'node:fs'
import type { Value, Values } from '../dialect/dialect.ts'
import { Misuse, pairsOf } from './verb.ts'

export const VALUES_HELP = `tên=giá trị: số, true/false hoặc chữ; "…" luôn là chữ; @tệp đọc dòng đầu của tệp (mật khẩu)
name=value: number, true/false or text; "…" is always text; @file reads the first line of a file (passwords)`

/** Most characters of a value. */
const MOST_CHARS = 4000
/** Always text, whatever they look like: `1234` is a password too. */
const TEXTS = new Set(['password', 'guid', 'salt', 'text', 'community'])

/** `brightness=50 on=true text="12"` → values. A usage error names what is wrong. */
export const valuesOf = (words: readonly string[]): Values => {
  const pairs = pairsOf(words)
  if (!pairs.ok) throw new Misuse(`“${pairs.error}” không phải tên=giá trị`, `“${pairs.error}” is not name=value`)
  return Object.fromEntries(pairs.value.map(([name, text]) => [name, readValue(name, text)]))
}

const readValue = (name: string, text: string): Value => {
  if (text.length > MOST_CHARS) throw new Misuse(`${name}: quá dài`, `${name}: longer than ${MOST_CHARS} characters`)
  if (text.startsWith('@') && text.length > 1) return firstLine(name, text.slice(1))
  if (/^".*"$/s.test(text) && text.length > 1) return text.slice(1, -1)
  if (TEXTS.has(name)) return text
  if (text === 'true' || text === 'false') return text === 'true'
  return /^-?\d{1,15}(\.\d+)?$/.test(text) ? Number(text) : text
}

const firstLine = (name: string, file: string): string => {
  try {
    return readFileSync(file, 'utf8').split(/\r?\n/)[0]?.slice(0, MOST_CHARS) ?? ''
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new Misuse(`${name}: không đọc được tệp`, `${name}: cannot read the file: ${why}`)
  }
}

/** Most addresses one detection tries. */
const MOST_ADDRESSES = 32

/** `unit=3` once or more; with `ranges`, `unit=1..8` stands for eight places. Without any: the usual place, `[{}]`. */
export const addressesOf = (words: readonly string[], ranges: boolean): readonly Values[] => {
  const range = /^([A-Za-z]\w*)=(\d{1,5})\.\.(\d{1,5})$/
  const found = words.map((word) => range.exec(word)).find((match) => match !== null)
  const fixed = valuesOf(words.filter((word) => !range.test(word)))
  if (!found) return [fixed]
  const [, name = '', from = '', to = ''] = found
  const count = Number(to) - Number(from) + 1
  if (!ranges) throw new Misuse('Ở đây chỉ một địa chỉ', 'one address only here')
  if (count < 1 || count > MOST_ADDRESSES)
    throw new Misuse(`Từ 1 đến ${MOST_ADDRESSES} địa chỉ`, `1 to ${MOST_ADDRESSES} addresses`)
  return Array.from({ length: count }, (_, index) => ({ ...fixed, [name]: Number(from) + index }))
}
