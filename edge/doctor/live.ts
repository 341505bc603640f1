import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type Mono, since } from '#core/base/units.ts'
import type { Claim } from '#core/claim/claim.ts'
import { assetsOf } from '#core/content/item.ts'
import type { StatusReport } from '#core/contract/link.ts'
import { powerNow } from '#core/engine/lit.ts'
import { silenceExpected } from '#core/engine/power.ts'
import { desire } from '#core/engine/screen.ts'
import type { State } from '#core/engine/state.ts'
import type { EvidenceRecord } from '#core/evidence/record.ts'
import { frameAt } from '#core/schedule/frames.ts'
import { manualKey, manualText } from '#core/screen/manual.ts'
import type { EdgeConfig } from '../config.ts'
import type { Health } from '../shell/health.ts'
import type { LinkState } from '../shell/linkstate.ts'
import type { Playlog } from '../shell/playlog.ts'
import { parseRecord } from '../shell/playlog-segments.ts'
import type { ContentFacts, DoctorFacts, KeyFacts, LineFacts, LiveFacts, OrderFacts, PlayerFacts } from './facts.ts'

/** What the daemon lends to a diagnosis. */
export type LiveSources = {
  readonly config: EdgeConfig
  readonly state: () => State
  readonly status: () => StatusReport
  readonly playlog: Pick<Playlog, 'head' | 'read'>
  readonly health: () => Health
  readonly link: () => LinkState | null
  readonly lines: () => readonly LineFacts[]
  readonly player: () => Omit<PlayerFacts, 'scene' | 'sinceMs'>
  readonly fetching: () => Pick<ContentFacts, 'fetching' | 'waiting'>
  readonly kernelClock: () => { readonly synchronised: boolean; readonly maxErrorUs: number } | null
  readonly hubAheadMs: () => number | null
  readonly deviceKey: string
  readonly enrolled: () => boolean
}

/** Lines of the log that are put into words. */
export const EVIDENCE_LINES = 200
/** Rows of one kind that are listed; more are of no use to anybody. */
const MOST_LISTED = 40

export const liveFacts = async (of: LiveSources): Promise<DoctorFacts> => {
  const evidence = await recentOf(of.playlog)
  const state = of.state()
  const status = of.status()
  const { site, policy } = state
  const kernel = of.kernelClock()
  const left = (until: Mono): number => Math.max(0, until - status.clock.mono)
  return {
    at: status.clock.wall,
    offsetMinutes: policy.zone.offsetMinutes,
    site: { id: site.id, name: site.name, version: site.version },
    health: of.health(),
    evidence,
    keys: keyFacts(of, state, status.clock.wall),
    state: {
      is: 'live',
      status,
      verdict: state.verdict,
      screenWhy: state.screen.why,
      titles: titlesOf(state),
      orders: state.orders.entries.slice(0, MOST_LISTED).map((entry) => orderFacts(entry, state)),
      power: powerNow(state),
      wanted: desire(state),
      observedMs: state.display.observed && Math.max(0, status.clock.mono - state.display.observed.at.mono),
      held: state.manual.map(({ wish, person, until }) => ({
        what: `${manualKey(wish)} = ${manualText(wish)}`,
        person,
        leftMs: left(until),
      })),
      technician: state.technician && {
        person: state.technician.person,
        pattern: state.technician.pattern,
        leftMs: left(state.technician.until),
      },
      lines: of.lines(),
      player: { ...of.player(), ...sceneOf(state) },
      content: { ...contentFacts(state), ...of.fetching() },
      clock: {
        synchronised: kernel?.synchronised ?? null,
        maxErrorMs: kernel === null ? null : kernel.maxErrorUs / 1000,
        hubAheadMs: of.hubAheadMs(),
        steps: state.counters.clockSteps,
      },
      link: of.link(),
      hub: state.hub,
    },
  }
}

const recentOf = async ({ head, read }: LiveSources['playlog']): Promise<readonly EvidenceRecord[]> => {
  const lines = await read({ fromSeq: Math.max(0, head() - EVIDENCE_LINES + 1), limit: EVIDENCE_LINES })
  return lines.flatMap((line) => parseRecord(line) ?? []).toReversed()
}

const titleOf = ({ want, order }: Claim, state: State): string => {
  if (want.want === 'item') return state.schedule?.items[want.item]?.title ?? want.item
  const entry = order === null ? undefined : state.orders.entries.find((one) => one.order.id === order)
  return entry?.order.texts[0]?.headline ?? ''
}

const titlesOf = (state: State): LiveFacts['titles'] => {
  const { verdict } = state
  const claims = verdict === null ? [] : [verdict.winner, ...verdict.displaced, ...verdict.restrictions]
  return Object.fromEntries(claims.map((claim) => [claim.id, titleOf(claim, state)]))
}

