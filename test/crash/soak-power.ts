import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { prng } from '#core/base/prng.ts'
import { createVerify, sha256 } from '#edge/shell/crypto.ts'
import { realFs } from '#edge/shell/playlog-fs.ts'
import { listSegments, readIdentity, segmentRecords, verifyFolder } from '#edge/shell/playlog-segments.ts'
import { type Say, withOptions } from '../support/options.ts'
import { ensurePrograms, run as runProgram, Stop } from '../vm/shell.ts'
import { storyOf } from './invariants.ts'
import { type CutPlan, cutOnce, newMemory, planOf } from './power/cuts.ts'
import { serveDisk, volatileDisk } from './power/disk.ts'
import { buildImage, type Image } from './power/image.ts'
import { powerOn } from './power/machine.ts'
import { SITE } from './power/office.ts'

const HELP = `Cắt điện thật trong máy ảo · real power cuts in a virtual machine. README: test/crash/README.md

  --cuts N       số lần cắt · how many cuts (50)
  --minutes N    không quá số phút này · at most so long
  --seed N       các thời điểm cắt · the instants
  --commit REV   mã ở bản này thay vì mã đang có · the code of a commit instead of the working tree
  --lying N      sau đó N lần với đĩa nói dối về flush, để thấy phép thử nhận ra · afterwards N cuts of a disk that lies about flushing (2)
  --install      cài gói apt còn thiếu · install missing apt packages
`

const NEEDS = [
  { anyOf: ['qemu-system-x86_64'], package: 'qemu-system-x86' },
  { anyOf: ['/usr/sbin/mkfs.ext4', '/sbin/mkfs.ext4'], package: 'e2fsprogs' },
  { anyOf: ['/usr/sbin/debugfs', '/sbin/debugfs'], package: 'e2fsprogs' },
  { anyOf: ['dpkg', 'dpkg-deb'], package: 'dpkg' },
]

type Options = {
  readonly cuts: number
  readonly minutes: number
  readonly seed: number
  readonly lying: number
  readonly commit: string | null
  readonly install: boolean
}

/** Exit code: 0 all held; 1 something was lost, damaged or needed a hand; 2 bad usage. */
export const run = (args: readonly string[], say: Say): Promise<number> => {
  const numbers = {
    cuts: { standard: 50, least: 1, whole: true },
    minutes: { standard: 24 * 60, least: 0 },
    seed: { standard: Date.now() % 1_000_000, least: 0, whole: true },
    lying: { standard: 2, least: 0, whole: true },
  }
  return withOptions({ args, say, help: HELP, numbers, flags: ['install'], texts: ['commit'] }, (options) =>
    cutIn(options, say),
  )
}

const cutIn = async (options: Options, say: Say): Promise<number> => {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    say('Chỉ chạy trên Linux x86-64 · this runs on Linux x86-64 only')
    return 1
  }
  try {
    ensurePrograms(NEEDS, options.install)
    const image = await buildImage({ refresh: false, commit: options.commit })
    try {
      return await cutAll(image, options, say)
    } finally {
      rmSync(image.folder, { recursive: true, force: true })
    }
  } catch (error) {
    if (!(error instanceof Stop)) throw error
    say(`✗ ${error.message}`)
    return 1
  }
}

const FIRST_CLOCK = Date.UTC(2026, 10, 23, 2, 0, 0)

/** The root disk learns the compiled code in one boot that is not cut; its data disk is thrown away. */
const prepare = async (image: Image): Promise<void> => {
  const file = join(image.folder, 'scratch.img')
  copyFileSync(image.empty, file)
  const words = 'power.boot=1 power.next=0 power.from=0 power.play=5000'
  const up = { yes: false, why: 'nothing was said' }
  const machine = powerOn({ image, data: { file }, clock: new Date(FIRST_CLOCK), words, prepare: true }, (word) => {
    if ('up' in word) up.yes = true
    if ('failed' in word) up.why = word.failed
  })
  const limit = setTimeout(() => void machine.kill(), 900_000)
  await machine.ended
  clearTimeout(limit)
  rmSync(file)
  if (!up.yes) throw new Stop(`the daemon does not start in the machine: ${up.why}\n${machine.console.join('\n')}`)
}

