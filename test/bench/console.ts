import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, CDPSession, Page } from 'playwright-core'
import { sitDown, startBrowser } from '../e2e/console.ts'
import { startFleet } from '../support/fleet.ts'
import { makeFleetHub, mannerOf } from '../support/fleet-hub.ts'
import { until } from '../support/until.ts'
import { mb, ms, percentile, type Row } from './figures.ts'

/** The wall of so many clusters beside the same page with three: real hub, simulated edges, real Chromium. */
const MANY = 200
const FEW = 3
/** Every edge says how it is this often, ms: what a real one does. */
const STATUS_MS = 2_000
/** How long each view is watched, ms, and with what a filter is typed: letter by letter, and taken away again. */
const WATCH_MS = 10_000
const TYPED = 'cum muong te'
const TYPE_EVERY_MS = 120
const ALL_MS = 60_000
const USER = 'tructinh'
/** A letter that is on the screen within this time feels immediate, ms (RAIL). */
const AT_ONCE_MS = 100
const VIEWS = ['cards', 'list', 'map'] as const
type View = (typeof VIEWS)[number]

/** What one view cost while all edges reported. Times in ms. */
type Watched = {
  readonly frames: readonly number[]
  /** Tasks of more than 50 ms, as the browser itself counts them. */
  readonly longTasks: readonly number[]
  /** Share of the time in which the page's thread worked, 0 … 1. */
  readonly busy: number
  /** From the press of a key to the frame that shows what it did. */
  readonly typed: readonly number[]
  readonly heapBytes: number
}

type Probe = { frames: number[]; longTasks: number[]; typed: number[]; last: number }

/** Runs in the page, where this file's types do not reach: counts frames, long tasks and how long a typed letter takes to the next painted frame. */
const WATCH_PAGE = `{
  const probe = { frames: [], longTasks: [], typed: [], last: performance.now() }
  globalThis.probe = probe
  const frame = (now) => {
    probe.frames.push(now - probe.last)
    probe.last = now
    requestAnimationFrame(frame)
  }
  requestAnimationFrame(frame)
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) probe.longTasks.push(entry.duration)
  }).observe({ entryTypes: ['longtask'] })
  // The turn after the event's own frame: by then the change has been laid out and painted.
  const typed = (event) =>
    requestAnimationFrame(() => setTimeout(() => probe.typed.push(performance.now() - event.timeStamp)))
  document.addEventListener('input', typed, { capture: true })
}`

const forget = (page: Page): Promise<void> =>
  page.evaluate(() => {
    const { probe } = globalThis as unknown as { probe: Probe }
    Object.assign(probe, { frames: [], longTasks: [], typed: [] })
  })
const read = (page: Page): Promise<Probe> => page.evaluate(() => (globalThis as unknown as { probe: Probe }).probe)

const metric = async (devtools: CDPSession, name: string): Promise<number> => {
  const { metrics } = await devtools.send('Performance.getMetrics')
  return metrics.find((one) => one.name === name)?.value ?? Number.NaN
}

const watchView = async (page: Page, devtools: CDPSession, view: View): Promise<Watched> => {
  await page.getByTestId(`view-${view}`).click()
  await page.waitForTimeout(STATUS_MS)
  await forget(page)
  const before = { at: performance.now(), task: await metric(devtools, 'TaskDuration') }
  await page.waitForTimeout(WATCH_MS)
  const quiet = await read(page)
  const busy = ((await metric(devtools, 'TaskDuration')) - before.task) / ((performance.now() - before.at) / 1000)
  await forget(page)
  const field = page.getByTestId('wall-find')
  await field.click()
  await field.pressSequentially(TYPED, { delay: TYPE_EVERY_MS })
  for (const _ of TYPED) await field.press('Backspace', { delay: TYPE_EVERY_MS })
  const { typed } = await read(page)
  await devtools.send('HeapProfiler.collectGarbage')
  return {
    frames: quiet.frames,
    longTasks: quiet.longTasks,
    busy,
    typed,
    heapBytes: await metric(devtools, 'JSHeapUsedSize'),
  }
}

