import { type Browser, chromium, type Locator, type Page } from 'playwright-core'
import type { Demo } from '../support/demo.ts'
import { PATIENCE_MS } from '../support/until.ts'

/** Debian's Chromium: the tests install no browser of their own. */
const CHROMIUM = '/usr/bin/chromium'
const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--no-first-run',
]
export const startBrowser = (): Promise<Browser> =>
  chromium.launch({ executablePath: CHROMIUM, args: ARGS, headless: true })

/** One person at the console in a browser profile of their own, logged in through the form. */
export type Desk = {
  readonly page: Page
  readonly at: (testid: string) => Locator
  /** Goes to a page of the console by its address. */
  readonly go: (hash: string) => Promise<void>
  readonly type: (testid: string, text: string) => Promise<void>
  readonly press: (testid: string) => Promise<void>
  /** Errors the page threw; a test ends by looking that there are none. */
  readonly errors: readonly string[]
  readonly close: () => Promise<void>
}

/** The hub's address and who may come in. */
export type Door = Pick<Demo, 'hubUrl'> & { readonly account: (user: string) => { readonly password: string } }

export const sitDown = async (browser: Browser, demo: Door, user: string): Promise<Desk> => {
  const context = await browser.newContext({ locale: 'vi-VN', viewport: { width: 1400, height: 1000 } })
  context.setDefaultTimeout(PATIENCE_MS)
  const page = await context.newPage()
  const errors: string[] = []
  page.on('pageerror', (error) => errors.push(error.message))
  const at = (testid: string) => page.getByTestId(testid)
  const desk: Desk = {
    page,
    at,
    go: async (hash) => {
      // Only what is after the # changes, so the page stays and its open key with it.
      await page.goto(`${demo.hubUrl}/${hash}`)
    },
    type: (testid, text) => at(testid).fill(text),
    press: (testid) => at(testid).click(),
    errors,
    close: () => context.close(),
  }
  await page.goto(`${demo.hubUrl}/`)
  await desk.type('login-user', user)
  await desk.type('login-password', demo.account(user).password)
  await desk.press('login-submit')
  await at('session-name').waitFor()
  return desk
}

/** Opens the signing key in the dialog that asks for it. Does nothing when it is open still: the console keeps it for five minutes. */
export const unlockIfAsked = async (desk: Desk, demo: Demo, it: { user: string; dialog: string }): Promise<void> => {
  const { passphrase } = demo.account(it.user)
  if (passphrase === null) throw new Error(`${it.user} signs nothing`)
  const field = desk.at(`${it.dialog}-passphrase`)
  if (!(await field.isVisible())) return
  await field.fill(passphrase)
  await desk.press(`${it.dialog}-unlock`)
  await field.waitFor({ state: 'detached' })
}
