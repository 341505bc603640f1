import type { Wake } from '#core/base/ports.ts'
import { assert, err, ok, type Result } from '#core/base/result.ts'
import { duration } from '#core/base/units.ts'
import {
  decodeEvents,
  decodeLineInfo,
  decodeRequestFd,
  decodeValue,
  encodeLineInfo,
  encodeLineRequest,
  encodeValue,
  FLAG,
  IOCTL,
  LINE_EVENT,
} from './abi.ts'
import { chipFault, type FoundLine, findLines } from './chips.ts'
import {
  addressText,
  assertLines,
  closing,
  type GpioEvents,
  type GpioFault,
  type GpioLines,
  type GpioPort,
  gpioEvents,
} from './gpio.ts'
import type { GpioKernel } from './kernel.ts'
import type { GpioLine } from './line.ts'

/**
 * How often inputs are looked at, ms. One `poll` call for all of them, which costs some microseconds and never waits, so neither the
 * event loop nor a thread of Node’s pool is held up (Node cannot watch this kind of file by itself, and a blocking read would occupy one
 * of four threads for good). What happens in between waits in the kernel with its own time stamp; only the telling is this much later.
 */
export const LOOK_EVERY_MS = 20
/** Events the kernel keeps for one line between two looks, and the most that are taken from a line at one look. */
export const MOST_AT_ONCE = 64

/** A line we own: the file the kernel made for it. */
type Owned = { readonly line: GpioLine; readonly fd: number; sequence: number }

/**
 * GPIO through the character device. All calls of a line are short system calls. An input’s debounce is the kernel’s own.
 * `wake` may keep the process alive or not, as the caller likes.
 */
export const chardevPort = (options: { readonly kernel: GpioKernel; readonly wake: Wake }): GpioPort => ({
  open: async (lines) => {
    assertLines(lines)
    const found = findLines(options.kernel, lines)
    if (!found.ok) return found
    const owned: Owned[] = []
    for (const one of found.value) {
      const fd = request(options.kernel, one)
      if (!fd.ok) {
        for (const { fd } of owned) options.kernel.close(fd)
        return fd
      }
      owned.push({ line: one.line, fd: fd.value, sequence: 0 })
    }
    return ok(hold(options, owned))
  },
})

const BIAS: { readonly [B in GpioLine['bias']]: bigint } = {
  'as-is': 0n,
  none: FLAG.noBias,
  'pull-up': FLAG.pullUp,
  'pull-down': FLAG.pullDown,
}

const flagsOf = (line: GpioLine): bigint => {
  const way = line.direction === 'in' ? FLAG.input | FLAG.edgeRising | FLAG.edgeFalling : FLAG.output
  return way | BIAS[line.bias] | (line.activeLow ? FLAG.activeLow : 0n)
}

/** Takes one line. The file of the chip is needed for this only. */
const request = (kernel: GpioKernel, { line, path, info }: FoundLine): Result<number, GpioFault> => {
  const chip = kernel.open(path)
  if (!chip.ok) return err(chipFault(path, 'open', chip.error))
  try {
    const bytes = encodeLineRequest({
      offset: info.offset,
      consumer: `bangtin:${line.name}`,
      flags: flagsOf(line),
      initial: line.direction === 'out' ? line.initial : null,
      debounceMs: line.direction === 'in' ? line.debounceMs : 0,
      eventBuffer: line.direction === 'in' ? MOST_AT_ONCE : 0,
    })
    const asked = kernel.ioctl(chip.value, IOCTL.requestLine, bytes)
    if (asked.ok) return ok(decodeRequestFd(bytes))
    if (asked.error === 'EBUSY') {
      const now = encodeLineInfo(info.offset)
      const owner = kernel.ioctl(chip.value, IOCTL.lineInfo, now).ok ? decodeLineInfo(now).consumer : ''
      const wanted = addressText(line.at)
      return err({ kind: 'busy', name: line.name, wanted, consumer: owner === '' ? null : owner })
    }
    if (asked.error === 'EINVAL' || asked.error === 'ENOTSUP' || asked.error === 'EOPNOTSUPP')
      return err({ kind: 'unsupported', name: line.name, why: `${line.direction}, ${line.bias}: ${asked.error}` })
    return err(chipFault(path, 'GPIO_V2_GET_LINE', asked.error))
  } finally {
    kernel.close(chip.value)
  }
}

