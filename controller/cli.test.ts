import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { assert } from '#core/base/result.ts'
import { rankAll } from './cli/decode.ts'
import { FOLDER } from './cli/files.ts'
import { ANSWER, ASK, AT, board, on, realWake, run, sender } from './cli/run-testing.ts'
import { profileCommand } from './cli.ts'
import { bytesOfHex, shippedProfiles } from './detect/testing.ts'
import { dialectOf } from './dialect/open.ts'
import { memoryLink } from './link/memory.ts'
import { openPty } from './sim/pty.ts'
import { serveOnMemory } from './sim/serve.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bangtin-profile-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

describe('check', () => {
  test('every shipped profile is fine, and says what an emergency takes at most', async () => {
    const { code, err, json } = await run(['check', '--json'])
    const report: {
      faults: unknown[]
      profiles: { id: string; vectors: number; emergency: { worstMs: number; promisedMs: number }[] }[]
    } = json()
    expect(report.faults, err).toEqual([])
    expect(code).toBe(0)
    expect(report.profiles.length).toBeGreaterThan(25)
    const bounds = report.profiles.flatMap(({ emergency }) => emergency)
    expect(bounds.length).toBeGreaterThan(15)
    for (const { worstMs, promisedMs } of bounds) expect(worstMs).toBeLessThanOrEqual(promisedMs)
    for (const { id, vectors } of report.profiles) expect(vectors, id).toBeGreaterThan(0)
  })
  test('a bad file and a missing one name file, place and reason', async () => {
    const file = join(folder, 'bad.json')
    writeFileSync(file, '{"id": 1}')
    const { code, err } = await run(['check', file, join(folder, 'none.json')])
    expect(code).toBe(1)
    expect(err).toContain(`${file}: /`)
    expect(err).toContain(`${join(folder, 'none.json')}: /: cannot be read`)
  })
  test('a vector that does not hold is an error; --strict makes warnings errors', async () => {
    const file = join(folder, 'generic-xy-md02.json')
    const text = readFileSync(join(FOLDER, 'generic-xy-md02.json'), 'utf8')
    writeFileSync(file, text.replace('"temperature": 30.5', '"temperature": 30.6'))
    const broken = await run(['check', file])
    expect([broken.code, broken.err]).toEqual([
      1,
      expect.stringMatching(/\/vectors\/\d+.*temperature is 30\.5, should be 30\.6/),
    ])
    writeFileSync(file, text)
    expect((await run(['check', file])).code).toBe(0)
    const strict = await run(['check', file, '--strict'])
    expect([strict.code, strict.err]).toEqual([1, expect.stringContaining('warning')])
  })
})

