import { spawnSync } from 'node:child_process'
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync, gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { instant, mono } from '#core/base/units.ts'
import { DAY, device, MIDNIGHT, must, opened, put, virtualDays } from '../../test/support/virtual-log.ts'
import { temporary } from '../test/support.ts'

const VERIFIER = fileURLToPath(new URL('../../docs/verify-evidence.py', import.meta.url))

/** The program of docs/, which shares no line with ours. */
const verify = (site: string, key: string, ...files: readonly string[]) => {
  const done = spawnSync('python3', ['-B', VERIFIER, site, key, ...files], { encoding: 'utf8', timeout: 60_000 })
  if (done.error !== undefined) throw new Error(`python3 is needed for this test: ${done.error.message}`)
  return { code: done.status, out: done.stdout, err: done.stderr }
}
const otherKey = Buffer.alloc(32, 7).toString('base64')

test('a sealed day verifies with the public key and the documented format; every tampering is found by a program that is not ours', async () => {
  const plays = temporary()
  const log = opened(plays)
  for (const record of virtualDays(2.1).records) put(log, record)
  const now = { wall: instant(MIDNIGHT + 2.1 * DAY), mono: mono(2.1 * DAY), quality: 'synced', bootId: 'v' } as const
  must(await log.upkeep(now, 6))
  const [first, plain, today] = [
    join(plays, '2026-11-23.jsonl.gz'),
    join(plays, '2026-11-24.jsonl'),
    join(plays, '2026-11-25.jsonl'),
  ]
  const all = verify('LC-MLT-01', device.publicKey, first, plain)
  expect(all).toMatchObject({ code: 0, err: '' })
  expect(all.out.match(/VERIFIED · ĐÚNG/g)).toHaveLength(2)
  // The wrong key, the wrong cluster, a day left out, a day that is not over, no usage at all.
  expect(verify('LC-MLT-01', otherKey, first).out).toContain('not signed by this key')
  expect(verify('LC-DK-01', device.publicKey, first).code).toBe(1)
  expect(verify('LC-MLT-01', device.publicKey, first, today).out).toContain('line 1: does not follow')
  expect(verify('LC-MLT-01', device.publicKey, today).out).toContain('the day is not sealed')
  expect(verify('LC-MLT-01', 'no key', first).code).toBe(2)
  expect(verify('--help', '')).toMatchObject({ code: 0, err: '' })
  const absent = verify('LC-MLT-01', device.publicKey, join(plays, 'absent.jsonl'))
  expect([absent.code, absent.err]).toEqual([2, expect.stringContaining('cannot be read')])

  const good = readFileSync(plain, 'utf8')
  const lines = good.slice(0, -1).split('\n')
  const swapped = lines.with(10, lines[11] ?? '').with(11, lines[10] ?? '')
  const tampered: readonly (readonly [string, string, string])[] = [
    ['a flipped byte', good.replace('Hỏi đáp', 'Hỏi đap'), 'its sum does not match'],
    ['a dropped line', lines.toSpliced(20, 1).join('\n').concat('\n'), 'does not follow'],
    [
      'a line twice',
      lines
        .toSpliced(20, 0, lines[20] ?? '')
        .join('\n')
        .concat('\n'),
      'does not follow',
    ],
    ['two lines swapped', swapped.join('\n').concat('\n'), 'does not follow'],
    ['the first line dropped', lines.slice(1).join('\n').concat('\n'), 'the seal is not that of these lines'],
    ['cut in the last line', good.slice(0, -20), 'cut off'],
    ['cut after a whole line', lines.slice(0, -1).join('\n').concat('\n'), 'the day is not sealed'],
    ['an empty file', '', 'cut off'],
  ]
  const folder = temporary()
  const files = tampered.map(([what, text]) => {
    writeFileSync(join(folder, `${what}.jsonl`), text)
    return join(folder, `${what}.jsonl`)
  })
  const found = verify('LC-MLT-01', device.publicKey, ...files)
  expect(found.code).toBe(1)
  const said = found.out.split('\n')
  let checked = 0
  for (const [what, , why] of tampered) {
    const line = said.find((one) => one.startsWith(join(folder, `${what}.jsonl:`))) ?? ''
    expect(line, what).toContain(why)
    expect(line, what).toContain('DOES NOT VERIFY')
    checked++
  }
  expect(checked).toBe(8)
  // Packed days: a byte of the packed file, and the whole day made anew without the device's key.
  const bytes = readFileSync(first)
  const bad = join(temporary(), '2026-11-23.jsonl.gz')
  writeFileSync(bad, bytes.with(Math.floor(bytes.length / 2), (bytes[Math.floor(bytes.length / 2)] ?? 0) ^ 1))
  expect(verify('LC-MLT-01', device.publicKey, bad).code).toBe(1)
  copyFileSync(first, bad)
  expect(verify('LC-MLT-01', device.publicKey, bad).code).toBe(0)
  writeFileSync(bad, gzipSync(gunzipSync(bytes).subarray(0, -1)))
  expect(verify('LC-MLT-01', device.publicKey, bad).code).toBe(1)
})
