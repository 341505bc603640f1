import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { assert } from '#core/base/result.ts'
import { testWorld } from '../cli/testing.ts'
import { README, readmeWithTable } from '../cli/write-table.ts'
import { runProfile } from '../cli.ts'
import { serialLink } from '../link/serial.ts'
import { openPty, type Pty } from '../sim/pty.ts'

/**
 * The README says that a controller is added in twenty minutes, on two made-up ones. Here somebody does what it says, command by command, with two
 * devices on ptys that are written by hand below from the two “sheets” of the README.
 */
const TEXT = readFileSync(README, 'utf8')

test('the table is what the generator makes', () => {
  expect(TEXT).toBe(readmeWithTable())
})

/** Commands of the fenced `sh` blocks of the walk-through, each with what must appear. */
const stepsOf = (text: string): readonly { readonly command: string; readonly expected: string }[] => {
  const [, walk = ''] = text.split('## Thêm bộ điều khiển mới')
  const blocks = [...walk.matchAll(/```sh\n([\s\S]*?)```/g)].map((match) => match[1] ?? '')
  return blocks.flatMap((block) =>
    [...block.matchAll(/^(bangtin .*)\n# → (.*)$/gm)].map(([, command = '', expected = '']) => ({ command, expected })),
  )
}

/** Words as a shell would cut them; single quotes only. */
const wordsOf = (command: string, variables: Readonly<Record<string, string>>): readonly string[] =>
  [...command.matchAll(/'([^']*)'|[^\s']+(?:'[^']*')*/g)].map(([word]) =>
    word.replace(/'/g, '').replace(/\$([A-Z]+)/g, (_, name: string) => variables[name] ?? ''),
  )

const crc = (bytes: readonly number[]): readonly [number, number] => {
  let sum = 0xffff
  for (const byte of bytes) {
    sum ^= byte
    for (let bit = 0; bit < 8; bit++) sum = sum & 1 ? (sum >> 1) ^ 0xa001 : sum >> 1
  }
  return [sum & 0xff, sum >> 8]
}

/** Makeup RB-4: every question of Modbus RTU that we ask has eight bytes. Relay 1 is coil 0010h; whatever else is asked has no such address. */
const relayBoard = () => {
  const relays = [false, false, false, false]
  return {
    relays,
    answer: (request: readonly number[]): readonly number[] => {
      const [unit = 0, code = 0, , low = 0, value = 0, count = 0] = request
      if (request.length !== 8 || unit !== 5 || crc(request.slice(0, 6)).some((byte, i) => byte !== request[6 + i]))
        return []
      const relay = low - 0x10
      const known = request[2] === 0 && relay >= 0 && relay < 4
      const body =
        !known || (code !== 1 && code !== 5)
          ? [unit, code | 0x80, code === 1 || code === 5 ? 2 : 1]
          : code === 5
            ? request.slice(0, 6)
            : count === 1
              ? [unit, 1, 1, relays[relay] ? 1 : 0]
              : [unit, 0x81, 2]
      if (known && code === 5) relays[relay] = value === 0xff
      return [...body, ...crc(body)]
    },
  }
}

/** Makeup LCD 49: AA, command, id, length, data, sum of all but AA. Answers AA FF id length 41 command data sum; 4E is no. */
const lcd = () => {
  const held = new Map<number, number>([
    [0x11, 1],
    [0x26, 80],
    [0xf9, 0],
  ])
  return {
    held,
    answer: (request: readonly number[]): readonly number[] => {
      const [head, command = 0, id = 0, length = 0, value = 0] = request
      const sum = (bytes: readonly number[]) => bytes.reduce((a, b) => a + b, 0) & 0xff
      const right = request.length === 5 + length && sum(request.slice(1, -1)) === request.at(-1)
      if (head !== 0xaa || id !== 0 || !right) return []
      if (length === 1 && held.has(command)) held.set(command, value)
      const stored = held.get(command)
      const data =
        command === 0x8a && length === 0
          ? [...'MK49'].map((c) => c.charCodeAt(0))
          : stored === undefined
            ? null
            : [stored]
      const body = data === null ? [0xff, 0, 3, 0x4e, command, 0] : [0xff, 0, 2 + data.length, 0x41, command, ...data]
      return [0xaa, ...body, sum(body)]
    },
  }
}

let folder = ''
const ptys: Pty[] = []
const board = relayBoard()
const panel = lcd()

/** Chunks of one write arrive together on a pty; whatever else comes is dropped, as after a silence on the line. */
const plug = (name: string, answer: (request: readonly number[]) => readonly number[]): string => {
  const path = join(folder, name)
  const pty: Pty = openPty(path, (chunk) => {
    const reply = answer([...chunk])
    if (reply.length > 0) pty.write(Uint8Array.from(reply))
  })
  ptys.push(pty)
  return path
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bangtin-twenty-'))
})
afterAll(() => {
  for (const pty of ptys) pty.close()
  rmSync(folder, { recursive: true })
})

test('the walk-through of the README works as it stands', async () => {
  const variables = { RELAY: plug('relay', board.answer), LCD: plug('lcd', panel.answer), DIR: folder }
  const steps = stepsOf(TEXT)
  let done = 0
  for (const { command, expected } of steps) {
    const [program, verb, ...args] = wordsOf(command, variables)
    assert(program === 'bangtin' && verb === 'profile', command)
    const { world, said } = testWorld({
      answer: null,
      openLink: (place, line) => {
        assert(place.kind === 'serial' && line.kind === 'serial', 'a serial port')
        const { kind: _, ...settings } = line
        return serialLink({ ...settings, path: place.path })
      },
    })
    const code = await runProfile(args, world)
    expect(`${said.out}${said.err}`, command).toContain(expected)
    // The first detection finds no profile, which is what it is for.
    expect([command, code]).toEqual([command, expected.startsWith('answers and refuses') ? 1 : 0])
    done += 1
  }
  expect(done).toBe(14)
  expect(board.relays).toEqual([false, false, true, false])
  expect([...panel.held]).toEqual([
    [0x11, 1],
    [0x26, 35],
    [0xf9, 1],
  ])
})

test('every command of the walk-through has what must appear', () => {
  const [, walk = ''] = TEXT.split('## Thêm bộ điều khiển mới')
  expect(walk.match(/^bangtin /gm)?.length).toBe(stepsOf(TEXT).length)
})
