import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { OrderView, PreviewAnswer } from '#core/contract/api.ts'
import type { Client, Sign } from '../support/client.ts'
import { type Demo, startDemo, untilPlaying } from '../support/demo.ts'
import { ALONE, anOrderNow, send } from '../support/orders.ts'
import { difference, type Pixels } from '../support/pixels.ts'
import { PATIENCE_MS, until } from '../support/until.ts'
import { type Desk, sitDown, startBrowser, unlockIfAsked } from './console.ts'
import { decodePicture } from './media.ts'
import { testOperatorPages } from './operate.ts'

/** Point 2 of the first issue, as the duty officer does it: typed, seen, chosen, signed, on the glass, ended. */
const CHOSEN = ['LC-MLT-01', 'LC-MT-01'] as const
const SPARED = 'LC-MLT-02'
const OFFICER = 'tructinh'
const SECOND = 'lanhdao'
/** Two drawings of one page may differ by the minute in their "until" and by the rounding of colours. */
const SAME = 0.04

type World = {
  readonly demo: Demo
  readonly browser: Browser
  readonly officer: { readonly client: Client; readonly sign: Sign }
  readonly desk: Desk
}
const held: { world: World | null } = { world: null }
const theWorld = (): World => {
  if (held.world === null) throw new Error('the demo did not start')
  return held.world
}

beforeAll(async () => {
  const demo = await startDemo(null)
  const browser = await startBrowser()
  const officer = await demo.signIn(OFFICER)
  await untilPlaying(demo, officer.client, 60_000)
  held.world = { demo, browser, officer, desk: await sitDown(browser, demo, OFFICER) }
}, 300_000)

afterAll(async () => {
  await held.world?.browser.close()
  await held.world?.demo.stop()
})

const TEXTS = [
  {
    language: 'vi',
    headline: 'Lũ quét trên suối Nậm Tần: rời ngay khu vực thấp',
    instruction: 'Không qua ngầm tràn. Lên chỗ cao. Gọi 112 khi cần cứu.',
  },
  { language: 'en', headline: 'Flash flood: leave low ground now', instruction: 'Do not cross fords. Call 112.' },
] as const

/** What the hub says each page of an order looks like on a cluster's panel. */
const pagesOf = async (view: Pick<OrderView, 'order'>, site: string): Promise<readonly Pixels[]> => {
  const { class: orderClass, status, hazard, severity, riskLevel, authority, expiresAt, texts } = view.order
  const draft = {
    kind: 'order',
    class: orderClass,
    status,
    hazard,
    severity,
    riskLevel,
    authority: authority.name,
    expiresAt,
    texts,
  }
  const answer = await theWorld().officer.client.post<PreviewAnswer>('/api/preview', { site, draft })
  expect(answer.faults).toEqual([])
  return await Promise.all(answer.pages.map((page) => decodePicture(Buffer.from(page.png, 'base64'))))
}

const nearest = (screen: Pixels, pages: readonly Pixels[]): number =>
  Math.min(...pages.map((page) => difference(screen, page)))

/** Goes through the four steps of the console's form, and looks at the picture of every kind of panel before going on. */
const compose = async (desk: Desk, minutes: number): Promise<void> => {
  await desk.go('#/emergency')
  await desk.press('order-start-actual')
  await desk.press('order-blank-emergency')
  await desk.type('order-headline-vi', TEXTS[0].headline)
  await desk.type('order-instruction-vi', TEXTS[0].instruction)
  await desk.press('order-language-en')
  await desk.type('order-headline-en', TEXTS[1].headline)
  await desk.type('order-instruction-en', TEXTS[1].instruction)
  await desk.press('order-risk-4')
  await desk.press('order-step-next')
  for (const site of CHOSEN) await desk.at(`order-target-${site}`).check()
  await desk.press('order-step-next')
  await desk.type('order-authority', 'Ban Chỉ huy phòng thủ dân sự tỉnh (mẫu)')
  await desk.type('order-document', '12/CĐ-MAU')
  await desk.type('order-minutes', String(minutes))
  // The two chosen panels are of two sizes: each is drawn on its own.
  for (const site of CHOSEN) await desk.at(`preview-${site}`).locator('img').waitFor()
  expect(await desk.at(`preview-${SPARED}`).count()).toBe(0)
}

