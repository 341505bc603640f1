import { readFileSync } from 'node:fs'
import type { Browser } from 'playwright-core'
import { expect, test } from 'vitest'
import type { IncidentReport, IncidentView, PlaySearch, SiteDay } from '#core/contract/operations.ts'
import type { Client } from '../support/client.ts'
import type { Demo } from '../support/demo.ts'
import { PATIENCE_MS, until } from '../support/until.ts'
import { lookAt } from './a11y.ts'
import { type Desk, sitDown } from './console.ts'

/** The operator's day at the console: wall, incidents, a cluster's day, search, uptime. Works on a demo that another file has started. */
type World = {
  readonly demo: Demo
  readonly browser: Browser
  readonly officer: { readonly client: Client }
  readonly desk: Desk
}

const SITE = 'LC-MLT-02'
const EDITOR = 'btv'
/** Presses of Tab before a path by keyboard counts as blocked. */
const MOST_TABS = 60

const incidentsOf = (client: Client) => client.get<readonly IncidentView[]>('/api/incidents?state=all&limit=500')

/** Presses Tab until the control has the keyboard. */
const tabTo = async (desk: Desk, testid: string): Promise<void> => {
  const { keyboard } = desk.page
  for (let n = 0; n < MOST_TABS; n++) {
    await keyboard.press('Tab')
    const here = await desk.page.locator(':focus').getAttribute('data-testid', { timeout: PATIENCE_MS })
    if (here === testid) return
  }
  throw new Error(`${testid} is not reached by ${MOST_TABS} presses of Tab`)
}

const PAGES = [
  '#/clusters',
  '#/clusters?view=list',
  '#/clusters?view=map',
  `#/sites/${SITE}`,
  '#/incidents',
  '#/uptime',
]

