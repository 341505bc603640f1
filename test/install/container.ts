import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { Stop } from '../vm/shell.ts'
import { type Machine, pause } from './machine.ts'

/** What a container is started from: a folder with a Debian, and one with packages. */
export type Container = { readonly root: string; readonly debs: string }

const MOST_CONSOLE = 200
const MOST_OUT = 30_000
const BOOT_LIMIT_MS = 300_000
const RUN_LIMIT_MS = 900_000
const LOOK_MS = 200

/** The first process inside: the only child of nspawn. */
const leaderOf = (pid: number): number | null => {
  try {
    const child = Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')[0])
    return child > 0 && /^systemd$/.test(readFileSync(`/proc/${child}/comm`, 'utf8').trim()) ? child : null
  } catch {
    return null
  }
}

/**
 * Boots a real systemd in a container: the speed of this computer, no devices, its own network. `cut` ends everything in it at once, as SIGKILL
 * does; what was written stays in the page cache of this computer, so that only the virtual machine knows what a disk had not been told to keep.
 */
export const bootContainer = async ({ root, debs }: Container): Promise<Machine> => {
  const args = ['--quiet', '--register=no', '--keep-unit', '--boot', '-D', root, '--console=pipe']
  const inside = ['--private-network', '--hostname=cum-thu', `--bind-ro=${debs}:/cargo`]
  const nspawn = spawn('systemd-nspawn', [...args, ...inside], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, SYSTEMD_NSPAWN_UNIFIED_HIERARCHY: '1' },
  })
  const lines: string[] = []
  const keep = (line: string): void => {
    lines.push(line.trimEnd())
    if (lines.length > MOST_CONSOLE) lines.shift()
  }
  createInterface({ input: nspawn.stdout }).on('line', keep)
  createInterface({ input: nspawn.stderr }).on('line', keep)
  const ended = new Promise<void>((resolve) => {
    nspawn.once('close', () => resolve())
    nspawn.once('error', (error) => {
      keep(error.message)
      resolve()
    })
  })
  const leader = (): number => {
    const pid = nspawn.pid === undefined ? null : leaderOf(nspawn.pid)
    if (pid === null) throw new Stop(`systemd-nspawn: không chạy · does not run\n${lines.slice(-20).join('\n')}`)
    return pid
  }
  const kill = (): void => {
    const pid = nspawn.pid === undefined ? null : leaderOf(nspawn.pid)
    // The first process of a namespace takes all others with it.
    if (pid !== null) process.kill(pid, 'SIGKILL')
    nspawn.kill('SIGKILL')
  }
  process.once('exit', kill)
  const enter = (script: string) =>
    spawn('nsenter', ['-t', String(leader()), '-m', '-u', '-i', '-n', '-p', '-r', '-w', '/bin/sh', '-c', script], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/root', LANG: 'C.UTF-8' },
    })
  const run: Machine['run'] = (script, limitMs = RUN_LIMIT_MS) =>
    new Promise((resolve, reject) => {
      const child = enter(script)
      const said = { out: '' }
      const hear = (chunk: Buffer): void => {
        said.out = (said.out + chunk.toString('utf8')).slice(-MOST_OUT)
      }
      child.stdout.on('data', hear)
      child.stderr.on('data', hear)
      const timer = setTimeout(() => {
        child.kill('SIGKILL')
        reject(new Stop(`không xong trong · not done within ${limitMs / 1000} s: ${script}\n${said.out}`))
      }, limitMs)
      child.once('error', reject)
      child.once('close', (code) => {
        clearTimeout(timer)
        resolve({ code: code ?? 137, out: said.out })
      })
    })
  const stop = async (): Promise<void> => {
    kill()
    await ended
    process.off('exit', kill)
  }
  const until = performance.now() + BOOT_LIMIT_MS
  while (nspawn.pid === undefined || leaderOf(nspawn.pid) === null) {
    if (performance.now() > until || nspawn.exitCode !== null) leader()
    await pause(LOOK_MS)
  }
  return {
    console: lines,
    run,
    start: (script) => void enter(script).on('error', () => {}),
    cut: stop,
    shutdown: stop,
  }
}
