import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Clock, Wake } from '#core/base/ports.ts'
import { assert, err, ok, type Result } from '#core/base/result.ts'
import { duration } from '#core/base/units.ts'
import { settleContact } from './contact.ts'
import { addressText, assertLines, closing, type GpioFault, type GpioLines, type GpioPort, gpioEvents } from './gpio.ts'
import type { GpioLine } from './line.ts'

/** One line of the package `onoff`, as far as it is used here. Its calls throw errors of `fs`. */
export type OnoffLine = {
  readonly readSync: () => number
  readonly writeSync: (value: 0 | 1) => void
  readonly watch: (told: (error: Error | null | undefined, value: number) => void) => void
  readonly unexport: () => void
}
/** `direction`: `in`, or an output with its first voltage. `edge` is `both` for inputs, `none` for outputs. */
export type OnoffMake = (
  gpio: number,
  setup: { readonly direction: 'in' | 'high' | 'low'; readonly edge: 'none' | 'both'; readonly activeLow: boolean },
) => OnoffLine

/**
 * GPIO through /sys/class/gpio and `onoff`, for kernels without the character device. Weaker: no owner is known, no bias, no debounce in
 * the kernel, and outputs keep their value when the process dies. `root` is `/sys/class/gpio`; `load` is `loadOnoff`, both replaced in tests.
 */
export const sysfsPort = (options: {
  readonly root: string
  readonly load: () => Promise<Result<OnoffMake, GpioFault>>
  readonly clock: Clock
  readonly wake: Wake
}): GpioPort => ({
  open: async (lines) => {
    assertLines(lines)
    const make = await options.load()
    if (!make.ok) return make
    const numbers = resolveNumbers(options.root, lines)
    if (!numbers.ok) return numbers
    const owned: Owned[] = []
    for (const { line, number } of numbers.value) {
      const got = take(make.value, line, number)
      if (!got.ok) {
        for (const one of owned) one.gpio.unexport()
        return got
      }
      owned.push({ line, gpio: got.value })
    }
    return ok(hold(options, owned))
  },
})

type Owned = { readonly line: GpioLine; readonly gpio: OnoffLine }

/** A chip as sysfs tells it: its lines have the numbers `base` to `base + lines − 1`. */
export type SysfsChip = {
  readonly label: string
  readonly base: number
  readonly lines: number
  /** From the device tree; empty where it names none. */
  readonly names: readonly string[]
}

const readText = (path: string): string | null => {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    // A chip may go away while we look; what is not there is simply not told.
    if (error instanceof Error && 'code' in error) return null
    throw error
  }
}

/** All chips of `/sys/class/gpio`. `no-gpio` when the folder is not there. */
export const sysfsChips = (root: string): Result<readonly SysfsChip[], GpioFault> => {
  let entries: readonly string[]
  try {
    entries = readdirSync(root)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EACCES')
      return err({ kind: 'no-permission', path: root })
    return err({ kind: 'no-gpio' })
  }
  const chips = entries
    .filter((name) => /^gpiochip\d+$/.test(name))
    .flatMap((name) => {
      const label = readText(join(root, name, 'label'))
      const base = Number(readText(join(root, name, 'base')) ?? Number.NaN)
      const lines = Number(readText(join(root, name, 'ngpio')) ?? Number.NaN)
      if (label === null || !Number.isInteger(base) || !Number.isInteger(lines)) return []
      const names = readText(join(root, name, 'device/of_node/gpio-line-names')) ?? ''
      return [{ label: label.trim(), base, lines, names: names.split('\0').slice(0, lines) }]
    })
  return ok(chips)
}

/**
 * The numbers sysfs wants. Never the number on the board: since Linux 6.6 GPIO17 of a Raspberry Pi is 529, elsewhere something else, and
 * plain 17 is refused or, worse, is another pin. Faults: no-gpio, no-chip, ambiguous, no-line, unsupported, no-permission.
 */
export const resolveNumbers = (
  root: string,
  lines: readonly GpioLine[],
): Result<readonly { readonly line: GpioLine; readonly number: number }[], GpioFault> => {
  const chips = sysfsChips(root)
  if (!chips.ok) return chips
  const found: { readonly line: GpioLine; readonly number: number }[] = []
  for (const line of lines) {
    if (line.bias !== 'as-is')
      return err({ kind: 'unsupported', name: line.name, why: `bias ${line.bias}: sysfs, config.txt "gpio=17=pu"` })
    const number = resolve(chips.value, line)
    if (!number.ok) return number
    const twin = found.find((other) => other.number === number.value)
    if (twin !== undefined)
      return err({ kind: 'busy', name: line.name, wanted: addressText(line.at), consumer: `bangtin:${twin.line.name}` })
    found.push({ line, number: number.value })
  }
  return ok(found)
}

const resolve = (chips: readonly SysfsChip[], { name, at }: GpioLine): Result<number, GpioFault> => {
  if ('path' in at) return err({ kind: 'unsupported', name, why: `path ${at.path}: sysfs` })
  const wanted = 'lineName' in at ? at.lineName : at.line
  const labelled = 'label' in at ? chips.filter((chip) => chip.label === at.label) : chips
  if ('label' in at && labelled.length > 1)
    return err({ kind: 'ambiguous', wanted: at.label, seen: labelled.map((chip) => `${chip.label}@${chip.base}`) })
  if ('label' in at && labelled.length === 0)
    return err({ kind: 'no-chip', wanted: at.label, seen: chips.map((chip) => chip.label) })
  const found = labelled.flatMap((chip) => {
    const offset = typeof wanted === 'number' ? wanted : chip.names.indexOf(wanted)
    return offset >= 0 && offset < chip.lines ? [chip.base + offset] : []
  })
  const [first] = found
  if (first === undefined) return err({ kind: 'no-line', name, wanted: addressText(at) })
  if (found.length > 1) return err({ kind: 'ambiguous', wanted: addressText(at), seen: found.map((n) => `gpio${n}`) })
  return ok(first)
}

