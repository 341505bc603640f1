import type { Order } from '#core/emergency/order.ts'
import type { Client, Sign } from '../support/client.ts'
import { type Demo, untilPlaying } from '../support/demo.ts'
import { ALONE, aCancelNow, anOrderNow, send } from '../support/orders.ts'
import { openProbe } from '../support/pixels.ts'
import { type CutProxy, startProxy } from '../support/proxy.ts'
import { until } from '../support/until.ts'
import { ms, percentile, type Row, spread } from './figures.ts'
import { type Floor, startFloor } from './floor.ts'
import { timeChange } from './watch.ts'

/** Orders measured; the floor is measured after each, so that both see the same machine. */
const ORDERS = 40
/** Orders to all three clusters at once. */
const PRESSES = 20
const SITE = 'LC-MLT-01'
const PANEL = { width: 1280, height: 640 }
const TARGET = { overFloorMs: 20, p99Ms: 200, pressedP99Ms: 300, pressP95Ms: 2_000 }

type Officer = { readonly client: Client; readonly sign: Sign }
type Bench = { readonly demo: Demo; readonly officer: Officer; readonly proxy: CutProxy; readonly floor: Floor }

/** (a) order's arrival at the edge → first changed frame, beside the floor; (b) operator's press → all three acknowledged. */
export const benchOrders = async (demo: Demo): Promise<readonly Row[]> => {
  const officer = await demo.signIn('tructinh')
  const proxy = await startProxy(demo.hubUrl)
  const all = demo.sites.map((s) => s.id)
  const floor = await startFloor(PANEL, anOrderNow(all, { severity: 'extreme' }))
  const bench: Bench = { demo, officer, proxy, floor }
  try {
    await reach(bench)
    await untilPlaying(demo, officer.client, 60_000)
    // A still picture of low severity lies under everything, so that a change on the glass is the order and nothing else.
    const base = anOrderNow(all, { severity: 'minor', riskLevel: 1, breakGlass: ALONE })
    await send(officer, base)
    await untilShown(officer.client, base.id)
    const samples: Samples = { ours: [], pressed: [], floor: [] }
    for (let i = 0; i < ORDERS; i++) {
      await rest(bench, base.id)
      await frame(bench, samples, i)
    }
    const presses: Presses = { accepted: [], shown: [] }
    for (let i = 0; i < PRESSES; i++) await press(bench, presses, all)
    return [...frameRows(samples), pressRow(presses)]
  } finally {
    demo.reroute(SITE, null)
    await floor.stop()
    await proxy.stop()
  }
}

const reach = async ({ demo, officer, proxy }: Bench): Promise<void> => {
  demo.reroute(SITE, proxy.url)
  await until({ what: `${SITE} comes back through the proxy`, atMostMs: 30_000 }, async () =>
    proxy.connections() > 0 && (await officer.client.site(SITE)).connected ? true : undefined,
  )
}

const untilShown = (client: Client, id: string) =>
  until({ what: `order ${id} is shown everywhere`, atMostMs: 20_000 }, async (note) => {
    const view = await client.order(id)
    note(view.sites)
    return view.sites.every((s) => s.shownAt !== null && s.acceptedAt !== null) ? view : undefined
  })

/** Ends an order and waits until it has ended everywhere, so that the next one meets a machine at rest. */
const endIt = async ({ officer }: Bench, order: Order): Promise<void> => {
  await send(officer, aCancelNow(order))
  await until({ what: 'the order ended everywhere', atMostMs: 20_000 }, async () =>
    (await officer.client.order(order.id)).sites.every((s) => s.endedAt !== null) ? true : undefined,
  )
}

/** The edge has looked at its own output and is done with it: nothing is under way at the cluster. */
const rest = ({ officer }: Bench, order: string): Promise<true> =>
  until({ what: `${SITE} is at rest`, atMostMs: 20_000 }, async (note) => {
    const { status } = await officer.client.site(SITE)
    note(status?.screen)
    return status?.screen.order === order && status.screen.proof === 'seen' ? true : undefined
  })

/** `pressed`: from the officer's press, through the hub's API, its store, the link and the edge, to the same frame. */
type Samples = { readonly ours: number[]; readonly pressed: number[]; readonly floor: number[] }

