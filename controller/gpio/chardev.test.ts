import { describe, expect, it } from 'vitest'
import { err, ok } from '#core/base/result.ts'
import { mono } from '#core/base/units.ts'
import { virtualTime } from '../sim/virtual-time.ts'
import { chardevPort, LOOK_EVERY_MS, MOST_AT_ONCE } from './chardev.ts'
import { type GpioEvent, type GpioFault, gpioFaultText } from './gpio.ts'
import type { GpioKernel, Readiness } from './kernel.ts'
import type { GpioInput, GpioOutput } from './line.ts'

const relay: GpioOutput = {
  ...{ name: 'relay', at: { label: 'pinctrl-rp1', line: 17 }, activeLow: false, bias: 'as-is' },
  ...{ direction: 'out', initial: true, safe: false },
}
const door: GpioInput = {
  ...{ name: 'door', at: { lineName: 'GPIO22' }, activeLow: true, bias: 'pull-up' },
  ...{ direction: 'in', debounceMs: 50 },
}

type FakeLine = { owner: string; value: number; flags: bigint; events: Buffer[]; sequence: number }
type FakeChip = { label: string; names: readonly string[]; lines: FakeLine[]; errno: string | null }

/**
 * A kernel that is not there. It reads and writes the bytes of the header by offsets of its own, and does to requests what Linux does:
 * refuses a line that is taken, forgets the oldest event when its buffer is full.
 */
const fakeKernel = (chips: Map<string, FakeChip>) => {
  const files = new Map<number, { chip: FakeChip; line: FakeLine | null }>()
  const state = { next: 100, gone: false, refuse: null as string | null, calls: [] as string[] }
  const open = (chip: FakeChip, line: FakeLine | null): number => {
    state.next += 1
    files.set(state.next, { chip, line })
    return state.next
  }
  const request = (chip: FakeChip, bytes: Buffer): string | number => {
    const line = chip.lines[bytes.readUInt32LE(0)]
    if (line === undefined) return 'EINVAL'
    if (state.refuse !== null) return state.refuse
    if (line.owner !== '') return 'EBUSY'
    line.owner = bytes.toString('utf8', 256, bytes.indexOf(0, 256))
    line.flags = bytes.readBigUInt64LE(288)
    if (bytes.readUInt32LE(296) === 1 && bytes.readUInt32LE(320) === 2) line.value = Number(bytes.readBigUInt64LE(328))
    return open(chip, line)
  }
  const ioctl: GpioKernel['ioctl'] = (fd, number, bytes) => {
    const file = files.get(fd)
    if (file === undefined) return err('EBADF')
    if (state.gone) return err('ENODEV')
    const { chip, line } = file
    state.calls.push((number >>> 0).toString(16))
    if (number === 0x8044b401) {
      bytes.write(chip.label, 32)
      bytes.writeUInt32LE(chip.lines.length, 64)
      return ok(undefined)
    }
    if (number === 0xc100b405) {
      const offset = bytes.readUInt32LE(64)
      const asked = chip.lines[offset]
      bytes.write(chip.names[offset] ?? '', 0)
      bytes.write(asked?.owner ?? '', 32)
      bytes.writeBigUInt64LE(asked?.owner ? 1n : 0n, 72)
      return ok(undefined)
    }
    if (number === 0xc250b407) {
      const made = request(chip, bytes)
      if (typeof made === 'string') return err(made)
      bytes.writeInt32LE(made, 588)
      return ok(undefined)
    }
    if (line === null) return err('ENOTTY')
    if (number === 0xc010b40f) line.value = Number(bytes.readBigUInt64LE(0) & 1n)
    else bytes.writeBigUInt64LE(BigInt(line.value), 0)
    return ok(undefined)
  }
  const kernel: GpioKernel = {
    chips: () => [...chips.keys()],
    open: (path) => {
      const chip = chips.get(path)
      if (chip === undefined) return err('ENOENT')
      return chip.errno === null ? ok(open(chip, null)) : err(chip.errno)
    },
    ioctl,
    poll: (fds) =>
      fds.map((fd): Readiness => {
        if (state.gone) return 'gone'
        return (files.get(fd)?.line?.events.length ?? 0) > 0 ? 'readable' : 'nothing'
      }),
    read: (fd, into) => {
      expect(files.has(fd), `file ${fd} is open`).toBe(true)
      const events = files.get(fd)?.line?.events ?? []
      return ok(Buffer.concat(events.splice(0, Math.floor(into.length / 48))).copy(into))
    },
    close: (fd) => {
      const line = files.get(fd)?.line
      if (line) line.owner = ''
      expect(files.delete(fd), `file ${fd} is open`).toBe(true)
    },
    toMono: (nanoseconds) => mono(Number(nanoseconds / 1_000_000n)),
  }
  const tell = (line: FakeLine, rising: boolean, atMs: number): void => {
    const event = Buffer.alloc(48)
    line.sequence += 1
    event.writeBigUInt64LE(BigInt(atMs) * 1_000_000n, 0)
    event.writeUInt32LE(rising ? 1 : 2, 8)
    event.writeUInt32LE(line.sequence, 16)
    line.events.push(event)
    if (line.events.length > MOST_AT_ONCE) line.events.shift()
  }
  return { kernel, state, files, tell }
}

