import type { OnboardPage } from '#controller/dialect/onboard.ts'
import type { FallbackMessage, Message, MessageText } from '#controller/raster/message.ts'
import { languageOf, type Scene, sceneOf, wordIn } from '#controller/raster/scene.ts'
import { FIRE_LEVEL_WORD, LEVEL_WORD, MARK_WORD, romanOf } from '#controller/raster/words.ts'
import { err, ok, type Result } from '#core/base/result.ts'
import { pieces } from '#core/text/break.ts'
import { readingTime } from '#core/text/reading.ts'

/** What of a text goes on one screen of a controller's own font. A Latin letter takes one cell, every other character two. */
export type TextGrid = { readonly columns: number; readonly rows: number }

/** One way to say it; `leftOut` names, in both languages, what of the message is not in it. */
export type Variant = { readonly pages: readonly OnboardPage[]; readonly leftOut: readonly string[] }

export type TextFont = {
  readonly grid: TextGrid
  /** What the site has agreed to: the text itself, or without its marks. */
  readonly agreed: (text: string) => string
  /** Why the controller's font cannot show it; null when it can. */
  readonly refuse: (text: string) => string | null
}

/** The contract of `Onboard`. */
export const MOST_PAGES = 16
/** A line shorter than this beside the exercise banner says nothing any more, cells. */
const LEAST_CELLS = 8

/** One language of a message. `banner` stands on every page. */
type Words = {
  readonly banner: readonly string[]
  readonly body: readonly string[]
  readonly source: readonly string[]
}

/**
 * The pages of a message for a controller that shows text in its own font: everything first, then with less and less in it, for controllers
 * that find it too long. The main language (Vietnamese) is never left out: without it the message is refused, and so is an exercise whose
 * banner cannot stand on every page.
 */
export const textVariants = (message: Message, font: TextFont): Result<readonly Variant[], string> => {
  const languages = languagesOf(message).map((one) => ({ language: one.language, words: agreedTo(one.words, font) }))
  const [main] = languages
  if (main === undefined) return err('không có chữ nào để hiện · there is no text to show')
  const leftOut: string[] = []
  const shown: (typeof languages)[number][] = []
  for (const one of languages) {
    const why = font.refuse([...one.words.banner, ...one.words.body, ...one.words.source].join('\n'))
    if (why === null) shown.push(one)
    else if (one === main) return err(why)
    else leftOut.push(`bỏ ${one.language} · ${one.language} left out: ${why}`)
  }
  const variants: Variant[] = []
  for (let count = shown.length; count >= 1; count--) {
    const cut = shown.slice(count).map((one) => tooMuch(one.language))
    const all = shown.slice(0, count).map((one) => ({ ...one.words, body: [...one.words.body, ...one.words.source] }))
    const pages = pagesOf(all, font.grid)
    if (!pages.ok) return pages
    if (pages.value.length <= MOST_PAGES) variants.push({ pages: pages.value, leftOut: [...leftOut, ...cut] })
  }
  const bare = pagesOf([main.words], font.grid)
  if (bare.ok && main.words.source.length > 0 && bare.value.length <= MOST_PAGES) {
    const source = 'bỏ cơ quan, thời hạn: không vừa · authority and time left out: do not fit'
    const cut = shown.slice(1).map((one) => tooMuch(one.language))
    variants.push({ pages: bare.value, leftOut: [...leftOut, ...cut, source] })
  }
  return variants.length > 0
    ? ok(variants)
    : err(`dài quá ${MOST_PAGES} trang của bộ điều khiển · longer than ${MOST_PAGES} pages of the controller`)
}

const tooMuch = (language: string): string => `bỏ ${language}: không vừa · ${language} left out: does not fit`

const agreedTo = (words: Words, { agreed }: TextFont): Words => {
  const each = (texts: readonly string[]) => texts.map((text) => agreed(text.normalize('NFC')))
  return { banner: each(words.banner), body: each(words.body), source: each(words.source) }
}

const languagesOf = (message: Message): readonly { readonly language: string; readonly words: Words }[] => {
  if (message.kind === 'fallback') return [{ language: 'vi', words: standingWords(message) }]
  const scene = sceneOf(message)
  // A text item says in its own words what it is; a label "Information" before it would only take room.
  const label = message.kind !== 'text'
  return scene.texts.map((text, i) => ({
    language: languageOf(text.language),
    words: wordsOf(scene, text, { label, authority: i === 0 }),
  }))
}

const standingWords = ({ siteName, line }: FallbackMessage): Words => ({
  banner: [],
  body: [siteName, line],
  source: [],
})

