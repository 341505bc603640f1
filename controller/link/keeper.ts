import type { Log, Wake } from '#core/base/ports.ts'
import { err, ok, type Result } from '#core/base/result.ts'
import { duration } from '#core/base/units.ts'
import type { LinkFault } from '#core/screen/display.ts'
import { fault, type Link } from './link.ts'

/** Waits between attempts to open, ms; the last one repeats. With it, and the half second the engine waits, a device that returns is in use within 2 s. */
const BACKOFF_MS = [100, 200, 400, 500] as const

/** Keeps a link open. From the first `ready` on it opens again by itself whenever the link is lost, until `close`. */
export type Keeper = {
  /** Ok when the link is open. During a pause between attempts it answers at once with the last failure. */
  readonly ready: () => Promise<Result<void, LinkFault>>
  readonly isOpen: () => boolean
  /**
   * The device answered over this link. Only this ends the growing pauses: a busy TCP controller takes every
   * connection and
   * drops it at once, which would otherwise look like success ten times a second.
   */
  readonly proved: () => void
  /** Closes the link of a mute device and opens it anew: a TCP session may be dead without anyone having said so. */
  readonly recycle: () => Promise<void>
  /** How often a link that was lost was opened again; recycling is not counted. */
  readonly reopened: () => number
  readonly close: () => Promise<void>
}

type State =
  | { readonly is: 'idle' }
  | { readonly is: 'opening'; readonly attempt: Promise<Result<void, LinkFault>> }
  | { readonly is: 'open' }
  | { readonly is: 'pausing'; readonly last: LinkFault; readonly cancel: () => void }
  | { readonly is: 'ended' }

export const keepOpen = (options: {
  link: Link
  wake: Wake
  log: Log
  onOpen: (why: 'first' | 'lost' | 'recycled') => void
}): Keeper => {
  const { link, wake, log } = options
  const ending = new AbortController()
  let state: State = { is: 'idle' }
  let failures = 0
  let lost = 0
  let inUse = false
  let told = false
  let why: 'first' | 'lost' | 'recycled' = 'first'

  const pause = (last: LinkFault) => {
    const delay = BACKOFF_MS[Math.min(failures, BACKOFF_MS.length - 1)] ?? 500
    // The first failure is news; its repetitions would fill the log of a site whose cable is out for a week.
    if (!told && why !== 'recycled') {
      log('warn', 'display link is not open', { link: link.name, kind: last.kind, detail: last.detail })
      told = true
    }
    failures += 1
    inUse = false
    state = { is: 'pausing', last, cancel: wake(duration(delay), () => void attempt()) }
  }
  const attempt = (): Promise<Result<void, LinkFault>> => {
    const trying = link.open(ending.signal).then((result) => {
      if (state.is === 'ended') return err(fault('aborted', `${link.name} is being closed`))
      if (!result.ok) return failed(result.error)
      if (!link.isOpen()) {
        // It was gone again before we had heard that it was there.
        return failed(fault('closed', `${link.name} closed while it was being opened`))
      }
      if (why === 'lost') lost += 1
      state = { is: 'open' }
      log('debug', 'display link open', { link: link.name, why })
      options.onOpen(why)
      return result
    })
    state = { is: 'opening', attempt: trying }
    return trying
  }
  const failed = (last: LinkFault): Result<void, LinkFault> => {
    // We closed it, but it is not to be had again: that is an outage like any other.
    if (why === 'recycled') why = 'lost'
    pause(last)
    return err(last)
  }
  const stop = link.onClosed((last) => {
    if (state.is !== 'open') return
    why = 'lost'
    pause(last)
  })
  return {
    ready: async () => {
      switch (state.is) {
        case 'idle':
          return attempt()
        case 'opening':
          return state.attempt
        case 'open':
          return ok(undefined)
        case 'pausing':
          return err(fault('not-open', state.last.detail))
        case 'ended':
          return err(fault('aborted', `${link.name} is closed`))
      }
    },
    isOpen: () => state.is === 'open',
    proved: () => {
      if (!inUse) log('info', 'display link in use', { link: link.name })
      inUse = true
      told = false
      failures = 0
    },
    recycle: async () => {
      if (state.is !== 'open') return
      why = 'recycled'
      pause(fault('not-open', `${link.name} is being opened anew`))
      await link.close()
    },
    reopened: () => lost,
    close: async () => {
      if (state.is === 'pausing') state.cancel()
      state = { is: 'ended' }
      ending.abort()
      stop()
      await link.close()
    },
  }
}
