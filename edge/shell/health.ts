import { open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Wake } from '#core/base/ports.ts'
import { duration } from '#core/base/units.ts'
import type { FaultId } from '#core/contract/faults.ts'
import { type Machine, readMachine, spaceOf } from './machine.ts'

/** The computer itself, watched: its readings, a write probe of its disk, and the faults that follow from them. */
export type Health = {
  readonly machine: Machine
  readonly probe: WriteProbe | null
}
/** 4 KiB written and synchronised in the data folder. */
export type WriteProbe = {
  /** Wall milliseconds when it began. */
  readonly at: number
  /** Null: it did not come back yet, or failed. */
  readonly ms: number | null
  readonly error: string | null
}
export type HealthFault = { readonly id: FaultId; readonly detail: string }
export type HealthKeeper = {
  readonly read: () => Health
  readonly faults: () => readonly HealthFault[]
  readonly stop: () => void
}

/** The machine is read at most this often, ms: everybody who asks within it gets the same answer. */
const FRESH_MS = 5_000
/** Between write probes, ms: 0.6 MB a day. The first comes soon after the start. */
const PROBE_EVERY_MS = 600_000
const PROBE_FIRST_MS = 20_000
const PROBE_BYTES = 4_096
export const PROBE_FILE = 'write-probe.tmp'
/** A disk that takes longer than this for 4 KiB is failing, ms (SD cards pause up to half a second while they tidy up). */
export const SLOW_PROBE_MS = 5_000
/** A Raspberry Pi slows itself down from 80 °C on. Hot until it has cooled to the second, °C. */
export const HOT_CELSIUS = [80, 75] as const
/** An eMMC that has used so much of its life is to be replaced. */
export const WORN_RATIO = 0.9

/** Errors and wear, each as one short text; empty when the disk says nothing bad. */
const diskTroubles = ({ machine, probe }: Health): readonly string[] => [
  ...machine.ext4.flatMap(({ device, errors, lastFunction }) =>
    errors > 0 ? [`${device}: ${errors} ext4 error(s)${lastFunction ? `, ${lastFunction}` : ''}`] : [],
  ),
  ...machine.mounts.flatMap(({ what, readOnly, device, at }) =>
    what === 'data' && readOnly ? [`${device}: ${at} is read-only`] : [],
  ),
  ...machine.storage.flatMap(({ device, lifeUsed, endOfLife }) => [
    ...(lifeUsed !== null && lifeUsed >= WORN_RATIO ? [`${device}: ${Math.round(lifeUsed * 100)} % of its life`] : []),
    ...(endOfLife === 'urgent' ? [`${device}: pre_eol_info urgent`] : []),
  ]),
  ...(probe?.error ? [`write probe: ${probe.error}`] : []),
  ...((probe?.ms ?? 0) > SLOW_PROBE_MS ? [`write probe took ${Math.round(probe?.ms ?? 0)} ms`] : []),
]

/** The faults of a reading; `wasHot`: the reading before it was. */
export const healthFaults = (health: Health, wasHot: boolean): readonly HealthFault[] => {
  const { undervoltage, boardCelsius } = health.machine
  const troubles = diskTroubles(health)
  const [hot, cool] = HOT_CELSIUS
  const isHot = boardCelsius !== null && boardCelsius >= (wasHot ? cool : hot)
  const volts = undervoltage?.now ? 'lúc này · now' : undervoltage?.sinceBoot ? 'từ khi bật máy · since boot' : null
  return [
    ...(volts === null ? [] : [{ id: 'undervoltage' as const, detail: volts }]),
    ...(troubles.length === 0 ? [] : [{ id: 'disk-errors' as const, detail: troubles.join('; ').slice(0, 400) }]),
    ...(isHot ? [{ id: 'board-hot' as const, detail: `${boardCelsius} °C` }] : []),
  ]
}

/** Writes 4 KiB and waits until the disk has them. Never throws; removes what it wrote. */
export const probeWrite = async (dataDir: string, wall: number): Promise<WriteProbe> => {
  const path = join(dataDir, PROBE_FILE)
  const began = performance.now()
  try {
    const file = await open(path, 'w', 0o600)
    try {
      await file.write(Buffer.alloc(PROBE_BYTES, 1))
      await file.datasync()
    } finally {
      await file.close()
    }
    const ms = performance.now() - began
    await rm(path, { force: true })
    return { at: wall, ms, error: null }
  } catch (error) {
    return { at: wall, ms: null, error: error instanceof Error ? error.message : String(error) }
  }
}

/** `root` stands for `/`. */
export const watchHealth = (of: {
  readonly root: string
  readonly dataDir: string
  readonly wake: Wake
  readonly wall: () => number
  readonly mono: () => number
}): HealthKeeper => {
  const run = {
    machine: null as Machine | null,
    readAt: 0,
    probe: null as WriteProbe | null,
    wasHot: false,
    cancel: () => {},
    stopped: false,
  }
  const read = (): Health => {
    if (run.machine === null || of.mono() - run.readAt >= FRESH_MS) {
      run.machine = readMachine({ root: of.root, dataDir: of.dataDir, space: () => spaceOf(of.dataDir) })
      run.readAt = of.mono()
    }
    return { machine: run.machine, probe: run.probe }
  }
  // Awaited by nobody: a card that hangs for minutes must hang nothing else, and the next probe waits for this one.
  const probe = async (): Promise<void> => {
    const began = of.wall()
    run.cancel = of.wake(duration(SLOW_PROBE_MS), () => {
      run.probe = { at: began, ms: null, error: `no answer of the disk within ${SLOW_PROBE_MS} ms` }
    })
    const done = await probeWrite(of.dataDir, began)
    run.cancel()
    if (run.stopped) return
    run.probe = done
    run.cancel = of.wake(duration(PROBE_EVERY_MS), () => void probe())
  }
  run.cancel = of.wake(duration(PROBE_FIRST_MS), () => void probe())
  return {
    read,
    faults: () => {
      const faults = healthFaults(read(), run.wasHot)
      run.wasHot = faults.some(({ id }) => id === 'board-hot')
      return faults
    },
    stop: () => {
      run.stopped = true
      run.cancel()
    },
  }
}
