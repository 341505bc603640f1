import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { HISTORY_LIMITS, readPast } from '#core/metrics/history.ts'
import { cleanup, memoryLog, temporary } from '../test/support.ts'
import { RESERVE_BYTES } from './budget.ts'
import { createHistory } from './history.ts'

const NOON = Date.UTC(2026, 10, 23, 12)
const MINUTE = 60_000
const DAY = 86_400_000

/** A history whose minutes pass when they are told to. */
const opened = (dataDir = temporary()) => {
  const at = {
    now: NOON as number | null,
    away: true,
    free: RESERVE_BYTES * 10,
    text: 'bangtin_screen_lit 1\nbangtin_plays_total{cause="ended"} 105\n# a comment\nbangtin_resident_memory_bytes 5\n',
  }
  const lines = memoryLog()
  const waiting: (() => void)[] = []
  const armed: (() => void)[] = []
  const history = createHistory({
    ...{ dataDir, log: lines.log, now: () => at.now, away: () => at.away, freeBytes: () => at.free },
    exposition: () => Promise.resolve(at.text),
    wake: (_, then) => {
      waiting.push(then)
      armed.shift()?.()
      return () => undefined
    },
  })
  cleanup(history.stop)
  /** One minute; resolves when the next one is awaited. */
  const pass = async (): Promise<void> => {
    const again = new Promise<void>((resolve) => armed.push(resolve))
    waiting.shift()?.()
    await again
    if (at.now !== null) at.now += MINUTE
  }
  const since = async (wall: number) => gunzipSync(await history.since(wall)).toString('utf8')
  return { at, pass, since, lines: lines.lines, waiting, dir: join(dataDir, 'history') }
}
const timesOf = (text: string) => text.split('\n').flatMap((line) => (line === '' ? [] : [Number(line.split('\t')[0])]))

test('a minute without the hub is one line of what is remembered, and only then', async () => {
  const it = opened()
  it.at.away = false
  await it.pass()
  expect(existsSync(it.dir)).toBe(false)
  it.at.away = true
  await it.pass()
  // A clock that nobody believes gives no time to write down.
  it.at.now = null
  await it.pass()
  it.at.now = NOON + 9 * MINUTE
  await it.pass()
  const plays = 'bangtin_screen_lit 1\tbangtin_plays_total{cause="ended"} 105'
  expect(await it.since(0)).toBe(`${NOON + MINUTE}\t${plays}\n${NOON + 9 * MINUTE}\t${plays}\n`)
  expect(readdirSync(it.dir)).toEqual(['2026-11-23.tsv'])
})

test('the hub asks from where it stands, over the days, and is answered empty when there is no more', async () => {
  const it = opened()
  it.at.now = NOON + DAY / 2 - MINUTE
  for (let n = 0; n < 4; n++) await it.pass()
  expect(readdirSync(it.dir)).toEqual(['2026-11-23.tsv', '2026-11-24.tsv'])
  const all = timesOf(await it.since(0))
  expect(all).toEqual([0, 1, 2, 3].map((n) => NOON + DAY / 2 + (n - 1) * MINUTE))
  expect(timesOf(await it.since((all[1] ?? 0) + 1))).toEqual(all.slice(2))
  expect(await it.since((all[3] ?? 0) + 1)).toBe('')
  // The clock was put back: what comes then has its own time, and what was there stays.
  it.at.now = NOON
  await it.pass()
  expect(timesOf(await it.since(NOON))).toEqual([...all.slice(0, 1), NOON, ...all.slice(1)])
})

