import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach } from 'vitest'
import { assert, err, ok } from '#core/base/result.ts'
import { keysCommand } from '../keys/command.ts'
import { NOW } from './harness.ts'

export type Ran = {
  readonly code: number
  readonly out: string
  readonly err: string
  readonly json: Record<string, unknown>
  readonly asked: number
}

/** `typed`: what the person types, in order; an unexpected question is an error they would see. */
export const keys = async (args: readonly string[], typed: readonly string[] = [], now = NOW): Promise<Ran> => {
  const said = { out: '', err: '', asked: 0 }
  const code = await keysCommand([...args], {
    out: (line) => {
      said.out += line
    },
    err: (line) => {
      said.err += line
    },
    type: async () => {
      const answer = typed[said.asked]
      said.asked += 1
      return answer === undefined ? err('nobody is there to type') : ok(answer)
    },
    now: () => now,
  })
  const json = said.out.startsWith('{') ? (JSON.parse(said.out) as Record<string, unknown>) : {}
  return { code, ...said, json }
}
export const text = (value: unknown): string => (typeof value === 'string' ? value : '')

export const APPROVER = [
  ...['--user', 'duyet', '--name', 'Nguyễn Văn An', '--org', 'svhttdl'],
  ...['--rights', 'approve,schedule', '--areas', '12'],
]

const makeProvince = async (dir: string): Promise<{ readonly passphrase: string; readonly approver: string }> => {
  const passphrase = text((await keys(['init', '--dir', dir, '--province', '12', '--json'])).json['passphrase'])
  const approver = text((await keys(['person', '--dir', dir, ...APPROVER, '--json'], [passphrase])).json['passphrase'])
  const editor = ['--user', 'btv', '--name', 'Lò Thị Hoa', '--org', 'svhttdl', '--roles', 'editor']
  const made = await keys(['person', '--dir', dir, ...editor])
  assert(made.code === 0 && approver !== '', made.err)
  return { passphrase, approver }
}

/**
 * A province with an approver and an editor for the tests of one file. Made once, since wrapping is slow on purpose; `local` is a fresh
 * copy and the name of a data folder that is not there yet, for each test.
 */
export const useProvince = () => {
  const home = mkdtempSync(join(tmpdir(), 'keys-'))
  const original = join(home, 'made')
  const count = { copies: 0 }
  const copy = () => {
    count.copies += 1
    const dir = join(home, `copy-${count.copies}`)
    cpSync(original, dir, { recursive: true })
    return { dir, hub: join(home, `hub-${count.copies}`) }
  }
  const made = { home, copy, passphrase: '', approver: '' }
  const local = { dir: '', hub: '' }
  beforeAll(async () => {
    Object.assign(made, await makeProvince(original))
  }, 30_000)
  beforeEach(() => {
    Object.assign(local, copy())
  })
  afterAll(() => rmSync(home, { recursive: true }))
  const who = ['--user', 'truc', '--name', 'Vàng A Sinh', '--org', 'pctt']
  return { made, local, person: (over: readonly string[]) => ['person', '--dir', local.dir, ...who, ...over] }
}
