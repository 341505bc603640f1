import { renameSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { instant, mono } from '#core/base/units.ts'
import { DAY, fastFs, MIDNIGHT, must, opened } from '../../test/support/virtual-log.ts'
import { temporary } from '../test/support.ts'
import { freshName } from './playlog-recover.ts'

const at = (wall: number) =>
  ({ wall: instant(wall), mono: mono(wall - MIDNIGHT), quality: 'synced', bootId: 'b' }) as const
const beat = { kind: 'heartbeat', play: null } as const

test('a date that a wild clock brought a thousand times is found again at the next start', () => {
  const dir = join(temporary(), 'plays')
  const log = opened(dir)
  for (const days of [0, 1, 0]) must(log.append([beat], at(MIDNIGHT + days * DAY)))
  const head = log.head()
  must(log.close())
  renameSync(join(dir, '2026-11-23~2.jsonl'), join(dir, '2026-11-23~1000.jsonl'))
  const again = opened(dir)
  expect(again.segments().map((s) => s.file)).toEqual(['2026-11-23.jsonl', '2026-11-24.jsonl', '2026-11-23~1000.jsonl'])
  expect(again.head()).toBe(head)
  const taken = { ...fastFs, list: () => ['2026-11-23.jsonl.gz', '2026-11-23~2.jsonl.gz'] }
  expect(freshName(taken, dir, '2026-11-23')).toBe('2026-11-23~3')
})

test('no day is begun under a name that the next start would not find; its records wait', () => {
  const dir = join(temporary(), 'plays')
  const log = opened(dir)
  must(log.append([beat], at(MIDNIGHT)))
  const refused = log.append([beat], at(Date.UTC(12_000, 0, 1)))
  expect(refused).toMatchObject({ ok: false, error: { kind: 'io' } })
  expect(log.state()).toMatchObject({ writable: false, pending: 1 })
  const head = log.head()
  must(log.append([beat], at(MIDNIGHT + 60_000)))
  must(log.close())
  expect(opened(dir).head()).toBeGreaterThanOrEqual(head + 2)
})
