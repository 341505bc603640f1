import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { changed, ecKeys, pem, SENDER, sample, sign } from '../test/cap-sample.ts'
import { orderOf } from '../test/harness.ts'
import { runCap } from './cli.ts'

const SITES = fileURLToPath(new URL('../../../deploy/sample/sites.json', import.meta.url))
const golden = (name: string) => fileURLToPath(new URL(`../../../test/golden/cap/${name}.xml`, import.meta.url))
const AT = ['--at', '2026-11-22T02:20:00+07:00']
const KEYS = ecKeys()

let folder = ''
const file = (name: string, text: string): string => {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'cap-cli-'))
  file('key.pem', pem(KEYS.publicKey))
  file('keys.json', JSON.stringify({ senders: [{ sender: SENDER, keys: [{ file: 'key.pem' }] }] }))
})
afterAll(() => rmSync(folder, { recursive: true }))

const run = (...args: readonly string[]) => {
  const said = { out: '', err: '' }
  const code = runCap(args, {
    out: (text) => {
      said.out += text
    },
    err: (text) => {
      said.err += text
    },
    now: () => Date.parse('2026-11-22T02:20:00+07:00'),
  })
  return { code, ...said }
}

describe('check', () => {
  it('says what is fine, and which clusters it reaches', () => {
    const { code, out } = run('check', golden('E1'), ...AT, '--sites', SITES, '--profile')
    expect([code, out]).toEqual([0, `✓ ${golden('E1')}\n  1 cụm · clusters: LC-MT-01\n`])
  })
  it('names file, line, column, path, reason and code of what is not', () => {
    const bad = file(
      'bad.xml',
      changed(sample('E1'), ['02:14:00+07:00</sent>', '02:14:00Z</sent>'], ['>03445<', '>99999<']),
    )
    const { code, out } = run('check', golden('E1'), bad, ...AT)
    expect(code).toBe(1)
    expect(out).toContain(`${bad}:5:3: ✗ /sent: `)
    expect(out).toContain('[bad-time]')
    expect(out).toMatch(/✗ \/info\/0\/area\/0\/geocode\/0\/value: .* \[unknown-unit\]/)
    const json = JSON.parse(run('check', bad, '--json', ...AT).out) as { findings: { code: string; line: number }[] }[]
    expect(json[0]?.findings.map((f) => f.code)).toEqual(['bad-time', 'unknown-unit'])
    expect(json[0]?.findings.every((f) => f.line > 1)).toBe(true)
  })
  it('what cannot be read, what is no CAP, and what is too large are findings too', () => {
    const paths = [join(folder, 'none.xml'), file('x.xml', '<html/>'), file('big.xml', ' '.repeat(300_000)), folder]
    const { code, out } = run('check', ...paths)
    expect(code).toBe(1)
    for (const path of paths) expect(out).toContain(`✗ ${path}\n`)
    expect(out).toContain('ENOENT')
  })
  it('checks signatures against the keys it is given', () => {
    const right = file('right.xml', sign(sample('E1'), KEYS.privateKey))
    const keys = ['--keys', join(folder, 'keys.json'), ...AT]
    const signed = run('check', right, ...keys)
    expect([signed.code, signed.out.includes(`signed by ${join(folder, 'key.pem')}`)]).toEqual([0, true])
    expect(run('check', golden('E1'), ...keys).out).toContain('[unsigned]')
    expect(run('check', file('forged.xml', sign(sample('E1'), ecKeys().privateKey)), ...keys).out).toContain(
      '[bad-signature]',
    )
    expect(run('check', file('who.xml', changed(sample('E1'), [SENDER, 'x@y'])), ...keys).out).toContain(
      '[unknown-sender]',
    )
  })
  it('--strict makes warnings count', () => {
    const late = ['--at', '2026-11-22T12:00:00+07:00']
    expect(run('check', golden('E1'), ...late).code).toBe(0)
    expect(run('check', golden('E1'), ...late, '--strict').code).toBe(1)
  })
})

describe('show and export', () => {
  it('shows the draft, or why there is none', () => {
    const { code, out } = run('show', golden('E1'), ...AT, '--sites', SITES)
    expect(code).toBe(0)
    expect(out).toContain('khẩn cấp · emergency')
    expect(out).toContain('LC-MT-01')
    expect(out).toContain('[vi] LŨ QUÉT')
    expect(run('show', golden('E7-cancel'), ...AT)).toMatchObject({ code: 0 })
    expect(run('show', golden('E1'), '--at', '2026-11-23T02:20:00+07:00')).toMatchObject({ code: 1 })
    expect(JSON.parse(run('show', golden('E1'), ...AT, '--json').out)).toMatchObject({ kind: 'draft' })
  })
  it('exports an order, and an update with what it refers to; both are right', () => {
    const first = orderOf({})
    const next = orderOf({ id: 'L-2', action: 'update', references: ['L-1'], issuedAt: first.issuedAt + 60_000 })
    for (const orders of [first, [first, next]]) {
      const { code, out } = run('export', file('order.json', JSON.stringify(orders)), '--sender', 'a@b.example')
      expect(code).toBe(0)
      const checked = run('check', file('out.xml', out), '--at', '2026-11-22T10:05:00+07:00', '--profile', '--strict')
      expect([checked.code, checked.out]).toEqual([0, `✓ ${join(folder, 'out.xml')}\n`])
    }
    const alone = run('export', file('alone.json', JSON.stringify(next)))
    expect([alone.code, alone.err]).toEqual([1, expect.stringContaining('unknown-reference')])
    const wrong = run('export', file('wrong.json', '{"id": 1}'))
    expect([wrong.code, wrong.err]).toEqual([1, expect.stringContaining('wrong.json: /')])
  })
})

describe('bad usage is 2, help is 0', () => {
  it.each([
    [[], 2],
    [['nothing'], 2],
    [['check'], 2],
    [['show', 'a', 'b'], 2],
    [['export'], 2],
    [['check', 'a', '--what'], 2],
    [['check', 'a', '--at', 'yesterday'], 2],
    [['check', 'a', '--keys', '/none.json'], 2],
    [['export', 'a', '--sender', 'a b'], 2],
    [['--help'], 0],
    [['check', '--help'], 0],
  ] as const)('%j: %i', (args, code) => {
    const done = run(...args)
    expect(done.code).toBe(code)
    expect((code === 0 ? done.out : done.err).length).toBeGreaterThan(20)
  })
})
