import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach } from 'vitest'
import type { Log } from '#core/base/ports.ts'
import { PATIENCE_MS } from './patience.ts'

/** A folder that goes away after the test. */
export const temporary = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'bangtin-edge-'))
  cleanups.push(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

const cleanups: (() => unknown)[] = []
/** Run after the test, newest first. */
export const cleanup = (act: () => unknown): void => void cleanups.push(act)
afterEach(async () => {
  for (let act = cleanups.pop(); act !== undefined; act = cleanups.pop()) await act()
})

export type Logged = {
  readonly level: string
  readonly message: string
  readonly fields: Readonly<Record<string, unknown>>
}
export const memoryLog = (): { readonly log: Log; readonly lines: Logged[] } => {
  const lines: Logged[] = []
  return { lines, log: (level, message, fields) => void lines.push({ level, message, fields }) }
}

/** Values as they come, and a way to wait for one of them with a bound. */
export const collector = <T>() => {
  const all: T[] = []
  const waiting = new Set<() => void>()
  return {
    all,
    add: (value: T): boolean => {
      all.push(value)
      for (const look of [...waiting]) look()
      return true
    },
    /** The first value from index `from` on that fits; rejects after `atMostMs`. */
    until: (what: string, fits: (value: T) => boolean, { from = 0, atMostMs = PATIENCE_MS } = {}): Promise<T> =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          waiting.delete(look)
          reject(new Error(`${what} did not come within ${atMostMs} ms; got ${JSON.stringify(all.slice(-8))}`))
        }, atMostMs)
        const look = () => {
          const found = all.slice(from).find(fits)
          if (found === undefined) return
          clearTimeout(timer)
          waiting.delete(look)
          resolve(found)
        }
        waiting.add(look)
        look()
      }),
  }
}
