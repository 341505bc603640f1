import { assert, err, ok, type Result } from '#core/base/result.ts'
import type { Duration } from '#core/base/units.ts'
import { duration } from '#core/base/units.ts'
import { type FitFault, fitText, type LineMetrics } from '#core/text/fit.ts'
import { type Legible, legibleSize } from '#core/text/legible.ts'
import { divideTime, pageNeed } from '#core/text/reading.ts'
import { scriptsOf } from '#core/text/script.ts'
import { noTime, tooManyPages, unfit } from './article-faults.ts'
import {
  type ArticlePage,
  bodyArea,
  drawArticlePage,
  heightOf,
  type Para,
  type Sheet,
  sheetOf,
} from './article-page.ts'
import type { MessageText, PanelGeometry, RasterFault } from './message.ts'
import { metricsFor, type Pen } from './pen.ts'
import { languageOf, NOTICE_PALETTE } from './scene.ts'

/** One page decided but not yet drawn. */
export type PlannedPage = {
  readonly languages: readonly string[]
  /** To read it once. */
  readonly needsMs: Duration
  readonly durationMs: Duration
  readonly draw: () => void
}
export type ArticlePlan = {
  readonly pages: readonly PlannedPage[]
  readonly needsMs: Duration
  /** Font sizes in pixels: the smallest on any page (null: there is none), and the smallest allowed for these scripts. */
  readonly smallest: number | null
  readonly least: number
  readonly faults: readonly RasterFault[]
}

/** Pages of one showing wait as pictures in memory: at most this many bytes of them, and this many pages, but always a few. */
const MOST_BYTES = 32 * 1024 * 1024
const MOST_PAGES = 32
const FEWEST_MOST_PAGES = 4
export const mostPagesFor = ({ width, height }: PanelGeometry): number =>
  Math.max(FEWEST_MOST_PAGES, Math.min(MOST_PAGES, Math.floor(MOST_BYTES / (width * height * 4))))

const TITLE_RATIO = 1.22
const SECOND_RATIO = 0.8
/** Letters of 20 to 22 minutes of arc are preferred to the least of 16 (ISO 9241-303): running text has them when time and pages allow. */
const PREFERRED = 1.3
/** Where languages share a page, Vietnamese stands in letters larger than the least by this, so that it is the larger one. */
const TOGETHER_ABOVE = 1.15
/** Heading over running text, as parts of the least size, tried from the largest; the text below it is never the larger. */
const PAGED_RATIOS = [1.5, TITLE_RATIO, 1]
/** A paragraph of several stands in by this part of the least size, behind a mark. */
const INDENT = 0.62
/** A heading over running text may take this part of the page; a longer title gets a page of its own. */
const HEAD_SHARE = 0.42
const FIRST = { title: '#ffffff', body: '#ffffff' }
const SECOND = { title: '#d7fbff', body: '#bfe6ff' }

type Text = {
  readonly language: string
  readonly title: string
  readonly body: string
  readonly legible: { readonly title: Legible; readonly body: Legible }
  readonly metrics: { readonly title: LineMetrics; readonly body: LineMetrics }
  readonly first: boolean
}
type Ground = { readonly pen: Pen; readonly panel: PanelGeometry; readonly most: number }
type Draft = {
  readonly languages: readonly string[]
  readonly needsMs: Duration
  readonly page: ArticlePage
  readonly sheet: Sheet
}

/**
 * Pages of a text item, all of it in letters that are legible: two languages on one page when Vietnamese stays the larger; otherwise
 * each language for itself, on as many pages as it takes, Vietnamese first. `texts` passed the gate and can be drawn.
 */
