import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { type CpioEntry, cpio } from './cpio.ts'
import {
  HELP,
  kernelRelease,
  kernelSeries,
  librariesOf,
  MACHINES,
  MARK,
  needsOf,
  parseOptions,
  patchIrqSim,
  readGuestLine,
} from './plan.ts'
import { runMachine } from './qemu.ts'

describe('the command line', () => {
  it('runs both machines unless told which', () => {
    expect(parseOptions([])).toEqual({
      ok: true,
      value: { machines: MACHINES, long: false, install: false, refresh: false, help: false },
    })
    expect(parseOptions(['--only', 'raspi3b', '--long'])).toMatchObject({
      value: { machines: ['raspi3b'], long: true },
    })
  })

  it('refuses what it does not know', () => {
    expect(parseOptions(['--only', 'pi5'])).toEqual({ ok: false, error: '--only pi5: amd64, raspi3b' })
    expect(parseOptions(['--fast'])).toMatchObject({ ok: false, error: expect.stringContaining('--fast') })
    expect(parseOptions(['amd64'])).toMatchObject({ ok: false })
  })

  it('explains every option', () => {
    const options = ['only', 'long', 'install', 'refresh']
    for (const name of options) expect(HELP).toContain(`--${name}`)
    expect(options).toHaveLength(4)
  })

  it('asks only for what the chosen machines need', () => {
    const packages = (machines: Parameters<typeof needsOf>[0]) => needsOf(machines).map((need) => need.package)
    expect(packages(['raspi3b'])).toEqual(['dpkg', 'npm', 'libc-bin', 'qemu-system-arm'])
    expect(packages(['amd64'])).toContain('gcc-12')
    expect(packages(MACHINES)).toHaveLength(9)
  })
})

describe('what other programs print', () => {
  it('finds the kernel of today', () => {
    const depends = 'linux-image-amd64\n  Depends: linux-image-6.1.0-56-amd64\n'
    expect(kernelRelease(depends)).toEqual({ ok: true, value: '6.1.0-56-amd64' })
    expect(kernelSeries('6.1.0-56-amd64')).toBe('6.1')
    expect(kernelRelease('N: Unable to locate package')).toMatchObject({ ok: false })
  })

  it('finds the libraries of a program', () => {
    const ldd = `\tlinux-vdso.so.1 (0x00007ffd)
\tlibdl.so.2 => /lib/x86_64-linux-gnu/libdl.so.2 (0x00007f1)
\tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f2)
\t/lib64/ld-linux-x86-64.so.2 (0x00007f3)
`
    expect(librariesOf(ldd)).toEqual([
      '/lib/x86_64-linux-gnu/libdl.so.2',
      '/lib/x86_64-linux-gnu/libc.so.6',
      '/lib64/ld-linux-x86-64.so.2',
    ])
    expect(librariesOf('\tnot a dynamic executable\n')).toEqual([])
  })

  it('patches the interrupt simulator, and stops at a source it was not written for', () => {
    const source =
      '#include <a.h>\n\thandle_simple_irq(irq_to_desc(irqnum));\nEXPORT_SYMBOL_GPL(irq_domain_create_sim);\nint x;\n'
    expect(patchIrqSim(source)).toBe(
      '#include <a.h>\n\thandle_simple_irq(irq_data_to_desc(irq_get_irq_data(irqnum)));\nint x;\n',
    )
    expect(() => patchIrqSim('int x;')).toThrow('irq_to_desc')
    expect(() => patchIrqSim(source + source)).toThrow('irq_to_desc')
  })

  it('tells our lines on the console from the kernel’s', () => {
    const step = { step: 'set', passed: true, detail: 'on', ms: 12 }
    const read = { is: 'step', name: 'set', passed: true, detail: 'on', ms: 12 }
    expect(readGuestLine(`${MARK}${JSON.stringify(step)}\r`)).toEqual(read)
    expect(readGuestLine(`[    3.1] random: ${MARK}${JSON.stringify(step)}`)).toEqual(read)
    expect(readGuestLine(`${MARK}{"note":"Linux"}`)).toEqual({ is: 'note', text: 'Linux' })
    expect(readGuestLine(`${MARK}{"done":7}`)).toEqual({ is: 'done', steps: 7 })
    const noise = [
      '[    3.1] random: crng init done',
      `${MARK}{"step":"cut`,
      `${MARK}null`,
      `${MARK}{"step":1,"passed":1}`,
      `${MARK}7`,
    ]
    for (const line of noise) expect(readGuestLine(line)).toEqual({ is: 'noise', text: line })
    expect(noise).toHaveLength(5)
  })
})

