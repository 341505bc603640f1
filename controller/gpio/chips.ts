import { err, ok, type Result } from '#core/base/result.ts'
import {
  CHIP_INFO,
  type ChipInfo,
  decodeChipInfo,
  decodeLineInfo,
  encodeLineInfo,
  IOCTL,
  type LineInfo,
} from './abi.ts'
import { addressText, type GpioFault } from './gpio.ts'
import type { Errno, GpioKernel } from './kernel.ts'
import type { GpioLine } from './line.ts'

/** A chip and its lines as the kernel tells them. */
export type Chip = ChipInfo & { readonly path: string; readonly all: readonly LineInfo[] }
/** A line that exists, found for one of the configuration. */
export type FoundLine = { readonly line: GpioLine; readonly path: string; readonly info: LineInfo }

const chipInfo = (kernel: GpioKernel, path: string): Result<{ fd: number; info: ChipInfo }, Errno> => {
  const opened = kernel.open(path)
  if (!opened.ok) return opened
  const bytes = Buffer.alloc(CHIP_INFO.size)
  const asked = kernel.ioctl(opened.value, IOCTL.chipInfo, bytes)
  if (asked.ok) return ok({ fd: opened.value, info: decodeChipInfo(bytes) })
  kernel.close(opened.value)
  return asked
}

/** Takes a look at one chip and closes it again. */
const look = (kernel: GpioKernel, path: string): Result<Chip, Errno> => {
  const chip = chipInfo(kernel, path)
  if (!chip.ok) return chip
  const all: LineInfo[] = []
  const { fd, info } = chip.value
  try {
    for (let offset = 0; offset < info.lines; offset++) {
      const bytes = encodeLineInfo(offset)
      const asked = kernel.ioctl(fd, IOCTL.lineInfo, bytes)
      if (!asked.ok) return asked
      all.push(decodeLineInfo(bytes))
    }
  } finally {
    kernel.close(fd)
  }
  return ok({ ...info, path, all })
}

/** What a failed call on a chip’s file means. */
export const chipFault = (path: string, call: string, errno: Errno): GpioFault => {
  if (errno === 'EACCES' || errno === 'EPERM') return { kind: 'no-permission', path }
  if (errno === 'ENODEV' || errno === 'ENXIO') return { kind: 'closed', why: `${path} (${errno})` }
  return { kind: 'system', call: `${call} ${path}`, errno }
}

/** The chips that can be opened, and why others cannot. */
export type Survey = { readonly chips: readonly Chip[]; readonly faults: readonly GpioFault[] }

/** Looks at every chip. Harmless: nothing is requested. `no-gpio` when there is none at all. Used by `findLines` and by `doctor`. */
export const survey = (kernel: GpioKernel): Result<Survey, GpioFault> => {
  const paths = kernel.chips()
  if (paths.length === 0) return err({ kind: 'no-gpio' })
  const chips: Chip[] = []
  const faults: GpioFault[] = []
  for (const path of paths) {
    const seen = look(kernel, path)
    if (seen.ok) chips.push(seen.value)
    // EINVAL and ENOTTY: a kernel before 5.10, which knows the chip but not this interface.
    else if (seen.error === 'EINVAL' || seen.error === 'ENOTTY')
      faults.push({ kind: 'unsupported', name: path, why: 'Linux < 5.10, GPIO v2' })
    else faults.push(chipFault(path, 'open', seen.error))
  }
  return ok({ chips, faults })
}

/** The chips that may have the line: by label or path, or all of them when the line is known by name only. */
const candidates = (
  kernel: GpioKernel,
  { chips, faults }: Survey,
  line: GpioLine,
): Result<readonly Chip[], GpioFault> => {
  const { at } = line
  if ('lineName' in at) return chips.length > 0 ? ok(chips) : err(faults[0] ?? { kind: 'no-gpio' })
  if ('path' in at) {
    const seen = look(kernel, at.path)
    if (seen.ok) return ok([seen.value])
    if (seen.error !== 'ENOENT') return err(chipFault(at.path, 'open', seen.error))
    return err({ kind: 'no-chip', wanted: at.path, seen: chips.map((chip) => chip.path) })
  }
  const labelled = chips.filter((chip) => chip.label === at.label)
  if (labelled.length === 1) return ok(labelled)
  if (labelled.length > 1) return err({ kind: 'ambiguous', wanted: at.label, seen: labelled.map((chip) => chip.path) })
  // The chip may be one of those that could not be opened: then that is the thing to repair.
  const [fault] = faults
  return err(fault ?? { kind: 'no-chip', wanted: at.label, seen: chips.map((chip) => chip.label) })
}

const findLine = (kernel: GpioKernel, all: Survey, line: GpioLine): Result<FoundLine, GpioFault> => {
  const { at, name } = line
  const chips = candidates(kernel, all, line)
  if (!chips.ok) return chips
  const wanted = 'lineName' in at ? at.lineName : at.line
  const found = chips.value.flatMap((chip) =>
    chip.all
      .filter((info) => (typeof wanted === 'number' ? info.offset === wanted : info.name === wanted))
      .map((info): FoundLine => ({ line, path: chip.path, info })),
  )
  const [first] = found
  if (first === undefined) return err({ kind: 'no-line', name, wanted: addressText(at) })
  if (found.length > 1)
    return err({
      kind: 'ambiguous',
      wanted: addressText(at),
      seen: found.map((one) => `${one.path}/${one.info.offset}`),
    })
  return ok(first)
}

/**
 * Finds each line and sees that nobody has it, before any is requested: so that a wrong configuration moves no relay.
 * Faults: no-gpio, no-chip, ambiguous, no-line, busy (with the owner’s name), no-permission, unsupported, closed, system.
 */
export const findLines = (kernel: GpioKernel, lines: readonly GpioLine[]): Result<readonly FoundLine[], GpioFault> => {
  const all = survey(kernel)
  if (!all.ok) return all
  const found: FoundLine[] = []
  for (const line of lines) {
    const one = findLine(kernel, all.value, line)
    if (!one.ok) return one
    const { used, consumer } = one.value.info
    if (used) return err(busy(line, consumer))
    const twin = found.find((other) => other.path === one.value.path && other.info.offset === one.value.info.offset)
    if (twin !== undefined) return err(busy(line, `bangtin:${twin.line.name}`))
    found.push(one.value)
  }
  return ok(found)
}

const busy = (line: GpioLine, consumer: string): GpioFault => ({
  kind: 'busy',
  name: line.name,
  wanted: addressText(line.at),
  consumer: consumer === '' ? null : consumer,
})
