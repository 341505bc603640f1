import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parseReport, watchUpgrade } from './upgrade.ts'

const TEXT = 'result=rolled-back\nfrom=0.1.0-aaaa\nto=0.1.1-bbbb\nwhy=restarted 5 times (a=b)\nat=1764000000\n'
const place = { dir: '' }
beforeEach(() => {
  place.dir = mkdtempSync(join(tmpdir(), 'bangtin-report-'))
})
afterEach(() => rmSync(place.dir, { recursive: true, force: true }))

describe('the report of the last upgrade', () => {
  it('is read line by line; anything else is none', () => {
    expect(parseReport(TEXT)).toEqual({
      result: 'rolled-back',
      from: '0.1.0-aaaa',
      to: '0.1.1-bbbb',
      why: 'restarted 5 times (a=b)',
      at: '1764000000',
    })
    for (const text of ['', 'result=perhaps\n', '\0\0\0', 'rolled-back']) expect(parseReport(text)).toBeNull()
  })

  it('is told to people as long as it stands, and to the evidence once', () => {
    const file = join(place.dir, 'report')
    const said: string[] = []
    const told: string[] = []
    const wakes: { then: () => void; ms: number }[] = []
    const begin = () => {
      const watch = watchUpgrade({
        file,
        dataDir: place.dir,
        log: (_level, message) => void said.push(message),
        wake: (ms, then) => {
          wakes.push({ ms, then })
          return () => {}
        },
        tell: (words) => void told.push(words),
      })
      watch.begin()
      return watch
    }
    const watch = begin()
    expect([watch.takenBack(), told]).toEqual([null, []])
    writeFileSync(file, TEXT)
    const pass = () =>
      wakes.splice(0).forEach(({ ms, then }) => {
        expect(ms).toBe(60_000)
        then()
      })
    pass()
    const words = '0.1.1-bbbb → 0.1.0-aaaa: restarted 5 times (a=b)'
    expect([watch.takenBack(), told]).toEqual([words, [words]])
    pass()
    expect([begin().takenBack(), told.length]).toEqual([words, 1])
    writeFileSync(file, TEXT.replace('1764000000', '1764000999'))
    expect([begin().takenBack(), told.length]).toEqual([words, 2])
    writeFileSync(file, TEXT.replace('rolled-back', 'settled'))
    expect([begin().takenBack(), told.length]).toEqual([null, 2])
    expect(said).toEqual([])
    writeFileSync(file, 'torn')
    expect([begin().takenBack(), said.length]).toEqual([null, 1])
  })
})
