import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deflateSync } from 'node:zlib'
import { assert } from '#core/base/result.ts'
import { canonicalJson } from '#core/content/item.ts'
import type { ItemView, Session } from '#core/contract/api.ts'
import type { Envelope } from '#core/contract/envelope.ts'
import { sealEnvelope } from '#core/contract/verify.ts'
import type { Order } from '#core/emergency/order.ts'
import { HUB_DEFAULTS, type HubConfig } from '../config.ts'
import { openKey } from '../crypto/ed25519.ts'
import { unwrapKey } from '../crypto/wrap.ts'
import { type DemoSeed, seedDemo } from '../demo.ts'
import { type RunningHub, startHub } from '../main.ts'
import { composeApproval } from '../schedule/compose.ts'
import { openSqliteStore } from '../store/sqlite.ts'

export const NOW = Date.UTC(2026, 10, 22, 3, 0, 0)
export const SAMPLE_DIR = new URL('../../../deploy/sample', import.meta.url).pathname

/** A picture by its first bytes; nobody in the hub looks further. */
export const PNG = Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), deflateSync(Buffer.alloc(64, 7))])

export type World = {
  readonly dir: string
  readonly seed: DemoSeed
  /** The hub's wall clock: set it to travel. */
  readonly clock: { at: number }
  readonly logged: string[]
  hub: RunningHub
  readonly restart: () => Promise<void>
  readonly close: () => Promise<void>
}

/** A seeded data folder, made once per test file: argon2 and PBKDF2 are slow on purpose. */
export const makeSeed = async (): Promise<{ readonly dir: string; readonly seed: DemoSeed }> => {
  const dir = mkdtempSync(join(tmpdir(), 'hub-seed-'))
  process.once('exit', () => rmSync(dir, { recursive: true, force: true }))
  const clip = join(dir, 'C03.bin')
  writeFileSync(clip, Buffer.concat([Buffer.from('0000001866747970', 'hex'), Buffer.alloc(4096, 3)]))
  const picture = join(dir, 'C20.png')
  writeFileSync(picture, PNG)
  const media = [
    { id: 'C03', file: clip, durationMs: 8000 },
    { id: 'C20', file: picture, durationMs: 20_000 },
  ]
  return { dir, seed: await seedDemo({ dataDir: join(dir, 'data'), sampleDir: SAMPLE_DIR, media, now: NOW }) }
}

export const configOf = (dataDir: string, over: Partial<HubConfig>): HubConfig => ({
  ...HUB_DEFAULTS,
  fontDirs: [],
  listen: { host: '127.0.0.1', port: 0 },
  dataDir,
  tls: null,
  behindProxy: false,
  ...over,
})

export const startWorld = async (
  from: { readonly dir: string; readonly seed: DemoSeed },
  over: Partial<HubConfig> = {},
): Promise<World> => {
  const dir = mkdtempSync(join(tmpdir(), 'hub-'))
  cpSync(join(from.dir, 'data'), dir, { recursive: true })
  const clock = { at: NOW }
  const logged: string[] = []
  const policyDir = new URL('../../../deploy/policies', import.meta.url).pathname
  const start = async (): Promise<RunningHub> => {
    const log = (level: string, message: string, fields: object) =>
      logged.push(`${level} ${message} ${JSON.stringify(fields)}`)
    const started = await startHub(configOf(dir, { policyDir, ...over }), { now: () => clock.at, log })
    assert(started.ok, started.ok ? '' : started.error)
    return started.value
  }
  const world: World = {
    dir,
    seed: from.seed,
    clock,
    logged,
    hub: await start(),
    restart: async () => {
      await world.hub.close()
      world.hub = await start()
    },
    close: async () => {
      await world.hub.close()
      rmSync(dir, { recursive: true })
    },
  }
  return world
}

export type Person = {
  readonly session: Session
  readonly cookie: string
  readonly get: (path: string, headers?: Record<string, string>) => Promise<Response>
  readonly post: (path: string, body: unknown, headers?: Record<string, string>) => Promise<Response>
  readonly upload: (meta: unknown, file: Uint8Array | null, ...more: readonly Uint8Array[]) => Promise<Response>
}

export const passwordOf = (world: World, user: string): string =>
  world.seed.accounts.find((a) => a.user === user)?.password ?? ''

