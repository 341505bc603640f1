import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { chardevPort } from '#controller/gpio/chardev.ts'
import { survey } from '#controller/gpio/chips.ts'
import type { GpioEvent, GpioFault, GpioLines } from '#controller/gpio/gpio.ts'
import { gpioFaultText } from '#controller/gpio/gpio.ts'
import { machineKernel } from '#controller/gpio/kernel.ts'
import type { GpioInput, GpioLine, GpioOutput } from '#controller/gpio/line.ts'
import { loadOnoff, sysfsChips, sysfsPort } from '#controller/gpio/sysfs.ts'
import type { Clock, Wake } from '#core/base/ports.ts'
import { assert, type Result } from '#core/base/result.ts'
import { instant, mono } from '#core/base/units.ts'
import { equal, guest, pause, until } from './guest.ts'

/** Inside of the amd64 machine: Debian’s kernel with gpio-sim dressed as the GPIO chip of a Raspberry Pi. */
const LABEL = 'pinctrl-bcm2835'
const LINES = 54
const CONFIG = '/sys/kernel/config/gpio-sim'

const wake: Wake = (delay, then) => {
  const timer = setTimeout(then, delay)
  return () => clearTimeout(timer)
}
const clock: Clock = {
  read: () => ({ wall: instant(Date.now()), mono: mono(performance.now()), quality: 'unset', bootId: 'guest' }),
}

type Chip = { readonly device: string; readonly live: (on: boolean) => void; readonly pins: () => string }

/** Makes a simulated chip. Its pins are files: `pull` is the outside world, `value` what is on the pin. */
const makeChip = (device: string, chip: { label: string; lines: number; name: (offset: number) => string }): Chip => {
  const bank = `${CONFIG}/${device}/bank`
  mkdirSync(bank, { recursive: true })
  writeFileSync(`${bank}/label`, chip.label)
  writeFileSync(`${bank}/num_lines`, String(chip.lines))
  for (let offset = 0; offset < chip.lines; offset++) {
    mkdirSync(`${bank}/line${offset}`)
    writeFileSync(`${bank}/line${offset}/name`, chip.name(offset))
  }
  const live = (on: boolean): void => writeFileSync(`${CONFIG}/${device}/live`, on ? '1' : '0')
  live(true)
  const read = (name: string): string => readFileSync(`${CONFIG}/${device}/${name}`, 'utf8').trim()
  return { device, live, pins: () => `/sys/devices/platform/${read('dev_name')}/${read('bank/chip_name')}` }
}

const pi = makeChip('pi', { label: LABEL, lines: LINES, name: (n) => `GPIO${n}` })
const expander = makeChip('expander', { label: 'expander', lines: 8, name: (n) => (n === 5 ? 'GPIO5' : `EXP${n}`) })
const value = (chip: Chip, offset: number): string =>
  readFileSync(`${chip.pins()}/sim_gpio${offset}/value`, 'utf8').trim()
/** What the outside world puts on a pin. */
const drive = (chip: Chip, offset: number, high: boolean): void =>
  writeFileSync(`${chip.pins()}/sim_gpio${offset}/pull`, high ? 'pull-up' : 'pull-down')

const output = (name: string, offset: number, more: Partial<GpioOutput>): GpioOutput => ({
  ...{ name, at: { label: LABEL, line: offset }, activeLow: false, bias: 'as-is' },
  ...{ direction: 'out', initial: false, safe: false },
  ...more,
})
const input = (name: string, offset: number, more: Partial<GpioInput>): GpioInput => ({
  ...{ name, at: { label: LABEL, line: offset }, activeLow: false, bias: 'as-is' },
  ...{ direction: 'in', debounceMs: 0 },
  ...more,
})

const port = chardevPort({ kernel: machineKernel(), wake })
const sysfs = sysfsPort({ root: '/sys/class/gpio', load: loadOnoff, clock, wake })
const got = <T>(result: Result<T, GpioFault>): T => {
  assert(result.ok, result.ok ? '' : gpioFaultText(result.error).en)
  return result.value
}
const refused = (result: Result<unknown, GpioFault>): GpioFault => {
  assert(!result.ok, 'it was not refused')
  return result.error
}
/** Opens, does, closes, whatever happens. */
const withLines = async <T>(lines: readonly GpioLine[], run: (open: GpioLines) => Promise<T>): Promise<T> => {
  const open = got(await port.open(lines))
  try {
    return await run(open)
  } finally {
    await open.close()
  }
}
const collect = (open: GpioLines): GpioEvent[] => {
  const events: GpioEvent[] = []
  open.onEvent((event) => events.push(event))
  return events
}
const openFiles = (): number => readdirSync('/proc/self/fd').length

