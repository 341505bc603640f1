import { closeSync, openSync, readdirSync, readlinkSync, readSync, statfsSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'

/**
 * What the kernel says of the computer itself. Every value is null (or a list empty) where this machine does not have it: that is no
 * error. `root` stands for `/`, so that a test gives a folder with the files of another machine. Every read is bounded.
 */
export type Machine = {
  readonly model: string | null
  /** The hottest of `sensors`. */
  readonly boardCelsius: number | null
  readonly sensors: readonly { readonly name: string; readonly celsius: number }[]
  /** Raspberry Pi: bits of `get_throttled`. Older or newer kernels say only the alarm of `rpi_volt`. */
  readonly throttled: { readonly bits: number; readonly words: readonly ThrottleFlag[] } | null
  readonly undervoltage: { readonly now: boolean; readonly sinceBoot: boolean } | null
  readonly ext4: readonly Ext4[]
  /** What is mounted at `/` and where the data folder is. */
  readonly mounts: readonly Mount[]
  readonly storage: readonly Storage[]
  readonly space: {
    readonly freeBytes: number
    readonly totalBytes: number
    readonly freeInodes: number | null
    readonly totalInodes: number | null
  } | null
  readonly memory: { readonly totalBytes: number; readonly availableBytes: number } | null
  /** Processes that wanted to run, on average over one, five and fifteen minutes. */
  readonly load: { readonly one: number; readonly five: number; readonly fifteen: number; readonly cpus: number } | null
  readonly uptimeSeconds: number | null
  /** Lasting names of serial adapters (deploy/edge/99-bangtin.rules). */
  readonly serialNames: readonly string[]
  /** The clock with a battery: its time in seconds since 1970, null where it cannot be read. */
  readonly rtc: { readonly name: string; readonly seconds: number | null } | null
}

export type Ext4 = {
  readonly device: string
  readonly errors: number
  /** Wall milliseconds; null: never. */
  readonly firstAt: number | null
  readonly lastAt: number | null
  /** The function of the kernel that noticed it last. */
  readonly lastFunction: string | null
  readonly writtenKib: number | null
}
export type Mount = {
  readonly what: 'root' | 'data'
  readonly at: string
  readonly device: string
  readonly type: string
  readonly readOnly: boolean
}
export type Storage = {
  readonly device: string
  readonly name: string | null
  /** At most so much of its life is used: 0.1 for the first tenth, 1.1 when it is over. Null: it does not say. */
  readonly lifeUsed: number | null
  readonly endOfLife: 'normal' | 'warning' | 'urgent' | null
}

/** https://www.raspberrypi.com/documentation/computers/os.html#get_throttled */
const THROTTLE_BITS = {
  0: 'undervoltage-now',
  1: 'frequency-capped-now',
  2: 'throttled-now',
  3: 'soft-temperature-limit-now',
  16: 'undervoltage-since-boot',
  17: 'frequency-capped-since-boot',
  18: 'throttled-since-boot',
  19: 'soft-temperature-limit-since-boot',
} as const
export type ThrottleFlag = (typeof THROTTLE_BITS)[keyof typeof THROTTLE_BITS]

/** Bytes of one file that are read, and entries of one folder that are looked at. */
const MOST_BYTES = 262_144
const MOST_ENTRIES = 64
/** For one read after the other: some hundred small files every few seconds, each with room of its own, are megabytes of garbage. */
const SCRATCH = Buffer.allocUnsafeSlow(MOST_BYTES)
/** Readings outside are of a broken or unfitted sensor, °C. */
const PLAUSIBLE = [-40, 150] as const
/** Radio and disks have thermometers of their own, which say nothing of the board. */
const NOT_BOARD = /wifi|iwl|ath|nvme|drivetemp|battery|bat\d/i

/** The text of a file, at most `MOST_BYTES` of it; null where it cannot be read. */
export const readSome = (path: string): string | null => {
  try {
    const fd = openSync(path, 'r')
    try {
      let length = 0
      // Files of /proc give a page at a time.
      for (let got = -1; got !== 0 && length < MOST_BYTES; length += got)
        got = readSync(fd, SCRATCH, length, MOST_BYTES - length, null)
      return SCRATCH.toString('utf8', 0, length)
    } finally {
      closeSync(fd)
    }
  } catch {
    return null
  }
}
export const listSome = (path: string): readonly string[] => {
  try {
    return readdirSync(path).sort().slice(0, MOST_ENTRIES)
  } catch {
    return []
  }
}

const lineOf = (path: string): string | null => {
  const text = readSome(path)?.replaceAll('\0', '').trim() ?? ''
  return text === '' ? null : text
}
const numberOf = (path: string): number | null => {
  const text = lineOf(path)
  const value = text === null ? Number.NaN : Number(text)
  return Number.isFinite(value) ? value : null
}

export type MachineOptions = {
  /** `/` on a real machine. */
  readonly root: string
  readonly dataDir: string
  /** Of the data folder; a test gives its own. Null: the file system does not say. */
  readonly space: () => Machine['space']
}

/** Free room where a folder is; inodes are null on file systems that make them as they go (btrfs, vfat). */
export const spaceOf = (folder: string): Machine['space'] => {
  try {
    const { bavail, bsize, blocks, ffree, files } = statfsSync(folder)
    const inodes = files > 0 ? { freeInodes: ffree, totalInodes: files } : { freeInodes: null, totalInodes: null }
    return { freeBytes: bavail * bsize, totalBytes: blocks * bsize, ...inodes }
  } catch {
    return null
  }
}

export const readMachine = ({ root, dataDir, space }: MachineOptions): Machine => {
  const sensors = sensorsOf(root)
  const throttled = throttledOf(root)
  const mounts = mountsOf(root, dataDir)
  return {
    model: lineOf(join(root, 'proc/device-tree/model')) ?? lineOf(join(root, 'sys/class/dmi/id/product_name')),
    sensors,
    boardCelsius: sensors.length === 0 ? null : Math.max(...sensors.map(({ celsius }) => celsius)),
    throttled,
    undervoltage: undervoltageOf(root, throttled),
    ext4: ext4Of(root, mounts),
    mounts,
    storage: storageOf(root),
    space: space(),
    memory: memoryOf(root),
    load: loadOf(root),
    uptimeSeconds: firstNumber(readSome(join(root, 'proc/uptime'))),
    serialNames: listSome(join(root, 'dev/bangtin')).map((name) => `/dev/bangtin/${name}`),
    rtc: rtcOf(root),
  }
}

const firstNumber = (text: string | null): number | null => {
  const value = Number(text?.trim().split(/\s+/)[0] || Number.NaN)
  return Number.isFinite(value) ? value : null
}

const sensorsOf = (root: string): Machine['sensors'] => {
  const thermal = join(root, 'sys/class/thermal')
  const zones = listSome(thermal)
    .filter((name) => name.startsWith('thermal_zone'))
    .map((name) => ({
      name: lineOf(join(thermal, name, 'type')) ?? name,
      milli: numberOf(join(thermal, name, 'temp')),
    }))
  const hwmon = join(root, 'sys/class/hwmon')
  const chips = listSome(hwmon).flatMap((chip) => {
    const name = lineOf(join(hwmon, chip, 'name')) ?? chip
    return listSome(join(hwmon, chip))
      .filter((file) => /^temp\d+_input$/.test(file))
      .map((file) => ({ name: `${name} ${file.replace('_input', '')}`, milli: numberOf(join(hwmon, chip, file)) }))
  })
  const [low, high] = PLAUSIBLE
  return [...zones, ...chips].flatMap(({ name, milli }) => {
    if (milli === null || NOT_BOARD.test(name)) return []
    const celsius = Math.round(milli / 100) / 10
    return celsius < low || celsius > high ? [] : [{ name, celsius }]
  })
}

const throttledOf = (root: string): Machine['throttled'] => {
  const text = lineOf(join(root, 'sys/devices/platform/soc/soc:firmware/get_throttled'))
  if (text === null || !/^(0x)?[0-9a-f]{1,8}$/i.test(text)) return null
  const bits = Number.parseInt(text.replace(/^0x/i, ''), 16)
  const words = Object.entries(THROTTLE_BITS).flatMap(([bit, word]) => ((bits >>> Number(bit)) & 1 ? [word] : []))
  return { bits, words }
}

const undervoltageOf = (root: string, throttled: Machine['throttled']): Machine['undervoltage'] => {
  const hwmon = join(root, 'sys/class/hwmon')
  const chip = listSome(hwmon).find((name) => lineOf(join(hwmon, name, 'name')) === 'rpi_volt')
  const alarm = chip === undefined ? null : numberOf(join(hwmon, chip, 'in0_lcrit_alarm'))
  if (throttled === null && alarm === null) return null
  const now = alarm === 1 || (throttled?.words.includes('undervoltage-now') ?? false)
  return { now, sinceBoot: now || (throttled?.words.includes('undervoltage-since-boot') ?? false) }
}

/** Errors of the file systems that are mounted at `/` and under the data folder; all of them where no device has such a name. */
const ext4Of = (root: string, mounts: readonly Mount[]): readonly Ext4[] => {
  const folder = join(root, 'sys/fs/ext4')
  const all = listSome(folder).filter((name) => name !== 'features')
  const ours = all.filter((name) => mounts.some(({ device }) => device.endsWith(`/${name}`)))
  const wall = (path: string): number | null => (numberOf(path) || null) && (numberOf(path) ?? 0) * 1000
  return (ours.length > 0 ? ours : all).flatMap((device) => {
    const at = (file: string) => join(folder, device, file)
    const errors = numberOf(at('errors_count'))
    if (errors === null) return []
    return [
      {
        device,
        errors,
        firstAt: wall(at('first_error_time')),
        lastAt: wall(at('last_error_time')),
        lastFunction: lineOf(at('last_error_func')),
        writtenKib: numberOf(at('lifetime_write_kbytes')),
      },
    ]
  })
}

/** `36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue` (proc_pid_mountinfo(5)). */
const mountsOf = (root: string, dataDir: string): readonly Mount[] => {
  const lines = (readSome(join(root, 'proc/self/mountinfo')) ?? '').split('\n').flatMap((line) => {
    const [head, tail] = line.split(' - ')
    const [, , numbers, , at, options] = head?.split(' ') ?? []
    const [type, source, superOptions] = tail?.split(' ') ?? []
    if (!numbers || !at || !options || !type || !source) return []
    const readOnly = [options, superOptions ?? ''].some((given) => given.split(',').includes('ro'))
    return [{ at: unescaped(at), device: deviceOf(root, source, numbers), type, readOnly }]
  })
  const holds = (at: string) => at === '/' || dataDir === at || dataDir.startsWith(`${at}/`)
  const under = lines.filter(({ at }) => holds(at)).sort((a, b) => a.at.length - b.at.length)
  const [top, data] = [lines.findLast(({ at }) => at === '/'), under.at(-1)]
  return [...(top ? [{ what: 'root' as const, ...top }] : []), ...(data ? [{ what: 'data' as const, ...data }] : [])]
}
const unescaped = (path: string): string =>
  path.replace(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
/** `/dev/root` is no device's name; the kernel has it under its numbers. */
const deviceOf = (root: string, source: string, numbers: string): string => {
  if (source !== '/dev/root') return source
  try {
    return `/dev/${readlinkSync(join(root, 'sys/dev/block', numbers))
      .split('/')
      .at(-1)}`
  } catch {
    return source
  }
}

/** JESD84-B51 §7.4: a tenth of its life for each step, of the two kinds of cells the worse. */
const storageOf = (root: string): readonly Storage[] => {
  const block = join(root, 'sys/block')
  return listSome(block)
    .filter((name) => /^(mmcblk\d+|sd[a-z]+|nvme\d+n\d+|vd[a-z]+)$/.test(name))
    .map((device) => {
      const at = (file: string) => lineOf(join(block, device, 'device', file))
      const steps = (at('life_time') ?? '').split(/\s+/).flatMap((hex) => {
        const step = Number.parseInt(hex, 16)
        return step >= 1 && step <= 11 ? [step] : []
      })
      const end = Number.parseInt(at('pre_eol_info') ?? '', 16)
      return {
        device,
        name: at('name') ?? at('model'),
        lifeUsed: steps.length === 0 ? null : Math.max(...steps) / 10,
        endOfLife: end === 1 ? 'normal' : end === 2 ? 'warning' : end === 3 ? 'urgent' : null,
      }
    })
}

const memoryOf = (root: string): Machine['memory'] => {
  const text = readSome(join(root, 'proc/meminfo')) ?? ''
  const kib = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? Number.NaN)
  const [total, available] = [kib('MemTotal'), kib('MemAvailable')]
  return Number.isFinite(total + available) ? { totalBytes: total * 1024, availableBytes: available * 1024 } : null
}

const loadOf = (root: string): Machine['load'] => {
  const [one, five, fifteen] = (readSome(join(root, 'proc/loadavg')) ?? '').split(' ').map(Number)
  if (one === undefined || five === undefined || fifteen === undefined || !Number.isFinite(one + five + fifteen))
    return null
  return { one, five, fifteen, cpus: cpus().length }
}

const rtcOf = (root: string): Machine['rtc'] => {
  const folder = join(root, 'sys/class/rtc/rtc0')
  const name = lineOf(join(folder, 'name'))
  return name === null ? null : { name, seconds: numberOf(join(folder, 'since_epoch')) }
}