const release = async (desk: Desk, demo: Demo): Promise<string> => {
  await desk.press('order-review')
  await desk.at('confirm-text-vi').waitFor()
  expect(await desk.at('confirm-text-vi').textContent()).toContain(TEXTS[0].headline)
  expect(await desk.at('confirm-screens').textContent()).toContain(String(CHOSEN.length))
  await unlockIfAsked(desk, demo, { user: OFFICER, dialog: 'order' })
  await desk.press('order-confirm')
  await desk.at('order-dialog').waitFor({ state: 'detached' })
  const board = desk.page.locator('article.order-actual[data-state="open"]').first()
  await board.waitFor()
  return ((await board.getAttribute('data-testid')) ?? '').replace(/^order-/, '')
}

test('an emergency typed at the console is on the glass of every chosen cluster, and on no other', async () => {
  const { demo, desk, officer } = theWorld()
  const before = new Map(demo.sites.map((s) => [s.id, demo.pixels(s.id)]))
  await compose(desk, 60)
  const pictured = await desk.at(`preview-${CHOSEN[0]}`).locator('img').getAttribute('src')
  const seenBySigner = await decodePicture(Buffer.from((pictured ?? '').split(',')[1] ?? '', 'base64'))
  const id = await release(desk, demo)

  for (const site of CHOSEN) {
    const row = desk.page.locator(`[data-testid="board-${id}-${site}"][data-stage="shown"]`)
    await row.waitFor({ timeout: PATIENCE_MS })
    // Sent, accepted and shown each carry the time of day.
    expect((await row.textContent())?.match(/\d{2}:\d{2}:\d{2}/g)?.length).toBeGreaterThanOrEqual(3)
  }
  const view = await officer.client.order(id)
  expect(view.order.texts).toEqual(TEXTS)
  expect(view.sites.map((s) => s.site).sort()).toEqual([...CHOSEN].sort())
  for (const site of CHOSEN) {
    const pages = await pagesOf(view, site)
    expect(pages.length).toBeGreaterThan(0)
    if (site === CHOSEN[0]) expect(nearest(seenBySigner, pages), 'what the officer saw').toBeLessThan(SAME)
    await until({ what: `${site} shows the emergency`, atMostMs: PATIENCE_MS }, (note) => {
      const off = nearest(demo.pixels(site), pages)
      note(`${off} of the points differ`)
      return off < SAME ? true : undefined
    })
    const was = before.get(site)
    expect(was === undefined ? 0 : difference(demo.pixels(site), was), `${site} changed`).toBeGreaterThan(0.3)
  }
  const spared = await officer.client.site(SPARED)
  expect(spared.status?.screen.show).toBe('item')
  expect(nearest(demo.pixels(SPARED), await pagesOf(view, SPARED))).toBeGreaterThan(0.3)

  await desk.press(`order-end-${id}`)
  await unlockIfAsked(desk, demo, { user: OFFICER, dialog: 'cancel' })
  await desk.press('cancel-confirm')
  await desk.at(`order-${id}`).waitFor({ state: 'detached' })
  await desk.press(`history-${id}`)
  for (const site of CHOSEN) {
    await desk.page.locator(`[data-testid="board-${id}-${site}"][data-stage="ended"]`).waitFor({ timeout: PATIENCE_MS })
    await untilNormal(site, await pagesOf(view, site))
  }
  const ended = await officer.client.order(id)
  expect(ended.state).toBe('cancelled')
  expect(ended.sites.map((s) => s.endReason)).toEqual(CHOSEN.map(() => 'cancelled'))
  expect(desk.errors).toEqual([])
})

const untilNormal = async (site: string, pages: readonly Pixels[]): Promise<void> => {
  const { demo, officer } = theWorld()
  await until({ what: `${site} plays as before`, atMostMs: PATIENCE_MS }, async (note) => {
    const { status } = await officer.client.site(site)
    const off = nearest(demo.pixels(site), pages)
    note({ screen: status?.screen, off })
    return status?.screen.show === 'item' && off > 0.3 ? true : undefined
  })
}

