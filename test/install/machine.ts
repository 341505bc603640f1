import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, rmSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Stop } from '../vm/shell.ts'
import type { Image } from './root.ts'

/** What one command of the host said and how it ended. */
export type Said = { readonly code: number; readonly out: string }

export type Machine = {
  /** Runs a script of sh as root in the guest. Throws `Stop` when no answer comes within the limit (ms). */
  readonly run: (script: string, limitMs?: number) => Promise<Said>
  /** Sends a script and does not wait: for what the power is cut in. */
  readonly start: (script: string) => void
  /** The power is gone: what the guest and its disk had not been told to flush is lost. */
  readonly cut: () => Promise<void>
  readonly shutdown: () => Promise<void>
  readonly console: readonly string[]
}

const MOST_CONSOLE = 200
const MEMORY_MB = 1536
/** An emulated machine on a busy computer takes minutes. */
const BOOT_LIMIT_MS = 900_000
const RUN_LIMIT_MS = 600_000
const KNOCK_MS = 500

const ended = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve()
    child.once('close', () => resolve())
    child.once('error', () => resolve())
  })

/** Waits, between two looks at something outside. The caller bounds how often. */
export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

const reach = async (path: string, until: number): Promise<Socket> => {
  for (;;) {
    if (performance.now() > until) throw new Stop(`${path}: máy ảo không mở cổng · the machine opened no port`)
    if (existsSync(path)) {
      const socket = connect(path)
      const opened = await new Promise<boolean>((resolve) => {
        socket.once('connect', () => resolve(true))
        socket.once('error', () => resolve(false))
      })
      if (opened) return socket
    }
    await pause(KNOCK_MS)
  }
}

/**
 * Starts the machine and waits for its shell. Its disk is behind a server with a volatile cache: only what the guest flushed is on the image,
 * so that killing both is a power cut.
 */
export const powerOn = async (image: Image): Promise<Machine> => {
  const disk = join(image.folder, 'disk.sock')
  const port = join(image.folder, 'shell.sock')
  for (const path of [disk, port]) rmSync(path, { force: true })
  const nbd = spawn('nbdkit', ['-f', '-U', disk, '--filter=cache', 'file', image.disk, 'cache=writeback'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const lines: string[] = []
  const keep = (line: string): void => {
    lines.push(line.trimEnd())
    if (lines.length > MOST_CONSOLE) lines.shift()
  }
  createInterface({ input: nbd.stderr }).on('line', keep)
  const until = performance.now() + BOOT_LIMIT_MS
  while (!existsSync(disk)) {
    if (performance.now() > until || nbd.exitCode !== null) throw new Stop(`nbdkit: ${lines.join('\n')}`)
    await pause(100)
  }
  const args = [
    ...[
      '-accel',
      'tcg,thread=multi',
      '-cpu',
      'max',
      '-m',
      String(MEMORY_MB),
      '-smp',
      '2',
      '-nodefaults',
      '-display',
      'none',
    ],
    ...['-serial', 'stdio', '-serial', `unix:${port},server=on,wait=off`, '-no-reboot', '-nic', 'none'],
    ...['-drive', `file=nbd+unix:///?socket=${disk},format=raw,if=virtio,cache=none`],
    ...['-drive', `file=${image.cargo},format=raw,if=virtio,readonly=on`],
    // Two adapters with the same chip: names must tell them apart.
    ...['-device', 'qemu-xhci', '-chardev', 'null,id=usb1', '-chardev', 'null,id=usb2'],
    ...[
      '-device',
      'usb-serial,chardev=usb1,always-plugged=on,serial=A10KV3QT',
      '-device',
      'usb-serial,chardev=usb2,always-plugged=on,serial=B20XX001',
    ],
    ...['-kernel', image.kernel, '-initrd', image.initrd],
    ...['-append', 'root=/dev/vda rw console=ttyS0 quiet panic=-1 systemd.show_status=no'],
  ]
  const qemu = spawn('qemu-system-x86_64', args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const kill = (): void => {
    qemu.kill('SIGKILL')
    nbd.kill('SIGKILL')
  }
  process.once('exit', kill)
  createInterface({ input: qemu.stdout }).on('line', keep)
  createInterface({ input: qemu.stderr }).on('line', keep)
  const socket = await reach(port, until)
  socket.on('error', (error) => keep(error.message))
  const words: string[] = []
  const waiting: { wake: (() => void) | null } = { wake: null }
  createInterface({ input: socket }).on('line', (line) => {
    const at = line.indexOf('@@')
    if (at < 0) return
    words.push(line.slice(at).trim())
    waiting.wake?.()
  })
  const hear = async (prefix: string, limit: number): Promise<string> => {
    const end = performance.now() + limit
    for (;;) {
      const found = words.shift()
      if (found?.startsWith(prefix)) return found
      if (found !== undefined) continue
      if (performance.now() > end || qemu.exitCode !== null)
        throw new Stop(`máy ảo không trả lời · no answer from the machine\n${lines.slice(-40).join('\n')}`)
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 1_000)
        waiting.wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
  }
  const send = (script: string): void => void socket.write(`${Buffer.from(script).toString('base64')}\n`)
  const stop = async (): Promise<void> => {
    kill()
    await Promise.all([ended(qemu), ended(nbd)])
    process.off('exit', kill)
    socket.destroy()
  }
  await hear('@@up', BOOT_LIMIT_MS)
  return {
    console: lines,
    start: send,
    cut: stop,
    run: async (script, limitMs = RUN_LIMIT_MS) => {
      send(script)
      const [, code, text] = (await hear('@@done', limitMs)).split(' ')
      return { code: Number(code), out: Buffer.from(text ?? '', 'base64').toString('utf8') }
    },
    shutdown: async () => {
      send('systemctl poweroff')
      await Promise.race([ended(qemu), pause(180_000)])
      await stop()
    },
  }
}