const measure = async (browser: Browser, folder: string, sites: number): Promise<ReadonlyMap<View, Watched>> => {
  const own = mkdtempSync(join(folder, 'console-'))
  const hub = await makeFleetHub({
    ...{ sites, within: own, tls: false, host: '127.0.0.1', before: [], nodeArgs: [] },
  })
  const stops: (() => Promise<void>)[] = [hub.remove]
  try {
    await hub.start()
    const manner = mannerOf(hub, { statusMs: STATUS_MS })
    const fleet = await startFleet({ seats: hub.seats, manner, processes: 1, within: [] })
    stops.unshift(fleet.stop)
    await fleet.dial()
    await fleet.untilConnected(ALL_MS)
    const desk = await sitDown(browser, { hubUrl: hub.url(), account: hub.account }, USER)
    stops.unshift(desk.close)
    const count = desk.page.locator('[data-testid="count-ok"] .count-n')
    await until({ what: 'the wall has every cluster', atMostMs: ALL_MS }, async (note) => {
      const shown = Number(await count.textContent())
      note(shown)
      return shown >= sites ? true : undefined
    })
    await desk.page.evaluate(WATCH_PAGE)
    const devtools = await desk.page.context().newCDPSession(desk.page)
    await devtools.send('Performance.enable')
    const found = new Map<View, Watched>()
    for (const view of VIEWS) found.set(view, await watchView(desk.page, devtools, view))
    if (desk.errors.length > 0) throw new Error(`the page threw: ${desk.errors.join('; ')}`)
    return found
  } finally {
    for (const stop of stops) await stop()
    rmSync(own, { recursive: true, force: true })
  }
}

const ratio = (many: number, few: number): string => (few > 0 ? `×${(many / few).toFixed(1)}` : '–')
const p95 = (samples: readonly number[]): number => percentile(samples, 0.95)
const sum = (samples: readonly number[]): number => samples.reduce((all, one) => all + one, 0)

const NAMES: { readonly [V in View]: string } = {
  cards: 'khung hình · pictures',
  list: 'danh sách · list',
  map: 'bản đồ · map',
}

const rowsOf = (view: View, many: Watched, few: Watched): readonly Row[] => [
  {
    what: `toàn cảnh ${MANY} cụm, ${NAMES[view]}: gõ lọc → khung hình · typed → painted`,
    figure: `p50 ${ms(percentile(many.typed, 0.5))}, p95 ${ms(p95(many.typed))} (n=${many.typed.length})`,
    beside: `${FEW} cụm: p95 ${ms(p95(few.typed))}, ${ratio(p95(many.typed), p95(few.typed))}`,
    target: `p95 ≤ ${AT_ONCE_MS} ms`,
    pass: p95(many.typed) <= AT_ONCE_MS,
  },
  {
    what: `  ${MANY} cụm báo mỗi 2 s · all report every 2 s, ${WATCH_MS / 1000} s`,
    figure: `frame p95 ${ms(p95(many.frames))}, max ${ms(Math.max(...many.frames))}; long tasks ${many.longTasks.length} (${ms(sum(many.longTasks))})`,
    beside: `p95 ${ms(p95(few.frames))}, long tasks ${few.longTasks.length} (${ms(sum(few.longTasks))})`,
    target: '',
    pass: null,
  },
  {
    what: '  luồng trang bận; bộ nhớ JS · page thread busy; JS heap',
    figure: `${(many.busy * 100).toFixed(1)} %; ${mb(many.heapBytes)}`,
    beside: `${(few.busy * 100).toFixed(1)} %, ${ratio(many.busy, few.busy)}; ${mb(few.heapBytes)}, ${ratio(many.heapBytes, few.heapBytes)}`,
    target: '',
    pass: null,
  },
]

export const benchConsole = async (folder: string): Promise<readonly Row[]> => {
  const browser = await startBrowser()
  try {
    const few = await measure(browser, folder, FEW)
    const many = await measure(browser, folder, MANY)
    return VIEWS.flatMap((view) => {
      const [a, b] = [many.get(view), few.get(view)]
      return a === undefined || b === undefined ? [] : rowsOf(view, a, b)
    })
  } finally {
    await browser.close()
  }
}
