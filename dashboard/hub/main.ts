import { mkdirSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { parseDocument } from '#core/base/check.ts'
import type { Log } from '#core/base/ports.ts'
import { err, ok, type Result } from '#core/base/result.ts'
import { KeyRegistry } from '#core/contract/keys.ts'
import { openRegistry } from '#core/contract/verify.ts'
import { openAssets } from './assets.ts'
import { checkConfig, type HubConfig } from './config.ts'
import { sha256, verifyEd25519 } from './crypto/ed25519.ts'
import type { Base, Hub } from './hub.ts'
import { makeEdges } from './link/edges.ts'
import { makeHubMetrics } from './metrics/hub-metrics.ts'
import { scrapeOf } from './metrics/scrape.ts'
import { makePreview } from './preview/preview.ts'
import { makeApp } from './server/app.ts'
import { makeLive } from './server/broadcast.ts'
import { makeViews } from './server/views.ts'
import type { Store } from './store/port.ts'
import { openSqliteStore } from './store/sqlite.ts'

export const HUB_VERSION = '0.1.0'
export const ROOT_KEY = 'root-public-key'
export const databaseOf = (dataDir: string): string => join(dataDir, 'hub.sqlite')

export type RunningHub = {
  readonly url: string
  readonly port: number
  /** For tests and for the program that started it. */
  readonly hub: Hub
  /** Stops taking requests, lets go of edges and consoles, finishes what is being written, closes the store. */
  readonly close: () => Promise<void>
}
export type StartOptions = { readonly log: Log /** Wall clock, ms. */; readonly now: () => number }

/** The composition root: the only place that constructs. The error is one sentence for a person, with the next step. */
export const startHub = async (config: HubConfig, options: StartOptions): Promise<Result<RunningHub, string>> => {
  const allowed = checkConfig(config)
  if (!allowed.ok) return allowed
  const free = await canListen(config)
  if (!free.ok) return free
  mkdirSync(config.dataDir, { recursive: true, mode: 0o750 })
  const store = openSqliteStore(databaseOf(config.dataDir))
  const base: Base = { store, now: options.now, log: options.log, config }
  const composed = await compose(base)
  if (!composed.ok) {
    await store.close()
    return composed
  }
  const hub = composed.value
  const app = await makeApp(hub)
  try {
    await app.listen({ host: config.listen.host, port: config.listen.port })
  } catch (error) {
    await store.close()
    return err(listenFault(config, error))
  }
  const address = app.server.address()
  const port = address !== null && typeof address === 'object' ? address.port : config.listen.port
  const url = `${config.tls === null ? 'http' : 'https'}://${config.listen.host}:${port}`
  options.log('info', 'hub listening', { url })
  const close = async () => {
    hub.live.close()
    await hub.edges.close()
    await app.close()
    hub.preview.close()
    await store.close()
  }
  return ok({ url, port, hub, close })
}

const compose = async (base: Base): Promise<Result<Hub, string>> => {
  const { store, config } = base
  const rootPublicKey = await store.meta.get(ROOT_KEY)
  const registry = await loadRegistry(store, rootPublicKey)
  if (!registry.ok || rootPublicKey === null) return registry.ok ? err('no root key') : registry
  const sites = new Map((await store.sites.all()).map((s) => [s.id, s]))
  const accounts = new Map((await store.accounts.all()).map((a) => [a.user, a.name]))
  const names = (user: string) =>
    accounts.get(user) ?? registry.value.entries.find((e) => e.person === user)?.name ?? user
  const live = makeLive()
  const fleet = [...sites.values()].filter((s) => s.fleet)
  const metrics = makeHubMetrics(
    fleet.map((s) => s.id),
    () => scrapeOf({ store, now: base.now, version: HUB_VERSION, fleet, state: edges.state }),
  )
  const logged = (work: Promise<unknown>) =>
    void work.catch((error: unknown) => base.log('error', 'live update failed', { error: String(error) }))
  const tellSite = async (id: string) => {
    const site = sites.get(id)
    if (site !== undefined && live.count() > 0) live.tell({ t: 'site', site: await views.site(site) })
  }
  const tellOrder = async (id: string) => {
    const row = live.count() > 0 ? await store.orders.get(id) : null
    if (row !== null) live.tell({ t: 'order', order: views.order(row) })
  }
  const measure = async (id: string, stage: 'accepted' | 'refused' | 'shown' | 'ended', heardAt: number) => {
    const row = await store.orders.get(id)
    if (row !== null) metrics.receipt(stage, Math.max(0, heardAt - row.releasedAt) / 1000)
  }
  const edges = makeEdges(
    base,
    fleet.map((s) => s.id),
    await store.sites.lastSeen(),
    {
      site: (id) => logged(tellSite(id)),
      screen: (id) => live.tell({ t: 'frame', site: id, at: base.now() }),
      receipt: (_site, receipt, outcome, heardAt) => {
        if (outcome !== 'first') return
        logged(measure(receipt.order, receipt.stage, heardAt))
        logged(tellOrder(receipt.order))
      },
      evidence: (site, result) => metrics.evidence(site, result),
    },
  )
  const views = makeViews({ ...base, sites, names, edges })
  return ok({
    ...base,
    version: HUB_VERSION,
    rootPublicKey,
    registry: () => registry.value,
    sites,
    names,
    assets: openAssets(join(config.dataDir, 'assets')),
    edges,
    live,
    views,
    preview: makePreview(config.fontDirs),
    metrics,
  })
}

/** The hub trusts its own database no more than an edge does: the registry is checked against the root key each time it starts. */
const loadRegistry = async (store: Store, rootPublicKey: string | null): Promise<Result<KeyRegistry, string>> => {
  const envelope = await store.registry.latest()
  if (rootPublicKey === null || envelope === null) {
    return err(
      'this data folder has no root key and key registry yet: run the demo seed or import a signed registry · chưa có khóa gốc và sổ khóa',
    )
  }
  const opened = openRegistry(envelope, { rootPublicKey, verify: verifyEd25519, sha256, above: 0 })
  if (!opened.ok)
    return err(`the key registry in the database is refused: ${opened.error.reason}: ${opened.error.detail}`)
  const parsed = parseDocument(KeyRegistry, envelope.payload)
  return parsed.ok ? ok(opened.value) : err('the key registry cannot be read')
}

const listenFault = (config: HubConfig, error: unknown): string => {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
  const where = `${config.listen.host}:${config.listen.port}`
  if (code === 'EADDRINUSE') {
    return `/listen/port: ${where} is in use by another program. Stop it (\`ss -ltnp 'sport = :${config.listen.port}'\` names it), or choose another port. · Cổng ${config.listen.port} đang được chương trình khác dùng.`
  }
  if (code === 'EACCES')
    return `/listen/port: no permission for ${where}; ports below 1024 need the capability CAP_NET_BIND_SERVICE. · Không có quyền mở cổng.`
  return `/listen: cannot listen at ${where}: ${code}. · Không mở được cổng.`
}

/** Asked before the database is opened, so that a second hub on the same machine touches nothing of the first. */
const canListen = (config: HubConfig): Promise<Result<null, string>> =>
  new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', (error) => resolve(err(listenFault(config, error))))
    probe.listen(config.listen.port, config.listen.host, () => probe.close(() => resolve(ok(null))))
  })
