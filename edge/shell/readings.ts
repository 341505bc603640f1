import type { SessionStats } from '#controller/bus/meter.ts'
import { FAULT_IDS } from '#core/contract/faults.ts'
import type { StatusReport } from '#core/contract/link.ts'
import { ORDER_CLASSES } from '#core/emergency/order.ts'
import { silenceExpected } from '#core/engine/power.ts'
import type { State } from '#core/engine/state.ts'
import { supplyOf } from '#core/engine/supply.ts'
import { type Budget, FORECAST_DAYS } from '#core/evidence/budget.ts'
import { POWER_PHASES } from '#core/metrics/labels.ts'
import type { EdgeReadings } from '#core/metrics/readings.ts'
import { energyJoules } from '#core/power/runtime.ts'
import { PLAYER_TROUBLES, type PlayerTrouble } from '#core/screen/scene.ts'
import { airtimeReadings } from './airtime-readings.ts'
import { seriesOfCounts } from './counts.ts'
import type { Health } from './health.ts'
import type { LinkState } from './linkstate.ts'
import { sensorReadings } from './sensor-readings.ts'
import { type TrustFacts, trustReadings } from './trust-readings.ts'

/** What a scrape needs beside the state and the status. */
export type ReadingExtras = {
  readonly stats: SessionStats | null
  readonly playerRestarts: number
  readonly playerTrouble: Readonly<Record<PlayerTrouble, number>>
  readonly diskFreeBytes: number | null
  readonly budget: Budget
  /** Wall time of the newest record, ms; null on an empty log. */
  readonly logHeadWall: number | null
  readonly trust: TrustFacts
  /** The computer itself. */
  readonly health: Pick<Health, 'machine' | 'probe'>
  /** Null while there is no link to a hub to speak of. */
  readonly link: Pick<LinkState, 'roundTripMs' | 'redials'> | null
}

const seconds = (ms: number | null): number | null => (ms === null ? null : ms / 1000)

const machineReadings = ({
  machine,
  probe,
}: Pick<Health, 'machine' | 'probe'>): Pick<
  EdgeReadings,
  'boardTemperature' | 'boardUndervoltage' | 'diskErrorsTotal' | 'storageLifeUsed' | 'diskWriteProbe'
> => {
  const { boardCelsius, undervoltage, ext4, storage } = machine
  const used = storage.flatMap((one) => (one.lifeUsed === null ? [] : [one.lifeUsed]))
  const volts = undervoltage && { now: Number(undervoltage.now), since_boot: Number(undervoltage.sinceBoot) }
  return {
    boardTemperature: boardCelsius,
    boardUndervoltage: volts ? seriesOfCounts('when', volts) : [],
    diskErrorsTotal: ext4.length === 0 ? null : ext4.reduce((sum, { errors }) => sum + errors, 0),
    storageLifeUsed: used.length === 0 ? null : Math.max(...used),
    diskWriteProbe: seconds(probe?.ms ?? null),
  }
}

const secondsOf = (days: number | null): number | null => (days === null ? null : days * 86_400)

/** One consistent moment of the whole daemon, as the catalogue wants it (core/metrics/catalogue.ts). Unknown is null, never 0. */
export const edgeReadings = (state: State, status: StatusReport, extras: ReadingExtras): EdgeReadings => {
  const { stats } = extras
  const { display } = status
  const flag = (value: boolean | null) => (value === null ? null : Number(value))
  const active = status.orders.filter((o) => o.state === 'active')
  return {
    info: [{ labels: { version: status.version, cluster_class: state.site.clusterClass }, value: 1 }],
    startTime: status.startedAt / 1000,
    residentBytes: status.process.rssBytes,
    ...airtimeReadings(state, status),
    playsTotal: seriesOfCounts('cause', state.counters.plays) as EdgeReadings['playsTotal'],
    documentsRefusedTotal: seriesOfCounts(
      'reason',
      state.counters.documentsRefused,
    ) as EdgeReadings['documentsRefusedTotal'],
    refusedTotal: seriesOfCounts('reason', state.counters.contentRefused) as EdgeReadings['refusedTotal'],
    // Every class and every fault, also at 0: a panel or an alert must be able to tell "none" from "not measured".
    ordersActive: ORDER_CLASSES.map((c) => ({
      labels: { class: c },
      value: active.filter((o) => o.class === c).length,
    })),
    ordersRefusedTotal: seriesOfCounts('reason', state.counters.ordersRefused) as EdgeReadings['ordersRefusedTotal'],
    screenLit: Number(status.screen.lit === 'lit'),
    screenWanted: Number(status.power === 'on'),
    powerPhase:
      state.switching === null
        ? []
        : POWER_PHASES.map((phase) => ({ labels: { phase }, value: Number(state.switching?.phase === phase) })),
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
      ? seriesOfCounts('kind', {
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
    ...trustReadings(state, status.clock.quality, extras.trust),
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
    hubRoundTrip: seconds(extras.link?.roundTripMs ?? null),
    hubRedialsTotal: extras.link?.redials ?? null,
    ...machineReadings(extras.health),
    scheduleVersion: status.schedule.version,
    assetsWanted: status.assets.want - status.assets.have,
    faultActive: FAULT_IDS.map((fault) => ({
      labels: { fault },
      value: Number(status.faults.some((f) => f.id === fault)),
    })),
  }
}

/** How long it ran, what it drew, and what feeds it. The estimate needs the site's watts. */
const runtimeReadings = (
  state: State,
): Pick<EdgeReadings, 'runtimeTotal' | 'startsTotal' | 'energyTotal' | 'mains' | 'batteryCharge'> => {
  const { totals } = state.runtime
  const { watts } = state.site
  const { mains, battery, charge } = supplyOf(state)
  const known = mains ?? (battery === null ? null : !battery)
  return {
    runtimeTotal: seriesOfCounts('state', {
      lit: totals.litMs / 1000,
      dark: totals.darkMs / 1000,
      unknown: totals.unknownMs / 1000,
    }),
    startsTotal: seriesOfCounts('what', { power: totals.powerStarts, light: totals.lightStarts }),
    energyTotal: watts === null ? null : energyJoules(totals, watts),
    mains: known === null ? null : Number(known),
    batteryCharge: charge === null ? null : charge / 100,
  }
}
