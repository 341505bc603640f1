import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { assert, err, ok, type Result } from '#core/base/result.ts'
import { duration, mono } from '#core/base/units.ts'
import { checkSequence, readSequence } from '#core/power/sequence-rules.ts'
import type { PowerSequence } from '#core/power/sequence-schema.ts'
import type { DisplaySetting, LinkFault } from '#core/screen/display.ts'
import { openBus } from '../bus/bus.ts'
import { dialectOf } from '../dialect/open.ts'
import { fault } from '../link/link.ts'
import { memoryLink } from '../link/memory.ts'
import { loadProfile } from '../profile/catalogue.ts'
import { createModbusSim } from '../sim/modbus.ts'
import { virtualTime } from '../sim/virtual-time.ts'
import { inputsOnBus } from './inputs.ts'
import { relaysOnBus } from './relays.ts'
import { createPowerSwitch, type SequenceNews } from './run.ts'

const profileOf = (id: string) => {
  const file = `${id}.json`
  const loaded = loadProfile(file, readFileSync(new URL(`../../firmware-profiles/${file}`, import.meta.url), 'utf8'))
  assert(loaded.ok, id)
  return loaded.value
}
const BOARD = profileOf('waveshare-modbus-rtu-relay-d-8ch')

/** Two contactors with feedback on inputs 1 and 2 of the board, the sender on relay 3, smoke on input 8. */
const SEQUENCE: PowerSequence = {
  version: 1,
  relays: ['mains-1', 'mains-2', 'sender'],
  inputs: [
    { name: 'mains-1-closed', kind: 'flag' },
    { name: 'mains-2-closed', kind: 'flag' },
    { name: 'smoke', kind: 'flag' },
  ],
  startOffsetMs: 0,
  minimumOffMs: 5000,
  boundMs: 60_000,
  relayWithinMs: 2500,
  blank: { withinMs: 3000, everyMs: 500 },
  steps: [
    {
      step: 'relay',
      relay: 'mains-1',
      on: true,
      settleMs: 1000,
      feedback: { input: 'mains-1-closed', wanted: true, withinMs: 2000 },
    },
    {
      step: 'relay',
      relay: 'mains-2',
      on: true,
      settleMs: 1000,
      feedback: { input: 'mains-2-closed', wanted: true, withinMs: 2000 },
    },
    { step: 'relay', relay: 'sender', on: true, settleMs: 0, feedback: null },
    { step: 'sender-answers', withinMs: 10_000, everyMs: 500 },
    { step: 'cards-answer', atLeast: 4, withinMs: 10_000, everyMs: 500 },
    { step: 'unblank', withinMs: 3000, everyMs: 500 },
  ],
  interlocks: [{ rule: 'is', input: 'smoke', wanted: false, unknownMs: 3000, why: 'smoke in the cabinet' }],
}