const hold = (options: { readonly kernel: GpioKernel; readonly wake: Wake }, all: readonly Owned[]): GpioLines => {
  const { kernel, wake } = options
  const events = gpioEvents()
  const ended = closing()
  const inputs = all.filter(({ line }) => line.direction === 'in')
  const state: { closed: GpioFault | null; cancel: () => void } = { closed: null, cancel: () => {} }

  const release = (why: GpioFault): void => {
    state.closed = why
    state.cancel()
    for (const { fd } of all) kernel.close(fd)
  }
  const gone = (line: GpioLine, errno: string): GpioFault => {
    if (state.closed !== null) return state.closed
    const fault: GpioFault = { kind: 'closed', why: `${addressText(line.at)} (${errno})` }
    release(fault)
    ended.tell(fault)
    return fault
  }
  /** Everything but the loss of the chip is reported as it is: the line stays ours. */
  const failed = (line: GpioLine, call: string, errno: string): GpioFault =>
    errno === 'ENODEV' ? gone(line, errno) : { kind: 'system', call: `${call} ${line.name}`, errno }

  const look = (): void => {
    const ready = kernel.poll(inputs.map(({ fd }) => fd))
    for (const [index, input] of inputs.entries()) {
      // A listener may close everything while it is being told.
      if (state.closed !== null) return
      if (ready[index] === 'gone') gone(input.line, 'ENODEV')
      if (ready[index] !== 'readable') continue
      const fault = take(kernel, input, events)
      if (fault !== null) gone(input.line, fault)
    }
    if (state.closed === null) state.cancel = wake(duration(LOOK_EVERY_MS), look)
  }
  if (inputs.length > 0) state.cancel = wake(duration(LOOK_EVERY_MS), look)

  const find = (name: string, direction: 'any' | 'out'): Owned => {
    const owned = all.find(({ line }) => line.name === name)
    assert(owned !== undefined, `GPIO line ${name} was not opened`)
    assert(direction === 'any' || owned.line.direction === 'out', `GPIO line ${name} is no output`)
    return owned
  }
  const put = ({ line, fd }: Owned, on: boolean): Result<void, GpioFault> => {
    if (state.closed !== null) return err(state.closed)
    const asked = kernel.ioctl(fd, IOCTL.setValues, encodeValue(on))
    return asked.ok ? ok(undefined) : err(failed(line, 'GPIO_V2_LINE_SET_VALUES', asked.error))
  }
  return {
    set: async (name, on) => put(find(name, 'out'), on),
    read: async (name) => {
      const { line, fd } = find(name, 'any')
      if (state.closed !== null) return err(state.closed)
      const bytes = encodeValue(false)
      const asked = kernel.ioctl(fd, IOCTL.getValues, bytes)
      return asked.ok ? ok(decodeValue(bytes)) : err(failed(line, 'GPIO_V2_LINE_GET_VALUES', asked.error))
    },
    onEvent: events.onEvent,
    onClosed: ended.onClosed,
    dropped: events.dropped,
    close: async () => {
      events.stop()
      if (state.closed !== null) return
      for (const owned of all) if (owned.line.direction === 'out') put(owned, owned.line.safe)
      if (state.closed === null) release({ kind: 'closed', why: 'close' })
    },
  }
}

/** Takes what waits for one input and passes it on. The errno when the chip is gone. */
const take = (kernel: GpioKernel, input: Owned, events: GpioEvents): string | null => {
  const buffer = Buffer.alloc(LINE_EVENT.size * MOST_AT_ONCE)
  const got = kernel.read(input.fd, buffer)
  if (!got.ok) return got.error === 'EAGAIN' ? null : got.error
  for (const event of decodeEvents(buffer.subarray(0, got.value))) {
    // The number runs round after 2³² events; `>>> 0` follows it.
    events.lost((event.sequence - input.sequence - 1) >>> 0)
    input.sequence = event.sequence
    events.push({ name: input.line.name, on: event.on, at: kernel.toMono(event.nanoseconds) })
  }
  return null
}
