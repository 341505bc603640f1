import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { type Demo, ROOT, startDemo } from '../support/demo.ts'
import { PATIENCE_MS } from '../support/until.ts'
import { type Desk, sitDown, startBrowser, unlockIfAsked } from './console.ts'

/** Makes the pictures of the README anew, from the demo's sample data: `node test/e2e/pictures.ts`. See docs/pictures/README.md. */
const FOLDER = join(ROOT, 'docs/pictures')
const DESK = { width: 1280, height: 800 }
const PHONE = { width: 390, height: 844 }
/** A README is read over slow lines too. */
const MOST_BYTES = 150_000
const PALETTE =
  'split[a][b];[a]palettegen=max_colors=256:stats_mode=single[p];[b][p]paletteuse=dither=bayer:bayer_scale=4'
/** So long the demo plays before the first picture: a day line wants something in it. */
const PLAYED_MS = 45_000
const OFFICER = 'tructinh'
const SILENT = 'LC-MLT-02'
const SHOWN = 'LC-MLT-01'

/** `part`: only this part of the page. */
const keep = async (page: Page, name: string, part: string | null = null): Promise<void> => {
  const path = join(FOLDER, `${name}.png`)
  // What came late, such as a frame of the panel, is there by then.
  await page.waitForTimeout(2_000)
  const whole = join(FOLDER, `${name}.whole.png`)
  if (part === null) await page.screenshot({ path: whole })
  else await page.locator(part).first().screenshot({ path: whole })
  // A palette of 256 colours: less than half of the bytes, and letters stay as they are.
  const made = spawnSync('ffmpeg', ['-v', 'error', '-y', '-i', whole, '-filter_complex', PALETTE, path])
  rmSync(whole)
  if (made.status !== 0) throw new Error(`ffmpeg: ${made.stderr}; is it installed?`)
  const { size } = statSync(path)
  console.log(`${name}.png ${Math.round(size / 1000)} kB`)
  if (size > MOST_BYTES) throw new Error(`${path} has ${size} bytes, more than ${MOST_BYTES}`)
}

/** An order for two of the three clusters, seen while it is written and when it is out. */
const emergency = async (desk: Desk, demo: Demo): Promise<void> => {
  await desk.go('#/emergency')
  await desk.press('order-start-actual')
  await desk.press('order-template-flash-flood')
  await desk.type('order-place', 'xã Phong Thổ')
  await desk.press('order-step-whom')
  for (const site of [SHOWN, SILENT]) await desk.at(`order-target-${site}`).check()
  await desk.press('order-step-release')
  await desk.type('order-authority', 'Ban Chỉ huy phòng thủ dân sự tỉnh (mẫu)')
  for (const site of [SHOWN, SILENT]) await desk.at(`preview-${site}`).locator('img').waitFor()
  await desk.press('order-step-words')
  await keep(desk.page, 'emergency-form')
  await desk.press('order-step-release')
  await desk.press('order-review')
  await unlockIfAsked(desk, demo, { user: OFFICER, dialog: 'order' })
  await desk.press('order-confirm')
  await desk.at('order-dialog').waitFor({ state: 'detached' })
  await desk.page.locator(`[data-testid$="-${SHOWN}"][data-stage="shown"]`).first().waitFor()
  await keep(desk.page, 'delivery-board')
}

const wall = async (desk: Desk, demo: Demo): Promise<void> => {
  await desk.go('#/clusters')
  const pid = demo.edgePid(SILENT)
  if (pid === null) throw new Error(`${SILENT} does not run`)
  // Held and not killed: a killed one would be back before the hub misses it.
  process.kill(pid, 'SIGSTOP')
  try {
    await desk.page.locator(`[data-testid="site-${SILENT}"][data-health="away"]`).waitFor()
    await keep(desk.page, 'wall')
  } finally {
    process.kill(pid, 'SIGCONT')
  }
}

const day = async (desk: Desk): Promise<void> => {
  await desk.go(`#/sites/${SHOWN}`)
  await desk.press('day-zoom-24')
  // From the end that is not told yet to a play that is over.
  await desk.at('day-line').focus()
  for (let n = 0; n < 4; n += 1) await desk.page.keyboard.press('ArrowLeft')
  await keep(desk.page, 'site-day', 'section:has([data-testid="day-floors"])')
}

const technician = async (browser: Browser, demo: Demo): Promise<void> => {
  const { page: url, data } = demo.site(SHOWN)
  const context = await browser.newContext({ locale: 'vi-VN', viewport: PHONE })
  context.setDefaultTimeout(PATIENCE_MS)
  const page = await context.newPage()
  await page.goto(url)
  await page.fill('input[name=person]', 'Lò Văn Mẫu')
  await page.fill('input[name=code]', readFileSync(join(data, 'pairing-code.txt'), 'utf8').trim())
  await page.keyboard.press('Enter')
  await page.locator('nav').waitFor()
  await page.goto(`${url}diagnose`)
  await keep(page, 'phone-diagnose')
  for (const step of ['ports', 'fonts', 'network']) {
    await page.goto(`${url}commission/${step}`)
    await page.locator('button[value=pass]').click()
  }
  await page.goto(`${url}commission`)
  await keep(page, 'phone-commission')
  await context.close()
}

const demo = await startDemo(null)
const browser = await startBrowser()
try {
  mkdirSync(FOLDER, { recursive: true })
  const officer = await sitDown(browser, demo, OFFICER)
  await officer.page.setViewportSize(DESK)
  await officer.page.waitForTimeout(PLAYED_MS)
  await technician(browser, demo)
  await wall(officer, demo)
  await emergency(officer, demo)
  await day(officer)
} finally {
  await browser.close()
  await demo.stop()
}
