import type { Log } from '#core/base/ports.ts'
import type { FaultId } from '#core/contract/faults.ts'
import { COUNTED_FAULTS, incidentKind } from '#core/contract/incidents.ts'
import type { StatusReport } from '#core/contract/link.ts'
import type { IncidentView } from '#core/contract/operations.ts'
import type { Edges } from '../link/edges.ts'
import { BY_ITSELF } from '../store/incidents.ts'
import type { Ingested, Store } from '../store/port.ts'
import type { IncidentRow, IncidentSignal } from '../store/port-operations.ts'
import type { SiteRecord } from '../store/types.ts'
import type { Live } from './broadcast.ts'
import { makeCoalescer, TELL_EVERY_MS } from './coalesce.ts'

/** A fault becomes an incident when it has stood this long: a cluster that starts finds its devices one after the other. ms */
export const DEBOUNCE_MS = 10_000
const LOOK_EVERY_MS = 15_000
/** What is kept no longer than needed is looked through this often, ms. */
const PRUNE_EVERY_MS = 3_600_000
const KEPT_MS = 731 * 86_400_000
/** Lines are folded that were stored before the hub could: some at a time, with a rest between, ms. */
const CATCH_UP_REST_MS = 20

/** Opens and clears incidents out of what edges say, what they do not say, and what the hub refuses; tells the consoles. */
export type Incidents = {
  readonly status: (site: string, status: StatusReport) => void
  readonly link: (site: string, isUp: boolean) => void
  readonly evidence: (site: string, result: Ingested) => void
  /** Something that happened and was over. */
  readonly happened: (site: string | null, what: string, detail: string) => void
  readonly view: (row: IncidentRow) => IncidentView
  readonly changed: (id: string) => void
  /** Looks once for clusters that are silent, and for what is over by itself. */
  readonly look: () => Promise<void>
  /** Takes up what stood before a restart; call once, before edges dial in. */
  readonly begin: () => Promise<void>
  /** Resolves when what was being written is written. */
  readonly close: () => Promise<void>
}

type Needs = {
  readonly store: Store
  readonly now: () => number
  readonly log: Log
  readonly live: Live
  readonly names: (user: string) => string
  readonly sites: ReadonlyMap<string, SiteRecord>
  readonly state: Edges['state']
  readonly config: { readonly silentSeconds: number }
}

const nameOfHub = 'Trung tâm · hub'
const OVER_BY_ITSELF = 'tự hết, không ai phải xử lý · over by itself'

export const makeView =
  (names: (user: string) => string) =>
  (row: IncidentRow): IncidentView => {
    const named = <T extends { readonly by: string }>(deed: T) => ({ ...deed, name: names(deed.by) })
    const { reported, acknowledged, resolved, title, ...rest } = row
    return {
      ...rest,
      title: title === null ? incidentKind(row.what).title : { vi: title, en: title },
      reportedBy: reported === null ? null : named(reported),
      acknowledged: acknowledged === null ? null : named(acknowledged),
      escalations: row.escalations.map(named),
      resolved:
        resolved?.by === BY_ITSELF
          ? { ...resolved, name: nameOfHub, note: OVER_BY_ITSELF }
          : resolved && named(resolved),
    }
  }

/** What stands at one cluster by its status: since when, and whether an incident is open for it. */
type Standing = Map<string, { readonly since: number; isOpen: boolean }>

const faultsOf = (status: StatusReport): ReadonlyMap<string, string> => {
  const faults = new Map<string, string>()
  for (const { id, detail } of status.faults) {
    if (COUNTED_FAULTS.some((f) => f === id)) continue
    const said = faults.get(id)
    faults.set(id, said === undefined || said === '' ? detail : `${said}; ${detail}`)
  }
  return faults
}

/** What somebody must go to at once. */
const AT_ONCE: readonly string[] = ['smoke-detected', 'local-emergency', 'local-blank'] satisfies readonly FaultId[]

