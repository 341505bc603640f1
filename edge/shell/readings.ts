import type { SessionStats } from '#controller/bus/meter.ts'
import { totalsAt } from '#core/airtime/ledger.ts'
import { FAULTS } from '#core/contract/faults.ts'
import type { StatusReport } from '#core/contract/link.ts'
import { ORDER_CLASSES } from '#core/emergency/order.ts'
import { silenceExpected } from '#core/engine/power.ts'
import type { State } from '#core/engine/state.ts'
import { supplyOf } from '#core/engine/supply.ts'
import { type Budget, FORECAST_DAYS } from '#core/evidence/budget.ts'
import { SHORTFALL_CAUSES } from '#core/evidence/record.ts'
import { PERIODS } from '#core/metrics/catalogue.ts'
import type { EdgeReadings } from '#core/metrics/readings.ts'
import { energyMilliwattHours, runtimeAt } from '#core/power/runtime.ts'
import { PLAYER_TROUBLES, type PlayerTrouble } from '#core/screen/scene.ts'
import { sensorReadings } from './sensor-readings.ts'

/** What a scrape needs beside the state and the status. */
export type ReadingExtras = {
  readonly stats: SessionStats | null
  readonly playerRestarts: number
  readonly playerTrouble: Readonly<Record<PlayerTrouble, number>>
  readonly diskFreeBytes: number | null
  readonly budget: Budget
  /** Wall time of the newest record, ms; null on an empty log. */
  readonly logHeadWall: number | null
}

/** A number for each member of a record, as series with one label. */
const series = <L extends string, T extends string>(label: L, counts: Readonly<Partial<Record<T, number>>>) =>
  Object.entries<number | undefined>(counts).map(([value, n]) => ({
    labels: { [label]: value } as { readonly [K in L]: T },
    value: n ?? 0,
  }))

const secondsOf = (days: number | null): number | null => (days === null ? null : days * 86_400)

/** One consistent moment of the whole daemon, as the catalogue wants it (core/metrics/catalogue.ts). Unknown is null, never 0. */
export const edgeReadings = (state: State, status: StatusReport, extras: ReadingExtras): EdgeReadings => {
  const totals = totalsAt(state.ledger, state.now)
  const { stats } = extras
  const { display } = status
  const flag = (value: boolean | null) => (value === null ? null : Number(value))
  const periods = (read: (p: StatusReport['airtime']['periods'][number]) => number) =>
    PERIODS.flatMap((period) => {
      const found = status.airtime.periods.find((p) => p.period === period)
      return found ? [{ labels: { period }, value: read(found) }] : []
    })
  const { byCategory, ...screen } = totals
  const inSeconds = <T extends string>(ms: Readonly<Partial<Record<T, number>>>) =>
    Object.fromEntries(Object.entries<number | undefined>(ms).map(([k, v]) => [k, (v ?? 0) / 1000])) as Partial<
      Record<T, number>
    >
  const active = status.orders.filter((o) => o.state === 'active')
  return {
    info: [{ labels: { version: status.version, cluster_class: state.site.clusterClass }, value: 1 }],
    startTime: status.startedAt / 1000,
    residentBytes: status.process.rssBytes,
    airtimeToday: periods((p) => p.deliveredMs / 1000),
    airtimeFloor: periods((p) => p.floorMs / 1000),
    airtimeFeasible: periods((p) => Number(p.feasible)),
    airtimeLeft: periods((p) => p.leftMs / 1000),
    airtimeShort: PERIODS.flatMap((period) => {
      const found = status.airtime.periods.find((p) => p.period === period)
      return found === undefined
        ? []
        : SHORTFALL_CAUSES.map((cause) => ({
            labels: { period, cause },
            value: found.cause === cause ? found.shortMs / 1000 : 0,
          }))
    }),
    airtimeTotal: series('state', inSeconds(screen)),
    categoryTotal: series('category', inSeconds(byCategory)),
    playsTotal: series('cause', state.counters.plays),
    refusedTotal: series('reason', state.counters.contentRefused) as EdgeReadings['refusedTotal'],
    // Every class and every fault, also at 0: a panel or an alert must be able to tell "none" from "not measured".
    ordersActive: ORDER_CLASSES.map((c) => ({
      labels: { class: c },
      value: active.filter((o) => o.class === c).length,
    })),
    ordersRefusedTotal: series('reason', state.counters.ordersRefused) as EdgeReadings['ordersRefusedTotal'],
    screenLit: Number(status.screen.lit === 'lit'),
    screenWanted: Number(status.power === 'on'),
    displayUp: display.link === 'none' || silenceExpected(state) ? null : Number(display.link === 'up'),
    brightness: display.brightness === null ? null : display.brightness / 100,
    temperature: display.temperature,
    voltage: display.voltage,
    signal: flag(display.signal),
    cards: display.cards,
    ...sensorReadings(state),
    ...runtimeReadings(state),
    exchangesTotal: stats?.exchanges ?? null,
    exchangeFaultsTotal: stats
      ? series('kind', {
          retry: stats.retries,
          timeout: stats.timeouts,
          checksum: stats.checksumErrors,
          noise: stats.noiseBytes,
        })
      : [],
    playerUp: Number(status.player.state === 'up'),
    playerRestartsTotal: extras.playerRestarts,
    playerTroubleTotal: PLAYER_TROUBLES.map((trouble) => ({
      labels: { trouble },
      value: extras.playerTrouble[trouble],
    })),
    clockSynced: { synced: 1, holdover: 0.5, unset: 0 }[status.clock.quality],
    clockStepsTotal: state.counters.clockSteps,
    logHead: status.playlog.head,
    logUploaded: status.playlog.uploaded,
    logHeadTime: extras.logHeadWall === null ? null : extras.logHeadWall / 1000,
    logBytes: status.playlog.bytes,
    logWritable: Number(status.playlog.writable),
    diskFree: extras.diskFreeBytes,
    diskLeft: secondsOf(extras.budget.daysLeft ?? (extras.budget.fits === true ? FORECAST_DAYS : null)),
    logBytesPerDay: extras.budget.basis === 'none' ? null : extras.budget.bytesPerDay,
    logBytesNeeded: extras.budget.basis === 'none' ? null : extras.budget.neededBytes,
    hubConnected: Number(state.hub === 'up'),
    scheduleVersion: status.schedule.version,
    assetsWanted: status.assets.want - status.assets.have,
    faultActive: Object.keys(FAULTS).map((fault) => ({
      labels: { fault },
      value: Number(status.faults.some((f) => f.id === fault)),
    })),
  }
}

/** How long it ran, what it drew, and what feeds it. The estimate needs the site's watts; milliwatt hours to joules: × 3.6. */
const runtimeReadings = (
  state: State,
): Pick<EdgeReadings, 'runtimeTotal' | 'startsTotal' | 'energyTotal' | 'mains' | 'batteryCharge'> => {
  const { totals } = runtimeAt(state.runtime, state.now)
  const { watts } = state.site
  const { mains, battery, charge } = supplyOf(state)
  const known = mains ?? (battery === null ? null : !battery)
  return {
    runtimeTotal: series('state', {
      lit: totals.litMs / 1000,
      dark: totals.darkMs / 1000,
      unknown: totals.unknownMs / 1000,
    }),
    startsTotal: series('what', { power: totals.powerStarts, light: totals.lightStarts }),
    energyTotal: watts === null ? null : energyMilliwattHours(totals, watts) * 3.6,
    mains: known === null ? null : Number(known),
    batteryCharge: charge === null ? null : charge / 100,
  }
}
