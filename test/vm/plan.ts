import { parseArgs } from 'node:util'
import { assert, err, ok, type Result } from '#core/base/result.ts'

export const HELP = `node test/vm/gpio.mjs [--only amd64|raspi3b] [--long] [--install] [--refresh]

Thử GPIO thật trong máy ảo · tries the real GPIO code in virtual machines. README: test/vm/README.md

  --only WHICH  chỉ một máy: amd64 (gpio-sim) hoặc raspi3b (pinctrl-bcm2835) · one machine only
  --long        thêm phần bền: mở/đóng 300 lần, rung 60 giây · also endurance: 300 openings, 60 s of chatter
  --install     tự cài gói apt còn thiếu (cần root hoặc sudo) · install missing apt packages (needs root or sudo)
  --refresh     tải lại nhân và gói dù đã có trong bộ nhớ đệm · fetch again what is in the cache

Mã thoát · exit: 0 đạt · passed; 1 có bước hỏng hoặc thiếu gói · a step failed or something is missing; 2 dùng sai · bad usage
`

export const MACHINES = ['amd64', 'raspi3b'] as const
export type Machine = (typeof MACHINES)[number]
export type Options = {
  readonly machines: readonly Machine[]
  readonly long: boolean
  readonly install: boolean
  readonly refresh: boolean
  readonly help: boolean
}

/** The command line; an error says what is wrong with it. */
export const parseOptions = (args: readonly string[]): Result<Options, string> => {
  const flag = { type: 'boolean', default: false } as const
  let values: { only?: string; long: boolean; install: boolean; refresh: boolean; help: boolean }
  try {
    const options = { only: { type: 'string' }, long: flag, install: flag, refresh: flag, help: flag } as const
    values = parseArgs({ args: [...args], options, strict: true }).values
  } catch (error) {
    return err(error instanceof Error ? error.message : String(error))
  }
  const { only, ...rest } = values
  const machines = only === undefined ? MACHINES : MACHINES.filter((machine) => machine === only)
  return machines.length === 0 ? err(`--only ${only}: amd64, raspi3b`) : ok({ machines, ...rest })
}

/** A program or library the host must have, and the Debian package that brings it. */
export type Need = { readonly anyOf: readonly string[]; readonly package: string }
export const needsOf = (machines: readonly Machine[]): readonly Need[] => [
  { anyOf: ['dpkg', 'dpkg-deb'], package: 'dpkg' },
  { anyOf: ['npm'], package: 'npm' },
  { anyOf: ['ldd'], package: 'libc-bin' },
  ...(machines.includes('amd64')
    ? [
        { anyOf: ['qemu-system-x86_64'], package: 'qemu-system-x86' },
        { anyOf: ['gcc-12'], package: 'gcc-12' },
        { anyOf: ['make'], package: 'make' },
        { anyOf: ['xz'], package: 'xz-utils' },
        { anyOf: ['/usr/lib/x86_64-linux-gnu/libelf.so.1', '/lib/x86_64-linux-gnu/libelf.so.1'], package: 'libelf1' },
      ]
    : []),
  ...(machines.includes('raspi3b') ? [{ anyOf: ['qemu-system-aarch64'], package: 'qemu-system-arm' }] : []),
]

/** `linux-image-amd64` depends on the image of today: `6.1.0-56-amd64` from what `apt-cache depends` prints. */
export const kernelRelease = (depends: string): Result<string, string> => {
  const found = /Depends: linux-image-(\d[\w.+-]*)/.exec(depends)
  return found?.[1] === undefined ? err('apt-cache: linux-image-* → ?') : ok(found[1])
}
/** `6.1` of `6.1.0-56-amd64`: the name of Debian’s source package. */
export const kernelSeries = (release: string): string => release.split('.').slice(0, 2).join('.')

/**
 * The kernel’s interrupt simulator made fit for a module: one function is not exported to modules and has an exported equal; what it
 * exports itself would need a licence line per symbol. Throws when the source is not what this was written for (Linux 6.1).
 */
export const patchIrqSim = (source: string): string => {
  const call = 'irq_to_desc(irqnum)'
  assert(source.split(call).length === 2, `irq_sim.c has ${call} once`)
  return source.replace(call, 'irq_data_to_desc(irq_get_irq_data(irqnum))').replace(/^EXPORT_SYMBOL.*\n/gm, '')
}

/** One line of a guest’s console. Everything that is not ours is the kernel speaking. */
export type GuestLine =
  | {
      readonly is: 'step'
      readonly name: string
      readonly passed: boolean
      readonly detail: string
      readonly ms: number
    }
  | { readonly is: 'note'; readonly text: string }
  | { readonly is: 'done'; readonly steps: number }
  | { readonly is: 'noise'; readonly text: string }

/** Begins each of our lines; the kernel may print in front of it on the same line. */
export const MARK = '@@bangtin '

export const readGuestLine = (line: string): GuestLine => {
  const at = line.indexOf(MARK)
  const noise: GuestLine = { is: 'noise', text: line.trimEnd() }
  if (at < 0) return noise
  let said: unknown
  try {
    said = JSON.parse(line.slice(at + MARK.length))
  } catch {
    return noise
  }
  if (typeof said !== 'object' || said === null) return noise
  if ('done' in said && typeof said.done === 'number') return { is: 'done', steps: said.done }
  if ('note' in said && typeof said.note === 'string') return { is: 'note', text: said.note }
  if (!('step' in said && 'passed' in said && 'detail' in said && 'ms' in said)) return noise
  const { step, passed, detail, ms } = said
  if (typeof step !== 'string' || typeof passed !== 'boolean' || typeof detail !== 'string' || typeof ms !== 'number')
    return noise
  return { is: 'step', name: step, passed, detail, ms }
}

/** Libraries a program needs, from what `ldd` prints: real paths only. */
export const librariesOf = (ldd: string): readonly string[] =>
  ldd.split('\n').flatMap((line) => /(?:=>\s*|^\s*)(\/\S+)\s+\(0x/.exec(line)?.[1] ?? [])
