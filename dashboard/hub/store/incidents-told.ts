import { incidentKind, RECORDED } from '#core/contract/incidents.ts'
import type { OutageCause } from '#core/contract/operations.ts'
import type { AirtimeLine, IncidentLine, Line } from '../playlog/line.ts'
import type { Db } from './db.ts'
import { powerExplains, raise, wasResolved } from './incidents.ts'
import type { IncidentSignal } from './port-operations.ts'

/** A record of a standing fault that is no older than this says nothing new: the status that comes with it does. ms */
const FRESH_MS = 120_000

/** Content that is not what was approved, or was approved by nobody who may: somebody tried something. */
const UNSIGNED: readonly string[] = [
  'unapproved',
  'bad-signature',
  'unknown-key',
  'no-right',
  'self-approved',
  'changed',
]

const SHORT_OF: { readonly [cause: string]: OutageCause } = {
  POWER: 'power',
  LINK: 'link',
  DEVICE: 'device',
}

/** What a fresh line of evidence says about incidents, in the commit that stores it: so each line counts once. Ids of what changed. */
export const foldIncidents = (db: Db, site: string, line: Line, now: number): string | null => {
  const { body } = line
  // A clock that was never set says nothing about when it was.
  const at = line.quality === 'unset' ? now : Math.min(line.wall, now)
  const base = { site, source: 'edge', at, arrivedAt: now, stands: false, severity: null } as const
  switch (body.kind) {
    case 'incident':
      return recorded(db, { ...base, body, now })
    case 'refusal':
      if (!UNSIGNED.includes(body.reason)) return null
      return raise(db, {
        ...base,
        what: 'signature-refused',
        type: 'INFORMATION_SECURITY',
        cause: null,
        detail: `${body.item}: ${body.reason}: ${body.detail}`,
      })
    case 'airtime':
      return missed(db, base, body)
    case 'gap':
      return cut(db, { ...base, from: body.fromWall, to: at, detail: body.detail, isCut: body.cause === 'power-cut' })
    case 'open':
    case 'close':
    case 'proof':
    case 'screen':
    case 'verdict':
    case 'sensor':
    case 'order':
    case 'other':
      return null
  }
}

type Base = Pick<IncidentSignal, 'site' | 'source' | 'at' | 'arrivedAt' | 'stands' | 'severity'>

const recorded = (db: Db, it: Base & { readonly body: IncidentLine; readonly now: number }): string | null => {
  const { body, now, ...base } = it
  const known = Object.hasOwn(RECORDED, body.what) ? RECORDED[body.what] : undefined
  if (known?.isFault === true && now - base.at < FRESH_MS) return null
  const what = known?.what ?? (body.what.startsWith('player-') ? 'player-trouble' : body.what)
  // What the edge's status told at the time, and a person has dealt with since, is no second incident because its record is late.
  if (known?.isFault === true && base.site !== null && wasResolved(db, base.site, what, base.at)) return null
  // The edge knows better whether it was an attack, where we have no opinion.
  const type = known === undefined ? body.type : incidentKind(what).type
  return raise(db, { ...base, what, type, cause: null, detail: body.detail })
}

const missed = (db: Db, base: Base, body: AirtimeLine): string | null => {
  if (body.stage !== 'missed') return null
  const minutes = Math.ceil(body.missingMs / 60_000)
  const detail = `${body.date} ${body.period}: −${minutes} min (${body.cause ?? '?'})${body.detail === '' ? '' : `: ${body.detail}`}`
  return raise(db, {
    ...base,
    what: 'floor-missed',
    type: null,
    cause: SHORT_OF[body.cause ?? ''] ?? 'unknown',
    detail,
  })
}

const cut = (
  db: Db,
  it: Base & { readonly from: number; readonly to: number; readonly detail: string; readonly isCut: boolean },
): string | null => {
  const { from, to, detail, isCut, ...base } = it
  if (!isCut || base.site === null) return null
  const explained = powerExplains(db, base.site, { from, to, detail })
  if (explained !== null) return explained
  const begin = Math.min(from, to)
  const id = raise(db, { ...base, at: begin, what: 'power-cut', type: null, cause: 'power', detail })
  db.run(
    'UPDATE incidents SET cleared_at = MAX(cleared_at, ?), last_at = MAX(last_at, ?) WHERE id = ? AND cleared_at IS NOT NULL',
    to,
    to,
    id,
  )
  return id
}
