import { duplexPair } from 'node:stream'
import { expect, test } from 'vitest'
import { type MpvEvent, openIpc } from './ipc.ts'

const open = () => {
  const [ours, theirs] = duplexPair()
  const events: MpvEvent[] = []
  const ipc = openIpc(ours, (event) => void events.push(event))
  return { ipc, theirs, events }
}
const tick = () => new Promise<void>((resolve) => setImmediate(resolve))

test('answers are matched by id, events told, bad lines counted and survived, chunks joined', async () => {
  const { ipc, theirs, events } = open()
  const first = ipc.command(['get_property', 'a'])
  const second = ipc.command(['get_property', 'b'])
  const text =
    '{"data":}\n{"event":"idle"}\n[]\n{"request_id":2,"error":"success","data":"B"}\n{"request_id":1,"error":"property unavailable"}\n'
  for (const character of text) theirs.write(character)
  expect(await second).toEqual({ ok: true, value: 'B' })
  expect(await first).toEqual({ ok: false, error: 'property unavailable' })
  expect(events.map((e) => e.event)).toEqual(['idle'])
  expect(ipc.badLines()).toBe(2)
})

test('a line without end is dropped at its bound', async () => {
  const { ipc, theirs } = open()
  const answer = ipc.command(['x'])
  theirs.write('x'.repeat(1_100_000))
  await tick()
  theirs.write('still the same line\n{"request_id":1,"error":"success","data":1}\n')
  expect(await answer).toEqual({ ok: true, value: 1 })
  expect(ipc.badLines()).toBe(1)
})

test('a closed stream answers everything', async () => {
  const { ipc, theirs } = open()
  const answer = ipc.command(['x'])
  theirs.destroy()
  expect(await answer).toEqual({ ok: false, error: 'closed' })
})

test('an answer is told before the events behind it in the same chunk', () => {
  const [ours, theirs] = duplexPair()
  const order: string[] = []
  const ipc = openIpc(ours, (event) => void order.push(event.event))
  ipc.tell(['loadfile', 'x'], () => void order.push('answer'))
  theirs.write('{"request_id":1,"error":"success"}\n{"event":"start-file"}\n{"event":"playback-restart"}\n')
  return expect.poll(() => order).toEqual(['answer', 'start-file', 'playback-restart'])
})
