import { existsSync, mkdirSync } from 'node:fs'
import { createServer, isIPv6, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import type { Log } from '#core/base/ports.ts'
import { err, ok, type Result } from '#core/base/result.ts'
import { can } from '#core/contract/can.ts'
import type { Envelope } from '#core/contract/envelope.ts'
import type { KeyRegistry } from '#core/contract/keys.ts'
import { openRegistry } from '#core/contract/verify.ts'
import { MOST_PICTURE_BYTES } from '#core/emergency/order.ts'
import type { Policy } from '#core/policy/policy.ts'
import { openAssets, readWhole } from './assets.ts'
import { startNightly } from './backup/nightly.ts'
import type { Base } from './base.ts'
import { type CapGround, makeCapHouse, openCapGround } from './cap/side.ts'
import { openCertificate } from './certificate.ts'
import { checkConfig, type HubConfig } from './config.ts'
import { sha256, verifyEd25519 } from './crypto/ed25519.ts'
import { readText } from './files.ts'
import type { Hub } from './hub.ts'
import { makeEdges } from './link/edges.ts'
import { makeCatchUp } from './metrics/catch-up.ts'
import { makeHubMetrics } from './metrics/hub-metrics.ts'
import { scrapeOf } from './metrics/scrape.ts'
import { readPolicies } from './policies.ts'
import { makePreview } from './preview/preview.ts'
import { HTTP_BOUNDS, makeApp } from './server/app.ts'
import { makeLive } from './server/broadcast.ts'
import { makeCoalescer, TELL_EVERY_MS } from './server/coalesce.ts'
import { personByHash } from './server/guard.ts'
import { makeIncidents } from './server/incidents-watch.ts'
import { localReceipt } from './server/local.ts'
import { makeOrderSide } from './server/order-side.ts'
import { makeViews } from './server/views.ts'
import type { Store } from './store/port.ts'
import { openSqliteStore } from './store/sqlite.ts'

export const HUB_VERSION = '0.1.0'
export const ROOT_KEY = 'root-public-key'
export const databaseOf = (dataDir: string): string => join(dataDir, 'hub.sqlite')

/** A whole province dials at once when the hub comes back; a connection that finds no room here tries again only after a second. */
const BACKLOG = 4_096

export type RunningHub = {
  readonly url: string
  readonly port: number
  /** For tests and for the program that started it. */
  readonly hub: Hub
  /**
   * Takes up a newer key registry, and the accounts, that `bangtin keys install` has put into the store meanwhile; edges that are connected
   * get it at once. Clusters are read at start only.
   */
  readonly reload: () => Promise<Result<Reloaded, string>>
  /** Stops taking requests, lets go of edges and consoles, finishes what is being written, closes the store. */
  readonly close: () => Promise<void>
}
export type Reloaded = { readonly registryVersion: number; readonly changed: boolean; readonly edges: number }
export type StartOptions = { readonly log: Log /** Wall clock, ms. */; readonly now: () => number }

/** The composition root: the only place that constructs. The error is one sentence for a person, with the next step. */
export const startHub = async (config: HubConfig, options: StartOptions): Promise<Result<RunningHub, string>> => {
  const { log, now } = options
  const allowed = checkConfig(config)
  if (!allowed.ok) return allowed
  const free = await canListen(config)
  if (!free.ok) return free
  const ground = openGround(config)
  if (!ground.ok) return ground
  const { store, metricsToken, policies, cap } = ground.value
  const refuse = async (error: string) => {
    await store.close()
    return err(error)
  }
  const certificate = await openCertificate(config, now())
  if (!certificate.ok) return refuse(certificate.error)
  const certificateTo = certificate.value?.validTo ?? null
  const composed = await compose({ store, now, log, config }, { policies, cap, certificateTo })
  if (!composed.ok) return refuse(`/dataDir: ${config.dataDir}: ${composed.error}`)
  const { hub, reload, quiet } = composed.value
  const app = await makeApp(hub, { certificate: certificate.value, metricsToken, bounds: HTTP_BOUNDS })
  const cutOff = holdConnections(app.server)
  try {
    await app.listen({ host: config.listen.host, port: config.listen.port, backlog: BACKLOG })
  } catch (error) {
    return refuse(listenFault(config, error))
  }
  const address = app.server.address()
  const port = address !== null && typeof address === 'object' ? address.port : config.listen.port
  const host = isIPv6(config.listen.host) ? `[${config.listen.host}]` : config.listen.host
  const url = `${config.tls === null ? 'http' : 'https'}://${host}:${port}`
  for (const detail of certificate.value?.warnings ?? []) log('warn', 'certificate', { detail })
  log('info', 'hub listening', { url, fingerprint: certificate.value?.fingerprint ?? null })
  if (policies.size === 0)
    log(
      'warn',
      'no policy (/policyDir): every order that shows something needs two persons, an emergency alone is reviewed',
      {},
    )
  const strange = [...hub.sites.values()].filter((s) => s.fleet && !policies.has(s.plan?.policy ?? ''))
  if (policies.size > 0 && strange.length > 0)
    log('warn', 'clusters whose policy is not in /policyDir: the strictest that is there holds for orders to them', {
      sites: strange.slice(0, 20).map((s) => s.id),
    })
  const read = hub.trail.read().catch((error: unknown) => log('warn', 'audit log not read', { error: String(error) }))
  const stopCap = hub.cap.start()
  const close = async () => {
    await stopCap()
    hub.live.close()
    hub.watch.close()
    await quiet()
    await hub.edges.close()
    await hub.incidents.close()
    await hub.frames.close()
    cutOff()
    await app.close()
    await read
    hub.preview.close()
    await store.close()
  }
  return ok({ url, port, hub, reload, close })
}

type Ground = {
  readonly store: Store
  readonly metricsToken: string | null
  readonly policies: ReadonlyMap<string, Policy>
  readonly cap: CapGround
}

/** Everything of the machine that the configuration names. Nothing is left open when something is wrong with any of it. */
const openGround = (config: HubConfig): Result<Ground, string> => {
  const token = config.metricsTokenFile === null ? ok(null) : readText(config.metricsTokenFile)
  if (!token.ok) return err(`/metricsTokenFile: ${token.error}`)
  const metricsToken = token.value?.trim() ?? null
  if (metricsToken === '') return err(`/metricsTokenFile: ${config.metricsTokenFile}: is empty · tệp trống`)
  if (config.consoleDir !== null && !existsSync(join(config.consoleDir, 'index.html')))
    return err(
      `/consoleDir: ${config.consoleDir}: holds no built console (index.html); run \`npm run build\`, or set it to null for the API alone · chưa có trang điều hành`,
    )
  const policies = config.policyDir === null ? ok(new Map<string, Policy>()) : readPolicies(config.policyDir)
  if (!policies.ok) return err(`/policyDir: ${policies.error}`)
  const cap = openCapGround(config.cap)
  if (!cap.ok) return cap
  try {
    // Its parent must be there: a path with a typing error shall not become a new, empty province.
    if (!existsSync(config.dataDir)) mkdirSync(config.dataDir, { mode: 0o750 })
    return ok({
      store: openSqliteStore(databaseOf(config.dataDir)),
      metricsToken,
      policies: policies.value,
      cap: cap.value,
    })
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return err(`/dataDir: ${databaseOf(config.dataDir)}: cannot be opened: ${why} · không mở được cơ sở dữ liệu`)
  }
}

type Composed = { readonly hub: Hub; readonly reload: RunningHub['reload']; readonly quiet: () => Promise<void> }

const compose = async (
  base: Base,
  { policies, cap, certificateTo }: Pick<Ground, 'policies' | 'cap'> & { readonly certificateTo: number | null },
): Promise<Result<Composed, string>> => {
  const { store, config } = base
  const loaded = await loadKeys(store)
  if (!loaded.ok) return loaded
  const held = { keys: loaded.value, names: await namesOf(store) }
  const sites = new Map((await store.sites.all()).map((s) => [s.id, s]))
  const names = (user: string) =>
    held.names.get(user) ?? held.keys.registry.entries.find((e) => e.person === user)?.name ?? user
  const live = makeLive(async (tokenHash) => {
    const person = await personByHash(base, tokenHash)
    return person === null || !can(person.roles, 'view') ? null : person.roles.join(' ')
  })
  const fleet = [...sites.values()].filter((s) => s.fleet)
  const own = { startedAt: base.now(), dataDir: config.dataDir, certificateTo, registry: () => held.keys.registry }
  const nightly = startNightly(base, HUB_VERSION)
  const metrics = makeHubMetrics(
    fleet.map((s) => s.id),
    () =>
      scrapeOf({
        store,
        now: base.now,
        version: HUB_VERSION,
        fleet,
        state: edges.state,
        intact: side.trail.intact,
        backedUpAt: nightly.newestAt,
        own,
      }),
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
  const clock = () => performance.now()
  const failed = (error: unknown) => base.log('error', 'live update failed', { error: String(error) })
  const orderNews = makeCoalescer({ tell: tellOrder, everyMs: TELL_EVERY_MS, clock, failed })
  const siteNews = makeCoalescer({ tell: tellSite, everyMs: TELL_EVERY_MS, clock, failed })
  const measure = async (id: string, stage: 'accepted' | 'refused' | 'shown' | 'ended', heardAt: number) => {
    const releasedAt = await store.orders.releasedAt(id)
    if (releasedAt !== null) metrics.receipt(stage, Math.max(0, heardAt - releasedAt) / 1000)
  }
  const edges = makeEdges(
    base,
    fleet.map((s) => s.id),
    await store.sites.lastSeen(),
    {
      site: (id) => {
        catchUp.heard(id)
        if (live.count() > 0) siteNews.changed(id)
      },
      screen: (id) => live.tell({ t: 'frame', site: id, at: base.now() }),
      receipt: (site, receipt, outcome, heardAt) => {
        if (outcome !== 'first') return
        logged(measure(receipt.order, receipt.stage, heardAt))
        side.frames.receipt(site, receipt)
        if (live.count() > 0) orderNews.changed(receipt.order)
      },
      again: (order) => {
        if (live.count() > 0) orderNews.changed(order)
      },
      status: (site, status) => incidents.status(site, status),
      link: (site, isUp) => incidents.link(site, isUp),
      foreign: (site) => incidents.happened(site, 'foreign-device', ''),
      evidence: (site, result) => {
        metrics.evidence(site, result)
        // A refusal must be seen at once: it stands beside the item in the console.
        if (result.kind === 'stored' && result.refusals > 0) live.tell({ t: 'items' })
        incidents.evidence(site, result)
        for (const told of result.kind === 'stored' ? result.local : []) {
          if (live.count() > 0) orderNews.changed(told.order)
          const receipt = localReceipt(told, base.now())
          if (receipt !== null) side.frames.receipt(site, receipt)
        }
      },
    },
  )
  const views = makeViews({ ...base, sites, names, edges })
  const incidents = makeIncidents({ ...base, live, names, sites, state: edges.state })
  await incidents.begin()
  const assets = openAssets(join(config.dataDir, 'assets'))
  const side = makeOrderSide({ ...base, assets, edges, live, views, names, incidents })
  const reload = async (): Promise<Result<Reloaded, string>> => {
    const newest = await loadKeys(store)
    if (!newest.ok) return newest
    held.names = await namesOf(store)
    const registryVersion = newest.value.registry.version
    const changed = registryVersion > held.keys.registry.version
    if (changed) held.keys = newest.value
    live.tell({ t: 'items' })
    return ok({ registryVersion, changed, edges: changed ? edges.registry(newest.value.envelope) : 0 })
  }
  const hub: Hub = {
    ...base,
    version: HUB_VERSION,
    rootPublicKey: held.keys.rootPublicKey,
    registry: () => held.keys.registry,
    policies,
    sites,
    names,
    assets,
    ...side,
    edges,
    live,
    views,
    incidents,
    preview: makePreview(config.fontDirs, (sha) => readWhole(assets, sha, MOST_PICTURE_BYTES)),
    metrics,
    cap: makeCapHouse({
      ...base,
      config: config.cap,
      ground: cap,
      drafts: side.drafts,
      counted: metrics.cap,
      forged: (detail) => incidents.happened(null, 'signature-refused', detail),
      province: held.keys.registry.province,
      sites: [...sites.values()],
    }),
  }
  const catchUp = makeCatchUp(base, { sites, edges, counted: metrics.remembered })
  const quiet = async () => {
    orderNews.close()
    siteNews.close()
    await catchUp.close()
    await nightly.close()
  }
  return ok({ hub, reload, quiet })
}

const namesOf = async (store: Store): Promise<ReadonlyMap<string, string>> =>
  new Map((await store.accounts.all()).map((a) => [a.user, a.name]))

type Keys = { readonly rootPublicKey: string; readonly envelope: Envelope; readonly registry: KeyRegistry }

/** The hub trusts its own database no more than an edge does: the registry is checked against the root key each time it is read. */
export const loadKeys = async (store: Store): Promise<Result<Keys, string>> => {
  const rootPublicKey = await store.meta.get(ROOT_KEY)
  const envelope = await store.registry.latest()
  if (rootPublicKey === null || envelope === null) {
    return err(
      'this data folder has no root key and key registry yet: make them with `bangtin keys init`, `bangtin keys person`, and bring them here with ' +
        '`bangtin keys install` (`bangtin keys --help`) · thư mục dữ liệu chưa có khóa gốc và sổ khóa',
    )
  }
  const opened = openRegistry(envelope, { rootPublicKey, verify: verifyEd25519, sha256, above: 0 })
  if (opened.ok) return ok({ rootPublicKey, envelope, registry: opened.value })
  return err(`the key registry in the database is refused: ${opened.error.reason}: ${opened.error.detail}`)
}

/**
 * What returns ends every connection, those to come included. Closing the server alone waits for connections that are no request yet: one
 * that never ends its TLS handshake (a port scan, a device that lost its power) would hold the process for two minutes.
 */
const holdConnections = (server: Server): (() => void) => {
  const held = { sockets: new Set<Socket>(), over: false }
  server.on('connection', (socket: Socket) => {
    if (held.over) return void socket.destroy()
    held.sockets.add(socket)
    socket.once('close', () => held.sockets.delete(socket))
  })
  return () => {
    held.over = true
    for (const socket of held.sockets) socket.destroy()
  }
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