const chip = (label: string, names: readonly string[]): FakeChip => ({
  label,
  names,
  lines: names.map(() => ({ owner: '', value: 0, flags: 0n, events: [], sequence: 0 })),
  errno: null,
})
const GPIO = Array.from({ length: 28 }, (_, n) => `GPIO${n}`)

const world = () => {
  const header = chip('pinctrl-rp1', GPIO)
  const other = chip('brcmstb', ['PWR', 'GPIO5'])
  const chips = new Map([
    ['/dev/gpiochip0', other],
    ['/dev/gpiochip4', header],
  ])
  const fake = fakeKernel(chips)
  const time = virtualTime()
  return { header, other, chips, fake, time, port: chardevPort({ kernel: fake.kernel, wake: time.wake }) }
}
const open = async (w: ReturnType<typeof world>, ...lines: readonly (GpioInput | GpioOutput)[]) => {
  const opened = await w.port.open(lines)
  if (!opened.ok) throw new Error(opened.error.kind)
  return opened.value
}

describe('the character device', () => {
  it('finds the chip by label and the line by name, whatever the number is', async () => {
    const w = world()
    await open(w, relay, door)
    expect(w.header.lines[17]).toMatchObject({ owner: 'bangtin:relay', value: 1, flags: 0x8n })
    // Input, active low, both edges, pull-up.
    expect(w.header.lines[22]).toMatchObject({ owner: 'bangtin:door', flags: 0x136n })
    expect(w.fake.files.size).toBe(2)
  })

  it('begins an output off as well as on, whatever was there before', async () => {
    for (const initial of [false, true]) {
      const w = world()
      const line = w.header.lines[17]
      if (line !== undefined) line.value = initial ? 0 : 1
      await open(w, { ...relay, initial })
      expect(line?.value).toBe(initial ? 1 : 0)
    }
  })

  it('sets, reads, and at the end sets the safe value and gives the lines back', async () => {
    const w = world()
    const lines = await open(w, relay, door)
    expect(await lines.read('relay')).toEqual(ok(true))
    await lines.set('relay', false)
    expect(w.header.lines[17]?.value).toBe(0)
    await lines.set('relay', true)
    await lines.close()
    await lines.close()
    expect(w.header.lines[17]).toMatchObject({ value: 0, owner: '' })
    expect(w.fake.files.size).toBe(0)
    expect(w.time.waiting()).toBe(0)
    expect(await lines.read('relay')).toMatchObject({ error: { kind: 'closed' } })
  })

  it('tells events in order with their own time, and counts what the kernel lost', async () => {
    const w = world()
    const lines = await open(w, door)
    const line = w.header.lines[22]
    if (line === undefined) throw new Error('line')
    const events: GpioEvent[] = []
    lines.onEvent((event) => events.push(event))
    w.fake.tell(line, true, 7)
    w.fake.tell(line, false, 9)
    await w.time.advance(LOOK_EVERY_MS)
    expect(events).toEqual([
      { name: 'door', on: true, at: 7 },
      { name: 'door', on: false, at: 9 },
    ])
    for (let n = 0; n < MOST_AT_ONCE + 7; n++) w.fake.tell(line, n % 2 === 0, 20 + n)
    await w.time.advance(LOOK_EVERY_MS * 3)
    expect(events).toHaveLength(2 + MOST_AT_ONCE)
    expect(lines.dropped()).toBe(7)
    expect(events.at(-1)).toEqual({ name: 'door', on: true, at: 20 + MOST_AT_ONCE + 6 })
  })

  it('does not look at all when there are no inputs', async () => {
    const w = world()
    await open(w, relay)
    expect(w.time.waiting()).toBe(0)
  })

  it('survives a listener that closes while it is being told', async () => {
    const w = world()
    const lines = await open(w, door, { ...door, name: 'key', at: { lineName: 'GPIO23' } })
    lines.onEvent(() => void lines.close())
    for (const offset of [22, 23]) {
      const line = w.header.lines[offset]
      if (line !== undefined) w.fake.tell(line, true, 1)
    }
    await w.time.advance(LOOK_EVERY_MS * 2)
    expect(w.fake.files.size).toBe(0)
    expect(w.time.waiting()).toBe(0)
  })

  it('tells once that the chip is gone, at the next look or the next call, and can be opened again', async () => {
    for (const how of ['look', 'call'] as const) {
      const w = world()
      const lines = await open(w, relay, door)
      const told: GpioFault[] = []
      lines.onClosed((fault) => told.push(fault))
      w.fake.state.gone = true
      if (how === 'look') await w.time.advance(LOOK_EVERY_MS * 3)
      else expect(await lines.set('relay', false)).toMatchObject({ error: { kind: 'closed' } })
      expect(told.map((fault) => fault.kind)).toEqual(['closed'])
      await lines.close()
      expect(w.fake.files.size).toBe(0)
      const late: GpioFault[] = []
      lines.onClosed((fault) => late.push(fault))
      expect(late).toHaveLength(1)
      w.fake.state.gone = false
      await open(w, relay, door)
    }
  })
})

