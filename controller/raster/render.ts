import { assert, err, ok, type Result } from '#core/base/result.ts'
import { seconds } from '#core/base/units.ts'
import { acceptText, EMPTY, ORDER_LIMITS } from './accept.ts'
import { type AcceptedArticle, acceptArticle, checkArticle, planAccepted } from './article-render.ts'
import { type Bmp, decodeBmp, encodeBmp, joinBmp } from './bmp.ts'
import { type Canvas, createCanvas, ImageData, makeCollect, releaseCanvas } from './canvas.ts'
import { createFonts, createFontsIn, type Fonts } from './fonts.ts'
import { DAWN, drawLandscape } from './landscape.ts'
import {
  type ArticleCheck,
  type FallbackMessage,
  GEOMETRY_LIMITS,
  type Message,
  type MessageText,
  type Page,
  type PanelGeometry,
  type RasterFault,
  type Rendered,
  type TextMessage,
  UNMARKED,
} from './message.ts'
import { centredLine, planPages } from './pages.ts'
import { makePen } from './pen.ts'
import { languageOf, latinFirst, type Scene, sceneOf } from './scene.ts'
import { fixedWords } from './words.ts'

export type Raster = {
  /** Same message, geometry and fonts give the same bytes. At most a few dozen pages; usually one. */
  readonly render: (message: Message, geometry: PanelGeometry) => Result<Rendered, RasterFault>
  /** Can every character be drawn with the fonts of this machine? The first one that cannot is named. */
  readonly canDraw: (text: string) => Result<void, RasterFault>
  /** Would a text item stand on this panel? All reasons why not; nothing is drawn. A few milliseconds. */
  readonly check: (message: TextMessage, geometry: PanelGeometry) => ArticleCheck
  /**
   * Can the texts of an item be drawn at all: are they whole, and are their fonts here? All reasons why not, in both languages, or
   * null. Whether they fit a panel is not asked: below a millisecond for the longest text, so a long schedule delays nothing.
   */
  readonly drawable: (message: TextMessage) => string | null
  /** Loads the fonts for Chinese or Tai Viet ahead of need, so that the first such page is not slower than the rest. */
  readonly warm: (scripts: readonly ('han' | 'tai-viet')[]) => Result<void, RasterFault>
  /** A page as PNG, for previews in the hub. Not for the emergency path: deflating costs tens of milliseconds. */
  readonly png: (page: Page) => Promise<Uint8Array>
  readonly close: () => void
}

export type RasterOptions = {
  /** Searched before the usual font directories. */
  readonly fontDirs: readonly string[]
  /** True: the usual directories are not searched, so that what a machine happens to have installed changes nothing. */
  readonly onlyFontDirs?: boolean
}

const MOST_TEXTS = 6
const FALLBACK_MS = 30_000
/** Buffers are given back this long after the last render, so that collecting never delays an emergency page. */
const COLLECT_AFTER_MS = 250
const WARM_UP = {
  latin: 'LŨ QUÉT: TỖ ẾCH ỰA, Ẵ Ợ ỷ đ 0123456789',
  han: '因水位上涨暂停通关',
  'tai-viet': 'ꪼꪕ',
} as const

/** Draws a few pages at start, so the first emergency is not the first drawing (about 0.2 s). Fails when the Latin font is missing. */
export const createRaster = (options: RasterOptions): Result<Raster, RasterFault> => {
  const fonts = options.onlyFontDirs ? createFontsIn(options.fontDirs) : createFonts(options.fontDirs)
  const collect = makeCollect()
  const state: { closed: boolean; timer: NodeJS.Timeout | undefined; canvas: Canvas | undefined } = {
    closed: false,
    timer: undefined,
    canvas: undefined,
  }
  /** The canvas of the last geometry is kept: an edge has one panel, and a new canvas costs milliseconds of an emergency. */
  const canvasFor = ({ width, height }: PanelGeometry): Canvas => {
    if (state.canvas?.width === width && state.canvas.height === height) return state.canvas
    if (state.canvas) releaseCanvas(state.canvas)
    state.canvas = createCanvas(width, height)
    return state.canvas
  }
  const tidy = (): void => {
    clearTimeout(state.timer)
    state.timer = setTimeout(collect, COLLECT_AFTER_MS)
    state.timer.unref()
  }
  const render: Raster['render'] = (message, geometry) => {
    if (state.closed) return err({ kind: 'closed', vi: 'Bộ vẽ đã đóng.', en: 'The raster is closed.' })
    const fault = geometryFault(geometry)
    if (fault !== undefined) return err(fault)
    tidy()
    if (message.kind === 'fallback') return renderFallback(fonts, message, geometry)
    const surface = { geometry, canvas: canvasFor(geometry) }
    return message.kind === 'text'
      ? renderArticle(acceptArticle(fonts, message), message, surface)
      : renderScene(fonts, sceneOf(message), surface)
  }
  const warm: Raster['warm'] = (scripts) => {
    for (const script of scripts) {
      const drawn = drawSample(fonts, WARM_UP[script], script === 'han' ? 'zh' : 'blt')
      if (!drawn.ok) return drawn
    }
    tidy()
    return ok(undefined)
  }
  const ready = drawSample(fonts, WARM_UP.latin, 'vi')
  if (!ready.ok) return ready
  tidy()
  return ok({
    render,
    warm,
    ...articlesOf(fonts),
    canDraw: (text) => {
      const families = fonts.prepare(text)
      return families.ok ? ok(undefined) : families
    },
    png: (page) => encodePng(joinBmp(page.bmp)),
    close: () => {
      state.closed = true
      clearTimeout(state.timer)
      if (state.canvas) releaseCanvas(state.canvas)
    },
  })
}