test('a second emergency ends by itself when its time is over, and the plays go on', async () => {
  const { demo, officer, desk } = theWorld()
  const order = anOrderNow(
    demo.sites.map((s) => s.id),
    { expiresAt: Date.now() + 12_000, breakGlass: ALONE },
  )
  const { order: sent } = await send(officer, order)
  const shown = await until({ what: 'all three show it', atMostMs: PATIENCE_MS }, async (note) => {
    const view = await officer.client.order(sent.id)
    note(view.sites)
    return view.sites.every((s) => s.shownAt !== null) ? view : undefined
  })
  expect(shown.sites.length).toBe(demo.sites.length)
  await desk.go('#/emergency')
  await desk.at(`order-${sent.id}`).waitFor()
  const ended = await until({ what: 'all three ended it', atMostMs: PATIENCE_MS }, async (note) => {
    const view = await officer.client.order(sent.id)
    note(view.sites)
    return view.sites.every((s) => s.endedAt !== null) ? view : undefined
  })
  expect(ended.state).toBe('expired')
  expect(ended.sites.map((s) => s.endReason)).toEqual(demo.sites.map(() => 'expired'))
  for (const { endedAt } of ended.sites) expect(Math.abs((endedAt ?? 0) - order.expiresAt)).toBeLessThan(5_000)
  for (const { id } of demo.sites) await untilNormal(id, await pagesOf(ended, id))
  await desk.at(`history-${sent.id}`).waitFor()
})

test('an order for the whole province waits for a second person, who sees it at once, signs, and lets it out', async () => {
  const { demo, desk, browser, officer } = theWorld()
  const coming = sitDown(browser, demo, SECOND)
  await desk.go('#/emergency')
  await desk.press('order-start-actual')
  await desk.press('order-template-flash-flood')
  await desk.type('order-place', 'xã Mường Tè')
  await desk.press('order-step-whom')
  await desk.at('order-target-all').check()
  await desk.press('order-step-release')
  await desk.type('order-authority', 'Ban Chỉ huy phòng thủ dân sự tỉnh (mẫu)')
  await desk.press('order-review')
  await desk.at('confirm-second').waitFor()
  const second = await coming
  await second.go('#/emergency')
  await second.at('order-start-actual').waitFor()
  await unlockIfAsked(desk, demo, { user: OFFICER, dialog: 'order' })
  await desk.press('order-confirm')
  const mine = desk.page.locator('[data-testid^="pending-open-"]')
  await mine.click()
  // Nobody is the second person of their own order.
  expect(await desk.at('second-confirm').isDisabled()).toBe(true)
  await desk.press('second-back')

  await second.page.locator('[data-testid^="pending-open-"]').click()
  expect(await second.at('confirm-text-vi').textContent()).toContain('xã Mường Tè')
  await unlockIfAsked(second, demo, { user: SECOND, dialog: 'second' })
  await second.press('second-confirm')
  const board = second.page.locator('article.order-actual[data-state="open"]').first()
  await board.waitFor()
  const id = ((await board.getAttribute('data-testid')) ?? '').replace(/^order-/, '')
  for (const { id: site } of demo.sites)
    await desk.page.locator(`[data-testid="board-${id}-${site}"][data-stage="shown"]`).waitFor({ timeout: PATIENCE_MS })
  const view = await officer.client.order(id)
  expect(view.signers.map((s) => s.user)).toEqual([OFFICER, SECOND])
  expect(view.order.area?.province).toBe(true)
  await desk.press(`order-end-${id}`)
  await desk.press('cancel-confirm')
  await desk.at(`order-${id}`).waitFor({ state: 'detached' })
  await desk.go(`#/orders/${id}`)
  await desk.at('report-hash').waitFor()
  expect(await desk.at('report-reach').textContent()).toContain(`${demo.sites.length}/${demo.sites.length}`)
  expect([...desk.errors, ...second.errors]).toEqual([])
  await second.close()
})

test('the console shows three live clusters: a picture of the frame, power, temperature, clock, airtime', async () => {
  const { demo, desk } = theWorld()
  await desk.go('#/clusters')
  for (const { id } of demo.sites) {
    const image = desk.at(`frame-${id}`).locator('img')
    await image.waitFor()
    const size = await until({ what: `the picture of ${id}`, atMostMs: PATIENCE_MS }, async () => {
      const width = await image.evaluate((img) => ('naturalWidth' in img ? Number(img.naturalWidth) : 0))
      return width > 0 ? width : undefined
    })
    expect(size).toBeGreaterThan(0)
    const site = await theWorld().officer.client.site(id)
    expect(site.connected).toBe(true)
    expect(site.status?.display.link).toBe('up')
    expect(site.status?.display.temperature).not.toBeNull()
    expect(site.status?.clock.quality).not.toBe('unset')
    expect(site.status?.power).toBe('on')
    // Art. 8.1: three hours in the morning, three in the afternoon.
    const floors = new Map(site.status?.airtime.periods.map((p) => [p.period, p.floorMs]))
    expect([floors.get('morning'), floors.get('afternoon')]).toEqual([10_800_000, 10_800_000])
  }
})

testOperatorPages(theWorld)
