import { prng } from '#core/base/prng.ts'
import { startFleet } from '../support/fleet.ts'
import { makeFleetHub, mannerOf } from '../support/fleet-hub.ts'
import { type Say, withOptions } from '../support/options.ts'
import { judge, release, type Sent } from './orders.ts'
import { layWire, type Wire, whyNoWire } from './wire.ts'

const WORDS = `npm run soak -- --only netem [--minutes 5] [--edges 20] [--loss 30] [--delay 600] [--seed 1]`
/** Between orders; how long the line is whole and how long it is cut, at the most; how long orders last. ms */
const EVERY_MS = 10_000
const WHOLE_MS = 40_000
const CUT_MS = 25_000
const LASTS_MS = [15_000, 40_000, 3_600_000] as const
/** After the last order, until everything in force must be everywhere: dials, silence and repeats at 30 % loss take their time. */
const SETTLE_MS = 300_000

const pause = (ms: number) => new Promise((done) => setTimeout(done, ms))

const NUMBERS = {
  minutes: { standard: 5, least: 0.5 },
  edges: { standard: 20, least: 1, whole: true },
  loss: { standard: 30, least: 0 },
  delay: { standard: 600, least: 0 },
  seed: { standard: 1, least: 0, whole: true },
} as const
type Options = { readonly [N in keyof typeof NUMBERS]: number }

/** The long form of the lossy network: real packets, real TCP, real times of the link. */
export const run = (args: readonly string[], say: Say): Promise<number> =>
  withOptions({ args, say, help: WORDS, numbers: NUMBERS }, (options) => {
    const why = whyNoWire()
    if (why === null) return overTheWire(options, say)
    say(`✗ netem: ${why}`)
    return 1
  })

const overTheWire = async (options: Options, say: Say): Promise<number> => {
  const weather = { lost: options.loss / 100, delayMs: options.delay / 2, cut: false }
  say(
    `${options.edges} cụm · edges, ${options.loss} % mất gói mỗi chiều · packets lost each way, ${options.delay} ms đi và về · there and back`,
  )
  const wire = await layWire(options.seed)
  const stops: (() => Promise<void>)[] = [wire.stop]
  try {
    const hub = await makeFleetHub({
      ...{ sites: options.edges, within: null, tls: false, host: wire.here },
      ...{ before: [], nodeArgs: [] },
    })
    stops.unshift(hub.remove)
    await hub.start()
    const manner = mannerOf(hub, { statusMs: 2_000, spread: false })
    const fleet = await startFleet({ seats: hub.seats, manner, processes: 1, within: wire.within })
    stops.unshift(fleet.stop)
    await fleet.dial()
    await fleet.untilConnected(60_000)
    const officer = await hub.officer('tructinh')
    await wire.setWeather(weather)
    const end = performance.now() + options.minutes * 60_000
    const partitions = breakNowAndThen(wire, { weather, seed: options.seed, end })
    const sent: Sent[] = []
    while (performance.now() < end) {
      const lastsMs = LASTS_MS[sent.length % LASTS_MS.length] ?? EVERY_MS
      sent.push(await release(officer, hub.seats, lastsMs))
      say(`  ${sent.length}: ${await fleet.connected()} nối · connected`)
      await pause(EVERY_MS)
    }
    say(`  đứt đường · partitions: ${await partitions}`)
    const began = performance.now()
    for (const { id, expiresAt } of sent)
      if (expiresAt > Date.now()) await fleet.untilAcknowledged(id, 'shown', SETTLE_MS)
    const seen = await judge(fleet, sent, Date.now())
    const { packets, lost } = await wire.counts()
    say(`  sau lệnh cuối · after the last order: ${((performance.now() - began) / 1000).toFixed(1)} s`)
    say(`  gói · packets: ${packets}, mất · lost: ${lost} (${((100 * lost) / packets).toFixed(0)} %)`)
    say(
      `  ${seen.orders} lệnh · orders × ${seen.edges}: hiện · shown ${seen.shown}, nhắc lại · told again ${seen.toldAgain}, quá hạn · too late ${seen.tooLate}`,
    )
    for (const fault of seen.faults.slice(0, 20)) say(`✗ ${fault}`)
    say(
      seen.faults.length === 0
        ? '✓ không lệnh nào mất, hiện hai lần hay quá hạn · none lost, twice, or after its end'
        : `✗ ${seen.faults.length}`,
    )
    return seen.faults.length === 0 ? 0 : 1
  } finally {
    for (const stop of stops) await stop()
  }
}

/** Cuts the line now and then until the end, and leaves it whole; gives how often it was cut. */
const breakNowAndThen = async (
  wire: Wire,
  of: {
    readonly weather: { lost: number; delayMs: number; cut: boolean }
    readonly seed: number
    readonly end: number
  },
): Promise<number> => {
  const random = prng(of.seed)
  let cuts = 0
  while (performance.now() < of.end) {
    await pause(Math.min(of.end - performance.now(), WHOLE_MS * (0.25 + 0.75 * random.next())))
    if (performance.now() >= of.end) break
    cuts += 1
    await wire.setWeather({ ...of.weather, cut: true })
    await pause(CUT_MS * (0.2 + 0.8 * random.next()))
    await wire.setWeather(of.weather)
  }
  return cuts
}