const { step, note, done } = guest(process.argv.includes('--long') ? 90_000 : undefined)

const onoffSteps = async (): Promise<void> => {
  await step('sysfs through onoff: initial, set, bouncing input, give back', async () => {
    const loaded = await loadOnoff()
    assert(loaded.ok, loaded.ok ? '' : gpioFaultText(loaded.error).en)
    const open = got(
      await sysfs.open([
        output('relay', 17, { initial: true, activeLow: true }),
        output('lamp', 18, { initial: true }),
        input('door', 24, { debounceMs: 100 }),
      ]),
    )
    try {
      equal('active-low relay on', value(pi, 17), '0')
      equal('lamp on', value(pi, 18), '1')
      got(await open.set('relay', false))
      equal('active-low relay off', value(pi, 17), '1')
      const fault = refused(await port.open([output('other', 17, {})]))
      equal('the character device says who', fault.kind === 'busy' && fault.consumer, 'sysfs')
      const events = collect(open)
      for (let bounce = 0; bounce < 10; bounce++) for (const high of [true, false]) drive(pi, 24, high)
      drive(pi, 24, true)
      await until('event', 3000, () => events.length > 0)
      await pause(300)
      equal(
        'events',
        events.map((event) => event.on),
        [true],
      )
      drive(pi, 24, false)
      await until('second event', 3000, () => events.length > 1)
    } finally {
      await open.close()
    }
    equal('unexported', existsSync('/sys/class/gpio/gpio17'), false)
    await withLines([output('relay', 17, {})], async () => {})
    return '21 edges → 1 event; owner shown as sysfs; given back'
  })

  await step('sysfs: a line the character device has is busy', () =>
    withLines([output('relay', 17, {})], async () => {
      const fault = refused(await sysfs.open([output('other', 17, {})]))
      equal('kind', fault.kind, 'busy')
      return gpioFaultText(fault).en
    }),
  )
}

await step('chips found by label, lines by name', async () => {
  const { chips } = got(survey(machineKernel()))
  const found = chips.find((chip) => chip.label === LABEL)
  equal('lines', found?.all.length, LINES)
  equal('name of offset 17', found?.all[17]?.name, 'GPIO17')
  return chips.map((chip) => `${chip.path} [${chip.label}] ${chip.all.length}`).join(', ')
})

await step('wrong configuration is refused with its reason', async () => {
  const chip = refused(await port.open([output('relay', 17, { at: { label: 'pinctrl-rp1', line: 17 } })]))
  const line = refused(await port.open([output('relay', 99, {})]))
  const name = refused(await port.open([output('relay', 0, { at: { lineName: 'GPIO5' } })]))
  const path = refused(await port.open([output('relay', 0, { at: { path: '/dev/gpiochip9', line: 0 } })]))
  const kinds = [chip, line, name, path].map((fault) => fault.kind)
  equal('kinds', kinds, ['no-chip', 'no-line', 'ambiguous', 'no-chip'])
  return kinds.join(', ')
})

await step('initial value from the first instant, set and read back', () =>
  withLines([output('relay', 17, { initial: true }), output('spare', 18, {})], async (open) => {
    equal('pin 17 at once', value(pi, 17), '1')
    equal('pin 18 at once', value(pi, 18), '0')
    got(await open.set('relay', false))
    equal('pin 17 after off', value(pi, 17), '0')
    equal('read', got(await open.read('relay')), false)
    got(await open.set('relay', true))
    equal('pin 17 after on', value(pi, 17), '1')
    return 'pins 17 and 18 seen by the simulator'
  }),
)

await step('active low: on is a low voltage', () =>
  withLines([output('relay', 17, { initial: true, activeLow: true })], async (open) => {
    equal('pin when on', value(pi, 17), '0')
    got(await open.set('relay', false))
    equal('pin when off', value(pi, 17), '1')
    return 'on = 0, off = 1'
  }),
)

