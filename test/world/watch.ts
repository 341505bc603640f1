import type { Item } from '#core/content/item.ts'
import type { Event } from '#core/engine/event.ts'
import type { State } from '#core/engine/state.ts'
import type { OpenRecord, RecordBody } from '#core/evidence/record.ts'
import type { Scene } from '#core/screen/scene.ts'
import type { Playlog } from '#edge/shell/playlog.ts'
import { type AdWatch, createAdWatch } from './ads.ts'
import { isValid, judgeAffordable } from './airtime.ts'
import { judgeBounds } from './bounds.ts'
import { minuteAt, playableMs } from './calendar.ts'
import type { Watch } from './edge.ts'
import type { EvidenceWatch } from './evidence.ts'
import type { Judge } from './judge.ts'
import { isShared, type OrderOracle } from './orders.ts'

type Body = RecordBody
type Step = Parameters<Watch['stepped']>[0]

/** Looks at every step of the engine: what it asks for and what it writes down. */
export const createStepWatch = (of: {
  readonly judge: Judge
  readonly now: () => number
  readonly oracle: OrderOracle
  readonly evidence: EvidenceWatch
  readonly log: () => Playlog | null
  /** Wall clock of the edge minus the true one is this, ms. */
  readonly clockError: () => number
  readonly played: (body: Body, state: State) => void
}) => {
  const { judge, now, oracle, evidence } = of
  /** When each play that is open began, by the clock that tells the truth. */
  const begun = new Map<string, number>()
  /** Plays whose records are not known to be on the disk. */
  const unwritten = new Set<string>()
  const boot = { at: 0, cutAt: null as number | null, steps: 0 }
  const ads = { watch: null as AdWatch | null }

  const opened = (open: OpenRecord, step: Step): void => {
    begun.set(open.play, now())
    const { state } = step
    const split = splits(step.effects)
    if (open.order !== null) exercise(open, state)
    const item = state.schedule?.items[open.item]
    if (item === undefined) {
      const byHand = state.manual.some(({ wish }) => wish.what === 'chart' && open.item === `chart:${wish.chart.name}`)
      const drawn = open.item === 'standing' || open.order !== null || (byHand && !open.counts)
      return judge.hold('validity', drawn, () => `${open.item} is opened and in no schedule`)
    }
    const { wall, quality } = state.now
    const trusted = quality !== 'unset'
    if (!split) validity(item, state, trusted)
    ads.watch ??= createAdWatch(judge, state.policy)
    if (item.category !== 'A7_5_ADVERTISING') return
    const scene = step.effects.find((e) => e.effect === 'show')?.scene
    if (scene?.scene === 'item' && state.site.outdoors)
      judge.hold('ad-rules', scene.mute, () => `${item.id} has sound outdoors`)
    const was = splitFrom(step.effects)
    if (split && was !== null) return ads.watch.renamed(was, open.play, now() + item.durationMs)
    ads.watch.opened(open, item, adMoment(state))
    judgeAffordable(judge, state.policy, { at: state, ms: item.durationMs, wall, item: item.id })
  }
  const adMoment = (state: State) => {
    const document = state.schedule?.document
    if (document === undefined) throw new Error('an advertisement without a schedule')
    const { policy } = state
    const { date, inDay } = minuteAt(document, policy, state.now.wall)
    const midnight = Date.parse(`${date}T00:00:00Z`) - policy.zone.offsetMinutes * 60_000
    const live = state.orders.entries.filter((e) => e.state === 'active').map((e) => e.order)
    return {
      now: now(),
      wall: state.now.wall,
      quality: state.now.quality,
      date,
      inDay,
      document,
      mourning: live.some((o) => o.class === 'mourning'),
      emergency: live.some(isShared),
      poweredMs: policy.advertising.dayShareLimit === null ? 0 : poweredToday(state, midnight),
      bootAt: boot.at,
    }
  }
  const poweredToday = (state: State, midnight: number): number => {
    const document = state.schedule?.document
    if (document === undefined) return 0
    const always = { ...document, frames: [], fallbackPlaylist: 'any' }
    return playableMs(always, state.policy, { from: midnight, to: midnight + 86_400_000 })
  }
  const validity = (item: Item, state: State, trusted: boolean): void => {
    const { wall } = state.now
    const permit = item.ad?.permit ?? null
    const permitted =
      item.ad === null ||
      (permit !== null &&
        (permit.sites.length === 0 || permit.sites.includes(state.site.id)) &&
        (!trusted || (permit.validFrom <= wall && wall < permit.validTo)))
    const here = item.asset === null || state.assets.has(item.asset.sha256)
    judge.hold(
      'validity',
      (!trusted || isValid(item, wall)) && permitted && here,
      () =>
        `${item.id} is opened: valid ${item.validFrom}–${item.validTo}, it is ${wall}, permitted ${permitted}, file here ${here}`,
    )
  }
  const exercise = (open: OpenRecord, state: State): void => {
    const order = oracle.known(open.order ?? '')
    if (order === null || open.item !== `order:${order.id}`) return
    const marked = open.why.includes('DIỄN TẬP')
    const right = order.status === 'exercise' ? marked && state.site.exerciseMode && !open.counts : !marked
    judge.hold('exercise', right, () => `order ${order.id} is ${order.status}: "${open.why}", counts ${open.counts}`)
  }
  const closed = (body: Body & { readonly kind: 'close' }): void => {
    const from = begun.get(body.play)
    begun.delete(body.play)
    // What a cut took of a showing after its last record nobody can know, so the rules go by the log; also where the
    // end itself was being written (seed 276).
    ads.watch?.closed(body.play, body.cause === 'power-cut' ? { lastedMs: body.ms } : { at: now() })
    if (from === undefined) return
    if (body.cause === 'power-cut') {
      const most = (boot.cutAt ?? now()) - from
      return judge.hold(
        'true-durations',
        body.ms >= 0 && body.ms <= most + 1,
        () => `${body.play} was cut off after ${most} ms and is said to have lasted ${body.ms}`,
      )
    }
    const lasted = now() - from
    judge.hold(
      'true-durations',
      Math.abs(body.ms - lasted) <= 1,
      () => `${body.play} lasted ${lasted} ms and is said to have lasted ${body.ms} (${body.cause})`,
    )
  }
  const told = (scene: Scene, state: State, event: Event): void => {
    if (scene.scene === 'order') {
      const why = oracle.mustBeOff(scene.order, { now: now(), wall: state.now.wall - of.clockError() })
      judge.hold('order-over', why === null, () => `${scene.order} is told to the player at ${event.event}: ${why}`)
      return
    }
    if (scene.scene !== 'item') return
    judge.hold(
      'asked-for',
      isPlanned(scene.item, state),
      () => `${scene.item} is told, and no frame or list of now has it`,
    )
  }
  /** A cut in the middle of writing that a play begins: evidence comes first, so unless the log has it after all, nobody saw it (seed 171). */
  const forgetUnwritten = (orphan: string | null): void => {
    for (const play of unwritten) {
      if (play === orphan) continue
      begun.delete(play)
      ads.watch?.forget(play)
    }
    unwritten.clear()
  }
  return {
    stepped: (step: Step): void => {
      const { effects, state, event } = step
      boot.steps += 1
      if (event.event === 'woke') forgetUnwritten(event.last.orphan?.play ?? null)
      for (const effect of effects) {
        if (effect.effect === 'show') told(effect.scene, state, event)
        if (effect.effect === 'display' && effect.setting.set === 'brightness') {
          const { value } = effect.setting
          const { brightnessLimit } = state.site
          judge.hold('brightness-limit', value <= brightnessLimit, () => `${value} % of at most ${brightnessLimit} %`)
        }
        if (effect.effect !== 'record') continue
        for (const body of effect.bodies) {
          if (body.kind === 'open') {
            unwritten.add(body.play)
            opened(body, step)
          }
          if (body.kind === 'close') closed(body)
          of.played(body, state)
        }
      }
      judgeSums(judge, state)
      if (boot.steps % 16 === 0) judgeBounds(judge, state, of.log())
    },
    appended: () => {
      unwritten.clear()
      evidence.acknowledged()
    },
    /** The process begins. */
    woke: (): void => {
      boot.at = now()
      evidence.afterStart()
    },
    cut: (): void => {
      boot.cutAt = now()
    },
    ads: () => ads.watch?.count() ?? 0,
  }
}