/** Loads the package, which is there only where a compiler built it. `no-adapter` otherwise. */
export const loadOnoff = async (): Promise<Result<OnoffMake, GpioFault>> => {
  // The name is a variable so that the compiler does not ask for a package that a site may do without.
  const name: string = 'onoff'
  let loaded: unknown
  try {
    loaded = await import(name)
  } catch (error) {
    return err({ kind: 'no-adapter', why: reason(error) })
  }
  if (!isOnoff(loaded)) return err({ kind: 'no-adapter', why: 'no Gpio in it' })
  const { Gpio } = loaded
  return ok((gpio, setup) => new Gpio(gpio, setup.direction, setup.edge, { activeLow: setup.activeLow }))
}

/** Node’s own words say which build it wanted, over several lines; an error’s length is not ours to trust. */
const reason = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).replace(/\s+/g, ' ').slice(0, 300)

type OnoffModule = {
  readonly Gpio: new (gpio: number, direction: string, edge: string, options: { activeLow: boolean }) => OnoffLine
}
const isOnoff = (loaded: unknown): loaded is OnoffModule =>
  typeof loaded === 'object' && loaded !== null && 'Gpio' in loaded && typeof loaded.Gpio === 'function'

/** An `fs` error of onoff in our words; anything else is a bug of ours and goes on. */
const faultOf = (error: unknown, line: GpioLine, number: number): GpioFault => {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') throw error
  const wanted = `${addressText(line.at)} (gpio${number})`
  switch (error.code) {
    case 'EBUSY':
      // The kernel tells sysfs only that somebody has it, not who.
      return { kind: 'busy', name: line.name, wanted, consumer: null }
    case 'EACCES':
    case 'EPERM':
      return { kind: 'no-permission', path: '/sys/class/gpio' }
    case 'EINVAL':
      return { kind: 'no-line', name: line.name, wanted }
    case 'ENODEV':
    case 'ENOENT':
      return { kind: 'closed', why: `${wanted} (${error.code})` }
  }
  return { kind: 'system', call: `onoff ${wanted}`, errno: error.code }
}

const take = (make: OnoffMake, line: GpioLine, number: number): Result<OnoffLine, GpioFault> => {
  // `high` and `low` are voltages whatever active_low says; only reading and writing the value follow it.
  const first = line.direction === 'out' && line.initial !== line.activeLow ? 'high' : 'low'
  const setup: Parameters<OnoffMake>[1] =
    line.direction === 'in'
      ? { direction: 'in', edge: 'both', activeLow: line.activeLow }
      : { direction: first, edge: 'none', activeLow: line.activeLow }
  try {
    return ok(make(number, setup))
  } catch (error) {
    return err(faultOf(error, line, number))
  }
}

type Held = Owned & { readonly present: (() => boolean) | null; readonly stop: () => void }

const hold = (time: { readonly clock: Clock; readonly wake: Wake }, owned: readonly Owned[]): GpioLines => {
  const events = gpioEvents()
  const ended = closing()
  const state: { closed: GpioFault | null } = { closed: null }
  const release = (why: GpioFault): void => {
    state.closed = why
    for (const { gpio, stop } of all) {
      stop()
      gpio.unexport()
    }
  }
  const attempt = <T>(line: GpioLine, call: () => T): Result<T, GpioFault> => {
    if (state.closed !== null) return err(state.closed)
    try {
      return ok(call())
    } catch (error) {
      const fault = faultOf(error, line, Number.NaN)
      if (fault.kind === 'closed') {
        release(fault)
        ended.tell(fault)
      }
      return err(fault)
    }
  }
  const watch = ({ line, gpio }: Owned): Held => {
    if (line.direction === 'out') return { line, gpio, present: null, stop: () => {} }
    const contact = settleContact(time, {
      span: duration(line.debounceMs),
      first: gpio.readSync() === 1,
      settled: (on, at) => events.push({ name: line.name, on, at }),
    })
    gpio.watch((error, value) => {
      if (state.closed === null && !error) contact.saw(value === 1)
    })
    return { line, gpio, present: contact.present, stop: contact.stop }
  }
  const all = owned.map(watch)
  const find = (name: string): Held => {
    const held = all.find(({ line }) => line.name === name)
    assert(held !== undefined, `GPIO line ${name} was not opened`)
    return held
  }
  return {
    set: async (name, on) => {
      const { line, gpio } = find(name)
      assert(line.direction === 'out', `GPIO line ${name} is no output`)
      return attempt(line, () => gpio.writeSync(on ? 1 : 0))
    },
    read: async (name) => {
      const { line, gpio, present } = find(name)
      return attempt(line, () => present?.() ?? gpio.readSync() === 1)
    },
    onEvent: events.onEvent,
    onClosed: ended.onClosed,
    dropped: events.dropped,
    close: async () => {
      events.stop()
      for (const { line, gpio } of all) {
        const safe = line.direction === 'out' && line.safe
        if (line.direction === 'out') attempt(line, () => gpio.writeSync(safe ? 1 : 0))
      }
      if (state.closed === null) release({ kind: 'closed', why: 'close' })
    },
  }
}