/** Who says so stands once, in the main language; until when, in every language. */
const wordsOf = (
  scene: Scene,
  text: MessageText,
  has: { readonly label: boolean; readonly authority: boolean },
): Words => {
  const language = languageOf(text.language)
  const word = (label: Parameters<typeof wordIn>[0]): string => wordIn(label, language)
  const levels = [
    scene.plate === null ? '' : word(scene.plate),
    scene.level === null ? '' : `${word(LEVEL_WORD)} ${scene.level}`,
    scene.forestFireLevel === null ? '' : `${word(FIRE_LEVEL_WORD)} ${romanOf(scene.forestFireLevel)}`,
  ].filter((one) => one !== '')
  const label = has.label ? [word(scene.label).toLocaleUpperCase('vi'), ...levels].join(' - ') : ''
  // An all-clear says so in its label already.
  const signs = scene.signs.map((one) => word(one.word)).filter((one) => !label.includes(one))
  const time = scene.time === '' ? '' : `${word(scene.timeWord)} ${scene.time}`
  return {
    banner: bannersOf(scene.mark, language),
    body: [label, signs.join(' - '), text.headline, text.instruction].filter((one) => one !== ''),
    source: [has.authority ? scene.authority : '', time].filter((one) => one !== ''),
  }
}

/** The longest that fits stands; the Vietnamese word is in each of them. */
const bannersOf = (mark: Scene['mark'], language: string): readonly string[] => {
  if (mark === null) return []
  const { vi } = MARK_WORD[mark]
  const translated = wordIn(MARK_WORD[mark], language)
  return translated === vi ? [vi] : [`${vi} - ${translated}`, vi]
}

const pagesOf = (languages: readonly Words[], grid: TextGrid): Result<readonly OnboardPage[], string> => {
  const pages: OnboardPage[] = []
  for (const { banner, body } of languages) {
    const room = banner.length === 0 ? ok({ grid, frame: (lines: readonly string[]) => lines }) : beside(banner, grid)
    if (!room.ok) return room
    for (const lines of filled(body, room.value.grid)) {
      const text = room.value.frame(lines).join('\n')
      pages.push({ text, picture: null, seconds: Math.ceil(readingTime(text) / 1000) })
    }
  }
  return ok(pages)
}

/** Room for the text beside the exercise banner: a line of its own at the top, or the beginning of the only line. */
const beside = (banners: readonly string[], grid: TextGrid) => {
  const fitting = banners.find((one) => cellsOf(one) <= grid.columns)
  if (grid.rows > 1 && fitting !== undefined)
    return ok({
      grid: { columns: grid.columns, rows: grid.rows - 1 },
      frame: (lines: readonly string[]) => [fitting, ...lines],
    })
  const shortest = `${banners.at(-1) ?? ''}: `
  const left = grid.columns - cellsOf(shortest)
  if (left >= LEAST_CELLS)
    return ok({
      grid: { columns: left, rows: grid.rows },
      frame: (lines: readonly string[]) => lines.map((line) => `${shortest}${line}`),
    })
  return err(
    `bảng ${grid.columns} × ${grid.rows} ký tự không đủ chỗ cho dải DIỄN TẬP trên mọi trang · ${grid.columns} × ${grid.rows} characters leave no room for the exercise banner on every page`,
  )
}

const cells = (character: string): number => ((character.codePointAt(0) ?? 0) < 0x80 ? 1 : 2)
export const cellsOf = (text: string): number => [...text].reduce((sum, character) => sum + cells(character), 0)

/** Paragraphs → screens of lines. A paragraph that fits on a screen is not cut across two. */
const filled = (paragraphs: readonly string[], grid: TextGrid): readonly (readonly string[])[] => {
  const pages: string[][] = [[]]
  for (const paragraph of paragraphs) {
    const lines = paragraph.split('\n').flatMap((line) => wrapped(line, grid.columns))
    const free = grid.rows - (pages.at(-1)?.length ?? 0)
    if (lines.length > free && lines.length <= grid.rows) pages.push([])
    for (const line of lines) {
      if ((pages.at(-1)?.length ?? 0) >= grid.rows) pages.push([])
      pages.at(-1)?.push(line)
    }
  }
  return pages.filter((page) => page.length > 0)
}

/** One paragraph → lines that fit. Only a word longer than a whole line is cut inside. */
const wrapped = (paragraph: string, columns: number): readonly string[] => {
  const lines: string[] = []
  let now = ''
  for (const piece of pieces(paragraph)) {
    const glue = piece.spaced && now !== '' ? ' ' : ''
    if (cellsOf(now) + glue.length + cellsOf(piece.text) <= columns) {
      now += glue + piece.text
      continue
    }
    if (now !== '') lines.push(now)
    now = ''
    for (const character of piece.text) {
      if (cellsOf(now) + cells(character) > columns) {
        lines.push(now)
        now = ''
      }
      now += character
    }
  }
  if (now !== '') lines.push(now)
  return lines
}
