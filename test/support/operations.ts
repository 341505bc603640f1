import type { IncidentView } from '#core/contract/operations.ts'
import { GENESIS } from '#core/evidence/record.ts'
import { chainOf, type FakeEdge, lastHash } from '#hub/test/edge.ts'
import type { Person } from '#hub/test/harness.ts'
import { aStatus } from './fleet-status.ts'
import { PATIENCE_MS, until } from './until.ts'

/** For tests of what an operator works with: a cluster's evidence line by line at given times, and what comes of it. */
export type Chain = { readonly seq: number; readonly prev: string }
export const START: Chain = { seq: 1, prev: GENESIS }

/** Lines at these times, the boot's monotonic clock beginning at `bootAt`; `then` continues the chain. */
export const linesAt = (
  chain: Chain,
  told: readonly (readonly [wall: number, body: object])[],
  boot: { readonly id: string; readonly at: number },
): { readonly lines: readonly string[]; readonly rest: Chain } => {
  let at = chain
  const lines = told.map(([wall, body]) => {
    const over = { at: { wall, iso: '', mono: wall - boot.at, q: 'synced' }, boot: boot.id, ...body }
    const [line = ''] = chainOf([over], { ...at, wall })
    at = { seq: at.seq + 1, prev: lastHash([line]) }
    return line
  })
  return { lines, rest: at }
}

/** Sends lines and waits until they are stored. */
export const upload = async (edge: FakeEdge, chain: Chain, lines: readonly string[]): Promise<void> => {
  edge.send({ t: 'evidence', from: chain.seq, lines })
  await edge.next('evidence-ack')
}

export const say = (edge: FakeEdge, faults: readonly { readonly id: string; readonly detail: string }[]): void =>
  edge.send({ t: 'status', status: { ...aStatus(), faults } })

export const incidentsOf = async (person: Person, query = ''): Promise<readonly IncidentView[]> =>
  (await (await person.get(`/api/incidents${query}`)).json()) as readonly IncidentView[]

/** The first incident of a kind that fits, as soon as there is one. */
export const incident = (
  person: Person,
  what: string,
  fits: (it: IncidentView) => boolean = () => true,
): Promise<IncidentView> =>
  until({ what: `an incident ${what}`, atMostMs: PATIENCE_MS }, async (note) => {
    const all = await incidentsOf(person, '?state=all')
    note(all.map((i) => [i.what, i.times, i.openedAt, i.clearedAt]))
    return all.find((i) => i.what === what && fits(i))
  })