/** A cabinet: board on a simulated line, contactors that take 60 ms, a sender that boots in 3 s and finds its cards after 5 s. */
const cabinet = () => {
  const time = virtualTime()
  const board = createModbusSim({ model: 'waveshare-relay-d', framing: 'rtu', unit: 1, now: time.now })
  const { link, device } = memoryLink('memory')
  const cut = board.cutter()
  const stuck = new Set<number>()
  let bootedAt: number | null = null
  const follow = () => {
    const { relays } = board.state()
    for (const contactor of [0, 1])
      time.wake(duration(60), () => {
        if (!stuck.has(contactor)) board.setInput(contactor, relays[contactor] === true)
      })
    const powered = relays[0] === true && relays[1] === true && relays[2] === true
    if (!powered) bootedAt = null
    else bootedAt ??= time.now() + 3000
  }
  device.onWritten((chunk) => {
    for (const request of cut(chunk))
      for (const reply of board.answer(request)) {
        follow()
        time.wake(duration(4), () => device.send(reply))
      }
  })
  const bus = openBus({ link, clock: time.clock, wake: time.wake, log: () => {} })
  const io = bus.attach({ name: 'relays', dialect: dialectOf(BOARD), address: { unit: 1 } })
  const places = new Map(SEQUENCE.relays.map((relay, channel) => [relay, { device: io, channel }] as const))
  const input = (field: string) => ({ device: io, command: 'readInputs', parameters: {}, field })
  let dark: boolean | null = null
  const display = {
    observe: async (): Promise<Result<{ cards: number | null }, LinkFault>> => {
      if (bootedAt === null || time.now() < bootedAt) return err(fault('timeout', 'no sender'))
      return ok({ cards: time.now() < bootedAt + 2000 ? 1 : 4 })
    },
    apply: async (setting: DisplaySetting): Promise<Result<{ readBack: boolean }, LinkFault>> => {
      if (bootedAt === null || time.now() < bootedAt) return err(fault('timeout', 'no sender'))
      if (setting.set === 'blackout') dark = setting.value
      return ok({ readBack: true })
    },
  }
  const news: SequenceNews[] = []
  const start = () =>
    createPowerSwitch({
      sequence: SEQUENCE,
      ports: {
        setRelay: relaysOnBus(places),
        display,
        watch: inputsOnBus({
          places: new Map([
            ['mains-1-closed', input('input1')],
            ['mains-2-closed', input('input2')],
            ['smoke', input('input8')],
          ]),
          every: duration(100),
          misses: 2,
          wake: time.wake,
        }),
      },
      clock: time.clock,
      wake: time.wake,
      log: () => {},
      offSince: null,
      onNews: (one) => news.push(one),
    })
  const power = start()
  const switchTo = (to: 'on' | 'off') => time.until(power.switchTo(to, new AbortController().signal), 120_000)
  const close = async () => {
    power.close()
    await bus.close()
  }
  return { time, board, power, start, switchTo, news, stuck, isDark: () => dark, close }
}
const words = (news: readonly SequenceNews[]) =>
  news.map(({ action }) => {
    if (action.do === 'relay') return `${action.relay} ${action.on ? 'on' : 'off'}`
    if (action.do === 'display') return action.wish.ask
    return action.do === 'done' ? `done ${action.power}` : action.do
  })
const once = (list: readonly string[]) => list.filter((word, i) => word !== list[i - 1])