const cutAll = async (image: Image, options: Options, say: Say): Promise<number> => {
  const began = performance.now()
  const minutes = (): string => ((performance.now() - began) / 60_000).toFixed(1)
  await prepare(image)
  say(`power-cut: seed ${options.seed}; machine prepared after ${minutes()} min`)
  const random = prng(options.seed)
  const folder = mkdtempSync(join(tmpdir(), 'bangtin-power-'))
  const socket = join(folder, 'disk')
  const disk = volatileDisk(readFileSync(image.empty))
  const server = await serveDisk(disk, socket)
  const memory = newMemory(FIRST_CLOCK)
  const plans: CutPlan[] = []
  try {
    while (plans.length < options.cuts && performance.now() - began < options.minutes * 60_000) {
      const plan = planOf(memory, random)
      plans.push(plan)
      const seen = await cutOnce({ image, socket, disk, memory, plan, random })
      say(`power-cut ${String(plans.length).padStart(3)}: ${seen.line} (${minutes()} min)`)
      for (const fault of seen.faults) say(`  ✗ ${fault}`)
    }
    // What the last cut left is looked at once more, by a boot that is not cut short.
    const last = await cutOnce({
      image,
      socket,
      disk,
      memory,
      plan: { ...planOf(memory, random), phase: 'load' },
      random,
    })
    say(`power-cut end: ${last.line}`)
    for (const fault of last.faults) say(`  ✗ ${fault}`)
    const held = examine(disk.stable, folder, say)
    const { totals } = memory
    say(
      `power-cut: ${plans.length + 1} cuts (${totals.tear} torn, ${totals.boots} looked at after), ${memory.acked.size} acknowledged records, ${totals.lost} lost, ` +
        `${totals.hands} boots that needed a hand, ${totals.unflushed} unflushed sectors of which ${totals.kept} stayed, ` +
        `${totals.during} cuts while starting, ${minutes()} min`,
    )
    const fine = memory.faults.length === 0 && held && totals.boots > 0
    const noticed = fine ? await lying({ image, folder, options, say, stable: disk.stable, clock: memory.clock }) : true
    return fine && noticed ? 0 : 1
  } finally {
    server.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The whole log, taken off the disk by the file system's own tools and judged without the guest. */
const examine = (stable: Buffer, folder: string, say: Say): boolean => {
  const file = join(folder, 'end.img')
  writeFileSync(file, stable)
  // The journal of the last cut is replayed as a mount would; what it has to mend beyond is a fault.
  const tool = (name: string): string => [`/usr/sbin/${name}`, `/sbin/${name}`].find((path) => existsSync(path)) ?? name
  runProgram('sh', ['-c', '"$0" -p "$1" || [ $? = 1 ]', tool('e2fsck'), file], folder)
  runProgram(tool('e2fsck'), ['-fn', file], folder)
  runProgram(tool('debugfs'), ['-R', `rdump /bangtin/plays ${folder}`, file], folder)
  const plays = join(folder, 'plays')
  const identity = readIdentity(realFs, plays)
  const keys = identity.ok ? [identity.value.publicKey, ...identity.value.earlierKeys] : []
  const found = verifyFolder(realFs, plays, {
    sha256,
    seals: { site: SITE, publicKeys: keys, verify: createVerify() },
  })
  const records = listSegments(realFs, plays).flatMap((segment) => [...segmentRecords(realFs, plays, segment)])
  const story = storyOf(records)
  say(
    `power-cut: on the disk ${found.records} records in ${found.segments} days, ${found.seals} seals, ${story.plays} plays, ` +
      `${story.cuts} ended by a cut, ${story.runs} runs; ${found.breaks.length} breaks, ${story.faults.length} faults`,
  )
  for (const line of [...found.breaks.map((b) => `${b.file}:${b.line}: ${b.why}`), ...story.faults]) say(`  ✗ ${line}`)
  return found.breaks.length === 0 && story.faults.length === 0 && found.records > 0
}

/** The same with a disk that says it has flushed and has not: if nothing were noticed now, the rest would prove nothing. */
const lying = async (of: {
  readonly image: Image
  readonly folder: string
  readonly options: Options
  readonly say: Say
  readonly stable: Buffer
  readonly clock: number
}): Promise<boolean> => {
  if (of.options.lying === 0) return true
  const random = prng(of.options.seed + 1)
  const socket = join(of.folder, 'liar')
  const disk = volatileDisk(readFileSync(of.image.empty), true)
  const server = await serveDisk(disk, socket)
  const memory = newMemory(of.clock)
  try {
    for (let i = 0; i < of.options.lying + 1; i++) {
      const plan: CutPlan = { ...planOf(memory, random), phase: 'load', how: 'drop' }
      await cutOnce({ image: of.image, socket, disk, memory, plan, random })
    }
  } finally {
    server.close()
  }
  const noticed = memory.faults.length > 0
  of.say(
    `power-cut: a disk that lies about flushing: ${memory.totals.lost} acknowledged records lost, ${noticed ? 'noticed' : 'NOT NOTICED'}`,
  )
  return noticed
}
