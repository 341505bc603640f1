import { dateOf } from '../base/time.ts'
import type { Reading } from '../base/units.ts'
import type { FaultId } from '../contract/faults.ts'
import type { StatusReport } from '../contract/link.ts'
import { ASSET_WAIT_NAMES } from '../contract/words.ts'
import { manualKey, manualText } from '../screen/manual.ts'
import { periodsNow } from './airtime.ts'
import { missingAssets } from './claims.ts'
import { powerNow } from './lit.ts'
import { mayRead, powerWords } from './power.ts'
import { desire } from './screen.ts'
import type { State } from './state.ts'
import { scheduleAssets } from './turn.ts'

/** What only the shells know. */
export type StatusExtras = {
  /** The clocks now: the state's own reading is as old as its last step. */
  readonly clock: Reading
  readonly playlog: StatusReport['playlog']
  readonly assets: Pick<StatusReport['assets'], 'bytes' | 'fetching' | 'waiting'>
  readonly process: StatusReport['process']
  /** Faults of the shells themselves, beside those the engine derives. */
  readonly faults: readonly { readonly id: FaultId; readonly detail: string }[]
}

/** The state as the hub and the technician's page see it. */
export const statusOf = (state: State, extras: StatusExtras): StatusReport => {
  const { now, display } = state
  const { clock } = extras
  const seen = display.observed
  const wanted = scheduleAssets(state).length
  return {
    clock: { wall: clock.wall, mono: Math.max(0, clock.mono), quality: clock.quality, bootId: clock.bootId },
    startedAt: state.startedAt.wall,
    version: state.site.version,
    screen: screenOf(state),
    power: powerNow(state).power,
    display: {
      // What is not asked because it has no power is not up.
      link: mayRead(state) ? display.link : 'down',
      fault: powerWords(state) ?? (display.fault ? `${display.fault.kind}: ${display.fault.detail}` : null),
      model: seen?.model ?? null,
      firmware: seen?.firmware ?? null,
      brightness: seen?.brightness ?? null,
      wantBrightness: desire(state).brightness,
      blackout: seen?.blackout ?? null,
      testPattern: seen?.testPattern ?? null,
      freeze: seen?.freeze ?? null,
      input: seen?.input ?? null,
      signal: seen?.signal ?? null,
      temperature: seen?.temperature ?? null,
      voltage: seen?.voltage ?? null,
      cards: seen?.cards ?? null,
    },
    player: {
      state: state.player.up ? 'up' : 'down',
      fault: state.player.fault,
      restarts: state.counters.playerRestarts,
    },
    airtime: { date: dateOf(now.wall, state.policy.zone.offsetMinutes), periods: [...periodsNow(state)] },
    orders: state.orders.entries.slice(0, 50).map((e) => ({
      id: e.order.id,
      class: e.order.class,
      state: e.state,
      expiresAt: e.order.expiresAt,
      headline: e.order.texts[0]?.headline ?? '',
    })),
    schedule: {
      version: state.schedule?.document.version ?? 0,
      items: Object.keys(state.schedule?.items ?? {}).length,
      refused: state.schedule?.refused.length ?? 0,
    },
    registry: state.registry?.registry.version ?? 0,
    assets: { ...extras.assets, have: wanted - missingAssets(state), want: wanted },
    playlog: extras.playlog,
    process: extras.process,
    ...(state.manual.length === 0 && state.technician === null ? {} : { manual: manualOf(state) }),
    faults: [
      ...Object.entries(state.faults).map(([id, detail]) => ({
        id,
        detail: `${detail ?? ''}${id === 'asset-missing' ? waitText(extras.assets.waiting) : ''}`,
      })),
      ...extras.faults,
    ].slice(0, 50),
  }
}

const manualOf = ({ manual, technician, now }: State): NonNullable<StatusReport['manual']> => [
  ...(technician === null
    ? []
    : [
        {
          what: 'pattern',
          value: technician.pattern,
          person: technician.person,
          leftMs: Math.max(0, technician.until - now.mono),
        },
      ]),
  ...manual.map(({ wish, person, until }) => ({
    what: manualKey(wish),
    value: manualText(wish),
    person,
    leftMs: Math.max(0, until - now.mono),
  })),
]

const waitText = (waiting: StatusReport['assets']['waiting']): string =>
  waiting === null ? '' : ` (${ASSET_WAIT_NAMES[waiting].vi} · ${ASSET_WAIT_NAMES[waiting].en})`

/** A test chart is none of the contract's pictures; its title says what it is. */
const SHOWS = { dark: 'nothing', chart: 'standing', item: 'item', order: 'order', standing: 'standing' } as const

const screenOf = (state: State): StatusReport['screen'] => {
  const { playing, verdict, screen, now } = state
  const winner = verdict?.winner
  const base = { lit: screen.lit, claim: winner?.id ?? 'none', rank: winner?.rank ?? 'fallback' } as const
  if (!playing) {
    const dark = winner?.want.want === 'dark'
    return {
      ...base,
      show: dark ? 'dark' : 'nothing',
      title: '',
      item: null,
      category: null,
      order: winner?.order ?? null,
      since: now.wall,
      why: winner?.want.want === 'dark' ? winner.want.why : (state.player.fault ?? ''),
      proof: 'commanded',
    }
  }
  return {
    ...base,
    show: SHOWS[playing.scene.scene],
    title: playing.open.title,
    item: playing.open.item,
    category: playing.open.category,
    order: playing.open.order,
    since: playing.since.wall,
    why: playing.open.why,
    proof: playing.proof,
  }
}
