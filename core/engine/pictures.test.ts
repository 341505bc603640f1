import { expect, test } from 'vitest'
import { verifiedOrder } from '../../test/build.ts'
import { awake, playNow } from '../../test/drive.ts'
import type { Effect } from './effect.ts'

const MAP = { sha256: 'a'.repeat(64), bytes: 1000, mime: 'image/png' } as const
const wanted = (effects: readonly Effect[]) =>
  effects.flatMap((e) => (e.effect === 'fetch' ? [e.wanted.map((w) => [w.sha256, w.urgent === true])] : []))

test('the picture of an order that was taken in is wanted at once and before everything else, and not after its end', () => {
  const it = awake()
  const files =
    it.state().schedule === null
      ? 0
      : wanted(it.give(1, { event: 'asset', sha256: '1'.repeat(64), state: 'changed' }))[0]
  const given = verifiedOrder({ id: 'O', picture: MAP })
  const began = wanted(it.give(100, { event: 'order', order: given }))
  expect(began).toHaveLength(1)
  expect(began[0]?.[0]).toEqual([MAP.sha256, true])
  expect(began[0]?.slice(1)).toEqual(files)
  // It is shown in words before the file is here, and its arrival changes no play.
  const play = playNow(it)?.play
  expect(playNow(it)?.open.order).toBe('O')
  expect(it.records(it.give(200, { event: 'asset', sha256: MAP.sha256, state: 'present' }))).toEqual([])
  expect(playNow(it)?.play).toBe(play)
  const over = verifiedOrder({ id: 'C', action: 'cancel', references: ['O'] })
  expect(wanted(it.give(300, { event: 'order', order: over }))).toEqual([files])
})

test('the picture of an order that was refused is not asked for', () => {
  const it = awake()
  const effects = it.give(100, { event: 'order', order: verifiedOrder({ id: 'T', status: 'test', picture: MAP }) })
  expect(it.records(effects)).toMatchObject([{ kind: 'order', stage: 'refused', reason: 'test-only' }])
  expect(wanted(effects)).toEqual([])
})

test('a missing picture is no missing content: it is counted with no schedule and is no fault', () => {
  const it = awake()
  const before = Object.keys(it.state().faults)
  it.give(100, { event: 'order', order: verifiedOrder({ id: 'O', picture: MAP }) })
  for (let at = 1_000; at < 120_000; at += 1_000) it.give(at, { event: 'tick' })
  expect(Object.keys(it.state().faults)).toEqual(before)
})

test('a broken picture is one refusal and one incident; the order goes on', () => {
  const it = awake()
  it.give(100, { event: 'order', order: verifiedOrder({ id: 'O', picture: MAP }) })
  const play = playNow(it)?.play
  const effects = it.give(200, { event: 'picture', order: 'O', detail: 'cut off' })
  expect(it.records(effects)).toEqual([
    { kind: 'refusal', item: 'order:O', reason: 'broken', detail: 'cut off' },
    { kind: 'incident', type: 'TECHNICAL', what: 'order-picture', detail: `O ${MAP.sha256}: cut off`, fault: null },
  ])
  expect(it.shows(effects)).toEqual([])
  expect(playNow(it)?.play).toBe(play)
  expect(it.records(it.give(300, { event: 'picture', order: 'O', detail: 'cut off' }))).toEqual([])
  expect(it.records(it.give(400, { event: 'picture', order: 'nobody', detail: 'x' }))).toEqual([])
})