await step('a pull-up of the chip is asked for', () =>
  withLines([input('door', 22, { bias: 'pull-up' })], async (open) => {
    equal('read', got(await open.read('door')), true)
    drive(pi, 22, false)
    equal('read when pulled down', got(await open.read('door')), false)
    return 'open contact reads 1, closed to ground 0'
  }),
)

await step('edges of an input, with their time', () =>
  withLines([input('key', 23, {})], async (open) => {
    const events = collect(open)
    const delays: number[] = []
    for (const on of [true, false, true, false]) {
      const before = events.length
      const at = performance.now()
      drive(pi, 23, on)
      await until('event', 2000, () => events.length > before)
      delays.push(performance.now() - at)
      const last = events.at(-1)
      equal('on', last?.on, on)
      const age = (last?.at ?? 0) - at
      assert(age >= -2 && age <= 500, `time stamp ${age} ms away from the edge`)
    }
    equal('events', events.length, 4)
    equal('dropped', open.dropped(), 0)
    return `4 events, told after ${delays.map((ms) => Math.round(ms)).join(', ')} ms`
  }),
)

await step('debounce of the kernel: bouncing gives one event, a glitch none', () =>
  withLines([input('door', 24, { debounceMs: 100 })], async (open) => {
    const events = collect(open)
    for (let bounce = 0; bounce < 10; bounce++) for (const high of [true, false]) drive(pi, 24, high)
    drive(pi, 24, true)
    await until('event', 3000, () => events.length > 0)
    await pause(300)
    equal('events after bouncing', events.length, 1)
    drive(pi, 24, false)
    drive(pi, 24, true)
    await pause(400)
    equal('events after a glitch', events.length, 1)
    drive(pi, 24, false)
    await until('second event', 3000, () => events.length > 1)
    equal(
      'levels',
      events.map((event) => event.on),
      [true, false],
    )
    return '21 edges → 1 event, 2 edges → 0, then the real change → 1'
  }),
)

await step('active-low input: on is contact closed to ground', () =>
  withLines([input('key', 25, { activeLow: true, bias: 'pull-up' })], async (open) => {
    const events = collect(open)
    equal('read', got(await open.read('key')), false)
    drive(pi, 25, false)
    await until('event', 2000, () => events.length > 0)
    equal('on', events[0]?.on, true)
    return 'read false, then event on'
  }),
)

await step('a second owner is refused and told who has the line', () =>
  withLines([output('relay', 17, {})], async () => {
    const fault = refused(await port.open([output('other', 17, {})]))
    equal('fault', fault, {
      kind: 'busy',
      name: 'other',
      wanted: `${LABEL}/17`,
      consumer: 'bangtin:relay',
    })
    const twice = refused(await port.open([output('one', 19, {}), output('two', 19, {})]))
    equal('the same line twice', twice.kind, 'busy')
    return gpioFaultText(fault).en
  }),
)

await step('one busy line: nothing of the rest is moved', () =>
  withLines([output('relay', 17, {})], async () => {
    refused(await port.open([output('first', 20, { initial: true }), output('other', 17, {})]))
    equal('pin 20', value(pi, 20), '0')
    return 'pin 20 untouched'
  }),
)

await step('more edges than buffers hold: counted, and the last one tells the level', () =>
  withLines([input('noisy', 26, {})], async (open) => {
    const events = collect(open)
    // All in one turn of the event loop, so nothing can be taken in between; an odd number ends high.
    for (let n = 0; n < 501; n++) drive(pi, 26, n % 2 === 0)
    await until('all accounted for', 3000, () => events.length + open.dropped() >= 501)
    equal('sum', events.length + open.dropped(), 501)
    assert(open.dropped() > 0, 'some were dropped')
    equal('level', events.at(-1)?.on, true)
    return `501 edges: ${events.length} told, ${open.dropped()} counted as dropped`
  }),
)

await step('safe value at an orderly end, then what the kernel makes of the line', async () => {
  const states: string[] = []
  for (const safe of [true, false]) {
    const open = got(await port.open([output('relay', 17, { initial: !safe, safe })]))
    const before = openFiles()
    await open.close()
    assert(openFiles() < before, 'the line is given back')
    states.push(`safe ${safe ? 1 : 0} → ${value(pi, 17)}`)
  }
  return `after close: ${states.join(', ')} (upstream kernel: back to its pull)`
})