describe('encode and decode', () => {
  test('are each other’s way back', async () => {
    const there = await run(['encode', 'novastar-mctrl300', 'setBrightness', 'brightness=50', '--token', '21'])
    expect([there.code, there.out.trim()]).toEqual([
      0,
      '55 AA 00 15 FE 00 01 FF FF FF 01 00 01 00 00 02 01 00 80 EB 59',
    ])
    const back = await run(['decode', 'novastar-mctrl300', there.out, '--json'])
    expect(back.json()).toMatchObject({
      ok: true,
      side: 'request',
      command: 'setBrightness',
      values: { brightness: 50 },
    })
  })
  test('an address is part of the frame', async () => {
    const { out } = await run([
      'encode',
      'waveshare-modbus-rtu-relay-8ch',
      'setRelay',
      'channel=0',
      'on=true',
      '--address',
      'unit=1',
    ])
    expect(out.trim()).toBe('01 05 00 00 FF 00 8C 3A')
  })
  test('a reply gets its values from the question it answers', async () => {
    const { code, json } = await run([
      'decode',
      'generic-xy-md02',
      '01 04 04 01 31 02 22 2A CE',
      '--request',
      '01 04 00 01 00 02 20 0B',
      '--json',
    ])
    expect([code, json()]).toMatchObject([
      0,
      { side: 'reply', command: 'readClimate', values: { temperature: 30.5, humidity: 54.6 } },
    ])
  })
  test('a wrong checksum is found, field by field', async () => {
    const { code, out, err } = await run([
      'decode',
      'novastar-mctrl300',
      '55AA0032FE00000000000000020000000200',
      '8756',
    ])
    expect([code, out, err]).toEqual([
      1,
      expect.stringContaining('wrong, should be 5689h'),
      expect.stringContaining('wrong checksum'),
    ])
  })
  test('--any: the family that accepts the bytes, and the profiles that know the command', async () => {
    const relay = await run(['decode', '--any', '01 05 00 00 FF 00 8C 3A', '--json'])
    const { families }: { families: { family: string; rank: string; profiles: { id: string }[] }[] } = relay.json()
    expect(families.map(({ family, rank }) => [family, rank])).toEqual([['modbus', 'known']])
    expect(families[0]?.profiles.map(({ id }) => id)).toContain('waveshare-modbus-rtu-relay-8ch')
    const ping = 'A5 A5 A5 A5 A5 A5 A5 A5 01 00 00 80 00 00 00 00 00 00 FE 02 05 00 A2 00 01 00 00 68 F8 5A'
    expect((await run(['decode', '--any', ping, '--json'])).json()).toMatchObject({
      families: [{ family: 'onbon', rank: 'known' }],
    })
    const nothing = await run(['decode', '--any', 'DE AD BE EF', '--json'])
    expect([nothing.code, nothing.json()]).toMatchObject([1, { ok: false }])
  })
  test('every exchange of every shipped profile is recognised by --any as its own family', async () => {
    const dialects = shippedProfiles().map(dialectOf)
    let checked = 0
    for (const { profile } of dialects) {
      const others = dialects.filter(
        ({ profile: { id, protocol } }) => id === profile.id || protocol !== profile.protocol,
      )
      for (const vector of profile.vectors) {
        if (vector.kind !== 'exchange') continue
        const [best] = rankAll(others, bytesOfHex(vector.request), null)
        expect([best?.profile.id, best?.rank], `${profile.id} ${vector.name}`).toEqual([profile.id, 'known'])
        checked += 1
      }
    }
    expect(checked).toBeGreaterThan(200)
  })
})

describe('send', () => {
  test('a read goes out at once; frames and values are shown', async () => {
    const { code, out } = await run(['send', 'novastar-mctrl300', 'readTemperature', ...AT], on(sender()))
    expect([code, out]).toEqual([
      0,
      expect.stringMatching(/→ 55 AA .*\n.*request readTemperature[\s\S]*← AA 55[\s\S]*temperature = 36\n/),
    ])
  })
  test('a write needs --write and a yes', async () => {
    const device = board()
    const words = [
      'send',
      'waveshare-modbus-rtu-relay-8ch',
      'setRelay',
      'channel=2',
      'on=true',
      '--address',
      'unit=3',
      ...AT,
    ]
    expect((await run(words, on(device), true)).code).toBe(2)
    const nobody = await run([...words, '--write'], on(device))
    expect([nobody.code, nobody.err]).toEqual([2, expect.stringContaining('--yes')])
    const no = await run([...words, '--write'], on(device), false)
    expect([no.code, no.asked]).toEqual([1, expect.stringContaining('03 05 00 02 FF 00')])
    expect(device.state().heard).toBe(0)
    const yes = await run([...words, '--write', '--json'], on(device), true)
    expect(yes.json()).toMatchObject({ ok: true, readBack: { values: { on: true }, agrees: true } })
    expect([yes.code, device.state().relays[2]]).toEqual([0, true])
  })
  test('what is kept for a technician needs --technician as well', async () => {
    const words = [
      'send',
      'waveshare-modbus-rtu-relay-8ch',
      'setUnit',
      'unit=7',
      '--address',
      'unit=3',
      ...AT,
      '--write',
      '--yes',
    ]
    const device = board()
    const refused = await run(words, on(device))
    expect([refused.code, refused.err, device.state().unit]).toEqual([2, expect.stringContaining('--technician'), 3])
    expect([(await run([...words, '--technician'], on(device))).code, device.state().unit]).toEqual([0, 7])
  })
  test('a device that lies is found out by reading back', async () => {
    const lying = () =>
      serveOnMemory({ device: sender(), seed: 1, faults: { lyingReadBack: true }, wake: realWake }).link
    const { code, out } = await run(
      ['send', 'novastar-mctrl300', 'setBrightness', 'brightness=20', ...AT, '--write', '--yes'],
      lying,
    )
    expect([code, out]).toEqual([1, expect.stringContaining('does NOT agree')])
  })
  test('silence and a port that is not there are faults, not crashes', async () => {
    const words = ['send', 'novastar-mctrl300', 'readModelId', ...AT]
    const silent = await run(words, () => memoryLink('x').link)
    expect([silent.code, silent.err]).toEqual([1, expect.stringContaining('timeout')])
    const gone = memoryLink('x')
    gone.device.vanish()
    const absent = await run(words, () => gone.link)
    expect([absent.code, absent.err]).toEqual([1, expect.stringContaining('not-open')])
  })
})

