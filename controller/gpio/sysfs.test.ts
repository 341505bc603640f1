import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { err, ok } from '#core/base/result.ts'
import { virtualTime } from '../sim/virtual-time.ts'
import type { GpioEvent } from './gpio.ts'
import type { GpioInput, GpioLine, GpioOutput } from './line.ts'
import { loadOnoff, type OnoffMake, resolveNumbers, sysfsChips, sysfsPort } from './sysfs.ts'

const relay: GpioOutput = {
  ...{ name: 'relay', at: { label: 'pinctrl-bcm2711', line: 17 }, activeLow: false, bias: 'as-is' },
  ...{ direction: 'out', initial: true, safe: false },
}
const door: GpioInput = {
  ...{ name: 'door', at: { lineName: 'GPIO22' }, activeLow: false, bias: 'as-is' },
  ...{ direction: 'in', debounceMs: 50 },
}

let root = ''
const chip = (base: number, label: string, lines: number, names: readonly string[]): void => {
  const folder = join(root, `gpiochip${base}`)
  mkdirSync(join(folder, 'device/of_node'), { recursive: true })
  writeFileSync(join(folder, 'base'), `${base}\n`)
  writeFileSync(join(folder, 'label'), `${label}\n`)
  writeFileSync(join(folder, 'ngpio'), `${lines}\n`)
  if (names.length > 0) writeFileSync(join(folder, 'device/of_node/gpio-line-names'), `${names.join('\0')}\0`)
}
const GPIO = Array.from({ length: 54 }, (_, n) => `GPIO${n}`)
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'sysfs-gpio-'))
  chip(570, 'raspberrypi-exp-gpio', 8, ['BT_ON', 'WL_ON'])
  chip(512, 'pinctrl-bcm2711', 54, GPIO)
  writeFileSync(join(root, 'export'), '')
})
afterEach(() => rmSync(root, { recursive: true }))

const resolve = (...lines: readonly GpioLine[]) => resolveNumbers(root, lines)

describe('numbers of sysfs', () => {
  it('adds the base of the chip, by label and by name', () => {
    const found = resolve(relay, door, { ...door, name: 'bt', at: { lineName: 'BT_ON' } })
    expect(found.ok && found.value.map(({ number }) => number)).toEqual([529, 534, 570])
  })

  it('follows a base that another kernel chose', () => {
    rmSync(join(root, 'gpiochip512'), { recursive: true })
    chip(399, 'pinctrl-bcm2711', 54, GPIO)
    const found = resolve(relay)
    expect(found.ok && found.value[0]?.number).toBe(416)
  })

  const FAULTS: readonly (readonly [string, GpioLine, object])[] = [
    ['no such chip', { ...relay, at: { label: 'pinctrl-rp1', line: 17 } }, { kind: 'no-chip', wanted: 'pinctrl-rp1' }],
    ['beyond the last line', { ...relay, at: { label: 'pinctrl-bcm2711', line: 54 } }, { kind: 'no-line' }],
    ['no such name', { ...relay, at: { lineName: 'GPIO99' } }, { kind: 'no-line', wanted: 'GPIO99' }],
    ['a device file', { ...relay, at: { path: '/dev/gpiochip0', line: 1 } }, { kind: 'unsupported' }],
    ['a pull resistor', { ...door, bias: 'pull-up' }, { kind: 'unsupported', name: 'door' }],
  ]
  it.each(FAULTS)('refuses %s', (_, line, error) => {
    expect(resolve(line)).toMatchObject({ ok: false, error })
  })

  it('refuses a label or a name that is there twice, and one line for two', () => {
    expect(resolve(relay, { ...relay, name: 'two' })).toMatchObject({
      error: { kind: 'busy', consumer: 'bangtin:relay' },
    })
    chip(600, 'pinctrl-bcm2711', 8, [])
    expect(resolve(relay)).toMatchObject({
      error: { kind: 'ambiguous', seen: ['pinctrl-bcm2711@512', 'pinctrl-bcm2711@600'] },
    })
    chip(700, 'other', 40, GPIO)
    expect(resolve(door)).toMatchObject({ error: { kind: 'ambiguous', seen: ['gpio534', 'gpio722'] } })
  })

  it('leaves out a chip that cannot be read, and says when there is no GPIO at all', () => {
    mkdirSync(join(root, 'gpiochip900'))
    const chips = sysfsChips(root)
    expect(chips.ok && chips.value).toHaveLength(2)
    expect(sysfsChips(join(root, 'nothing'))).toEqual({ ok: false, error: { kind: 'no-gpio' } })
  })
})

