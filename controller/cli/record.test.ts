import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { runProfile } from '../cli.ts'
import { bytesOfHex } from '../detect/testing.ts'
import { type MemoryDevice, memoryLink } from '../link/memory.ts'
import { FOLDER } from './files.ts'
import { ANSWER, ASK, AT, board, on, run } from './run-testing.ts'
import { testWorld } from './testing.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bangtin-record-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

describe('watch and record', () => {
  /** A line on which others speak; `speak` runs once it is open. */
  const listening = async (args: readonly string[], speak: (device: MemoryDevice) => Promise<void>) => {
    const { link, device } = memoryLink('tap')
    const written: Uint8Array[] = []
    device.onWritten((bytes) => void written.push(bytes))
    const { world, said, stop } = testWorld({ openLink: () => link, answer: null })
    const done = runProfile(args, world)
    while (!link.isOpen()) await new Promise((resolve) => setImmediate(resolve))
    await speak(device)
    stop()
    const code = await done
    expect(written, 'a listener never sends').toEqual([])
    return { code, ...said }
  }
  const talk = async (device: MemoryDevice) => {
    device.send(bytesOfHex(`07 07 ${ASK.slice(0, 20)}`))
    device.send(bytesOfHex(ASK.slice(21)))
    device.send(bytesOfHex(ANSWER))
  }

  test('watch: both sides with their meaning, noise apart, Ctrl-C ends it well', async () => {
    const { code, out } = await listening(['watch', '--profile', 'novastar-mctrl300', ...AT, '--json'], talk)
    const lines: unknown[] = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(code).toBe(0)
    expect(lines).toMatchObject([
      { is: 'noise', hex: '07 07' },
      { is: 'frame', side: 'request', hex: ASK },
      { is: 'frame', side: 'reply', says: expect.stringContaining('modelId=01 00'), hex: ANSWER },
    ])
  })
  test('watch without a profile finds out which one it is', async () => {
    const { code, err } = await listening(['watch', ...AT, '--baud', '115200'], talk)
    expect([code, err]).toEqual([0, expect.stringMatching(/looks like novastar-/)])
  })
  test('record: what was overheard becomes a vector that passes', async () => {
    const out = join(folder, 'capture.json')
    const { code, err } = await listening(['record', '--profile', 'novastar-mctrl300', ...AT, '--out', out], talk)
    expect([code, err]).toEqual([0, expect.stringContaining('1 khung mẫu')])
    expect(JSON.parse(readFileSync(out, 'utf8'))).toMatchObject({
      profile: 'novastar-mctrl300',
      source: { bench: { kind: 'capture' } },
      vectors: [
        {
          kind: 'exchange',
          command: 'readModelId',
          sequence: 170,
          request: ASK,
          reply: ANSWER,
          values: { modelId: '01 00' },
        },
      ],
    })
  })
  test('record finds the address by itself, and tells what it cannot use', async () => {
    const { code, out, err } = await listening(
      ['record', '--profile', 'waveshare-modbus-rtu-relay-8ch', ...AT, '--json'],
      async (device) => {
        device.send(bytesOfHex('03 01 00 00 00 08 3C 2E 03 01 01 04 51 F3'))
        device.send(bytesOfHex('03 01 00 00 00 08 3C 2E'))
      },
    )
    expect([code, JSON.parse(out)]).toMatchObject([
      0,
      { vectors: [{ address: { unit: 3 }, values: { relay3: true } }], unpaired: [{ why: 'no answer was heard' }] },
    ])
    expect(err).toContain('no answer was heard')
  })
  test('record --ask --into: appended to the profile, which passes again; a write cannot be asked', async () => {
    const file = join(folder, 'waveshare-modbus-rtu-relay-8ch.json')
    copyFileSync(join(FOLDER, 'waveshare-modbus-rtu-relay-8ch.json'), file)
    const before: { vectors: unknown[] } = JSON.parse(readFileSync(file, 'utf8'))
    const words = ['record', '--into', file, ...AT, '--address', 'unit=3', '--ask']
    expect((await run([...words, 'setRelay'])).code).toBe(2)
    const untitled = await run([...words, 'readRelays'])
    expect([untitled.code, untitled.err]).toEqual([2, expect.stringContaining('--title')])
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(before)
    const { code, err } = await run(
      [...words, 'readRelays,readRelay', '--title', 'Bench, 2026-11-22, unit 7'],
      on(board()),
    )
    expect(code, err).toBe(0)
    const after: { vectors: unknown[]; sources: Record<string, unknown> } = JSON.parse(readFileSync(file, 'utf8'))
    expect(after.vectors.length).toBe(before.vectors.length + 2)
    expect(after.sources['bench']).toEqual({ title: 'Bench, 2026-11-22, unit 7', kind: 'capture' })
    expect((await run(['check', file])).code).toBe(0)
    expect(existsSync(`${file}.new`)).toBe(false)
  })
  test('the same exchange twice: the second is left out, and that is said', async () => {
    const file = join(folder, 'waveshare-modbus-rtu-relay-8ch.json')
    copyFileSync(join(FOLDER, 'waveshare-modbus-rtu-relay-8ch.json'), file)
    const words = ['record', '--into', file, ...AT, '--address', 'unit=3', '--ask', 'readRelays', '--title', 'Bench']
    const count = () => (JSON.parse(readFileSync(file, 'utf8')) as { vectors: unknown[] }).vectors.length
    const before = count()
    expect((await run(words, on(board()))).code).toBe(0)
    expect(count()).toBe(before + 1)
    const again = await run(words, on(board()))
    expect([again.code, again.err]).toEqual([0, expect.stringMatching(/1 .*there already[\s\S]*0 khung mẫu/)])
    expect(count()).toBe(before + 1)
  })
  test('what would keep the result from being written is found before any link is opened', async () => {
    const there = join(folder, 'there.json')
    writeFileSync(there, '{}')
    const words = ['record', '--profile', 'waveshare-modbus-rtu-relay-8ch', ...AT, '--ask', 'readRelay']
    const wrong: readonly (readonly [readonly string[], string])[] = [
      [['--out', there], 'is there already'],
      [['--out', join(folder, 'none', 'x.json')], 'cannot be written'],
      [['--out', join(folder, 'x.json'), 'chanel=2'], 'chanel'],
      [['--out', join(folder, 'x.json'), '--seconds', '0'], '--seconds'],
    ]
    for (const [more, expected] of wrong) {
      const { code, err } = await run([...words, ...more])
      expect([code, err]).toEqual([2, expect.stringContaining(expected)])
    }
    expect(wrong.length).toBe(4)
  })
  test('a result that cannot be written after all is printed', async () => {
    const out = join(folder, 'late', 'x.json')
    mkdirSync(join(folder, 'late'))
    const {
      code,
      out: said,
      err,
    } = await listening(['record', '--profile', 'novastar-mctrl300', ...AT, '--out', out], async (device) => {
      rmSync(join(folder, 'late'), { recursive: true })
      await talk(device)
    })
    expect([code, err]).toEqual([1, expect.stringContaining('not written')])
    expect(JSON.parse(said)).toMatchObject([{ command: 'readModelId', request: ASK, reply: ANSWER }])
  })
  test('over TCP both say that nobody else is heard', async () => {
    for (const verb of ['watch', 'record']) {
      const { err } = await listening([verb, '--tcp', 'h:1', '--profile', 'novastar-mctrl660pro'], talk)
      expect(err, verb).toContain('only this connection is heard')
    }
    const { err } = await listening(['watch', ...AT, '--profile', 'novastar-mctrl300'], talk)
    expect(err).not.toContain('only this connection')
  })
})