export const testOperatorPages = (theWorld: () => World): void => {
  test('an edge that dies is seen on the wall at once; its incident comes, is taken on, and clears when the edge is back', async () => {
    const { demo, desk, officer } = theWorld()
    await desk.go('#/clusters')
    const card = (health: string) => desk.page.locator(`[data-testid="site-${SITE}"]${health}`)
    await card(':not([data-health="away"])').waitFor()
    const before = new Map((await incidentsOf(officer.client)).map((i) => [i.id, i.times]))
    const newer = (i: IncidentView) => i.site === SITE && i.times > (before.get(i.id) ?? 0)
    demo.killEdge(SITE)
    await card('[data-health="away"]').waitFor()
    const came = await until({ what: 'an incident of the dead edge', atMostMs: PATIENCE_MS }, async (note) => {
      const all = await incidentsOf(officer.client)
      note(all.filter((i) => i.site === SITE))
      return all.find(newer)
    })
    await desk.go('#/incidents')
    const row = (stand: string) => desk.page.locator(`[data-testid="incident-${came.id}"]${stand}`)
    await row('').waitFor()
    await row('').getByRole('link').click()
    if (came.acknowledged === null) {
      await desk.press('incident-acknowledge')
      await desk.type('acknowledge-note', 'Đã nhận, đang gọi kỹ thuật viên.')
      await desk.press('acknowledge-confirm')
    }
    await desk.at('incident-course').getByText('Đã nhận, đang gọi kỹ thuật viên.').first().waitFor()
    await desk.go('#/clusters')
    await card(':not([data-health="away"])').waitFor()
    await desk.go('#/incidents?state=all')
    await row('[data-stand="cleared"]').waitFor()
    expect((await incidentsOf(officer.client)).find((i) => i.id === came.id)?.clearedAt).not.toBeNull()
  })

  test('what an editor reports is in the officer’s inbox at once, is escalated with a prepared text, and closed; the editor may not', async () => {
    const { demo, desk, browser, officer } = theWorld()
    await desk.go('#/incidents')
    const editor = await sitDown(browser, demo, EDITOR)
    await editor.go(`#/sites/${SITE}`)
    await editor.press('site-report')
    await editor.at('incident-type-INFORMATION_SECURITY').check()
    const what = 'Thấy chữ lạ trên màn hình'
    await editor.type('incident-what', what)
    await editor.press('incident-report-confirm')
    await editor.at('incident-report-dialog').waitFor({ state: 'detached' })
    const made = (await incidentsOf(officer.client)).find((i) => i.detail === what || i.title.vi.includes(what))
    if (made === undefined) throw new Error('the hub does not list what was reported')
    expect([made.type, made.site]).toEqual(['INFORMATION_SECURITY', SITE] satisfies [IncidentReport['type'], string])
    await editor.go(`#/incidents/${made.id}`)
    expect(await editor.at('incident-acknowledge').isDisabled()).toBe(true)
    await editor.page.getByText('S4/9.3, 12.2').first().waitFor()

    await desk.at(`incident-${made.id}`).getByRole('link').click()
    await desk.press('incident-escalate')
    await desk.type('escalate-to', 'UBND tỉnh')
    const text = await desk.at('escalate-text').inputValue()
    for (const part of ['Kính gửi: UBND tỉnh', SITE, 'an toàn thông tin', what]) expect(text).toContain(part)
    await desk.type('escalate-proposal', 'Cử người kiểm tra tủ điều khiển.')
    // Printed out of its dialog it is the whole letter, and nothing else of the page.
    await desk.page.emulateMedia({ media: 'print' })
    await desk.page.locator('.letter').waitFor()
    expect(await desk.page.locator('.letter').textContent()).toContain('Cử người kiểm tra tủ điều khiển.')
    expect(await desk.at('incident-course').isVisible()).toBe(false)
    await desk.page.emulateMedia({ media: null })
    await desk.press('escalate-confirm')
    await desk.at('escalate-dialog').waitFor({ state: 'detached' })
    await desk.press('incident-resolve')
    await desk.type('resolve-note', 'Đã kiểm tra, nội dung đúng là của đơn vị.')
    await desk.press('resolve-confirm')
    // The other person's page follows by itself.
    await editor.at('incident-course').getByText('Đã kiểm tra, nội dung đúng là của đơn vị.').waitFor()
    const closed = (await incidentsOf(officer.client)).find((i) => i.id === made.id)
    expect(closed?.escalations.map((e) => [e.to, e.text, e.proposal])).toEqual([
      ['UBND tỉnh', text.trim(), 'Cử người kiểm tra tủ điều khiển.'],
    ])
    expect([...desk.errors, ...editor.errors]).toEqual([])
    await editor.close()
  })

  test('a cluster’s day shows what really played, by keyboard and as a table; the search finds it and gives it as a file', async () => {
    const { desk, officer } = theWorld()
    await desk.go(`#/sites/${SITE}`)
    await desk.at('day-line').focus()
    await desk.page.keyboard.press('End')
    await desk.page.keyboard.press('Home')
    const date = await desk.at('day-date').inputValue()
    const day = await officer.client.get<SiteDay>(`/api/sites/${SITE}/day?date=${date}`)
    expect(day.played.length).toBeGreaterThan(0)
    const title = day.played.at(-1)?.title ?? ''
    for (let n = 0; n < MOST_TABS && !((await desk.at('day-detail').textContent()) ?? '').includes(title); n++)
      await desk.page.keyboard.press('ArrowRight')
    expect(await desk.at('day-detail').textContent()).toContain(title)
    expect(await desk.at('day-line').getAttribute('aria-valuetext')).toContain(title)
    await desk.page.getByText('Xem dạng bảng').click()
    await desk.at('day-table').getByText(title).first().waitFor()
    expect(await desk.at('day-floors').locator('.air').count()).toBe(day.periods.filter((p) => p.floorMs > 0).length)

    const found = await officer.client.get<PlaySearch>(`/api/plays?site=${SITE}&limit=200`)
    const play = found.plays.find((p) => p.records.close !== null)
    if (play === undefined) throw new Error('no play of the cluster is closed')
    await desk.go(`#/playlog?site=${SITE}&text=${encodeURIComponent(play.title)}`)
    const row = desk.at(`play-${play.play}`)
    await row.waitFor()
    expect(await row.textContent()).toContain(`${play.records.open}–${play.records.close}`)
    const [file] = await Promise.all([desk.page.waitForEvent('download'), desk.press('search-csv')])
    const csv = readFileSync(await file.path(), 'utf8')
    expect(csv).toContain(play.hash)
    expect(csv).toContain(`,${play.records.open},${play.records.close}`)
  })

  test('with the keyboard alone: from the wall, by a filter, to a cluster; and back in its days', async () => {
    const { desk } = theWorld()
    await desk.go('#/incidents')
    await desk.go('#/clusters')
    await desk.at(`site-${SITE}`).waitFor()
    await tabTo(desk, 'wall-find')
    await desk.page.keyboard.type('bai xe')
    await desk.at('site-LC-MT-01').waitFor({ state: 'detached' })
    for (let n = 0; n < MOST_TABS; n++) {
      await desk.page.keyboard.press('Tab')
      if ((await desk.page.locator(':focus').getAttribute('href'))?.includes(SITE) === true) break
    }
    await desk.page.keyboard.press('Enter')
    await desk.at('day-line').waitFor()
    expect(desk.page.url()).toContain(`#/sites/${SITE}`)
    await tabTo(desk, 'day-back')
    const today = await desk.at('day-date').inputValue()
    await desk.page.keyboard.press('Enter')
    expect(await desk.at('day-date').inputValue()).not.toBe(today)
    expect(desk.page.url()).toContain('day=')
  })

  test('every page has names, one heading, contrast in light and dark, and fits a phone', async () => {
    const { desk } = theWorld()
    const { page } = desk
    const size = page.viewportSize()
    let looked = 0
    for (const [width, scheme] of [
      [1440, 'light'],
      [390, 'dark'],
    ] as const) {
      await page.setViewportSize({ width, height: 900 })
      await page.emulateMedia({ colorScheme: scheme })
      for (const hash of [...PAGES, `#/playlog?site=${SITE}`]) {
        await desk.go(hash)
        await page.locator('main h1').waitFor()
        const { problems, controls, texts } = await lookAt(page)
        expect(problems, `${hash} ${width} ${scheme}`).toEqual([])
        expect(Math.min(controls, texts), hash).toBeGreaterThan(10)
        looked++
      }
    }
    expect(looked).toBe(2 * (PAGES.length + 1))
    await page.emulateMedia({ colorScheme: null })
    if (size !== null) await page.setViewportSize(size)
    expect(desk.errors).toEqual([])
  })
}
