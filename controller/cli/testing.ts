import { instant, mono } from '#core/base/units.ts'
import type { Link } from '../link/link.ts'
import type { LinkSpec } from '../profile/common.ts'
import type { Place, World } from './world.ts'

/** A world for tests: what was printed, an answer to every question, and a link that is given. Time is real and short. */
export const testWorld = (of: {
  readonly openLink: (place: Place, line: LinkSpec) => Link
  /** Null: nobody at a terminal. */
  readonly answer: boolean | null
}) => {
  const stopping = new AbortController()
  const said = { out: '', err: '', asked: '' }
  const world: World = {
    out: (text) => {
      said.out += text.endsWith('\n') ? text : `${text}\n`
    },
    err: (text) => {
      said.err += text.endsWith('\n') ? text : `${text}\n`
    },
    ask:
      of.answer === null
        ? null
        : async (question) => {
            said.asked += question
            return of.answer === true
          },
    clock: {
      read: () => ({ wall: instant(Date.now()), mono: mono(performance.now()), quality: 'holdover', bootId: 'test' }),
    },
    wake: (delay, then) => {
      const timer = setTimeout(then, delay)
      return () => clearTimeout(timer)
    },
    signal: stopping.signal,
    openLink: of.openLink,
  }
  return { world, said, stop: () => stopping.abort() }
}