export const planArticle = (
  pen: Pen,
  texts: readonly MessageText[],
  to: { readonly panel: PanelGeometry; readonly durationMs: Duration | null },
): ArticlePlan => {
  const ground = { pen, panel: to.panel, most: mostPagesFor(to.panel) }
  const all = texts.map((text, i) => textOf(ground, text, i === 0))
  const least = Math.max(...all.map((t) => (t.body === '' ? t.legible.title.size : t.legible.body.size)))
  const inTime = ({ drafts, faults }: Drafts): boolean =>
    faults.length === 0 && drafts.length <= ground.most && timeOf(drafts) <= (to.durationMs ?? Number.POSITIVE_INFINITY)
  const { drafts, faults } = draftsOf(ground, all, inTime)
  const needs = drafts.map((draft) => draft.needsMs)
  const needsMs = timeOf(drafts)
  const found = [...faults]
  if (drafts.length > ground.most) found.push(tooManyPages(drafts.length, ground.most))
  if (faults.length === 0 && to.durationMs !== null && needsMs > to.durationMs)
    found.push(noTime(needsMs, to.durationMs, drafts.length))
  const times = to.durationMs === null || found.length > 0 ? needs : divideTime(to.durationMs, needs)
  const sizes = drafts.flatMap(({ page }) => [...page.head, ...page.body].map((set) => set.size))
  const pages = drafts.map((draft, page): PlannedPage => {
    const durationMs = times[page]
    assert(durationMs !== undefined, 'every page has its time')
    const at = { page, pages: drafts.length }
    const on = { sheet: draft.sheet, palette: NOTICE_PALETTE.text }
    return { ...draft, durationMs, draw: () => drawArticlePage(pen, draft.page, on, at) }
  })
  return { pages, needsMs, smallest: sizes.length === 0 ? null : Math.min(...sizes), least, faults: found }
}

type Drafts = { readonly drafts: readonly Draft[]; readonly faults: readonly RasterFault[] }

const timeOf = (drafts: readonly Draft[]): Duration =>
  duration(drafts.reduce((sum: number, draft) => sum + draft.needsMs, 0))

const draftsOf = (ground: Ground, texts: readonly Text[], inTime: (drafts: Drafts) => boolean): Drafts => {
  // Three languages on one page leave none of them room; they take turns.
  const whole = texts.length > 2 ? undefined : onePage(ground, texts, sheetOf(ground.panel, false))
  if (whole !== undefined) return { drafts: [whole], faults: [] }
  const preferred = inTurn(ground, texts.map(inPreferred))
  return inTime(preferred) ? preferred : inTurn(ground, texts)
}

const inPreferred = (text: Text): Text => {
  // What a letter needs in dots says nothing of the reader's distance; a small panel keeps its few lines.
  const larger = ({ size, by }: Legible): Legible => ({ size: by === 'dots' ? size : Math.round(size * PREFERRED), by })
  return { ...text, legible: { title: larger(text.legible.title), body: larger(text.legible.body) } }
}

/** Each language for itself. */
const inTurn = (ground: Ground, texts: readonly Text[]): Drafts => {
  const drafts: Draft[] = []
  const faults: RasterFault[] = []
  const sheet = sheetOf(ground.panel, true)
  for (const text of texts) {
    const alone = onePage(ground, [text], sheet)
    const pages = alone !== undefined ? ok([alone]) : spread(ground, text, sheet)
    if (pages.ok) drafts.push(...pages.value)
    else faults.push(pages.error)
  }
  return { drafts, faults }
}

const textOf = ({ pen, panel }: Ground, text: MessageText, first: boolean): Text => {
  const language = languageOf(text.language)
  const { headline: title, instruction: body } = text
  const legible = (words: string): Legible => legibleSize(panel, scriptsOf(words).scripts)
  return {
    language,
    title,
    body,
    first,
    legible: { title: legible(title), body: legible(body) },
    metrics: { title: metricsOf(pen, title, language), body: metricsOf(pen, body, language) },
  }
}

/** Line boxes hold all ink: where a text stacks marks higher than Vietnamese does, its lines stand further apart. */
const metricsOf = (pen: Pen, text: string, language: string): LineMetrics => {
  const usual = metricsFor(text)
  const ink = pen.ink(text.replaceAll('\n', ' '), language)
  return {
    ascent: Math.max(usual.ascent, ink.ascent + 0.01),
    descent: Math.max(usual.descent, ink.descent + 0.01),
    gap: usual.gap,
  }
}

type Part = { readonly text: Text; readonly what: 'title' | 'body'; readonly size: number }

/** A text of several paragraphs has each of them marked. Pixels. */
const indentOf = ({ body, legible }: Text, what: 'title' | 'body'): number =>
  what === 'body' && body.trim().includes('\n') ? Math.round(legible.body.size * INDENT) : 0

type Box = { readonly width: number; readonly height: number }
type Sizing = {
  readonly smallest: number
  readonly largest: number
  readonly pages: number
  readonly even: boolean
}