/** One order to one cluster, as in the field, where each cluster has a machine of its own; then the floor once. */
const frame = async (bench: Bench, samples: Samples, i: number): Promise<void> => {
  const { demo, officer, proxy, floor } = bench
  const order = anOrderNow([SITE], {
    severity: 'extreme',
    riskLevel: i % 2 === 0 ? 2 : 5,
    texts: [{ language: 'vi', headline: `Lũ quét số ${i}: rời ngay ven suối`, instruction: 'Lên chỗ cao. Gọi 112.' }],
  })
  const { pixels } = demo.site(SITE)
  const probe = openProbe(pixels, 16)
  const before = probe.look()
  const way = { ms: 0 }
  const { firstFrameMs } = await timeChange(pixels, async () => {
    const arrived = arrival(proxy, order.id)
    const pressed = performance.now()
    await send(officer, order)
    const at = await arrived
    way.ms = at - pressed
    return at
  })
  samples.ours.push(firstFrameMs)
  samples.pressed.push(way.ms + firstFrameMs)
  await untilShown(officer.client, order.id)
  await endIt(bench, order)
  await until({ what: 'the picture below is back', atMostMs: 20_000 }, () =>
    probe.look().equals(before) ? true : undefined,
  )
  probe.close()
  samples.floor.push(await floor.time(i))
}

/** When the order's message is handed to the edge's socket. The hub's frames are not masked, so the id can be read in them. */
const arrival = (proxy: CutProxy, id: string): Promise<number> =>
  new Promise((resolve) => {
    proxy.onDown = (chunk) => {
      if (!chunk.includes(id)) return
      proxy.onDown = null
      resolve(performance.now())
    }
  })

type Presses = { readonly accepted: number[]; readonly shown: number[] }

/** One order to all three clusters. Hub, edges and bench are on one machine and read one clock. */
const press = async (bench: Bench, presses: Presses, all: readonly string[]): Promise<void> => {
  const order = anOrderNow(all, { severity: 'extreme', breakGlass: ALONE })
  const pressed = Date.now()
  await send(bench.officer, order)
  const view = await untilShown(bench.officer.client, order.id)
  presses.accepted.push(Math.max(...view.sites.map((s) => (s.acceptedAt ?? 0) - pressed)))
  presses.shown.push(Math.max(...view.sites.map((s) => (s.shownAt ?? 0) - pressed)))
  await endIt(bench, order)
}

const signed = (value: number): string => `${value < 0 ? '' : '+'}${value.toFixed(0)} ms`

const frameRows = ({ ours, pressed, floor }: Samples): readonly Row[] => {
  const p99 = percentile(ours, 0.99)
  const over = percentile(ours, 0.5) - percentile(floor, 0.5)
  return [
    {
      what: 'lệnh đến cụm → khung hình đầu · order at the edge → first frame',
      figure: spread(ours),
      beside: `mpv alone: ${spread(floor)}`,
      target: `p99 ≤ ${TARGET.p99Ms} ms`,
      pass: p99 <= TARGET.p99Ms,
    },
    {
      what: 'bấm phát → khung hình đầu · press → first frame',
      figure: spread(pressed),
      beside: `edge's share ${ms(percentile(ours, 0.5))}, mpv alone ${ms(percentile(floor, 0.5))} (p50)`,
      target: `p99 ≤ ${TARGET.pressedP99Ms} ms`,
      pass: percentile(pressed, 0.99) <= TARGET.pressedP99Ms,
    },
    {
      what: '  hơn mpv trần (p50) · over bare mpv (p50)',
      figure: `${signed(over)} (p99 ${signed(p99 - percentile(floor, 0.99))})`,
      beside: `×${(percentile(ours, 0.5) / percentile(floor, 0.5)).toFixed(2)}`,
      target: `≤ floor + ${TARGET.overFloorMs} ms`,
      pass: over <= TARGET.overFloorMs,
    },
  ]
}

const pressRow = ({ accepted, shown }: Presses): Row => {
  const p95 = percentile(accepted, 0.95)
  return {
    what: 'bấm phát → cả ba cụm nhận · press → all three acknowledged',
    figure: `p50 ${ms(percentile(accepted, 0.5))}, p95 ${ms(p95)} (n=${accepted.length})`,
    beside: `shown on all three, as the hub hears it: p95 ${ms(percentile(shown, 0.95))}`,
    target: `p95 ≤ ${TARGET.pressP95Ms} ms`,
    pass: p95 <= TARGET.pressP95Ms,
  }
}
