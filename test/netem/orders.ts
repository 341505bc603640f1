import type { Fleet } from '../support/fleet.ts'
import type { Deed, Seat } from '../support/fleet-edge.ts'
import { type Officer, signedFor } from '../support/fleet-hub.ts'

/** What was released over a bad line. */
export type Sent = { readonly id: string; readonly expiresAt: number }

/** Releases an order to all; it runs out after `lastsMs`. */
export const release = async (officer: Officer, seats: readonly Seat[], lastsMs: number): Promise<Sent> => {
  const expiresAt = Date.now() + lastsMs
  const { id, envelope } = signedFor(officer, seats, { expiresAt })
  await officer.client.post('/api/orders', { envelope })
  return { id, expiresAt }
}

export type Seen = {
  readonly orders: number
  readonly edges: number
  /** Pages brought up, orders that were told more than once, refusals because the end had passed. */
  readonly shown: number
  readonly toldAgain: number
  readonly tooLate: number
  /** Each a sentence; none: all held. */
  readonly faults: readonly string[]
}

/**
 * What must hold over any line: no order twice on a screen, none on a screen at or after its end, none refused for another reason than
 * its end, and every order that is still in force (`now`) on every screen.
 */
export const judge = async (fleet: Fleet, sent: readonly Sent[], now: number): Promise<Seen> => {
  const deeds = await fleet.deeds(null)
  const faults: string[] = []
  for (const { id, expiresAt } of sent) {
    const of = deeds.filter((deed) => deed.order === id)
    for (const deed of of) faults.push(...faultsOf(deed))
    if (expiresAt <= now) continue
    const shown = of.filter((deed) => deed.opened.length > 0).length
    if (shown !== fleet.size) faults.push(`${id} is on ${shown} of ${fleet.size} screens`)
  }
  return {
    orders: sent.length,
    edges: fleet.size,
    shown: deeds.reduce((sum, deed) => sum + deed.opened.length, 0),
    toldAgain: deeds.filter((deed) => deed.heard > 1).length,
    tooLate: deeds.filter((deed) => deed.refused === 'expired').length,
    faults,
  }
}

const faultsOf = (deed: Deed): readonly string[] => {
  const faults: string[] = []
  const where = `${deed.order} at ${deed.site}`
  if (deed.opened.length > 1) faults.push(`${where} was shown ${deed.opened.length} times`)
  for (const at of deed.opened)
    if (at >= deed.expiresAt) faults.push(`${where} was shown ${at - deed.expiresAt} ms after its end`)
  if (deed.refused !== null && deed.refused !== 'expired') faults.push(`${where} was refused: ${deed.refused}`)
  return faults
}