await step('a killed process: what the kernel makes of its relay', async () => {
  const holder = fileURLToPath(new URL('guest-holder.ts', import.meta.url))
  const child = spawn(process.execPath, [holder, LABEL, '17'], { stdio: ['ignore', 'pipe', 'inherit'] })
  await new Promise((resolve) => child.stdout.once('data', resolve))
  equal('pin while held', value(pi, 17), '1')
  const fault = refused(await port.open([output('relay', 17, {})]))
  equal('owner seen from here', fault.kind === 'busy' && fault.consumer, 'bangtin:held')
  child.kill('SIGKILL')
  await new Promise((resolve) => child.once('exit', resolve))
  const after = value(pi, 17)
  await withLines([output('relay', 17, {})], async () => {})
  return `1 while held, ${after} after SIGKILL; the line can be taken again`
})

await step('the chip vanishes and comes back', async () => {
  const open = got(
    await port.open([
      input('far', 1, { at: { label: 'expander', line: 'EXP1' } }),
      output('lamp', 2, { at: { lineName: 'EXP2' }, initial: true }),
    ]),
  )
  const told: GpioFault[] = []
  open.onClosed((fault) => told.push(fault))
  equal('lamp', value(expander, 2), '1')
  expander.live(false)
  const ms = await until('told', 3000, () => told.length > 0)
  equal('fault', told[0]?.kind, 'closed')
  equal('set after it', refused(await open.set('lamp', false)).kind, 'closed')
  await open.close()
  expander.live(true)
  await withLines([output('lamp', 2, { at: { lineName: 'EXP2' } })], async () => {})
  return `told after ${Math.round(ms)} ms; opened again after it came back`
})

await step('an idle port costs little', () =>
  withLines(
    [2, 3, 4, 6].map((n) => input(`idle-${n}`, n, { debounceMs: 30 })),
    async () => {
      const began = { cpu: process.cpuUsage(), at: performance.now() }
      await pause(5000)
      const { user, system } = process.cpuUsage(began.cpu)
      const share = ((user + system) / 10 / (performance.now() - began.at)).toFixed(2)
      return `4 inputs, 5 s: ${share} % of one (emulated) core`
    },
  ),
)

await step('sysfs: the base of the chip is found', async () => {
  const chips = got(sysfsChips('/sys/class/gpio'))
  const found = chips.find((chip) => chip.label === LABEL)
  assert(found !== undefined && found.base > 0, 'base')
  let plain = 'accepted'
  try {
    writeFileSync('/sys/class/gpio/export', '17')
  } catch (error) {
    plain = error instanceof Error && 'code' in error ? String(error.code) : String(error)
  }
  equal('plain number 17', plain, 'EINVAL')
  return `base ${found.base}: GPIO17 is ${found.base + 17}; plain 17 → ${plain}`
})

if (existsSync('node_modules/onoff')) await onoffSteps()
else note('onoff is not installed in this tree (optional): sysfs was tried for the base of the chip only')

if (process.argv.includes('--long')) {
  await step('300 openings leave no file open', async () => {
    const before = openFiles()
    for (let n = 0; n < 300; n++)
      await withLines(
        [output('relay', 17, { initial: n % 2 === 0 }), input('door', 24, { debounceMs: 30 })],
        async () => {},
      )
    equal('open files', openFiles(), before)
    return `${before} files before and after`
  })
  await step('a chattering contact for 60 s: bounded, nothing else held up', () =>
    withLines([input('noisy', 26, {}), output('relay', 17, {})], async (open) => {
      const events = collect(open)
      const began = performance.now()
      const memory = process.memoryUsage().rss
      let edges = 0
      let worst = 0
      while (performance.now() - began < 60_000) {
        for (let n = 0; n < 100; n++) {
          edges += 1
          drive(pi, 26, edges % 2 === 1)
        }
        const at = performance.now()
        got(await open.set('relay', edges % 200 === 0))
        worst = Math.max(worst, performance.now() - at)
        await pause(1)
        if (events.length > 1000) events.splice(0, events.length - 10)
      }
      const grown = (process.memoryUsage().rss - memory) / 1e6
      assert(grown < 30, `grown by ${grown.toFixed(1)} MB`)
      return `${edges} edges, ${open.dropped()} dropped; worst set ${worst.toFixed(1)} ms; grown ${grown.toFixed(1)} MB`
    }),
  )
}

note(`kernel ${execFileSync('/bin/busybox', ['uname', '-r']).toString().trim()}, node ${process.version}`)
done()