const judgeSums = (judge: Judge, { ledger }: State): void => {
  for (const day of ledger.days)
    for (const p of day.periods) {
      const sum = p.delivered + p.ads + p.other + p.dark + p.faulted + p.displaced
      if (sum !== p.elapsed || sum < 0)
        judge.hold('sums-exact', false, () => `${day.date} ${p.period}: ${sum} ms in columns, ${p.elapsed} ms elapsed`)
    }
  judge.hold('sums-exact', true, () => '')
}

const bodiesOf = (effects: Step['effects']): readonly Body[] =>
  effects.flatMap((e) => (e.effect === 'record' ? e.bodies : []))
const splitFrom = (effects: Step['effects']): string | null =>
  bodiesOf(effects).flatMap((b) => (b.kind === 'close' && b.cause === 'clock' ? [b.play] : []))[0] ?? null
const splits = (effects: Step['effects']): boolean => splitFrom(effects) !== null

/** Does some list that the schedule names for now hold this item? With an untrusted clock any propaganda list may; what is owed may be made up. */
const isPlanned = (id: string, state: State): boolean => {
  const { schedule, policy, now } = state
  if (schedule === null) return false
  const { document } = schedule
  const lists = new Set<string | null>([document.fallbackPlaylist])
  const frame = now.quality === 'unset' ? null : minuteAt(document, policy, now.wall).frame
  if (frame !== null) lists.add(frame.playlist)
  const named = (id: string): boolean => document.playlists.some((p) => lists.has(p.id) && p.items.includes(id))
  if (named(id)) return true
  // What is owed is made up from the propaganda lists, and never with anything that does not count.
  if (schedule.items[id]?.category === 'A7_5_ADVERTISING') return false
  for (const f of document.frames) if (f.purpose === 'propaganda') lists.add(f.playlist)
  return named(id)
}