export const makeIncidents = (hub: Needs): Incidents => {
  const { store, now, log } = hub
  const view = makeView(hub.names)
  const startedAt = now()
  const standing = new Map<string, Standing>()
  const silent = new Set<string>()
  const forked = new Set<string>()
  const run = { looking: false, closed: false, prunedAt: 0, work: Promise.resolve() as Promise<unknown> }

  const news = makeCoalescer({
    tell: async (id) => {
      const row = hub.live.count() > 0 ? await store.incidents.get(id) : null
      if (row !== null) hub.live.tell({ t: 'incident', incident: view(row) })
    },
    everyMs: TELL_EVERY_MS,
    clock: () => performance.now(),
    failed: (error) => log('error', 'live update failed', { error: String(error) }),
  })
  const changed = (id: string): void => {
    if (hub.live.count() > 0) news.changed(id)
  }
  /** One after the other, so that what opens is stored before what clears it. */
  const after = (work: () => Promise<readonly string[]>): void => {
    run.work = run.work
      .then(work)
      .then((ids) => ids.forEach(changed))
      .catch((error: unknown) => log('error', 'incident not stored', { error: String(error) }))
  }
  const raise = (it: Pick<IncidentSignal, 'site' | 'what' | 'source' | 'detail' | 'at' | 'stands'>): void => {
    const signal = { ...it, type: null, cause: null, severity: null, arrivedAt: now() }
    after(async () => [await store.incidents.raise(signal)])
  }
  const clear = (site: string, what: string): void => {
    const at = now()
    after(() => store.incidents.clear(site, what, at))
  }
  const of = (site: string): Standing => {
    const known = standing.get(site) ?? new Map()
    standing.set(site, known)
    return known
  }

  const status = (site: string, report: StatusReport): void => {
    const known = of(site)
    const faults = faultsOf(report)
    for (const [what, detail] of faults) {
      const it = known.get(what) ?? { since: now(), isOpen: false }
      known.set(what, it)
      if (it.isOpen || (!AT_ONCE.includes(what) && now() - it.since < DEBOUNCE_MS)) continue
      it.isOpen = true
      raise({ site, what, source: 'edge', detail, at: it.since, stands: true })
    }
    for (const [what, it] of known) {
      if (faults.has(what)) continue
      known.delete(what)
      if (it.isOpen) clear(site, what)
    }
  }
  const link = (site: string, isUp: boolean): void => {
    const at = now()
    after(async () => {
      await (isUp ? store.links.came(site, at) : store.links.went(site, hub.state(site).lastSeen ?? at))
      return []
    })
    if (!isUp || !silent.delete(site)) return
    clear(site, 'cluster-silent')
  }
  const evidence = (site: string, result: Ingested): void => {
    if (result.kind === 'stored') {
      result.incidents.forEach(changed)
      if (result.stored > 0 && forked.delete(site)) clear(site, 'evidence-fork')
    } else if (result.why === 'fork' && !forked.has(site)) {
      forked.add(site)
      raise({ site, what: 'evidence-fork', source: 'hub', detail: result.detail, at: now(), stands: true })
    }
  }
  const happened = (site: string | null, what: string, detail: string): void =>
    raise({ site, what, source: 'hub', detail, at: now(), stands: false })

  const findSilent = (): void => {
    for (const { id, fleet, lifecycle } of hub.sites.values()) {
      const { connected, lastSeen } = hub.state(id)
      if (!fleet || lifecycle !== 'ACTIVE') {
        // Nobody waits for a cluster that was taken out of service, and an incident that stands could not be resolved.
        if (silent.delete(id)) clear(id, 'cluster-silent')
        continue
      }
      if (connected || lastSeen === null || silent.has(id)) continue
      // While the hub itself was not there nobody was heard, and that says nothing of anybody.
      const since = Math.max(lastSeen, startedAt)
      if (now() - since < hub.config.silentSeconds * 1000) continue
      silent.add(id)
      raise({ site: id, what: 'cluster-silent', source: 'hub', detail: '', at: since, stands: true })
    }
  }
  const prune = async (): Promise<void> => {
    if (now() - run.prunedAt < PRUNE_EVERY_MS) return
    run.prunedAt = now()
    const before = now() - KEPT_MS
    await store.stretches.prune(before, new Date(before).toISOString().slice(0, 10))
  }
  const look = async (): Promise<void> => {
    findSilent()
    await run.work
    for (const id of await store.incidents.settle(now())) changed(id)
    await prune()
  }
  const catchUp = async (): Promise<void> => {
    while (!run.closed && (await store.folds.catchUp(now())))
      await new Promise((resolve) => setTimeout(resolve, CATCH_UP_REST_MS))
  }
  const begin = async (): Promise<void> => {
    for (const it of await store.incidents.standing()) {
      if (it.site === null) continue
      const lifecycle = hub.sites.get(it.site)?.lifecycle ?? 'DECOMMISSIONED'
      // Nobody will ever say of it that it is gone.
      if (lifecycle === 'DECOMMISSIONED') clear(it.site, it.what)
      else if (it.source === 'edge') of(it.site).set(it.what, { since: startedAt, isOpen: true })
      else if (it.what === 'cluster-silent') silent.add(it.site)
      else if (it.what === 'evidence-fork') forked.add(it.site)
    }
    // Whoever was connected when the hub went away has been without it since.
    for (const [site, at] of await store.sites.lastSeen()) if (hub.sites.has(site)) await store.links.went(site, at)
    void catchUp().catch((error: unknown) => log('error', 'older evidence not folded', { error: String(error) }))
  }
  const timer = setInterval(() => {
    if (run.looking) return
    run.looking = true
    look()
      .catch((error: unknown) => log('error', 'looking for silent clusters failed', { error: String(error) }))
      .finally(() => {
        run.looking = false
      })
  }, LOOK_EVERY_MS)
  timer.unref()
  const close = async (): Promise<void> => {
    clearInterval(timer)
    run.closed = true
    news.close()
    await run.work
  }
  return { status, link, evidence, happened, view, changed, look, begin, close }
}
