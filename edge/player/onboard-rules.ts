import type { Onboard, OnboardPage } from '#controller/dialect/onboard.ts'
import type { Reading } from '#core/base/units.ts'
import type { SceneSource } from '#core/engine/scene-source.ts'
import type { LinkFaultKind } from '#core/screen/display.ts'

/** The numbers of the player whose content the controller holds. Pure, so that they can be read and tested in one place. */

/** The controller's own priorities. The engine has decided who wins; these protect an order from other people's programs in the controller. */
const PRIORITY = { emergency: 255, order: 200, item: 100, standing: 50 } as const
/** Above this nothing waits for what is under way. */
const PATIENT = PRIORITY.item

export const priorityOf = (source: SceneSource): number => {
  switch (source.source) {
    case 'order':
      // An exercise never has what only the real thing has.
      return source.order.class === 'emergency' && source.order.status === 'actual'
        ? PRIORITY.emergency
        : PRIORITY.order
    case 'file':
    case 'slides':
    case 'text':
      return PRIORITY.item
    case 'chart':
      return PRIORITY.item
    case 'standing':
      return PRIORITY.standing
    case 'dark':
      return PRIORITY.emergency
  }
}

/** Whether a new wish breaks off the one under way. An order that is no longer wanted is broken off, too, whatever comes instead. */
export const outranks = (wanted: number, underWay: number): boolean => wanted > PATIENT || underWay > PATIENT

/**
 * What a dead daemon leaves up goes away after this, where the controller can do that. A quarter of an hour is longer than any pause between
 * two refreshes and than a restart with its recovery, and short enough that nobody travels by an old notice.
 */
export const STALE_SECONDS = 900
/** The most a controller can be told. */
const MOST_STALE_SECONDS = 65_534
/** At least this for an order, so that clocks which differ by seconds do not take it away before the engine ends it. */
const LEAST_STALE_SECONDS = 60

/** An order may stay without us for as long as it is in force. By a clock that cannot be trusted nobody knows how long that is. */
export const staleSeconds = (source: SceneSource, at: Reading): number => {
  if (source.source !== 'order' || at.quality === 'unset') return STALE_SECONDS
  const left = Math.ceil((source.order.expiresAt - at.wall) / 1000)
  return Math.min(MOST_STALE_SECONDS, Math.max(LEAST_STALE_SECONDS, left))
}

/**
 * Content is put up again this often. Text cards keep it in memory that a power cut empties, and on a serial line nobody tells us of the cut;
 * an order may be gone for half a minute, anything else for one. Cards that take pictures keep them through a power cut and wear out by
 * writing, so there it only corrects what somebody else changed.
 */
const REFRESH_MS = { order: 30_000, other: 60_000, picture: 600_000 } as const

/**
 * The wait until the next time: whole rounds of all pages, because being put up again begins with the first page, and before two thirds of
 * the time after which the controller would take it away.
 */
export const refreshMs = (
  source: SceneSource,
  pages: readonly OnboardPage[],
  of: { readonly at: Reading; readonly accepts: Onboard['accepts'] },
): number => {
  const wanted =
    of.accepts === 'picture' ? REFRESH_MS.picture : REFRESH_MS[source.source === 'order' ? 'order' : 'other']
  const round = roundMsOf(pages) ?? 1
  const whole = Math.ceil(wanted / round) * round
  return Math.min(whole, Math.floor((staleSeconds(source, of.at) * 1000 * 2) / 3))
}

/** How long all pages take to go round, ms; null for one that stands. Some controllers show every page as long as the longest. */
export const roundMsOf = (pages: readonly OnboardPage[]): number | null =>
  pages.length < 2 ? null : pages.length * Math.max(...pages.map((page) => page.seconds)) * 1000

/** Between attempts: doubled up to the most. The bus leaves a silent controller alone by itself. */
const RETRY_MS = 500
const MOST_RETRY_MS = 10_000
export const retryMs = (failures: number): number => Math.min(MOST_RETRY_MS, RETRY_MS * 2 ** Math.min(failures - 1, 5))

/** A controller that is there and turns the content down so often in a row will go on doing so. */
export const MOST_REFUSALS = 3
const ANSWERS: readonly LinkFaultKind[] = ['refused', 'mismatch', 'unreachable']
export const isAnswer = (kind: LinkFaultKind): boolean => ANSWERS.includes(kind)

/** The last line, for a bug below: 16 pictures of 4 MB over a line of 100 kB/s take 11 minutes. */
export const ATTEMPT_MS = 900_000
/** An attempt that has lasted so long is not begun again for a picture that came meanwhile. */
export const BEGIN_AGAIN_MS = 2_000
/** A drawn frame is given out again for so long. */
export const FRAME_FRESH_MS = 500