test('an answer holds what fits, and the next one goes on after it', async () => {
  const it = opened()
  mkdirSync(it.dir)
  const line = (n: number) => `${NOON + n * MINUTE}\tbangtin_screen_lit 1${'\tbangtin_display_up 1'.repeat(190)}\n`
  const lines = Array.from({ length: 1_000 }, (_, n) => line(n))
  writeFileSync(join(it.dir, '2026-11-23.tsv'), lines.join(''))
  const seen: number[] = []
  for (let next = 0, round = 0; round < 10; round++) {
    const text = await it.since(next)
    expect(text.length).toBeLessThanOrEqual(HISTORY_LIMITS.textBytes)
    if (text === '') break
    seen.push(...timesOf(text))
    next = (seen.at(-1) ?? 0) + 1
  }
  expect(seen).toEqual(lines.map((_, n) => NOON + n * MINUTE))
})

test('a line torn off by a power cut is told to nobody, and does not run into the one after it', async () => {
  const it = opened()
  await it.pass()
  const file = join(it.dir, '2026-11-23.tsv')
  const whole = readFileSync(file, 'utf8')
  // Of 105 plays the cut left 10: as a number it would be a counter that began anew.
  const torn = `${NOON + MINUTE}\tbangtin_screen_lit 1\tbangtin_plays_total{cause="ended"} 10`
  appendFileSync(file, torn)
  expect(await it.since(0)).toBe(whole)
  await it.pass()
  const text = await it.since(0)
  expect(timesOf(text)).toEqual([NOON, NOON + MINUTE])
  const values = text.split(/[\t\n]/).flatMap((part) => readPast(part)?.value ?? [])
  expect(values).toEqual([1, 105, 1, 105])
  // All of a day that is no line at all.
  writeFileSync(file, '\0'.repeat(400_000))
  await it.pass()
  expect(timesOf(await it.since(0))).toEqual([NOON + 2 * MINUTE])
})

test('no more than fourteen days and 32 MiB, the oldest going first', async () => {
  const it = opened()
  mkdirSync(it.dir)
  const name = (n: number) => `${new Date(NOON - n * DAY).toISOString().slice(0, 10)}.tsv`
  for (let n = 1; n <= 20; n++) writeFileSync(join(it.dir, name(n)), `${NOON - n * DAY}\tbangtin_screen_lit 1\n`)
  writeFileSync(join(it.dir, 'other.txt'), '')
  await it.pass()
  const kept = () => readdirSync(it.dir).filter((file) => file.endsWith('.tsv'))
  expect(kept()).toEqual([...Array.from({ length: 14 }, (_, n) => name(14 - n)), name(0)])
  // One day more than is kept lies there until the next sample.
  await it.pass()
  expect(kept()).toHaveLength(HISTORY_LIMITS.days)
  const big = '\n'.repeat(HISTORY_LIMITS.bytes / 2)
  for (const n of [1, 2, 3]) writeFileSync(join(it.dir, name(n)), big)
  await it.pass()
  const bytes = () => kept().reduce((sum, file) => sum + statSync(join(it.dir, file)).size, 0)
  expect(bytes()).toBeLessThanOrEqual(HISTORY_LIMITS.bytes + 200)
  expect(kept()).toContain(name(0))
  // All the room is one day's own: it grows no more.
  for (const file of kept()) writeFileSync(join(it.dir, file), file === name(0) ? big + big + big : '')
  await it.pass()
  await it.pass()
  expect(bytes()).toBe(big.length * 3)
})

test('a disk that is nearly full has room for evidence alone; one that refuses is said once', async () => {
  const it = opened()
  await it.pass()
  await it.pass()
  it.at.free = RESERVE_BYTES - 1
  it.at.away = false
  await it.pass()
  expect(readdirSync(it.dir)).toEqual([])
  it.at.away = true
  await it.pass()
  expect(readdirSync(it.dir)).toEqual([])
  const refusing = opened()
  writeFileSync(refusing.dir, 'a file where the folder should be')
  await refusing.pass()
  await refusing.pass()
  expect(refusing.lines.map((l) => l.message)).toEqual(['a sample of the time without the hub was not kept'])
  expect(await refusing.since(0)).toBe('')
  expect(refusing.waiting).toHaveLength(1)
})
