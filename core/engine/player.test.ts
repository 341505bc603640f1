import { expect, test } from 'vitest'
import { anItem, aSchedule, MONDAY_8, verifiedOrder } from '../../test/build.ts'
import { awake, playNow } from '../../test/drive.ts'
import { instant } from '../base/units.ts'
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

test('a slide that changes on the disk ends its deck, as a picture that changes ends itself', () => {
  const [a, b] = ['1'.repeat(64), '2'.repeat(64)]
  const slide = (sha256: string) => ({ asset: { sha256, bytes: 1, mime: 'image/png' }, durationMs: 30_000 })
  const deck = anItem({ id: 'S', kind: 'slides', asset: null, durationMs: 60_000, slides: [slide(a), slide(b)] })
  const it = awake(aSchedule([deck]))
  it.give(100, { event: 'asset', sha256: b, state: 'present' })
  it.give(1_000, { event: 'tick' })
  it.give(700_000, { event: 'tick' })
  expect(playNow(it)?.open.item).toBe('S')
  const effects = it.give(705_000, { event: 'asset', sha256: b, state: 'changed' })
  expect(it.records(effects).filter((r) => r.kind === 'close')).toMatchObject([{ cause: 'failed' }])
  expect(playNow(it)?.open.item).not.toBe('S')
})

test('a player that comes up anew is asked for the order at once, whatever the one before could not draw', () => {
  const it = awake()
  it.give(1_000, { event: 'order', order: verifiedOrder() })
  let now = 1_000
  const later = (ms: number, event: Parameters<typeof it.give>[1]) => {
    now += ms
    it.give(now, event)
  }
  for (let failure = 0; failure < 8; failure++) {
    for (let s = 0; s < 400 && playNow(it)?.claim.order == null; s++) later(1_000, { event: 'tick' })
    later(100, { event: 'player', what: 'failed', play: playNow(it)?.play ?? '', detail: 'x' })
  }
  expect(playNow(it)?.claim.order ?? null, 'it pauses for minutes by now').toBeNull()
  later(100, { event: 'player', what: 'down', detail: 'gone', missing: false })
  later(1_000, { event: 'player', what: 'up' })
  expect(playNow(it)?.claim.order).toBe('O-1')
})

test('a warning that is over does not stay because the player can draw nothing else any more', () => {
  const it = awake()
  it.give(1_000, { event: 'order', order: verifiedOrder({ expiresAt: MONDAY_8 + 60_000 }) })
  const fail = (at: number) =>
    it.give(at, { event: 'player', what: 'failed', play: playNow(it)?.play ?? '', detail: 'cannot draw' })
  it.give(1_100, {
    event: 'player',
    what: 'shown',
    play: playNow(it)?.play ?? '',
    proof: 'acknowledged',
    how: 'h',
  })
  it.give(61_000, { event: 'tick' })
  expect(playNow(it)?.open.item).toBe('C01')
  expect(it.shows(fail(61_100)), 'the item, and then the page that always plays').toMatchObject([{ scene: 'standing' }])
  expect(it.shows(fail(61_200))).toEqual([{ scene: 'dark' }])
  // Once is enough; the standing page is tried again, and what it shows is no warning any more.
  it.give(90_000, { event: 'tick' })
  expect(playNow(it)?.open.item).toBe('standing')
  expect(it.shows(fail(90_100))).toEqual([])
  expect(it.state().onGlass).toBeNull()
})

test('an advertisement ends when nobody knows the time any more, or a set clock says that its permit is over', () => {
  const permit = {
    kind: 'PERMIT' as const,
    number: 'MAU-QC-1',
    issuedBy: 'mẫu',
    validFrom: 0,
    validTo: MONDAY_8 + 3_600_000,
    sites: [],
  }
  const ad = anItem({ id: 'AD', category: 'A7_5_ADVERTISING', durationMs: 300_000, ad: { advertiser: 'mẫu', permit } })
  const info = anItem({ durationMs: 10_000 })
  const begun = () => {
    const it = awake(aSchedule([info, ad]))
    for (let s = 1; s < 60 && playNow(it)?.open.item !== 'AD'; s++) it.give(s * 1_000, { event: 'tick' })
    expect(playNow(it)?.open.item).toBe('AD')
    return it
  }
  const doubted = begun()
  doubted.give(70_000, { event: 'clock-step', stepMs: 0, was: 'synced' }, { quality: 'unset' })
  expect(playNow(doubted)?.open.item).toBe('C01')
  const later = begun()
  const wall = instant(MONDAY_8 + 3_700_000)
  later.give(70_000, { event: 'clock-step', stepMs: 3_630_000, was: 'synced' }, { wall })
  expect(playNow(later)?.open.item).toBe('C01')
})
