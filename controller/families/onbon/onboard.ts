import { err, ok, type Result } from '#core/base/result.ts'
import type { LinkFault } from '#core/screen/display.ts'
import type { Dialect, Values } from '../../dialect/dialect.ts'
import type { Onboard, OnboardPage, OnboardShow } from '../../dialect/onboard.ts'
import { createFont, type Font, refusal, withoutMarks } from './gbk.ts'
import { gridOf, laidOut } from './layout.ts'
import type { OnbonProfile } from './schema.ts'

export type OnbonOnboardOptions = {
  readonly dialect: Dialect
  readonly profile: OnbonProfile
  readonly panel: { readonly width: number; readonly height: number }
  /** What the site has agreed to for letters the card's font lacks: refuse the text, or show it without marks. */
  readonly fallback: 'refuse' | 'unmarked'
  /** One question to this card, with retries and address. */
  readonly ask: (command: string, parameters: Values, signal: AbortSignal) => Promise<Result<Values, LinkFault>>
}

/** The one area we use: always the same number, so that each text takes the place of the one before without a dark moment. */
const AREA = 0
const LOOP = 0
const LOOP_AND_REMOVE = 2
const LONGEST_STAY = 255
const MOST_PAGES = 16
const MOST_TIMEOUT = 65_535

const unsupported = (detail: string): Result<never, LinkFault> => err({ kind: 'unsupported', detail })

/**
 * Text shown by the card itself, in one dynamic area as large as the panel, over whatever program is stored. The card takes it away when
 * it has heard nothing new for `staleAfterSeconds`. It loses everything at power-off: the engine sends again when the link comes back.
 * All pages stay up equally long, as long as the longest of them asks (at most 127.5 s), since an area has one time for all of them.
 */
export const openOnbonOnboard = (options: OnbonOnboardOptions): Onboard => {
  const font = createFont()
  const agreed = (text: string) => (options.fallback === 'unmarked' ? withoutMarks(text) : text.normalize('NFC'))
  const { clear, readBack } = options.profile.onboard
  return {
    accepts: 'text',
    refuse: (text) => refusal(font, agreed(text)),
    show: async (show, signal) => {
      const parameters = parametersOf(options, font, {
        ...show,
        pages: show.pages.map((p) => ({ ...p, text: agreed(p.text) })),
      })
      if (!parameters.ok) return parameters
      const shown = await options.ask(options.profile.onboard.show, parameters.value, signal)
      if (!shown.ok) return shown
      return readBack === null ? ok({ readBack: false }) : listed(options, { command: readBack, there: true }, signal)
    },
    clear: async (signal) => {
      for (const command of clear) {
        const cleared = await options.ask(command, {}, signal)
        if (!cleared.ok) return cleared
      }
      return readBack === null ? ok({ readBack: false }) : listed(options, { command: readBack, there: false }, signal)
    },
  }
}

/** Everything that can be wrong is found here, before a byte is sent. */
const parametersOf = (options: OnbonOnboardOptions, font: Font, show: OnboardShow): Result<Values, LinkFault> => {
  const { pages, staleAfterSeconds } = show
  if (pages.length < 1 || pages.length > MOST_PAGES) return unsupported(`${pages.length} pages, not 1 to ${MOST_PAGES}`)
  const bad = pages.map((page) => pageFault(page, font)).find((why) => why !== null)
  if (bad !== undefined && bad !== null) return unsupported(bad)
  if (staleAfterSeconds !== null && !(staleAfterSeconds >= 1 && staleAfterSeconds <= MOST_TIMEOUT))
    return unsupported(`a time-out of ${staleAfterSeconds} s, not 1 to ${MOST_TIMEOUT}`)
  const grid = gridOf(options.panel, options.profile.onboard)
  if (!grid.ok) return unsupported(grid.error)
  const { text, screens } = laidOut(
    pages.map((page) => page.text),
    grid.value,
  )
  const seconds = Math.max(...pages.map((page) => page.seconds))
  const parameters: Values = {
    area: AREA,
    x: 0,
    y: 0,
    width: options.panel.width,
    height: options.panel.height,
    runMode: staleAfterSeconds === null ? LOOP : LOOP_AND_REMOVE,
    timeout: staleAfterSeconds === null ? 0 : Math.ceil(staleAfterSeconds),
    singleLine: 2,
    autoNewLine: 1,
    displayMode: 1,
    stay: Math.min(LONGEST_STAY, Math.max(1, Math.ceil(seconds * 2))),
    text,
  }
  const question = options.dialect.question({
    command: options.profile.onboard.show,
    parameters,
    address: {},
    context: {},
  })
  const many = `văn bản quá dài cho bộ điều khiển (the text, ${screens} screens, is too long for the card): `
  return question.ok ? ok(parameters) : unsupported(`${many}${question.error}`)
}

const pageFault = (page: OnboardPage, font: Font): string | null => {
  if (page.picture !== null) return 'a picture: this card shows text only'
  if (!(page.seconds > 0)) return `a page of ${page.seconds} s`
  return refusal(font, page.text)
}

const listed = async (
  { ask }: OnbonOnboardOptions,
  wanted: { readonly command: string; readonly there: boolean },
  signal: AbortSignal,
): Promise<Result<{ readonly readBack: boolean }, LinkFault>> => {
  const status = await ask(wanted.command, {}, signal)
  if (!status.ok) return status
  const { areas } = status.value
  if (typeof areas !== 'string') return ok({ readBack: false })
  const found = wanted.there ? areas.split(',').includes(String(AREA)) : areas === ''
  return found
    ? ok({ readBack: true })
    : err({
        kind: 'mismatch',
        detail: `the card lists the areas “${areas}” after we ${wanted.there ? 'showed a text' : 'cleared'}`,
      })
}
