import { duration, type Instant, instant, mono, type Reading } from '../base/units.ts'
import { LOCAL_ISSUER, LONGEST_LOCAL_MS } from '../emergency/preset.ts'
import { blankFace, enter, presetOf, setOn } from './local-book.ts'
import type { LocalDurable, LocalOn } from './local-state.ts'
import type { State } from './state.ts'
import { record, type Turn } from './turn.ts'

/** Local orders over a restart. */

export const localDurable = ({ local, now }: Pick<State, 'local' | 'now'>): readonly LocalDurable[] =>
  local.on.map(({ source, order, hash, since: began, until, hold, by }) => ({
    source,
    order,
    hash,
    // A clock that is not set may be years behind the one that it began by: then only what is left says something.
    since: now.quality === 'unset' ? Math.min(began.wall, now.wall) : began.wall,
    until: now.wall + (until - now.mono),
    hold,
    unset: now.quality === 'unset' || began.quality === 'unset',
    by,
  }))

/** After a restart: what was on is on again for what is left of it, and its contact then says what is true. */
export const wakeLocal = (turn: Turn, durable: readonly LocalDurable[], lastWall: Instant | null): void => {
  for (const one of durable) {
    const { now } = turn.state
    const face = one.by === null ? presetOf(turn.state, one.source) : blankFace(one.by)
    const hold = duration(Math.min(one.hold ?? LONGEST_LOCAL_MS, face?.hold ?? LONGEST_LOCAL_MS))
    const left = leftOf(one, { now, lastWall, hold })
    const on: LocalOn = {
      ...one,
      // A time that was never right tells nobody when it began.
      since: { ...now, wall: one.unset ? now.wall : instant(one.since), bootId: 'before' },
      notBefore: now.mono,
      until: mono(now.mono + left),
      saved: mono(now.mono + left),
      hold,
    }
    if (face !== undefined && face.hash === one.hash) {
      setOn(turn, [...turn.state.local.on, on])
      enter(turn, on)
      continue
    }
    // Another configuration: what was asked for is no longer what would be shown. A contact that still asks begins anew.
    record(turn, {
      kind: 'order',
      order: one.order,
      class: null,
      stage: 'ended',
      reason: 'cancelled',
      document: null,
      issuer: `${LOCAL_ISSUER}${one.source}`,
      key: null,
      detail: 'cấu hình đã đổi · the configuration has changed',
    })
  }
}

/**
 * Never more than its hold or its own length, however often it was renewed; without two readings of a clock that can be compared, all of
 * that: fail visible. Milliseconds.
 */
const leftOf = (
  one: LocalDurable,
  { now, lastWall, hold }: { readonly now: Reading; readonly lastWall: Instant | null; readonly hold: number },
): number => {
  // A key that was left turned for a day is not to be shown for a day more when nobody can read its contact any longer.
  const length = Math.min(hold, LONGEST_LOCAL_MS, Math.max(0, one.until - one.since))
  if (one.unset !== (now.quality === 'unset')) return length
  const known = now.quality === 'unset' ? Math.max(lastWall ?? one.since, one.since) : now.wall
  return Math.min(length, Math.max(0, one.until - known))
}
