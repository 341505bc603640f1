import { expect, test } from 'vitest'
import { anItem, aSchedule } from '../../test/build.ts'
import { awake, playNow } from '../../test/drive.ts'
import { PLAYER_TROUBLES } from '../screen/scene.ts'

test('what the player healed is an incident with what was on, and the play goes on', () => {
  const it = awake()
  const play = playNow(it)?.play ?? ''
  let checked = 0
  for (const [i, trouble] of PLAYER_TROUBLES.entries()) {
    const effects = it.give(500 + i, { event: 'player', what: 'trouble', trouble, play, detail: 'the screen is black' })
    expect(it.records(effects)).toEqual([
      {
        kind: 'incident',
        type: 'TECHNICAL',
        what: `player-${trouble}`,
        detail: 'C01: the screen is black',
        fault: null,
      },
    ])
    expect(it.shows(effects)).toEqual([])
    checked += 1
  }
  expect(checked).toBe(PLAYER_TROUBLES.length)
  const late = it.give(600, { event: 'player', what: 'trouble', trouble: 'late', play: null, detail: 'x' })
  expect(it.records(late)).toMatchObject([{ what: 'player-late', detail: '?: x' }])
  expect(playNow(it)?.play).toBe(play)
})

test('what was contradicted is believed again only when it is seen', () => {
  const it = awake()
  const play = playNow(it)?.play ?? ''
  const shown = (at: number, proof: 'acknowledged' | 'seen' | 'contradicted') =>
    it
      .records(it.give(at, { event: 'player', what: 'shown', play, proof, how: 'h' }))
      .flatMap((r) => (r.kind === 'proof' ? [r.proof] : []))
  expect(shown(100, 'acknowledged')).toEqual(['acknowledged'])
  expect(shown(200, 'seen')).toEqual(['seen'])
  expect(shown(300, 'contradicted')).toEqual(['contradicted'])
  expect(shown(400, 'contradicted')).toEqual([])
  expect(shown(500, 'acknowledged')).toEqual([])
  expect(shown(600, 'seen')).toEqual(['seen'])
  expect(shown(700, 'acknowledged')).toEqual([])
})

test('a file that fails is one refusal with the reason of the player, not a second one of the plan', () => {
  const it = awake(aSchedule([anItem(), anItem({ id: 'C02' })]))
  const play = playNow(it)?.play ?? ''
  const effects = it.give(500, { event: 'player', what: 'failed', play, detail: 'the file was cut off' })
  it.give(600, { event: 'tick' })
  it.give(10_700, { event: 'tick' })
  expect(it.records(effects).filter((r) => r.kind === 'refusal')).toEqual([
    { kind: 'refusal', item: 'C01', reason: 'broken', detail: 'the file was cut off' },
  ])
  expect(it.records().filter((r) => r.kind === 'refusal')).toHaveLength(1)
  expect(it.state().counters.contentRefused).toEqual({ broken: 1 })
})
