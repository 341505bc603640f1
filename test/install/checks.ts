import { Stop } from '../vm/shell.ts'
import { type Machine, pause, type Said } from './machine.ts'

/** Counts and prints what was looked at. */
export type Checks = {
  readonly part: (name: string) => void
  readonly check: (what: string, holds: boolean, detail: string) => void
  readonly counts: () => { readonly passed: number; readonly failed: readonly string[] }
}

const MOST_DETAIL = 1_200

export const createChecks = (): Checks => {
  const began = performance.now()
  const state = { passed: 0, failed: [] as string[], part: '' }
  const seconds = (): string => `${((performance.now() - began) / 1000).toFixed(0)} s`.padStart(6)
  return {
    part: (name) => {
      state.part = name
      process.stdout.write(`\n[${seconds()}] ${name}\n`)
    },
    check: (what, holds, detail) => {
      process.stdout.write(`[${seconds()}]   ${holds ? '✓' : '✗'} ${what}\n`)
      if (holds) state.passed += 1
      else {
        state.failed.push(`${state.part}: ${what}`)
        process.stdout.write(`${detail.slice(-MOST_DETAIL)}\n`)
      }
    },
    counts: () => ({ passed: state.passed, failed: state.failed }),
  }
}

/** The guest as the proof speaks to it: a script that must end well, one whose end is looked at, one that is asked until it does. */
export type Guest = {
  readonly must: (what: string, script: string) => Promise<string>
  readonly say: (script: string) => Promise<Said>
  readonly until: (what: string, script: string, limitMs: number) => Promise<string>
}

const ASK_MS = 3_000

export const guestOf = (machine: Machine, checks: Checks): Guest => ({
  say: (script) => machine.run(script),
  must: async (what, script) => {
    const said = await machine.run(script)
    checks.check(what, said.code === 0, `${script}\n→ ${said.code}\n${said.out}`)
    return said.out
  },
  until: async (what, script, limitMs) => {
    const end = performance.now() + limitMs
    for (;;) {
      const said = await machine.run(script)
      if (said.code === 0) {
        checks.check(what, true, '')
        return said.out
      }
      if (performance.now() > end) {
        const more = await machine.run("journalctl -n 40 --no-pager -u 'bangtin*'")
        checks.check(what, false, `${script}\n→ ${said.code}\n${said.out}\n${more.out}`)
        throw new Stop(`${what}: không xảy ra trong · did not happen within ${limitMs / 1000} s`)
      }
      await pause(ASK_MS)
    }
  },
})
