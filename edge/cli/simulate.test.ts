import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { instant } from '#core/base/units.ts'
import type { StampedRecord } from '#core/evidence/record.ts'
import { anItem, aSchedule, MONDAY_8 } from '../../test/build.ts'
import { createChain, createChainElsewhere } from './simulate-chain.ts'
import { parseEvents } from './simulate-events.ts'
import type { Simulated } from './simulate-run.ts'

const ROOT = new URL('../..', import.meta.url).pathname
const HOUR = 3_600_000
const at = { dir: '', schedule: '', events: '' }

beforeAll(() => {
  at.dir = mkdtempSync(join(tmpdir(), 'bangtin-simulate-'))
  at.schedule = join(at.dir, 'schedule.json')
  at.events = join(at.dir, 'events.json')
  const items = [anItem({ durationMs: 60_000, validFrom: MONDAY_8 - 9 * HOUR, validTo: MONDAY_8 + 400 * 24 * HOUR })]
  writeFileSync(at.schedule, JSON.stringify(aSchedule(items).document))
  // The second afternoon has no picture at all.
  const events = [
    { at: '2026-11-24T12:00:00+07:00', event: 'display-dark' },
    { at: '2026-11-24T18:00:00+07:00', event: 'display-lit' },
  ]
  writeFileSync(at.events, JSON.stringify(events))
})
afterAll(() => rmSync(at.dir, { recursive: true, force: true }))

/** What the command prints and how it ends. */
const run = (...args: readonly string[]): { readonly out: string; readonly code: number } => {
  const all = ['bangtin.ts', 'simulate', '--schedule', at.schedule, '--from', '2026-11-23', ...args]
  try {
    return { out: execFileSync(process.execPath, all, { cwd: ROOT, encoding: 'utf8', stdio: 'pipe' }), code: 0 }
  } catch (error) {
    const { stdout, status } = error as { readonly stdout: string; readonly status: number }
    return { out: stdout, code: status }
  }
}

describe('bangtin simulate', () => {
  it('a week: every day in full, then what it comes to; a short afternoon is named and the exit code says so', () => {
    const { out, code } = run('--days', '7', '--events', at.events)
    expect(code).toBe(1)
    expect(out).toContain('Ngày 2026-11-24: không đủ thời lượng: buổi chiều thiếu')
    expect(out).toMatch(/ {2}buổi sáng · morning +phát · delivered \d:\d\d:\d\d, quảng cáo · ads 0:00:00/)
    expect(out).toContain('2026-11-23 … 2026-11-29: 7 ngày · days')
    expect(out).toContain('đủ · compliant 6 ·')
    expect(out).toContain('không đủ · not compliant 1 ·')
    expect(out).toMatch(
      /2026-11-24T15:00:\S+ buổi chiều · afternoon 2026-11-24: không còn kịp đủ, thiếu ngày càng tăng · can no longer be met, and grows \(cuối buổi thiếu · in the end short by [23]:\d\d:\d\d\): màn hình hoặc trình phát/,
    )
    expect(out).toMatch(
      /2026-11-24 buổi chiều · afternoon: 0:00:00\/3:00:00, thiếu · missing [23]:\d\d:\d\d: màn hình tắt/,
    )
  })

  it('longer: JSON holds a row for each day and no plays, the plays go to a file, line by line', () => {
    const file = join(at.dir, 'plays.jsonl')
    const { out, code } = run('--days', '20', '--json', '--plays', file)
    expect(code).toBe(0)
    const result = JSON.parse(out) as Simulated & { readonly plays: readonly unknown[] }
    expect([result.days.length, result.plays.length]).toEqual([20, 0])
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n')
    expect(lines.length).toBe(result.playCount)
    const shown = lines.map((line) => JSON.parse(line) as { readonly item: string; readonly ms: number | null })
    const ms = shown.reduce((sum, p) => sum + (p.item === 'C01' ? (p.ms ?? 0) : 0), 0)
    // Each morning the first item is on before the controller has lit the panel, which takes it 30 ms: shown to nobody, hence not delivered.
    expect(ms).toBe(result.summary.periods.reduce((sum, p) => sum + p.delivered, 0) + 20 * 30)
    const months = run('--days', '20')
    expect(months.out).toContain('2026-11: 8 ngày · days · buổi sáng 31:59:59/24:00:00')
    expect(months.out).toContain('2026-12: 12 ngày · days · buổi sáng 47:59:59/36:00:00')
  })

  it('a date that the calendar lacks is refused, events after the last day are counted, a bad one is named', () => {
    const all = ['bangtin.ts', 'simulate', '--schedule', at.schedule, '--events', at.events]
    const ask = (...args: readonly string[]) => {
      const { stderr, status } = spawnSync(process.execPath, [...all, ...args], { cwd: ROOT, encoding: 'utf8' })
      return { stderr, status }
    }
    const noDate = ask('--from', '2026-02-30')
    expect([noDate.status, noDate.stderr]).toEqual([2, expect.stringContaining('--from 2026-02-30: lịch không có')])
    const late = ask('--from', '2026-11-23', '--days', '1')
    expect([late.status, late.stderr]).toEqual([0, expect.stringContaining('2 việc sau ngày cuối, không tính')])
    const when = '2026-11-24T12:00:00+07:00'
    const bad = [
      { at: when, event: 'explode' },
      7,
      { at: 'noon', event: 'player-up' },
      { at: when, event: 'clock-step' },
    ]
    const said = parseEvents('e.json', JSON.stringify(bad))
    expect(said).toEqual({
      ok: false,
      error: expect.stringContaining('/0/event: phải là một trong · must be one of: order,'),
    })
    for (const place of ['/1: {', '/2/at: ', '/3: không hợp lệ · is not valid: key stepMs is missing'])
      expect(said.ok ? '' : said.error).toContain(place)
  })

  it('the chain has the same head in this thread and in the other', () => {
    const here = createChain()
    const there = createChainElsewhere()
    for (let n = 0; n < 5_000; n++) {
      const record: StampedRecord = {
        at: { wall: instant(MONDAY_8 + n), iso: 'đêm\n', mono: n, q: 'synced' },
        boot: 'b',
        kind: 'heartbeat',
        play: n % 2 === 0 ? null : `b-${n}`,
      }
      here.push(record)
      there.push(record)
    }
    expect(there.end()).toBe(here.end())
  })
})
