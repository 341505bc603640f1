import { expect, test } from 'vitest'
import { addressText } from '#controller/gpio/gpio.ts'
import { memoryGpio } from '#controller/gpio/memory.ts'
import { virtualTime } from '#controller/sim/virtual-time.ts'
import type { Loop } from '../shell/loop.ts'
import { watchGpio } from './gpio.ts'

const line = (name: string, at: number, activeLow: boolean) =>
  ({
    name,
    at: { label: 'pinctrl-bcm2711', line: at },
    direction: 'in',
    activeLow,
    bias: 'pull-up',
    debounceMs: 30,
  }) as const

const DOOR = addressText(line('door', 17, false).at)

const world = () => {
  const time = virtualTime()
  const { port, board } = memoryGpio({ clock: time.clock, wake: time.wake, keeps: false })
  const said: Parameters<Loop['post']>[0][] = []
  const post: Loop['post'] = (event) => {
    said.push(event)
    return true
  }
  const config = {
    adapter: 'chardev',
    inputs: [
      { what: 'door', line: line('door', 17, false) },
      { what: 'smoke', line: line('smoke', 27, true) },
    ],
  } as const
  const start = () =>
    watchGpio({ config: { ...config, inputs: [...config.inputs] }, port, wake: time.wake, log: () => {}, post })
  const last = () => said.at(-1)
  return { time, board, said, start, last }
}

test('contacts are told at opening, at each change after its debounce, and once a minute', async () => {
  const { time, board, said, start, last } = world()
  const gpio = start()
  await time.advance(100)
  expect(last()).toMatchObject({
    event: 'equipment',
    device: 'gpio',
    result: {
      ok: true,
      value: [
        { what: 'door', where: 'door' },
        { what: 'smoke', where: 'smoke' },
      ],
    },
  })
  const first = said.length
  board.drive(DOOR, false)
  await time.advance(200)
  const low = last()
  board.drive(DOOR, true)
  await time.advance(200)
  const high = last()
  expect(said.length).toBeGreaterThan(first)
  const door = (event: unknown) => (event as { result: { value: { value: boolean }[] } }).result.value[0]?.value
  expect([door(low), door(high)]).toEqual([false, true])
  const count = said.length
  await time.advance(61_000)
  expect(said.length).toBe(count + 1)
  await gpio.stop()
  await time.advance(120_000)
  expect(said.length).toBe(count + 1)
})

test('a chip that goes away is a fault with the next step, and is taken up again when it is back', async () => {
  const { time, board, start, last } = world()
  const gpio = start()
  await time.advance(100)
  board.vanish()
  await time.advance(1_000)
  expect(last()).toMatchObject({ device: 'gpio', result: { ok: false, error: { kind: 'not-open' } } })
  board.comeBack()
  await time.advance(11_000)
  expect(last()).toMatchObject({ device: 'gpio', result: { ok: true } })
  await gpio.stop()
})