/** A world with those who work on content in it, and the approver's key. */
export const startDesk = async () => {
  const world = await startWorld(await makeSeed())
  const [editor, approver] = [await login(world, 'btv'), await login(world, 'duyet')]
  return { world, editor, approver, signer: await signerOf(world, 'duyet') }
}

export const login = async (world: World, user: string): Promise<Person> => {
  const response = await fetch(`${world.hub.url}/api/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ user, password: passwordOf(world, user) }),
  })
  assert(response.status === 200, `login of ${user}: ${response.status}`)
  const cookies = response.headers.getSetCookie().map((c) => c.split(';')[0] ?? '')
  const cookie = cookies.find((c) => c.startsWith('bangtin=')) ?? ''
  const session = (await response.json()) as Session
  const change = { cookie, 'x-bangtin-csrf': session.csrf }
  return {
    session,
    cookie,
    get: (path, headers = {}) => fetch(world.hub.url + path, { headers: { cookie, ...headers } }),
    post: (path, body, headers = {}) =>
      fetch(world.hub.url + path, {
        method: 'POST',
        headers: { ...change, 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
      }),
    upload: (meta, file, ...more) => {
      const form = new FormData()
      form.append('meta', JSON.stringify(meta))
      for (const one of file === null ? more : [file, ...more])
        form.append('file', new Blob([Uint8Array.from(one)]), 'anh.png')
      return fetch(`${world.hub.url}/api/items`, { method: 'POST', headers: change, body: form })
    },
  }
}

/** Signs as the browser does: the wrapped key opened with the passphrase. */
export const signerOf = async (world: World, user: string) => {
  const store = openSqliteStore(join(world.dir, 'hub.sqlite'))
  const wrapped = await store.accounts.wrappedKey(user)
  await store.close()
  const passphrase = world.seed.accounts.find((a) => a.user === user)?.passphrase
  assert(wrapped !== null && typeof passphrase === 'string', `${user} signs`)
  const pkcs8 = await unwrapKey(wrapped, passphrase)
  assert(pkcs8.ok, 'the passphrase opens the key')
  return openKey(pkcs8.value).signer
}
export type Signer = Awaited<ReturnType<typeof signerOf>>

export const orderOf = (over: Partial<Order>): Order => ({
  id: 'L-1',
  action: 'release',
  class: 'emergency',
  status: 'actual',
  references: [],
  hazard: 'FLASH_FLOOD',
  riskLevel: 3,
  forestFireLevel: null,
  severity: 'extreme',
  authority: { name: 'BCH PTDS tỉnh', document: null },
  texts: [{ language: 'vi', headline: 'Lũ quét: sơ tán ngay', instruction: 'Lên chỗ cao.' }],
  targets: ['LC-MLT-01'],
  wake: true,
  brightness: null,
  sound: false,
  issuedAt: NOW,
  startsAt: NOW,
  expiresAt: NOW + 3_600_000,
  issuer: 'tructinh',
  ...over,
})
export const sealOrder = (signer: Signer, order: Order): Envelope => sealBy([signer], order)
/** Signed by several persons before it is handed in: what the release rules ask two for goes out at once. */
export const sealBy = (signers: readonly Signer[], order: Order): Envelope =>
  sealEnvelope('order', canonicalJson(order), signers)

/** What the approver of the sample signs for an item as it was submitted; `over` makes it something else. */
export const approvalOf = (signer: Signer, view: ItemView, over: object): Envelope =>
  sealEnvelope(
    'approval',
    canonicalJson({ ...JSON.parse(composeApproval({ item: view.item, hash: view.itemHash }, 'duyet', NOW)), ...over }),
    [signer],
  )

export const draftOf = (over: object) => ({
  title: 'Thông báo thử',
  kind: 'text',
  category: 'A7_3_ACCESS_DEMOCRACY',
  languages: ['vi'],
  durationMs: 10_000,
  texts: [{ language: 'vi', title: 'Thông báo', body: 'Nội dung' }],
  audio: false,
  supplier: { org: 'svhttdl', name: 'Sở VHTTDL' },
  suppliedByLead: true,
  document: '1/TB',
  channel: 'DOC_MGMT',
  validFrom: NOW - 1000,
  validTo: NOW + 864e5,
  ad: null,
  entertainment: false,
  publishable: true,
  sites: ['LC-MLT-01'],
  ...over,
})