/** What is asked of text items without drawing them. */
const articlesOf = (fonts: Fonts): Pick<Raster, 'check' | 'drawable'> => ({
  check: (message, geometry) => {
    const fault = geometryFault(geometry)
    return checkArticle({ ...acceptArticle(fonts, message), fault }, message, geometry)
  },
  drawable: (message) => {
    const { faults } = acceptArticle(fonts, message)
    return faults.length === 0 ? null : faults.map((fault) => `${fault.vi} · ${fault.en}`).join('; ')
  },
})

const geometryFault = ({ width, height }: PanelGeometry): RasterFault | undefined => {
  const { leastWidth, leastHeight, mostWidth, mostHeight } = GEOMETRY_LIMITS
  const whole = Number.isInteger(width) && Number.isInteger(height)
  if (whole && width >= leastWidth && height >= leastHeight && width <= mostWidth && height <= mostHeight)
    return undefined
  const range = `${leastWidth}×${leastHeight} … ${mostWidth}×${mostHeight}`
  return {
    kind: 'geometry',
    vi: `Kích thước bảng ${width}×${height} điểm ảnh nằm ngoài khoảng ${range}.`,
    en: `Panel size ${width}×${height} px is outside ${range}.`,
  }
}

/** The engine compiles what runs often; after this many pages a page costs what it will always cost. */
const WARM_UP_PAGES = 8

const drawSample = (fonts: Fonts, text: string, language: string): Result<void, RasterFault> => {
  const families = fonts.prepare(text)
  if (!families.ok) return families
  const message: Message = {
    ...UNMARKED,
    kind: 'emergency',
    hazardLabel: { vi: 'LŨ QUÉT', en: 'FLASH FLOOD' },
    level: 3,
    colour: 'orange',
    texts: [
      { language, headline: text, instruction: text },
      { language: 'en', headline: text, instruction: text },
    ],
    authority: 'A',
    until: '08:00',
  }
  for (let i = 0; i < WARM_UP_PAGES; i++) {
    const geometry = { width: 960 + i, height: 480 }
    const canvas = createCanvas(geometry.width, geometry.height)
    const drawn = renderScene(fonts, sceneOf(message), { geometry, canvas })
    releaseCanvas(canvas)
    if (!drawn.ok) return drawn
  }
  return ok(undefined)
}

type Surface = { readonly geometry: PanelGeometry; readonly canvas: Canvas }

const renderScene = (fonts: Fonts, asked: Scene, surface: Surface): Result<Rendered, RasterFault> => {
  const { geometry, canvas } = surface
  const checked = checkScene(fonts, asked)
  if (!checked.ok) return checked
  const { scene, families, faults } = checked.value
  const plan = planPages(makePen(canvas.getContext('2d'), families), scene, geometry)
  const all = [...faults, ...plan.faults]
  const first = all[0]
  if (plan.pages.length === 0) {
    assert(first !== undefined, 'a page is missing for a reason')
    return err(first)
  }
  const pages = plan.pages.map((page): Page => {
    page.draw()
    return {
      bmp: copyOut(canvas, geometry),
      durationMs: page.durationMs,
      language: page.languages.join('+'),
    }
  })
  return ok({ pages, faults: all })
}

/** A text item is shown whole or not at all: an approver approved all of it. */
const renderArticle = (
  accepted: AcceptedArticle,
  message: TextMessage,
  { geometry, canvas }: Surface,
): Result<Rendered, RasterFault> => {
  const [refused] = accepted.faults
  if (refused !== undefined) return err(refused)
  const plan = planAccepted(accepted, message, { geometry, context: canvas.getContext('2d') })
  const [unfit] = plan.faults.filter(({ kind }) => message.lackingTime !== 'draw' || kind !== 'no-time')
  if (unfit !== undefined) return err(unfit)
  const pages = plan.pages.map((page): Page => {
    page.draw()
    return { bmp: copyOut(canvas, geometry), durationMs: page.durationMs, language: page.languages.join('+') }
  })
  return ok({ pages, faults: plan.faults })
}

