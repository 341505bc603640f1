import { createHash } from 'node:crypto'
import type { Device } from '#controller/bus/bus.ts'
import type { Onboard } from '#controller/dialect/onboard.ts'
import { openHuiduOnboard } from '#controller/families/huidu/onboard.ts'
import { openNtcipOnboard } from '#controller/families/ntcip/onboard.ts'
import { withoutMarks } from '#controller/families/onbon/gbk.ts'
import { gridOf } from '#controller/families/onbon/layout.ts'
import { openOnbonOnboard } from '#controller/families/onbon/onboard.ts'
import { listeners } from '#controller/link/link.ts'
import type { Profile } from '#controller/profile/schema.ts'
import type { Wake } from '#core/base/ports.ts'
import { assert, err, ok, type Result, unreachable } from '#core/base/result.ts'
import type { LinkFault } from '#core/screen/display.ts'
import type { OnboardPlayerOptions } from './onboard.ts'
import type { TextGrid } from './onboard-text.ts'

/** A controller that holds the content, opened: what the player needs of it. */
export type OpenedOnboard = Pick<OnboardPlayerOptions, 'onboard' | 'grid' | 'agreed' | 'still' | 'onReturn'>

type Panel = { readonly width: number; readonly height: number }
type Fallback = 'refuse' | 'unmarked'

/** Does this controller hold content, and how does it take it? Null: it only sets and reads a display that is fed a picture. */
export const holdsContent = (profile: Profile): Onboard['accepts'] | null => {
  switch (profile.protocol) {
    case 'onbon':
    case 'ntcip':
      return 'text'
    case 'huidu':
      return 'picture'
    case 'novastar':
    case 'modbus':
    case 'mdc':
    case 'lg':
    case 'nec':
    case 'pjlink':
      return null
    default:
      return unreachable(profile)
  }
}

/**
 * Pixels of one character of the fonts that NTCIP signs have by default (5 × 7, up to 7 wide, with their spacing). An assumption on the
 * careful side: the sign checks every text itself, and what it finds too big is shown with less in it or refused.
 */
const NTCIP_FONT = { cellWidth: 7, lineHeight: 9 } as const

const gridFor = (profile: Profile, panel: Panel): Result<TextGrid | null, string> => {
  if (profile.protocol === 'onbon') return gridOf(panel, profile.onboard)
  return profile.protocol === 'ntcip' ? gridOf(panel, NTCIP_FONT) : ok(null)
}

/** Can this site do without a video path? The error names the place in the configuration. */
export const checkOnboard = (
  site: { readonly panel: Panel; readonly fallback: Fallback },
  profile: Profile | null,
): Result<void, string> => {
  if (profile === null) return err('/player/output: "onboard" needs a controller that holds the content; there is none')
  const accepts = holdsContent(profile)
  if (accepts === null)
    return err(
      `/player/output: "onboard" needs a controller that holds the content; ${profile.id} (${profile.protocol}) does not`,
    )
  if (accepts === 'picture' && site.fallback === 'unmarked')
    return err(
      `/player/fallback: ${profile.id} is given pictures, drawn with every mark; there is nothing to fall back to`,
    )
  const grid = gridFor(profile, site.panel)
  return grid.ok ? ok(undefined) : err(`/site/panel: ${grid.error}`)
}

export type OpenOptions = {
  readonly device: Watched
  readonly profile: Profile
  readonly panel: Panel
  readonly fallback: Fallback
  readonly wake: Wake
}

/** The content of a controller that `checkOnboard` has accepted, over its place on the bus. Asks nothing by itself. */
export const openOnboard = (options: OpenOptions): OpenedOnboard => {
  const { device, profile, panel, fallback } = options
  const grid = gridFor(profile, panel)
  assert(grid.ok, 'the panel was checked to hold a line')
  const agreed = (text: string) => (fallback === 'unmarked' ? withoutMarks(text) : text)
  const opened = { grid: grid.value, agreed, onReturn: device.onReturn }
  switch (profile.protocol) {
    case 'onbon': {
      const onboard = openOnbonOnboard({
        dialect: device.dialect,
        profile,
        panel,
        fallback,
        ask: (command, parameters, signal) => device.ask({ command, parameters, urgent: true, signal }),
      })
      return { ...opened, onboard, still: null }
    }
    case 'huidu': {
      const md5 = (bytes: Uint8Array) => createHash('md5').update(bytes).digest('hex')
      return { ...opened, onboard: openHuiduOnboard({ ask: device.ask, md5, panel, wake: options.wake }), still: null }
    }
    case 'ntcip': {
      const onboard = openNtcipOnboard({
        ask: device.ask,
        profile,
        wake: options.wake,
        panel: grid.value && { lines: grid.value.rows, columns: grid.value.columns },
        layout: { line: 'centre', page: 'middle', font: null },
        owner: 'bangtin',
        requester: '0.0.0.0',
      })
      const still = async (signal: AbortSignal): Promise<Result<boolean, LinkFault>> => {
        const status = await onboard.status(signal)
        return status.ok ? ok(status.value.ours) : status
      }
      return { ...opened, onboard, still }
    }
    case 'novastar':
    case 'modbus':
    case 'mdc':
    case 'lg':
    case 'nec':
    case 'pjlink':
      throw new Error(`${profile.id} holds no content and should not have passed checkOnboard`)
    default:
      return unreachable(profile)
  }
}

/** A device that also says when it came back: it answers after silence, or after its line was lost and opened again. */
export type Watched = Device & {
  /** Gives back how to stop listening. */
  readonly onReturn: (listener: () => void) => () => void
}

const SILENCE: readonly LinkFault['kind'][] = ['timeout', 'not-open', 'closed', 'quarantined']

/** To be shared by all who ask the device: whoever hears it first after silence tells the others. `onLost`: of its bus. */
export const watchReturns = (device: Device, onLost: (listener: () => void) => unknown): Watched => {
  const returned = listeners<void>()
  let silent = false
  onLost(() => {
    silent = true
  })
  return {
    ...device,
    onReturn: returned.add,
    ask: async (ask) => {
      const answer = await device.ask(ask)
      const back = answer.ok && silent
      if (answer.ok) silent = false
      else if (SILENCE.includes(answer.error.kind)) silent = true
      if (back) returned.tell()
      return answer
    },
  }
}
