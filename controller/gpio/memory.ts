import type { Clock, Wake } from '#core/base/ports.ts'
import { assert, err, ok, type Result } from '#core/base/result.ts'
import { duration } from '#core/base/units.ts'
import { settleContact } from './contact.ts'
import { addressText, assertLines, closing, type GpioFault, type GpioLines, type GpioPort, gpioEvents } from './gpio.ts'
import type { GpioLine } from './line.ts'

/** The board’s side of a simulated port, held by a test or the simulated cabinet. Voltages, not meanings: `high` is 3.3 V. */
export type GpioBoard = {
  /** Puts a voltage on a line, from now on; null lets go of it (then its pull resistor decides). Works before it is opened too. */
  readonly drive: (address: string, high: boolean | null) => void
  /** The voltage on a line; null when nothing drives or pulls it. */
  readonly level: (address: string) => boolean | null
  /** Everything that was driven on a line by its owner, from its opening on. At most MOST_TRACED, oldest dropped. */
  readonly trace: (address: string) => readonly (boolean | null)[]
  /** Somebody else takes the line (null: gives it back). */
  readonly occupy: (address: string, consumer: string | null) => void
  /** The chip goes away; opening fails until `comeBack`. */
  readonly vanish: () => void
  readonly comeBack: () => void
}

/** Levels remembered for each line. */
export const MOST_TRACED = 1000

type Wire = {
  driven: boolean | null
  pull: boolean | null
  owner: string | null
  output: boolean | null
  changed: () => void
}

/**
 * A board that is not there. Lines are known by the text of their address (`GPIO17`, `pinctrl-rp1/17`); any address exists.
 * `keeps`: what outputs do when they are given back: true as on Raspberry Pi’s kernel, false as upstream (the line floats).
 */
export const memoryGpio = (options: {
  readonly clock: Clock
  readonly wake: Wake
  readonly keeps: boolean
}): { readonly port: GpioPort; readonly board: GpioBoard } => {
  const wires = new Map<string, Wire>()
  const traces = new Map<string, (boolean | null)[]>()
  const state = { there: true, open: new Set<(fault: GpioFault) => void>() }
  const wireOf = (address: string): Wire => {
    const known = wires.get(address)
    if (known !== undefined) return known
    const fresh: Wire = { driven: null, pull: null, owner: null, output: null, changed: () => {} }
    wires.set(address, fresh)
    return fresh
  }
  const level = (wire: Wire): boolean | null => wire.output ?? wire.driven ?? wire.pull
  const put = (address: string, high: boolean | null): void => {
    wireOf(address).output = high
    const trace = traces.get(address) ?? []
    trace.push(high)
    if (trace.length > MOST_TRACED) trace.shift()
    traces.set(address, trace)
  }
  const open = (lines: readonly GpioLine[]): Result<GpioLines, GpioFault> => {
    assertLines(lines)
    if (!state.there) return err({ kind: 'no-gpio' })
    for (const line of lines) {
      const { owner } = wireOf(addressText(line.at))
      if (owner !== null) return err({ kind: 'busy', name: line.name, wanted: addressText(line.at), consumer: owner })
    }
    const taken = new Map<string, string>()
    for (const line of lines) {
      const wanted = addressText(line.at)
      const other = taken.get(wanted)
      if (other !== undefined) return err({ kind: 'busy', name: line.name, wanted, consumer: `bangtin:${other}` })
      taken.set(wanted, line.name)
    }
    return ok(hold({ ...options, lines, wireOf, level, put, gone: state.open }))
  }
  return {
    port: { open: async (lines) => open(lines) },
    board: {
      drive: (address, high) => {
        const wire = wireOf(address)
        const before = level(wire)
        wire.driven = high
        if (level(wire) !== before) wire.changed()
      },
      level: (address) => level(wireOf(address)),
      trace: (address) => [...(traces.get(address) ?? [])],
      occupy: (address, consumer) => {
        wireOf(address).owner = consumer
      },
      vanish: () => {
        state.there = false
        for (const tell of [...state.open]) tell({ kind: 'closed', why: 'the chip vanished' })
      },
      comeBack: () => {
        state.there = true
      },
    },
  }
}

type Holding = {
  readonly clock: Clock
  readonly wake: Wake
  readonly keeps: boolean
  readonly lines: readonly GpioLine[]
  readonly wireOf: (address: string) => Wire
  readonly level: (wire: Wire) => boolean | null
  readonly put: (address: string, high: boolean | null) => void
  readonly gone: Set<(fault: GpioFault) => void>
}

const hold = (board: Holding): GpioLines => {
  const events = gpioEvents()
  const ended = closing()
  const state: { closed: GpioFault | null } = { closed: null }
  const watched = new Map<string, { readonly present: () => boolean; readonly stop: () => void }>()
  const release = (why: GpioFault): void => {
    state.closed = why
    board.gone.delete(vanished)
    for (const { stop } of watched.values()) stop()
    for (const line of board.lines) {
      const address = addressText(line.at)
      const wire = board.wireOf(address)
      wire.owner = null
      wire.changed = () => {}
      if (line.direction === 'out' && !board.keeps) board.put(address, null)
    }
  }
  const vanished = (fault: GpioFault): void => {
    release(fault)
    ended.tell(fault)
  }
  board.gone.add(vanished)
  for (const line of board.lines) {
    const address = addressText(line.at)
    const wire = board.wireOf(address)
    wire.owner = `bangtin:${line.name}`
    if (line.direction === 'out') {
      board.put(address, line.initial !== line.activeLow)
      continue
    }
    wire.output = null
    wire.pull = line.bias === 'pull-up' ? true : line.bias === 'pull-down' ? false : null
    const raw = (): boolean => (board.level(wire) ?? false) !== line.activeLow
    const contact = settleContact(board, {
      span: duration(line.debounceMs),
      first: raw(),
      settled: (on, at) => events.push({ name: line.name, on, at }),
    })
    wire.changed = () => contact.saw(raw())
    watched.set(line.name, contact)
  }
  const find = (name: string): GpioLine => {
    const line = board.lines.find((one) => one.name === name)
    assert(line !== undefined, `GPIO line ${name} was not opened`)
    return line
  }
  return {
    set: async (name, on) => {
      const line = find(name)
      assert(line.direction === 'out', `GPIO line ${name} is no output`)
      if (state.closed !== null) return err(state.closed)
      board.put(addressText(line.at), on !== line.activeLow)
      return ok(undefined)
    },
    read: async (name) => {
      const line = find(name)
      if (state.closed !== null) return err(state.closed)
      const input = watched.get(name)
      return ok(input?.present() ?? board.level(board.wireOf(addressText(line.at))) !== line.activeLow)
    },
    onEvent: events.onEvent,
    onClosed: ended.onClosed,
    dropped: events.dropped,
    close: async () => {
      events.stop()
      if (state.closed !== null) return
      for (const line of board.lines)
        if (line.direction === 'out') board.put(addressText(line.at), line.safe !== line.activeLow)
      release({ kind: 'closed', why: 'close' })
    },
  }
}