const copyOut = (canvas: Canvas, geometry: PanelGeometry): Bmp =>
  encodeBmp(canvas.data(), geometry.width, geometry.height)

type Checked = { readonly scene: Scene; readonly families: readonly string[]; readonly faults: readonly RasterFault[] }

/** A language that cannot be drawn is left out and named; the message stands as long as one language can be. */
const checkScene = (fonts: Fonts, asked: Scene): Result<Checked, RasterFault> => {
  const faults: RasterFault[] = []
  const families = new Set<string>()
  const accept = (text: string, where: string): string | undefined => {
    if (text === '') return ''
    const passed = acceptText(fonts, text, { where: { vi: where, en: where }, limits: ORDER_LIMITS })
    if (!passed.ok) {
      faults.push(passed.error)
      return undefined
    }
    for (const family of passed.value.families) families.add(family)
    return passed.value.text
  }
  const chinese = asked.everyLanguage || asked.texts.some((t) => languageOf(t.language) === 'zh')
  const label = accept(asked.label.vi, 'label vi') ?? ''
  const en = accept(asked.label.en ?? '', 'label en')
  // What no page of this message says needs no font.
  const zh = chinese ? accept(asked.label.zh ?? '', 'label zh') : undefined
  const texts: MessageText[] = []
  for (const text of asked.texts.slice(0, MOST_TEXTS)) {
    const headline = accept(text.headline, `headline ${text.language}`)
    const instruction = accept(text.instruction, `instruction ${text.language}`)
    // A headline that is refused takes its language with it; a refused instruction is left out, the headline still warns.
    if (headline !== undefined && headline !== '') texts.push({ ...text, headline, instruction: instruction ?? '' })
  }
  const authority = accept(asked.authority, 'authority') ?? ''
  const time = accept(asked.time, 'time') ?? ''
  if (texts.length === 0) return err(faults[0] ?? EMPTY)
  const inChinese = texts.some((t) => languageOf(t.language) === 'zh')
  const known = fonts.prepare(`${fixedWords('vi')}${inChinese ? `${fixedWords('zh')}${asked.plate?.zh ?? ''}` : ''}`)
  if (!known.ok) return known
  for (const family of known.value) families.add(family)
  const scene: Scene = {
    ...asked,
    label: { vi: label, ...(en ? { en } : {}), ...(zh ? { zh } : {}) },
    texts,
    authority,
    time,
  }
  return ok({ scene, families: [...families].sort(latinFirst), faults })
}

const STANDING = { vi: 'trang chờ', en: 'standing page' } as const

const renderFallback = (
  fonts: Fonts,
  message: FallbackMessage,
  geometry: PanelGeometry,
): Result<Rendered, RasterFault> => {
  const { width, height } = geometry
  const canvas = createCanvas(width, height)
  const context = canvas.getContext('2d')
  drawLandscape(context, geometry, DAWN, message.siteName.length / 7)
  const faults: RasterFault[] = []
  const lines = [
    { text: message.siteName, y: 0.5, height: 0.24, colour: '#ffffff' },
    { text: message.line, y: 0.76, height: 0.14, colour: '#ffe3b0' },
  ]
  for (const line of lines) {
    if (line.text === '') continue
    const passed = acceptText(fonts, line.text, { where: STANDING, limits: ORDER_LIMITS })
    if (!passed.ok) {
      faults.push(passed.error)
      continue
    }
    const pen = makePen(context, [...passed.value.families].sort(latinFirst))
    const area = { x: width * 0.05, y: height * line.y, width: width * 0.9, height: height * line.height }
    if (!centredLine(pen, passed.value.text, area, line.colour)) {
      faults.push({ kind: 'does-not-fit', vi: `“${line.text}” không vừa bảng.`, en: `“${line.text}” does not fit.` })
    }
  }
  const page: Page = { bmp: copyOut(canvas, geometry), durationMs: seconds(FALLBACK_MS / 1000), language: 'vi' }
  releaseCanvas(canvas)
  return ok({ pages: [page], faults })
}

const encodePng = async (bmp: Uint8Array): Promise<Uint8Array> => {
  const { width, height, rgba } = decodeBmp(bmp)
  const canvas = createCanvas(width, height)
  canvas.getContext('2d').putImageData(new ImageData(rgba, width, height), 0, 0)
  return canvas.encode('png')
}