/** One part in a box, as one or more pages of lines; the fault when a word, a line or all of it does not fit. */
const setIn = (
  pen: Pen,
  part: Pick<Part, 'text' | 'what'>,
  box: Box,
  to: Sizing & { readonly above: number; readonly rule: boolean },
): Result<readonly Para[], FitFault> => {
  const { text, what } = part
  const { above, rule, ...sizing } = to
  const indent = indentOf(text, what)
  const fitted = fitText({
    text: text[what],
    box: { width: box.width - indent, height: box.height },
    measure: pen.measure(text.language),
    metrics: text.metrics[what],
    ...sizing,
  })
  if (!fitted.ok) return fitted
  const { fontSize: size, lineHeight, ascent, pages } = fitted.value
  const colour = (text.first ? FIRST : SECOND)[what]
  const all = indent === 0 ? [] : startsOf(text[what], pages.flat())
  let before = 0
  return ok(
    pages.map((lines): Para => {
      const starts = all.map((line) => line - before).filter((line) => line >= 0 && line < lines.length)
      before += lines.length
      return { lines, language: text.language, size, lineHeight, ascent, colour, above, rule, indent, starts }
    }),
  )
}

const inked = (text: string): number => text.replace(/\s/gu, '').length

/** The lines that begin a paragraph: lines keep every letter of their paragraph, so letters are counted off. */
const startsOf = (text: string, lines: readonly string[]): readonly number[] => {
  const lengths = text
    .split('\n')
    .map(inked)
    .filter((length) => length > 0)
  const starts: number[] = []
  let left = 0
  for (const [i, line] of lines.entries()) {
    if (left <= 0) {
      starts.push(i)
      left = lengths.shift() ?? 0
    }
    left -= inked(line)
  }
  return starts
}

/** Parts under each other, or undefined when they are higher than the box. */
const pile = (
  pen: Pen,
  parts: readonly Part[],
  box: { readonly width: number; readonly height: number },
  look: { readonly rules: boolean; readonly even: boolean },
): readonly Para[] | undefined => {
  const sets: Para[] = []
  for (const part of parts) {
    const rule = look.rules && sets.length > 0
    const above = sets.length === 0 ? 0 : Math.round(part.size * (rule ? 0.5 : 0.2))
    const left = { width: box.width, height: box.height - heightOf(sets) - above }
    const sizing = { smallest: part.size, largest: part.size, pages: 1, even: look.even }
    const set = setIn(pen, part, left, { ...sizing, above, rule })
    if (!set.ok) return undefined
    sets.push(...set.value)
    if (heightOf(sets) > box.height) return undefined
  }
  return sets
}

/** All the texts on one page in the largest letters that fit; undefined when they do not in legible ones. */
const onePage = (ground: Ground, texts: readonly Text[], sheet: Sheet): Draft | undefined => {
  const leastOf = (text: Text): number =>
    Math.max(text.legible.title.size, text.body === '' ? 0 : text.legible.body.size)
  const [first] = texts
  if (first === undefined) return undefined
  const smallest = texts.length > 1 ? Math.ceil(leastOf(first) * TOGETHER_ABOVE) : leastOf(first)
  if (setPage(ground, texts, sheet, { size: smallest, even: false }) === undefined) return undefined
  let good = smallest
  let bad = Math.max(smallest, Math.round(ground.panel.height * 0.45)) + 1
  while (bad - good > 1) {
    const size = Math.floor((good + bad) / 2)
    if (setPage(ground, texts, sheet, { size, even: false }) === undefined) bad = size
    else good = size
  }
  // Even lines are as many as uneven ones, so what fitted still does.
  const page = setPage(ground, texts, sheet, { size: good, even: true })
  if (page === undefined) return undefined
  const needsMs = pageNeed(texts.map((text) => `${text.title}\n${text.body}`))
  return { languages: [...new Set(texts.map((t) => t.language))], needsMs, page, sheet }
}

