import { describe, expect, it } from 'vitest'
import type { StatusReport } from '#core/contract/link.ts'
import { aStatus } from '../../test/support/fleet-status.ts'
import { ailmentsOf, createAilments } from './ailments.ts'

const fine = (): StatusReport => {
  const status = aStatus()
  return {
    ...status,
    screen: { ...status.screen, show: 'standing', proof: 'seen' },
    player: { ...status.player, state: 'up' },
    playlog: { ...status.playlog, writable: true },
    faults: [],
  }
}

describe('what ails a daemon', () => {
  it('is nothing when it writes, plays and shows what it should', () => {
    expect(ailmentsOf(fine(), true)).toEqual([])
    expect(ailmentsOf({ ...fine(), screen: { ...fine().screen, show: 'dark' } }, true)).toEqual([])
  })

  it('is named for each thing that a version of ours may have broken', () => {
    const status = fine()
    const fault = (id: string) => ailmentsOf({ ...status, faults: [{ id, detail: '' }] }, true)
    expect(ailmentsOf({ ...status, playlog: { ...status.playlog, writable: false } }, true)).toEqual(['log'])
    expect(ailmentsOf({ ...status, player: { ...status.player, state: 'down' } }, true)).toEqual(['player'])
    expect(ailmentsOf({ ...status, screen: { ...status.screen, show: 'nothing' } }, true)).toEqual(['screen'])
    expect(ailmentsOf({ ...status, screen: { ...status.screen, proof: 'contradicted' } }, true)).toEqual([
      'contradicted',
    ])
    expect(ailmentsOf(status, false)).toEqual(['hub'])
    expect([fault('display-lost'), fault('signature-refused'), fault('fonts-missing')]).toEqual([
      ['display'],
      ['refused'],
      ['fonts'],
    ])
    // No version of ours mends these.
    expect([fault('mains-lost'), fault('door-open'), fault('hub-away'), fault('upgrade-rolled-back')]).toEqual([
      [],
      [],
      [],
      [],
    ])
  })

  it('counts when it lasts ten seconds, and the hub once it was reached', () => {
    const now = { status: { ...fine(), faults: [{ id: 'hub-away', detail: '' }] } as StatusReport }
    const ask = createAilments({ status: () => now.status, hasHub: true })
    expect(ask(0)).toBe('health=ok')
    expect(ask(10_000)).toBe('health=hub')
    now.status = { ...fine(), screen: { ...fine().screen, show: 'nothing' } }
    expect(ask(12_000)).toBe('health=ok')
    now.status = fine()
    ask(20_000)
    now.status = { ...fine(), screen: { ...fine().screen, show: 'nothing' }, faults: [{ id: 'hub-away', detail: '' }] }
    expect(ask(23_000)).toBe('health=ok')
    expect(ask(33_000)).toBe('health=screen')
  })
})