const orderFacts = (entry: State['orders']['entries'][number], state: State): OrderFacts => {
  const { order } = entry
  return {
    id: order.id,
    class: order.class,
    headline: order.texts[0]?.headline ?? '',
    state: entry.state,
    endReason: entry.endReason,
    startsAt: order.startsAt,
    expiresAt: order.expiresAt,
    shown: entry.shown,
    silent: entry.state === 'active' ? silentOf(entry, state) : null,
  }
}

/** In force and asking for nothing: the rules of `orderClaims`, told and not decided. */
const silentOf = ({ order }: State['orders']['entries'][number], state: State): OrderFacts['silent'] => {
  const { verdict } = state
  const asks =
    verdict && [verdict.winner, ...verdict.displaced, ...verdict.restrictions].some((c) => c.order === order.id)
  if (asks) return null
  if ((state.broken[`order:${order.id}`] ?? 0) > state.now.mono) return 'broken'
  if (order.status !== 'actual') return 'exercise'
  return powerNow(state).power === 'off' && !order.wake ? 'sleeps' : null
}

const sceneOf = ({ playing, told, now }: State): Pick<PlayerFacts, 'scene' | 'sinceMs'> => ({
  scene: playing === null ? (told?.scene ?? '–') : `${playing.scene.scene} “${playing.open.title}”`,
  sinceMs: playing && since(now.mono, playing.since.mono),
})

const contentFacts = (state: State): Omit<ContentFacts, 'fetching' | 'waiting'> => {
  const { schedule, assets, now, policy } = state
  const items = Object.values(schedule?.items ?? {})
  const missing = items.flatMap((item) =>
    assetsOf(item)
      .filter(({ sha256 }) => !assets.has(sha256))
      .map(({ sha256 }) => ({ item: item.id, title: item.title, sha256 })),
  )
  return {
    scheduleVersion: schedule?.document.version ?? 0,
    scheduleIssuedAt: schedule?.document.issuedAt ?? null,
    items: items.length,
    missing: missing.slice(0, MOST_LISTED),
    refused: (schedule?.refused ?? []).slice(0, MOST_LISTED),
    broken: Object.entries(state.broken).flatMap(([id, until]) => (until > now.mono ? [id] : [])),
    frameNow: schedule !== null && frameAt(schedule.document.frames, policy.zone, now.wall) !== null,
  }
}

/** Wall time and permission bits of a file; null where there is none. */
export const fileFacts = (path: string): { readonly made: number; readonly mode: number } | null => {
  try {
    const { mtimeMs, mode } = statSync(path)
    return { made: mtimeMs, mode: mode & 0o777 }
  } catch {
    return null
  }
}

const keyFacts = ({ config, deviceKey, enrolled }: LiveSources, { registry }: State, at: number): KeyFacts => {
  const file = fileFacts(join(config.dataDir, 'device-key.pem'))
  const inForce = (registry?.registry.entries ?? []).filter(({ validFrom, validTo }) => validFrom <= at && at < validTo)
  return {
    deviceKey,
    deviceKeyMade: file?.made ?? null,
    deviceKeyMode: file?.mode ?? null,
    enrolled: enrolled(),
    registryVersion: registry?.registry.version ?? 0,
    registryIssuedAt: registry?.registry.issuedAt ?? null,
    registryKeys: inForce.length,
    registryFirstEnd: inForce.length === 0 ? null : Math.min(...inForce.map(({ validTo }) => validTo)),
    ...configKeys(config),
  }
}

export const configKeys = (
  config: EdgeConfig,
): Pick<KeyFacts, 'fingerprintPinned' | 'enrolCodeLeft' | 'pairingCodeFile'> => ({
  fingerprintPinned: config.hub === null || config.hub.url.startsWith('http:') ? null : config.hub.fingerprint !== null,
  enrolCodeLeft: config.hub?.enrolCode != null,
  pairingCodeFile: existsSync(join(config.dataDir, 'pairing-code.txt')),
})

/** The devices of the configuration, with what was said on their lines. */
export const linesOf = (
  state: State,
  devices: readonly { readonly name: string; readonly profile: string; readonly stats: LineFacts['stats'] }[],
): readonly LineFacts[] =>
  devices.map(({ name, profile, stats }) => {
    const other = state.equipment[name]
    const display = silenceExpected(state) ? ('none' as const) : state.display.link
    const { fault } = state.display
    return {
      device: name,
      profile,
      stats,
      link: name === 'display' ? display : (other?.link ?? 'none'),
      fault: name === 'display' ? fault && `${fault.kind}: ${fault.detail}` : (other?.fault ?? null),
    }
  })