describe('a power switch on a simulated relay board', () => {
  it('is given a sequence that passes its check', () => {
    expect(checkSequence(SEQUENCE)).toEqual([])
  })

  it('and so is whoever copies the example of the README', () => {
    const text = readFileSync(new URL('./README.md', import.meta.url), 'utf8')
    const example = /```json\n([\s\S]*?)```/.exec(text)?.[1]
    assert(example, 'the README has no example')
    const read = readSequence(example)
    expect(read.ok ? read.value.steps.length : read.error).toBe(6)
    expect(readSequence('{"version": 2}').ok).toBe(false)
  })

  it('lights a cabinet step by step and darkens it in reverse', async () => {
    const { time, board, switchTo, news, isDark, close } = cabinet()
    await time.advance(1000)
    expect(await switchTo('on')).toEqual(ok(undefined))
    expect(once(words(news))).toEqual([
      'mains-1 on',
      'mains-2 on',
      'sender on',
      'sender',
      'cards',
      'unblank',
      'done on',
    ])
    expect(board.state().relays.slice(0, 3)).toEqual([true, true, true])
    expect(isDark()).toBe(false)
    news.length = 0
    expect(await switchTo('off')).toEqual(ok(undefined))
    expect(words(news)).toEqual(['blank', 'sender off', 'mains-2 off', 'mains-1 off', 'done off'])
    expect(board.state().relays.slice(0, 3)).toEqual([false, false, false])
    await close()
  })

  it('names a contactor that does not close and leaves nothing on', async () => {
    const { time, board, switchTo, stuck, close } = cabinet()
    stuck.add(1)
    await time.advance(1000)
    const result = await switchTo('on')
    assert(!result.ok && result.error.kind === 'failed', 'it was switched on')
    expect(result.error.faults).toEqual([
      { kind: 'no-feedback', step: 'step 2: relay mains-2 on', detail: 'mains-2-closed says false' },
    ])
    await time.advance(20_000)
    expect(board.state().relays).not.toContain(true)
    await close()
  })

  it('names a welded contactor when it switches off', async () => {
    const { time, switchTo, stuck, close } = cabinet()
    await time.advance(1000)
    expect((await switchTo('on')).ok).toBe(true)
    stuck.add(0)
    const result = await switchTo('off')
    assert(!result.ok && result.error.kind === 'failed', 'it was switched off')
    expect(result.error.faults.map((one) => `${one.kind} ${one.step}`)).toEqual(['no-feedback off: relay mains-1 off'])
    await close()
  })

  it('goes dark within half a second of smoke, and does not come back into it', async () => {
    const { time, board, power, switchTo, news, isDark, close } = cabinet()
    await time.advance(1000)
    await switchTo('on')
    await time.advance(5000)
    board.setInput(7, true)
    const from = time.now()
    await time.advance(500)
    expect(isDark()).toBe(true)
    expect(news.find((one) => one.action.do === 'failed' && one.at >= from)?.at ?? from).toBeLessThan(mono(from + 300))
    await time.advance(20_000)
    expect(board.state().relays).not.toContain(true)
    expect(power.state().phase).toBe('off')
    const again = await switchTo('on')
    expect(again.ok).toBe(false)
    expect(board.state().relays).not.toContain(true)
    await close()
  })

  it('finds a lying board out by its read-back', async () => {
    const { time, board, switchTo, close } = cabinet()
    await time.advance(1000)
    board.lie(true)
    const result = await switchTo('on')
    assert(!result.ok && result.error.kind === 'failed', 'it was switched on')
    expect(result.error.faults[0]).toMatchObject({ kind: 'relay-failed', step: 'step 1: relay mains-1 on' })
    expect(result.error.faults[0]?.detail).toMatch('mismatch')
    await close()
  })

  it('comes to an end with a dead board, and says what is not known to be off', async () => {
    const { time, board, switchTo, close } = cabinet()
    await time.advance(1000)
    await switchTo('on')
    board.die(true)
    const result = await switchTo('off')
    assert(!result.ok && result.error.kind === 'failed', 'a dead board was believed')
    expect(result.error.faults.map((one) => one.step)).toEqual([
      'off: relay sender off',
      'off: relay mains-2 off',
      'off: relay mains-1 off',
    ])
    await close()
  })

  it('comes to an end although the equipment never answers and does not listen to being given up', async () => {
    const time = virtualTime()
    const never = () => new Promise<never>(() => {})
    const power = createPowerSwitch({
      sequence: { ...SEQUENCE, interlocks: [] },
      ports: { setRelay: never, display: { observe: never, apply: never }, watch: () => () => {} },
      clock: time.clock,
      wake: time.wake,
      log: () => {},
      offSince: null,
      onNews: () => {},
    })
    const order = (to: 'on' | 'off') => time.until(power.switchTo(to, new AbortController().signal), SEQUENCE.boundMs)
    const on = await order('on')
    expect(on.ok ? '' : on.error).toMatchObject({ kind: 'failed', faults: [{ kind: 'relay-silent' }] })
    const off = await order('off')
    expect(off.ok ? '' : off.error).toMatchObject({ kind: 'failed', faults: [{}, {}, {}, {}] })
    power.close()
    expect(time.waiting()).toBeLessThan(20)
  })

  it('ends the waiting of an older order and of one given up, and leaves power to the newest', async () => {
    const { time, board, power, close } = cabinet()
    await time.advance(1000)
    const first = power.switchTo('on', new AbortController().signal)
    await time.advance(500)
    const giving = new AbortController()
    const second = power.switchTo('off', giving.signal)
    giving.abort()
    expect(await first).toEqual(err({ kind: 'superseded' }))
    expect(await second).toEqual(err({ kind: 'aborted' }))
    await time.advance(30_000)
    expect(board.state().relays).not.toContain(true)
    expect(power.state().phase).toBe('off')
    await close()
  })

  it('leaves relays alone when the daemon stops, and takes a lit cabinet over without a dark moment', async () => {
    const { time, board, power, start, switchTo, news, isDark, close } = cabinet()
    await time.advance(1000)
    await switchTo('on')
    power.close()
    expect(await power.switchTo('off', new AbortController().signal)).toEqual(err({ kind: 'aborted' }))
    await time.advance(10_000)
    expect(board.state().relays.slice(0, 3)).toEqual([true, true, true])
    expect(isDark()).toBe(false)
    news.length = 0
    const next = start()
    await time.advance(1000)
    expect(next.state().phase).toBe('unknown')
    expect(await time.until(next.switchTo('on', new AbortController().signal), 60_000)).toEqual(ok(undefined))
    expect(words(news).filter((word) => word.endsWith(' off') || word === 'blank')).toEqual([])
    expect(isDark()).toBe(false)
    next.close()
    await close()
  })
})
