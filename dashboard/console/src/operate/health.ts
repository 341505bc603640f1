import type { OrderView, SiteView } from '#core/contract/api.ts'
import { FAULTS, isFaultId } from '#core/contract/faults.ts'
import type { StatusReport } from '#core/contract/link.ts'
import { unitName } from '../emergency/units.ts'
import { isFoundIn } from '../find.ts'
import type { Tone } from '../ui/bits.tsx'

/** One word for a cluster, worst first: this is the order in which the wall stands. */
export const HEALTHS = ['bad', 'away', 'emergency', 'exercise', 'warn', 'ok', 'dark', 'inventory'] as const
export type Health = (typeof HEALTHS)[number]

export const HEALTH_TONES: { readonly [H in Health]: Tone } = {
  bad: 'bad',
  away: 'away',
  emergency: 'emergency',
  exercise: 'exercise',
  warn: 'warn',
  ok: 'ok',
  dark: 'dark',
  inventory: 'off',
}

/** Is what this cluster shows an exercise? Only the order itself says so, and an exercise must never look like the real thing. */
export const showsExercise = (site: SiteView, orders: readonly OrderView[]): boolean => {
  const id = site.status?.screen.order ?? null
  return id !== null && orders.some((o) => o.order.id === id && o.order.status !== 'actual')
}

/** A fault that this page does not know is of a newer edge: it counts as critical until somebody has looked. */
export const isCritical = (fault: { readonly id: string }): boolean =>
  !isFaultId(fault.id) || FAULTS[fault.id].severity === 'critical'

/** Being out of reach comes first: everything else is then only what was last known. */
export const healthOf = (site: SiteView, exercise: boolean): Health => {
  if (site.lifecycle !== 'ACTIVE' && !site.connected) return 'inventory'
  if (!site.connected || site.status === null) return 'away'
  const { faults, screen } = site.status
  if (faults.some(isCritical)) return 'bad'
  if (exercise) return 'exercise'
  if (screen.rank === 'emergency' || screen.rank === 'safety-blank') return 'emergency'
  if (faults.length > 0) return 'warn'
  return screen.show === 'dark' ? 'dark' : 'ok'
}

/** Critical ones first, else as the edge said them. */
export const byWeight = (faults: StatusReport['faults']): StatusReport['faults'] =>
  [...faults].sort((a, b) => Number(isCritical(b)) - Number(isCritical(a)))

export const VIEWS = ['cards', 'list', 'map'] as const
export type WallView = (typeof VIEWS)[number]

/** What a person asks of the wall; null: all of them. */
export type WallFilter = {
  readonly text: string
  readonly health: Health | null
  readonly clusterClass: SiteView['clusterClass'] | null
  readonly unit: string | null
}
export const NO_FILTER: WallFilter = { text: '', health: null, clusterClass: null, unit: null }

const isWanted = (site: SiteView, filter: WallFilter): boolean =>
  (filter.clusterClass === null || site.clusterClass === filter.clusterClass) &&
  (filter.unit === null || site.unitCode === filter.unit) &&
  (filter.text.trim() === '' || isFoundIn(`${site.name} ${site.id} ${unitName(site.unitCode)}`, filter.text))

export type Rated = { readonly site: SiteView; readonly health: Health }
export type Wall = {
  /** Worst first, then by name. */
  readonly rows: readonly Rated[]
  /** Of those that text, class and commune let through, whatever state is chosen: the buttons say what a press would show. */
  readonly counts: { readonly [H in Health]: number }
  readonly all: number
}

export const wallOf = (sites: readonly SiteView[], orders: readonly OrderView[], filter: WallFilter): Wall => {
  const counts: { [H in Health]: number } = {
    bad: 0,
    away: 0,
    emergency: 0,
    exercise: 0,
    warn: 0,
    ok: 0,
    dark: 0,
    inventory: 0,
  }
  const wanted = sites.filter((site) => isWanted(site, filter))
  const rated = wanted.map((site) => ({ site, health: healthOf(site, showsExercise(site, orders)) }))
  for (const { health } of rated) counts[health] += 1
  const rows = rated
    .filter(({ health }) => filter.health === null || health === filter.health)
    .map((row) => ({ ...row, weight: HEALTHS.indexOf(row.health) }))
    .sort((a, b) => a.weight - b.weight || (a.site.id < b.site.id ? -1 : 1))
  return { rows, counts, all: wanted.length }
}

/** What stands in the address after `?`, so that a filtered wall can be sent to a colleague. Unknown words are left out. */
export const filterOf = (query: string): WallFilter & { readonly view: WallView } => {
  const asked = new URLSearchParams(query)
  const of = <T extends string>(list: readonly T[], key: string): T | null =>
    list.find((word) => word === asked.get(key)) ?? null
  return {
    text: (asked.get('q') ?? '').slice(0, 100),
    health: of(HEALTHS, 'state'),
    clusterClass: of(['BORDER_GATE', 'BULLETIN_BOARD'] as const, 'class'),
    unit: asked.get('unit')?.slice(0, 20) ?? null,
    view: of(VIEWS, 'view') ?? 'cards',
  }
}

export const queryOf = (filter: WallFilter, view: WallView): string => {
  const asked = new URLSearchParams()
  if (view !== 'cards') asked.set('view', view)
  if (filter.text.trim() !== '') asked.set('q', filter.text.trim())
  if (filter.health !== null) asked.set('state', filter.health)
  if (filter.clusterClass !== null) asked.set('class', filter.clusterClass)
  if (filter.unit !== null) asked.set('unit', filter.unit)
  return asked.toString()
}
