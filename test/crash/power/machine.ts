import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Image } from './image.ts'
import { type GuestWord, hear } from './words.ts'

/** One boot of the virtual machine, from power on to power off. */
export type Boot = {
  readonly image: Image
  /** Unix socket of the disk that is cut, or a plain image file. */
  readonly data: { readonly nbd: string } | { readonly file: string }
  /** What the guest's clock says at power on. */
  readonly clock: Date
  readonly words: string
  /** True: the root disk may be written (to fill the compile cache). */
  readonly prepare: boolean
}
export type Machine = {
  /** SIGKILL: the power is gone. Resolves when the process is. */
  readonly kill: () => Promise<void>
  readonly ended: Promise<void>
  /** Newest lines of the console, for a failure. */
  readonly console: readonly string[]
}

const MOST_CONSOLE = 60
const MEMORY_MB = 768

export const powerOn = (boot: Boot, onWord: (word: GuestWord) => void): Machine => {
  const { image, data } = boot
  const disk = 'nbd' in data ? `file=nbd+unix:///?socket=${data.nbd}` : `file=${data.file}`
  const rtc = boot.clock.toISOString().slice(0, 19)
  // TCG on purpose: hardware help is not there on every computer.
  const args = [
    ...['-accel', 'tcg', '-cpu', 'max', '-m', String(MEMORY_MB), '-smp', '1', '-nodefaults', '-display', 'none'],
    ...['-serial', 'stdio', '-no-reboot', '-nic', 'none', '-rtc', `base=${rtc},clock=vm`],
    ...['-drive', `file=${image.root},format=raw,if=virtio,cache=unsafe${boot.prepare ? '' : ',readonly=on'}`],
    // `cache=none`: qemu itself keeps nothing back, so that what is volatile is in our disk alone.
    ...['-drive', `${disk},format=raw,if=virtio,cache=${'nbd' in data ? 'none' : 'unsafe'}`],
    ...['-kernel', image.kernel, '-initrd', image.initrd],
    ...['-append', `console=ttyS0 quiet panic=-1 rdinit=/init ${boot.words}${boot.prepare ? ' power.prepare' : ''}`],
  ]
  const child = spawn('qemu-system-x86_64', args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const lines: string[] = []
  const keep = (line: string): void => {
    lines.push(line.trimEnd())
    if (lines.length > MOST_CONSOLE) lines.shift()
  }
  createInterface({ input: child.stdout }).on('line', (line) => {
    const word = hear(line)
    if (word === null) keep(line)
    else onWord(word)
  })
  createInterface({ input: child.stderr }).on('line', keep)
  const kill = (): void => void child.kill('SIGKILL')
  process.once('exit', kill)
  const ended = new Promise<void>((resolve) => {
    child.once('error', (error) => {
      keep(error.message)
      resolve()
    })
    child.once('close', () => {
      process.off('exit', kill)
      resolve()
    })
  })
  return {
    ended,
    console: lines,
    kill: async () => {
      kill()
      await ended
    },
  }
}