describe('bad usage is said with the help of the verb', () => {
  test.each([
    [[], 'bangtin profile check'],
    [['frobnicate'], 'bangtin profile check'],
    [['encode', 'novastar-mctrl300'], 'bangtin profile encode'],
    [['encode', 'novastar-mctrl300', 'setBlackout', 'nonsense'], 'nonsense'],
    [['encode', 'novastar-mctrl300', 'readModelId', '--token', '256'], '--token'],
    [['decode', 'novastar-mctrl300', 'xyz'], 'hex'],
    [['decode', 'novastar-mctrl300'], 'bytes missing'],
    [['check', '--frob'], 'frob'],
    [['send', 'novastar-mctrl300', 'readModelId'], '--port'],
    [['send', 'novastar-mctrl300', 'readModelId', '--port', 'x', '--tcp', 'y:1'], '--port'],
    [['watch', '--port', 'x'], '--baud'],
    [['watch', '--tcp', 'no:host:1'], 'host:port'],
    [['watch', '--port', 'x', '--baud', '9600', '--mode', '8X1'], '8N1'],
    [['record', '--port', 'x'], '--profile'],
    [['detect'], '--port'],
    [['detect', '--port', 'x', '--address', 'unit=1..99'], '32'],
  ])('%j', async (args, expected) => {
    const { code, err } = await run(args)
    expect([code, err]).toEqual([2, expect.stringContaining(expected)])
    expect(err).toContain('bangtin profile')
  })
  test('every verb has help in two languages', async () => {
    const verbs = ['check', 'encode', 'decode', 'detect', 'send', 'watch', 'record']
    for (const verb of verbs)
      expect(await run([verb, '--help'])).toMatchObject({ code: 0, out: expect.stringContaining(' · ') })
    expect((await run(['--help'])).out.match(/bangtin profile \w+ /g)?.length).toBeGreaterThanOrEqual(verbs.length)
  })
  test('unknown commands are refused; there is none for a factory reset', async () => {
    for (const name of ['factoryReset', 'constructor', '__proto__'])
      expect((await run(['encode', 'novastar-mctrl300', name])).code).toBe(2)
  })
})

describe('the real command', () => {
  const ENTRY = fileURLToPath(new URL('../bangtin.ts', import.meta.url))

  test('in this process, in the real world', async () => {
    expect(await profileCommand(['--help'])).toBe(0)
  })
  test('watch on a real pty, ended by Ctrl-C: exit 0', async () => {
    const path = join(folder, 'port')
    const pty = openPty(path, () => {})
    const child = spawn(process.execPath, [ENTRY, 'profile', 'watch', '--port', path, '--profile', 'novastar-mctrl300'])
    let out = ''
    let err = ''
    const heard = new Promise<void>((resolve) => {
      child.stdout.on('data', (chunk) => {
        out += chunk
        if (out.includes('modelId')) resolve()
      })
    })
    child.stderr.on('data', (chunk) => {
      // It says so before the port is open; until then what is sent waits in the pty.
      if (err === '') {
        pty.write(bytesOfHex(ASK))
        pty.write(bytesOfHex(ANSWER))
      }
      err += chunk
    })
    const ended = new Promise<number | null>((resolve) => child.on('exit', resolve))
    await Promise.race([heard, ended])
    child.kill('SIGINT')
    const code = await ended
    pty.close()
    assert(out.includes('modelId=01 00'), `${out}${err}`)
    expect(code).toBe(0)
  })
})
