import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { profileCommand } from './cli.ts'

let out = ''
let errors = ''
beforeEach(() => {
  out = ''
  errors = ''
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out += String(text)
    return true
  })
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    errors += String(text)
    return true
  })
})
afterEach(() => {
  vi.restoreAllMocks()
})

describe('bangtin profile', () => {
  test('check: the shipped profiles are fine', async () => {
    expect(await profileCommand(['check', '--json'])).toBe(0)
    const report = JSON.parse(out)
    expect(report).toMatchObject({ ok: true, faults: [] })
    expect(report.profiles.map((p: { id: string; vectors: number }) => [p.id, p.vectors])).toEqual([
      ['novastar-mctrl300', 29],
      ['novastar-mctrl660pro', 30],
    ])
  })
  test('check: a bad file and a missing file name file, place and reason', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'bangtin-profile-'))
    const file = join(folder, 'bad.json')
    writeFileSync(file, '{"id": 1}')
    expect(await profileCommand(['check', file, join(folder, 'none.json')])).toBe(1)
    rmSync(folder, { recursive: true })
    expect(errors).toContain(`${file}: /id: must be string`)
    expect(errors).toContain(`${join(folder, 'none.json')}: /: cannot be read`)
  })
  test('encode and decode are each other’s way back', async () => {
    expect(
      await profileCommand([
        'encode',
        'novastar-mctrl300',
        'setBrightness',
        'port=0',
        'card=0',
        'brightness=50',
        '--target',
        'card',
        '--sequence',
        '21',
      ]),
    ).toBe(0)
    expect(out.trim()).toBe('55 AA 00 15 FE 00 01 00 00 00 01 00 01 00 00 02 01 00 80 EE 56')
    const hex = out.trim()
    out = ''
    expect(await profileCommand(['decode', 'novastar-mctrl300', hex, '--json'])).toBe(0)
    expect(JSON.parse(out)).toMatchObject({
      ok: true,
      side: 'request',
      command: 'setBrightness',
      values: { brightness: 50 },
    })
    expect(JSON.parse(out).fields.length).toBe(14)
  })
  test('decode: a wrong checksum is found', async () => {
    expect(await profileCommand(['decode', 'novastar-mctrl300', '55AA0032FE00000000000000020000000200', '8756'])).toBe(
      1,
    )
    expect(out).toContain('wrong, should be 5689h')
  })
  test.each([
    [[]],
    [['frobnicate']],
    [['encode', 'novastar-mctrl300']],
    [['encode', 'novastar-mctrl300', 'setBlackout', 'nonsense']],
    [['decode', 'novastar-mctrl300', 'xyz']],
    [['decode', 'novastar-mctrl300']],
    [['check', '--frob']],
    [['encode', 'novastar-mctrl300', 'readModelId', '--sequence', '256']],
  ])('bad usage: %j', async (args) => {
    expect(await profileCommand(args)).toBe(2)
    expect(errors).toContain('bangtin profile check')
  })
  test('there is no command for store or reset, and unknown ones are refused', async () => {
    for (const name of ['store', 'factoryReset', 'constructor'])
      expect(await profileCommand(['encode', 'novastar-mctrl300', name])).toBe(1)
    expect(await profileCommand(['--help'])).toBe(0)
  })
})