/** The package as it behaves: throws errors of fs, tells every edge. */
const fakeOnoff = () => {
  const made: {
    gpio: number
    setup: Parameters<OnoffMake>[1]
    value: number
    open: boolean
    tell: (value: number) => void
  }[] = []
  const fail: { code: string | null } = { code: null }
  const check = (): void => {
    if (fail.code !== null) throw Object.assign(new Error(fail.code), { code: fail.code })
  }
  const make: OnoffMake = (gpio, setup) => {
    check()
    const one = { gpio, setup, value: setup.direction === 'high' ? 1 : 0, open: true, tell: (_: number): void => {} }
    made.push(one)
    return {
      readSync: () => {
        check()
        return one.value
      },
      writeSync: (value) => {
        check()
        one.value = value
      },
      watch: (told) => {
        one.tell = (value) => {
          one.value = value
          told(null, value)
        }
      },
      unexport: () => {
        one.open = false
      },
    }
  }
  return { made, fail, make }
}

const port = (onoff: ReturnType<typeof fakeOnoff>) => {
  const time = virtualTime()
  const options = { root, clock: time.clock, wake: time.wake }
  return { time, port: sysfsPort({ ...options, load: async () => ok(onoff.make) }) }
}

describe('sysfs through onoff', () => {
  it('opens, debounces, sets the safe value and gives back', async () => {
    const onoff = fakeOnoff()
    const { time, port: gpio } = port(onoff)
    const lines = await gpio.open([
      relay,
      { ...relay, name: 'inverted', activeLow: true, at: { lineName: 'GPIO4' } },
      door,
    ])
    if (!lines.ok) throw new Error(lines.error.kind)
    expect(onoff.made.map(({ gpio: number, setup }) => [number, setup])).toEqual([
      [529, { direction: 'high', edge: 'none', activeLow: false }],
      // On with a low voltage: `low` is a voltage, whatever active_low says.
      [516, { direction: 'low', edge: 'none', activeLow: true }],
      [534, { direction: 'in', edge: 'both', activeLow: false }],
    ])
    const events: GpioEvent[] = []
    lines.value.onEvent((event) => events.push(event))
    for (const value of [1, 0, 1, 0, 1]) {
      onoff.made[2]?.tell(value)
      await time.advance(10)
    }
    expect(await lines.value.read('door')).toEqual({ ok: true, value: false })
    await time.advance(100)
    expect(events).toEqual([{ name: 'door', on: true, at: 90 }])
    await lines.value.set('relay', true)
    await lines.value.close()
    expect(onoff.made.map(({ value, open }) => [value, open])).toEqual([
      [0, false],
      [0, false],
      [1, false],
    ])
    expect(time.waiting()).toBe(0)
  })

  const CODES = [
    ['EBUSY', 'busy'],
    ['EACCES', 'no-permission'],
    ['EINVAL', 'no-line'],
    ['ENODEV', 'closed'],
    ['EIO', 'system'],
  ] as const
  it.each(CODES)('says what %s means', async (code, kind) => {
    const onoff = fakeOnoff()
    onoff.fail.code = code
    expect(await port(onoff).port.open([relay])).toMatchObject({ ok: false, error: { kind } })
  })

  it('gives back the first line when the second cannot be had', async () => {
    const onoff = fakeOnoff()
    const make: OnoffMake = (gpio, setup) => {
      if (gpio === 534) onoff.fail.code = 'EBUSY'
      return onoff.make(gpio, setup)
    }
    const time = virtualTime()
    const gpio = sysfsPort({ root, clock: time.clock, wake: time.wake, load: async () => ok(make) })
    expect(await gpio.open([relay, door])).toMatchObject({ ok: false, error: { kind: 'busy', name: 'door' } })
    expect(onoff.made.map(({ open }) => open)).toEqual([false])
  })

  it('closes when the line goes away under it', async () => {
    const onoff = fakeOnoff()
    const lines = await port(onoff).port.open([relay])
    if (!lines.ok) throw new Error(lines.error.kind)
    onoff.fail.code = 'ENODEV'
    const told: string[] = []
    lines.value.onClosed((fault) => told.push(fault.kind))
    expect(await lines.value.set('relay', false)).toMatchObject({ error: { kind: 'closed' } })
    expect(told).toEqual(['closed'])
  })

  it('says clearly that the package is not there', async () => {
    const time = virtualTime()
    const load = async () => err({ kind: 'no-adapter', why: 'Cannot find package onoff' } as const)
    const gpio = sysfsPort({ root, clock: time.clock, wake: time.wake, load })
    expect(await gpio.open([relay])).toMatchObject({ ok: false, error: { kind: 'no-adapter' } })
  })

  it('loads the package or says why it cannot', async () => {
    const loaded = await loadOnoff()
    // An optional package that needs a compiler: both ends are right, nothing else is.
    if (!loaded.ok) expect(loaded.error).toMatchObject({ kind: 'no-adapter', why: expect.stringMatching(/\S{4}/) })
    else expect(loaded.value).toBeTypeOf('function')
  })
})
