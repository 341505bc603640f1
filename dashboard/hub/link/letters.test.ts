import { describe, expect, it } from 'vitest'
import type { Envelope } from '#core/contract/envelope.ts'
import { makeLetters } from './letters.ts'

const envelopeOf = (payload: string): Envelope => ({ v: 1, type: 'order', payload, signatures: [] })

/** A store that counts how often it is read. */
const world = (orders: ReadonlyMap<string, string>) => {
  const it = { reads: 0, registryReads: 0, version: 1 }
  const letters = makeLetters({
    orders: {
      envelope: async (id: string) => {
        it.reads += 1
        return orders.get(id) ?? null
      },
    },
    registry: {
      version: async () => it.version,
      latest: async () => {
        it.registryReads += 1
        return { ...envelopeOf(`registry ${it.version}`), type: 'registry' as const }
      },
    },
  })
  return { it, letters }
}

describe('what goes to many edges', () => {
  it('is read and encoded once: the very same bytes for all, and the text as it was stored', async () => {
    const stored = JSON.stringify(envelopeOf('{"id":"L-1","texts":"Lũ quét"}'))
    const { it, letters } = world(new Map([['L-1', stored]]))
    const first = await letters.order('L-1')
    expect(JSON.parse(String(first))).toEqual({ t: 'order', envelope: JSON.parse(stored) })
    expect(String(first)).toContain(stored)
    for (let n = 0; n < 3_000; n++) expect(await letters.order('L-1')).toBe(first)
    expect(it.reads).toBe(1)
    expect(await letters.order('L-2')).toBeNull()
  })
  it('is kept within a bound, the latest used ones', async () => {
    const { it, letters } = world(new Map(Array.from({ length: 200 }, (_, n) => [`L-${n}`, `{"n":${n}}`])))
    for (let n = 0; n < 200; n++) {
      await letters.order(`L-${n}`)
      await letters.order('L-0')
    }
    expect(it.reads).toBe(200)
    await letters.order('L-0')
    await letters.order('L-199')
    expect(it.reads).toBe(200)
    await letters.order('L-1')
    expect(it.reads).toBe(201)
  })
  it('one larger than the bound goes out all the same, and does not stay', async () => {
    const { it, letters } = world(new Map([['L-big', `"${'x'.repeat(9_000_000)}"`]]))
    expect((await letters.order('L-big'))?.length).toBeGreaterThan(9_000_000)
    await letters.order('L-big')
    expect(it.reads).toBe(2)
  })
  it('a registry goes only to an edge that has an older one, and a newer one takes its place', async () => {
    const { it, letters } = world(new Map())
    expect(await letters.registry(1)).toBeNull()
    expect(String(await letters.registry(0))).toContain('registry 1')
    expect(await letters.registry(0)).toBe(await letters.registry(0))
    expect(it.registryReads).toBe(1)
    it.version = 2
    expect(String(await letters.registry(1))).toContain('registry 2')
    expect(it.registryReads).toBe(2)
  })
})