describe('what goes wrong when lines are asked for', () => {
  const kindOf = async (w: ReturnType<typeof world>, ...lines: readonly (GpioInput | GpioOutput)[]) => {
    const opened = await w.port.open(lines)
    expect(w.fake.files.size, 'nothing stays open').toBe(0)
    return opened.ok ? 'opened' : opened.error
  }

  it('says which chips there are when the label is wrong', async () => {
    const fault = await kindOf(world(), { ...relay, at: { label: 'pinctrl-bcm2835', line: 17 } })
    expect(fault).toEqual({ kind: 'no-chip', wanted: 'pinctrl-bcm2835', seen: ['brcmstb', 'pinctrl-rp1'] })
  })

  it('says that a name is there twice, and that a line is not there', async () => {
    expect(await kindOf(world(), { ...relay, at: { lineName: 'GPIO5' } })).toEqual({
      ...{ kind: 'ambiguous', wanted: 'GPIO5', seen: ['/dev/gpiochip0/1', '/dev/gpiochip4/5'] },
    })
    expect(await kindOf(world(), { ...relay, at: { label: 'pinctrl-rp1', line: 28 } })).toMatchObject({
      kind: 'no-line',
    })
    expect(await kindOf(world(), { ...relay, at: { path: '/dev/gpiochip4', line: 'GPIO40' } })).toMatchObject({
      ...{ kind: 'no-line', wanted: '/dev/gpiochip4/GPIO40' },
    })
    expect(await kindOf(world(), { ...relay, at: { path: '/dev/gpio-panel', line: 1 } })).toMatchObject({
      kind: 'no-chip',
    })
  })

  it('says who has the line, before anything is requested', async () => {
    const w = world()
    const line = w.header.lines[22]
    if (line !== undefined) line.owner = 'sysfs'
    const busy = { kind: 'busy', name: 'door', wanted: 'GPIO22', consumer: 'sysfs' }
    expect(await kindOf(w, relay, door)).toEqual(busy)
    expect(w.header.lines[17]?.value).toBe(0)
    expect(await kindOf(w, relay, { ...relay, name: 'two' })).toMatchObject({ kind: 'busy', consumer: 'bangtin:relay' })
    expect(w.header.lines[17]?.value).toBe(0)
  })

  it('says when there is no permission, no GPIO, or an old kernel', async () => {
    const w = world()
    w.header.errno = 'EACCES'
    expect(await kindOf(w, relay)).toEqual({ kind: 'no-permission', path: '/dev/gpiochip4' })
    w.header.errno = 'EINVAL'
    expect(await kindOf(w, relay)).toMatchObject({ kind: 'unsupported' })
    w.chips.clear()
    expect(await kindOf(w, relay)).toEqual({ kind: 'no-gpio' })
  })

  const REFUSED = [
    ['EBUSY', 'busy'],
    ['EINVAL', 'unsupported'],
    ['EPERM', 'no-permission'],
    ['ENODEV', 'closed'],
    ['ENOMEM', 'system'],
  ] as const
  it.each(REFUSED)('gives back the first line when the kernel says %s to the second', async (errno, kind) => {
    const w = world()
    const { ioctl } = w.fake.kernel
    const requests: number[] = []
    const kernel: GpioKernel = {
      ...w.fake.kernel,
      ioctl: (fd, number, bytes) => {
        if (number === 0xc250b407) requests.push(fd)
        return number === 0xc250b407 && requests.length === 2 ? err(errno) : ioctl(fd, number, bytes)
      },
    }
    const opened = await chardevPort({ kernel, wake: w.time.wake }).open([relay, door])
    expect(opened).toMatchObject({ ok: false, error: { kind } })
    expect(w.fake.files.size).toBe(0)
    expect(w.header.lines[17]?.owner).toBe('')
  })
})

