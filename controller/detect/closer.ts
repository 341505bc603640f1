import { toHex } from '#core/base/bytes.ts'
import type { Bus } from '../bus/bus.ts'
import type { Dialect, Values } from '../dialect/dialect.ts'
import { completed } from './first.ts'

/** Further reads of a profile: how many the device answered, and made sense of, of those asked. */
export type Look = { readonly answered: number; readonly asked: number }

/** One profile that may be it, and where. `command`: what it was found by. */
export type Suspect = { readonly dialect: Dialect; readonly address: Values; readonly command: string }

/** Reads of one profile that are tried. */
const MOST_OF_ONE = 4

type Read = { readonly suspect: Suspect; readonly command: string; readonly parameters: Values; readonly key: string }

/**
 * Where several profiles may be the one that answered, their other reads tell them apart: a board without inputs refuses the question about
 * inputs. At most `most` questions, equal bytes once; only reads anyone may ask. In the order of `suspects`.
 */
export const lookCloser = async (of: {
  readonly bus: Bus
  readonly suspects: readonly Suspect[]
  readonly most: number
  readonly signal: AbortSignal
  readonly pause: () => Promise<void>
}): Promise<readonly Look[]> => {
  const { bus, suspects, signal, pause } = of
  const reads = suspects.map((suspect) => readsOf(suspect).slice(0, MOST_OF_ONE))
  const known = new Map<string, boolean>()
  // Round by round, so that a short budget is shared.
  for (let round = 0; round < MOST_OF_ONE; round++)
    for (const list of reads) {
      const read = list[round]
      if (read === undefined || known.has(read.key) || known.size >= of.most || signal.aborted) continue
      const { dialect, address } = read.suspect
      const device = bus.attach({ name: `look ${read.key}`, dialect, address })
      const { command, parameters } = read
      const answer = await device.ask({ command, parameters, urgent: false, signal })
      known.set(read.key, answer.ok)
      await pause()
    }
  return reads.map((list) => {
    const asked = list.flatMap(({ key }) => known.get(key) ?? [])
    return { asked: asked.length, answered: asked.filter(Boolean).length }
  })
}

const readsOf = (suspect: Suspect): readonly Read[] => {
  const { dialect, address } = suspect
  // After a handshake one would have to be greeted again for each profile.
  if (dialect.handshake.length > 0) return []
  return Object.entries(dialect.profile.commands).flatMap(([command, spec]): Read[] => {
    if (spec.direction !== 'read' || spec.use !== 'any' || command === suspect.command) return []
    const parameters = completed(dialect, { command, parameters: {}, address })
    if (parameters === null) return []
    const question = dialect.question({ command, parameters, address, context: {} })
    if (!question.ok || question.value.write || !question.value.answered) return []
    const key = `${dialect.profile.protocol} ${toHex(question.value.encode(0), '')}`
    return [{ suspect, command, parameters, key }]
  })
}
