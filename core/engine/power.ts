import { after, type Duration, duration, type Mono, since } from '../base/units.ts'
import type { PowerRecord } from '../evidence/record.ts'
import type { Event } from './event.ts'
import { powerNow } from './lit.ts'
import { isPoweredDown } from './manual.ts'
import type { PowerFault, State, Switching } from './state.ts'
import { record, set, type Turn } from './turn.ts'

/** What failed is asked for again after this, doubled each time up to the most: contactors and supplies are not hammered. */
const AGAIN_MS = 60_000
const AGAIN_MOST_MS = 1_800_000

/** How a site with contactors begins: nobody was told anything yet. Null for every other site. */
export const startSwitching = (offAfter: Duration | null): Switching | null =>
  offAfter === null
    ? null
    : {
        phase: 'unknown',
        told: null,
        toldFor: null,
        toldAt: null,
        quietSince: null,
        fault: null,
        failures: 0,
        retryAt: null,
      }

/** Power is off, not known, or on its way: the controller’s silence is no fault, and what it says is no contradiction. */
export const silenceExpected = ({ switching }: State): boolean => switching !== null && switching.phase !== 'on'

/** While power is switched the sequence alone blanks and un-blanks; two hands on one setting would fight. */
export const mayWrite = ({ switching }: State): boolean =>
  switching === null || !['off', 'falling', 'rising', 'taking-over'].includes(switching.phase)

/** A display without power is not asked; one that comes up is looked at, so that a screen taken over lit is known to be lit. */
export const mayRead = ({ switching }: State): boolean =>
  switching === null || !['off', 'falling'].includes(switching.phase)

/** Light is on its way and nothing has failed: what cannot be shown yet is no fault of what is to be shown. */
export const powerIsComing = ({ switching }: State): boolean =>
  switching !== null && switching.told === 'on' && switching.phase !== 'on' && switching.fault === null

/** `interlock` kinds mean that something forbids power, all others that something is broken. */
export const isInterlock = ({ kind }: PowerFault): boolean => kind === 'interlock' || kind === 'interlock-unknown'

const WORDS: { readonly [P in Exclude<Switching['phase'], 'on'>]: string } = {
  unknown: 'đang xem nguồn · looking at its power',
  off: 'nguồn đang tắt · power is off',
  'taking-over': 'đang kiểm tra nguồn · checking its power',
  rising: 'đang bật nguồn · power is coming up',
  falling: 'đang tắt nguồn · power is going down',
  stuck: 'nguồn chưa tắt hẳn · power did not go off',
}

/** Why the controller may be silent, for people; null: it has power, or nobody switches it. */
export const powerWords = ({ switching }: State): string | null =>
  switching === null || switching.phase === 'on' ? null : WORDS[switching.phase]

type Need = 'light' | 'quiet' | 'blank'

/**
 * Light is wanted: power. Dark by the calendar: none. Dark although the calendar wants light is a safety blank, which is short and only
 * blacks out: it switches neither way.
 */
const needOf = (state: State, dark: boolean): Need =>
  !dark ? 'light' : powerNow(state).power === 'off' || isPoweredDown(state) ? 'quiet' : 'blank'

/**
 * Tells the sequence what is wanted whenever that changes, once after each start, and again some time after it failed. Light is wanted at
 * once; dark counts after it was wanted for the site’s `powerOffAfter`. `dark`: what the controller is to be, see `desire`.
 */
export const steerPower = (turn: Turn, dark: boolean): void => {
  const { site, now, switching: was } = turn.state
  if (was === null || site.powerOffAfter === null) return
  const need = needOf(turn.state, dark)
  const quietSince = need === 'quiet' ? (was.quietSince ?? now.mono) : null
  if (quietSince !== was.quietSince) set(turn, { switching: { ...was, quietSince } })
  const quietLongEnough = quietSince !== null && since(now.mono, quietSince) >= site.powerOffAfter
  const want = need === 'light' ? 'on' : quietLongEnough ? 'off' : was.told
  if (want === null || (want === was.told && !isDueAgain(turn.state, was))) return
  const winner = turn.state.verdict?.winner ?? null
  const again = want === was.told
  set(turn, {
    switching: {
      ...was,
      quietSince,
      told: want,
      toldFor: winner?.order ?? null,
      toldAt: now.mono,
      retryAt: null,
      failures: again ? was.failures : 0,
    },
  })
  turn.power = want
  // A wish that is only repeated, or is true already (found off after a start), says nothing new.
  if (!again && was.phase !== want)
    note(turn, { want, stage: 'asked', why: whyOf(turn.state, want), step: null, ms: null })
}