const setPage = (
  { pen }: Ground,
  texts: readonly Text[],
  sheet: Sheet,
  at: { readonly size: number; readonly even: boolean },
): ArticlePage | undefined => {
  const sized = (text: Text, what: 'title' | 'body', ratio: number): Part => ({
    text,
    what,
    size: Math.max(text.legible[what].size, Math.round(at.size * ratio * (text.first ? 1 : SECOND_RATIO))),
  })
  const bodies = texts.filter((text) => text.body !== '')
  const look = { rules: true, even: at.even }
  if (bodies.length === 0) {
    const parts = texts.map((text) => sized(text, 'title', 1))
    const body = pile(pen, parts, bodyArea(sheet, []), look)
    return body && { head: [], body, align: 'center', from: 'middle' }
  }
  const titles = texts.map((text) => sized(text, 'title', TITLE_RATIO))
  const head = pile(pen, titles, sheet.room, { rules: false, even: at.even })
  if (head === undefined) return undefined
  const parts = bodies.map((text) => sized(text, 'body', 1))
  const body = pile(pen, parts, bodyArea(sheet, head), look)
  if (body === undefined) return undefined
  const short =
    body.every((set) => set.lines.length <= 2 && set.indent === 0) && head.every((set) => set.lines.length <= 2)
  return { head, body, align: short ? 'center' : 'left', from: 'middle' }
}

/** One language over several pages: its title over each of them, or on a page of its own where that leaves too little room. */
const spread = (ground: Ground, text: Text, sheet: Sheet): Result<readonly Draft[], RasterFault> => {
  const { panel } = ground
  const draft = (page: ArticlePage, words: string): Draft => ({
    languages: [text.language],
    needsMs: pageNeed([words]),
    page,
    sheet,
  })
  const headed = text.body === '' ? undefined : underHeading(ground, text, sheet)
  if (headed !== undefined)
    return ok(
      headed.body.map((set, i) => {
        const words = set.lines.join('\n')
        const page = { head: headed.head, body: [set], align: 'left', from: 'top' } as const
        // The heading stands on every page, for who looks up late, and is read on the first.
        return draft(page, i === 0 ? `${text.title}\n${words}` : words)
      }),
    )
  const area = bodyArea(sheet, [])
  const { title: least, body: leastBody } = text.legible
  const title = setPart(ground, { text, what: 'title' }, area, { upTo: 3, pages: 1 })
  if (!title.ok) return err(unfit(title.error, { part: 'title', language: text.language }, { legible: least, panel }))
  const card = draft({ head: [], body: title.value, align: 'center', from: 'middle' }, text.title)
  if (text.body === '') return ok([card])
  const body = setPart(ground, { text, what: 'body' }, area, { upTo: TITLE_RATIO, pages: ground.most })
  if (!body.ok) return err(unfit(body.error, { part: 'body', language: text.language }, { legible: leastBody, panel }))
  const rest = body.value.map((set) =>
    draft({ head: [], body: [set], align: 'left', from: 'top' }, set.lines.join('\n')),
  )
  return ok([card, ...rest])
}

/** The heading that makes the fewest pages, the largest of those; undefined when it always takes too much of the page. */
const underHeading = (
  ground: Ground,
  text: Text,
  sheet: Sheet,
): { readonly head: readonly Para[]; readonly body: readonly Para[] } | undefined => {
  let best: { readonly head: readonly Para[]; readonly body: readonly Para[] } | undefined
  for (const ratio of PAGED_RATIOS) {
    const size = Math.round(text.legible.title.size * ratio)
    const head = pile(ground.pen, [{ text, what: 'title', size }], sheet.room, { rules: false, even: true })
    if (head === undefined || heightOf(head) > sheet.room.height * HEAD_SHARE) continue
    const area = bodyArea(sheet, head)
    const body = setPart(ground, { text, what: 'body' }, area, { upTo: ratio, pages: ground.most })
    if (body.ok && (best === undefined || body.value.length < best.body.length)) best = { head, body: body.value }
  }
  return best
}

/** In the largest letters that keep the number of pages, from the least size up to `upTo` times it. */
const setPart = (
  ground: Ground,
  part: Pick<Part, 'text' | 'what'>,
  box: Box,
  to: { readonly upTo: number; readonly pages: number },
): Result<readonly Para[], FitFault> => {
  const smallest = part.text.legible[part.what].size
  const largest = Math.max(smallest, Math.round(smallest * to.upTo))
  const sizing = { smallest, largest, pages: to.pages, even: to.pages === 1 }
  return setIn(ground.pen, part, box, { ...sizing, above: 0, rule: false })
}
