import { concat, toHex } from '#core/base/bytes.ts'
import { err, ok, type Result } from '#core/base/result.ts'
import { crcBytes } from './crc.ts'

/** Memory types of dmsMessageMemoryType (NTCIP 1203 v03, 5.6.8.1). */
export const MEMORY = { permanent: 2, changeable: 3, volatile: 4, currentBuffer: 5, schedule: 6, blank: 7 } as const
/** A duration that never ends. */
export const ENDLESS = 65_535
/** The blank that gives way to everything, and the one only priority 255 may replace. */
export const BLANK_OPEN = 1
export const BLANK_GUARDED = 255

/** Which message: memory type, number, CRC as it travels (4 hex digits, low byte of the CRC first). */
export type MessageId = { readonly memory: number; readonly number: number; readonly crc: string }
export const blank = (number: number): MessageId => ({ memory: MEMORY.blank, number, crc: '0000' })
/** “What is shown now”: a fallback with this code keeps the message with the time it has left. */
export const CURRENT: MessageId = { memory: MEMORY.currentBuffer, number: 1, crc: '0000' }
export const sameMessage = (a: MessageId, b: MessageId): boolean =>
  a.memory === b.memory && a.number === b.number && a.crc === b.crc

/** The CRC of a message row (5.6.8.5): MULTI text, beacon, pixel service; both are 0 where the sign has none. */
export const messageCrc = (row: {
  readonly multi: string
  readonly beacon: number
  readonly pixelService: number
}): string => toHex(crcBytes(concat(multiBytes(row.multi), Uint8Array.of(row.beacon, row.pixelService))), '')

/** One byte per character; the caller has refused what does not fit (`missingCharacters`). */
export const multiBytes = (multi: string): Uint8Array => Uint8Array.from(multi, (one) => one.codePointAt(0) ?? 0)

/** dmsActivateMsgError (5.7.17). */
export const ACTIVATE_ERRORS: Readonly<Record<string, string>> = {
  other: 'an error the standard does not name',
  none: 'no error',
  priority: 'the message shown now has a higher run-time priority',
  messageStatus: 'the message row is not valid',
  messageMemoryType: 'the sign has no such memory',
  messageNumber: 'the sign has no such message number',
  messageCRC: 'the message row holds another text (CRC differs)',
  syntaxMULTI: 'the sign cannot display the text',
  localMode: 'the sign is switched to local control at its cabinet',
  centralMode: 'the sign is under central control',
  centralOverrideMode: 'the sign is under central override',
}
/** dmsMultiSyntaxError (5.7.18). */
export const MULTI_ERRORS: Readonly<Record<string, string>> = {
  other: 'an error the standard does not name',
  none: 'no error',
  unsupportedTag: 'a tag the sign does not have',
  unsupportedTagValue: 'a tag value the sign does not have',
  textTooBig: 'too much text for a line or a page',
  fontNotDefined: 'no such font in the sign',
  characterNotDefined: 'a character the font does not have',
  fieldDeviceNotExist: 'no such field device',
  fieldDeviceError: 'the field device is at fault',
  flashRegionError: 'this region cannot flash',
  tagConflict: 'tags that exclude each other',
  tooManyPages: 'too many pages',
  fontVersionID: 'another version of the font',
  graphicID: 'another version of the graphic',
  graphicNotDefined: 'no such graphic in the sign',
}

/** Characters of the text, once each, that the base fonts of the standard do not have. Line ends are no characters. */
export const missingCharacters = (text: string): readonly string[] => [
  ...new Set([...text].filter((one) => one !== '\n' && !/^[\x20-\x7e]$/.test(one))),
]

/** In MULTI a bracket begins a tag; written twice it is itself. */
export const escapeText = (text: string): string => text.replaceAll('[', '[[').replaceAll(']', ']]')

export const JUSTIFY_LINE = { left: 2, centre: 3, right: 4, full: 5 } as const
export const JUSTIFY_PAGE = { top: 2, middle: 3, bottom: 4 } as const

export type MultiPage = {
  /** Lines separated by \n. */
  readonly text: string
  /** How long the page stays, seconds; 0.1 to 25.5, which is all a page time can say. Null: the sign’s own time. */
  readonly seconds: number | null
}
export type MultiOptions = {
  readonly line: keyof typeof JUSTIFY_LINE
  readonly page: keyof typeof JUSTIFY_PAGE
  /** Font number in the sign; null: its default font. */
  readonly font: number | null
}

/** Pages → MULTI text. Every page says its justification again, since a new page begins from the sign’s defaults. */
export const buildMulti = (pages: readonly MultiPage[], options: MultiOptions): string =>
  pages.map((page) => `${pageHead(page, options)}${page.text.split('\n').map(escapeText).join('[nl]')}`).join('[np]')

const pageHead = (page: MultiPage, options: MultiOptions): string => {
  const tenths = page.seconds === null ? null : Math.min(255, Math.max(1, Math.round(page.seconds * 10)))
  const time = tenths === null ? '' : `[pt${tenths}o0]`
  const font = options.font === null ? '' : `[fo${options.font}]`
  return `${time}${font}[jp${JUSTIFY_PAGE[options.page]}][jl${JUSTIFY_LINE[options.line]}]`
}

export type MultiToken =
  | { readonly is: 'text'; readonly text: string }
  /** `name` in lower case, `/fl` for an end; `value` as it stands behind the name. */
  | { readonly is: 'tag'; readonly name: string; readonly value: string; readonly at: number }

/** Tag names of the standard, longest first, so that `[pto…]` is not read as `[p…]`. */
const TAGS = [
  '/fl',
  '/sc',
  'cb',
  'pb',
  'cf',
  'cr',
  'fl',
  'fo',
  'hc',
  'jl',
  'jp',
  'ms',
  'mv',
  'nl',
  'np',
  'pt',
  'sc',
  'tr',
  'f',
  'g',
]

/** MULTI text → texts and tags. The error says at which character (from 0) and why. */
export const parseMulti = (
  multi: string,
): Result<readonly MultiToken[], { readonly at: number; readonly why: string }> => {
  const tokens: MultiToken[] = []
  let text = ''
  const flush = () => {
    if (text !== '') tokens.push({ is: 'text', text })
    text = ''
  }
  for (let at = 0; at < multi.length; ) {
    const one = multi.charAt(at)
    if (one !== '[' && one !== ']') {
      text += one
      at += 1
    } else if (multi.charAt(at + 1) === one) {
      text += one
      at += 2
    } else if (one === ']') {
      return err({ at, why: 'a ] that closes nothing' })
    } else {
      const end = multi.indexOf(']', at)
      if (end < 0) return err({ at, why: 'a tag without an end' })
      const inside = multi.slice(at + 1, end)
      const name = TAGS.find((tag) => inside.toLowerCase().startsWith(tag))
      if (name === undefined) return err({ at, why: `no tag ${inside}` })
      flush()
      tokens.push({ is: 'tag', name, value: inside.slice(name.length), at })
      at = end + 1
    }
  }
  flush()
  return ok(tokens)
}

/** The pages and lines of a text, without its tags. */
export const plainPages = (tokens: readonly MultiToken[]): readonly string[] => {
  const pages = ['']
  const append = (text: string) => pages.splice(-1, 1, `${pages.at(-1) ?? ''}${text}`)
  for (const token of tokens) {
    if (token.is === 'text') append(token.text)
    else if (token.name === 'nl') append('\n')
    else if (token.name === 'np') pages.push('')
  }
  return pages
}