/** After a failure: when its pause is over, and at once for an order that was not tried for yet. */
const isDueAgain = (state: State, { retryAt, toldFor, told }: Switching): boolean => {
  if (retryAt === null) return false
  const order = state.verdict?.winner.order ?? null
  return state.now.mono >= retryAt || (told === 'on' && order !== null && order !== toldFor)
}

const whyOf = (state: State, want: 'on' | 'off'): string => {
  const winner = state.verdict?.winner
  if (winner?.want.want === 'dark') return winner.want.why
  if (want === 'off') return 'ngoài giờ bật màn hình'
  return winner?.order ? `lệnh ${winner.order} cần màn hình sáng` : 'trong giờ bật màn hình'
}

type Said = Pick<PowerRecord, 'want' | 'stage' | 'why' | 'step' | 'ms'>
const note = (turn: Turn, said: Said): void => {
  const winner = turn.state.verdict?.winner
  record(turn, { kind: 'power', ...said, claim: winner?.id ?? null, order: winner?.order ?? null })
}

/** The switching says where it stands, or what went wrong. */
export const powerHeard = (turn: Turn, event: Event & { event: 'power' }): void => {
  const was = turn.state.switching
  if (was === null) return
  const { now } = turn.state
  const ms = was.toldAt === null ? null : since(now.mono, was.toldAt)
  switch (event.state) {
    case 'failed':
      return failed(turn, was, { ...event, ms })
    case 'noted': {
      set(turn, { switching: { ...was, fault: { ...faultOf(event), way: 'on' } } })
      return incident(turn, event)
    }
    case 'rising':
      return rises(turn, was)
    case 'falling':
      return set(turn, { switching: { ...was, phase: 'falling' } })
    case 'on':
    case 'off': {
      const asTold = was.told === event.state
      const mended = event.state === 'on' || was.fault?.way === 'off'
      const cleared = asTold ? { fault: mended ? null : was.fault, failures: 0, retryAt: null } : {}
      set(turn, { switching: { ...was, ...cleared, phase: event.state } })
      if (was.phase === event.state) return
      freshDisplay(turn, event.state, now.mono)
      // Found so at a start: nobody switched anything.
      if (was.phase === 'unknown' && !asTold) return
      const why = asTold ? event.detail : (was.fault?.step ?? event.detail)
      return note(turn, { want: event.state, stage: 'done', why, step: null, ms })
    }
  }
}

/** What comes up has forgotten everything. What a start finds lit is only taken over, and known as it reads. */
const rises = (turn: Turn, was: Switching): void => {
  if (was.phase === 'rising' || was.phase === 'taking-over') return
  if (was.phase === 'unknown') return set(turn, { switching: { ...was, phase: 'taking-over' } })
  set(turn, {
    switching: { ...was, phase: 'rising' },
    display: { ...turn.state.display, observed: null, fault: null, holds: {} },
  })
}

/** Off: nothing is known of it any more. On: it answered the sequence, so it is there, and it is read anew at once. */
const freshDisplay = (turn: Turn, power: 'on' | 'off', now: Mono): void => {
  const { display } = turn.state
  if (power === 'off') return set(turn, { display: { ...display, observed: null, fault: null, holds: {} } })
  const link = display.link === 'none' ? 'none' : 'up'
  set(turn, { display: { ...display, link, fault: null, silentUntil: now, observeAt: now } })
}

type Failure = PowerFault & { readonly way: 'on' | 'off'; readonly ms: number | null }

const failed = (turn: Turn, was: Switching, event: Failure): void => {
  const fault = faultOf(event)
  const failures = was.failures + 1
  // Asking an interlock again moves no relay, so it need not wait ever longer.
  const pause = isInterlock(fault) ? AGAIN_MS : Math.min(AGAIN_MOST_MS, AGAIN_MS * 2 ** Math.min(failures - 1, 10))
  set(turn, {
    switching: {
      ...was,
      fault: { ...fault, way: event.way },
      failures,
      // What could not be switched off may still have power.
      phase: event.way === 'off' ? 'stuck' : was.phase,
      retryAt: after(turn.state.now.mono, duration(pause)),
    },
  })
  // The same failure again for the same wish is no news: one that lasts fills no disk.
  if (was.failures > 0 && was.fault?.kind === fault.kind && was.fault.step === fault.step) return
  note(turn, { want: event.way, stage: 'failed', why: fault.detail, step: fault.step, ms: event.ms })
  incident(turn, fault)
}

const faultOf = ({ kind, step, detail }: PowerFault): PowerFault => ({ kind, step, detail })

const incident = (turn: Turn, { kind, step, detail }: PowerFault): void =>
  record(turn, {
    kind: 'incident',
    type: 'TECHNICAL',
    what: 'power',
    detail: `${step}: ${kind}: ${detail}`,
    fault: null,
  })