describe('faults in words', () => {
  const ALL: { readonly [K in GpioFault['kind']]: Extract<GpioFault, { kind: K }> } = {
    'no-gpio': { kind: 'no-gpio' },
    'no-chip': { kind: 'no-chip', wanted: 'pinctrl-rp1', seen: [] },
    ambiguous: { kind: 'ambiguous', wanted: 'GPIO5', seen: ['a', 'b'] },
    'no-line': { kind: 'no-line', name: 'door', wanted: 'GPIO99' },
    busy: { kind: 'busy', name: 'door', wanted: 'GPIO22', consumer: 'spi0 CS0' },
    'no-permission': { kind: 'no-permission', path: '/dev/gpiochip0' },
    'no-adapter': { kind: 'no-adapter', why: 'Cannot find package' },
    unsupported: { kind: 'unsupported', name: 'door', why: 'pull-up: EINVAL' },
    closed: { kind: 'closed', why: 'the chip vanished' },
    system: { kind: 'system', call: 'open /dev/gpiochip0', errno: 'EMFILE' },
  }
  it('names the thing and the next step, in both languages', () => {
    const faults = Object.values(ALL)
    expect(faults).toHaveLength(10)
    for (const fault of faults) {
      const { vi, en } = gpioFaultText(fault)
      for (const text of [vi, en]) {
        expect(text).toMatch(/\.$/)
        expect(text.length, text).toBeGreaterThan(60)
        for (const value of [...Object.values(fault)].filter((v) => typeof v === 'string' && v !== fault.kind))
          expect(text).toContain(value)
      }
      expect(vi).not.toBe(en)
      expect(vi).toMatch(/[ăâđêôơưáàảãạéèẻẽẹíìỉĩịóòỏõọúùủũụýỳỷỹỵ]/i)
    }
  })
})