describe('the first root of a machine', () => {
  it('is an archive with each folder before what is in it', () => {
    const entries: readonly CpioEntry[] = [
      { is: 'folder', path: 'proc' },
      { is: 'file', path: '/lib/x/a.so', mode: 0o755, bytes: Buffer.from('abcde') },
      { is: 'file', path: 'lib/x/b.so', mode: 0o644, bytes: Buffer.from('') },
      { is: 'link', path: 'lib/c.so', to: 'x/a.so' },
      { is: 'file', path: 'lib/x/a.so', mode: 0o600, bytes: Buffer.from('a second one is left out') },
    ]
    const bytes = Buffer.concat(cpio(entries))
    expect(list(bytes)).toEqual([
      ['proc', 0o040755, ''],
      ['lib', 0o040755, ''],
      ['lib/x', 0o040755, ''],
      ['lib/x/a.so', 0o100755, 'abcde'],
      ['lib/x/b.so', 0o100644, ''],
      ['lib/c.so', 0o120777, 'x/a.so'],
      ['TRAILER!!!', 0, ''],
    ])
    expect(bytes.length % 4).toBe(0)
  })
})

/** Reads an archive as the kernel does: fields of eight hex digits, everything padded to four bytes. */
const list = (bytes: Buffer): readonly (readonly [name: string, mode: number, content: string])[] => {
  const found: [string, number, string][] = []
  for (let at = 0; at < bytes.length; ) {
    expect(bytes.toString('latin1', at, at + 6)).toBe('070701')
    const field = (index: number): number =>
      Number.parseInt(bytes.toString('latin1', at + 6 + index * 8, at + 14 + index * 8), 16)
    const four = (n: number): number => Math.ceil(n / 4) * 4
    const content = at + four(110 + field(11))
    const name = bytes.toString('utf8', at + 110, at + 110 + field(11) - 1)
    found.push([name, field(1), bytes.toString('utf8', content, content + field(6))])
    at = content + four(field(6))
  }
  return found
}

describe('a machine’s run', () => {
  const line = (what: object): string => `process.stdout.write(${JSON.stringify(`${MARK}${JSON.stringify(what)}\n`)});`
  const node = (script: string) => [process.execPath, '-e', script] as const

  it('ends when it says that it is done', async () => {
    const script = `${line({ step: 'a', passed: true, detail: '', ms: 1 })}${line({ done: 1 })}setInterval(() => {}, 1000)`
    const ended = await runMachine(node(script), { limitMs: 20_000, onLine: () => {} })
    expect(ended.how).toBe('done')
    expect(ended.told.map((one) => one.is)).toEqual(['step', 'done'])
  })

  it('is stopped after its time', async () => {
    const ended = await runMachine(node('setInterval(() => {}, 1000)'), { limitMs: 200, onLine: () => {} })
    expect(ended.how).toBe('limit')
  })

  it('keeps the end of the console when it dies', async () => {
    const ended = await runMachine(node('console.error("Kernel panic"); process.exit(3)'), {
      limitMs: 20_000,
      onLine: () => {},
    })
    expect([ended.how, ended.told, ended.console]).toEqual(['exit', [], ['Kernel panic']])
    const missing = await runMachine(['/nothing/qemu'], { limitMs: 20_000, onLine: () => {} })
    expect([missing.how, missing.console]).toEqual(['exit', ['spawn /nothing/qemu ENOENT']])
  })
})

describe('the script', () => {
  it.each(['gpio.mjs', '../crash/kills.mjs', '../crash/power-cut.mjs'])(
    '%s needs nothing of this tree’s own language',
    (name) => {
      // The machine’s own Node runs it, which may be too old for TypeScript.
      const script = readFileSync(fileURLToPath(new URL(name, import.meta.url)), 'utf8')
      const imports = [...script.matchAll(/from '([^']+)'/g)].map((match) => match[1] ?? '')
      expect(imports.length).toBeGreaterThanOrEqual(2)
      for (const from of imports) expect(from).toMatch(/^node:|\.mjs$/)
    },
  )
})
