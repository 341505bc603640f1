import { createInterface } from 'node:readline/promises'
import type { Clock, Wake } from '#core/base/ports.ts'
import { instant, mono } from '#core/base/units.ts'
import type { Link } from '../link/link.ts'
import { serialLink } from '../link/serial.ts'
import { tcpLink } from '../link/tcp.ts'
import { udpLink } from '../link/udp.ts'
import type { LinkSpec } from '../profile/common.ts'

/** Where a device hangs, as a person names it. */
export type Place =
  | { readonly kind: 'serial'; readonly path: string }
  | { readonly kind: 'tcp' | 'udp'; readonly host: string; readonly port: number | null }

/** What the command line has of the world; tests give another one. */
export type World = {
  /** Results. */
  readonly out: (text: string) => void
  /** Progress, questions, complaints. */
  readonly err: (text: string) => void
  /** A yes or no of a person; null where nobody sits at a terminal. */
  readonly ask: ((question: string) => Promise<boolean>) | null
  readonly clock: Clock
  readonly wake: Wake
  /** Ctrl-C. */
  readonly signal: AbortSignal
  readonly openLink: (place: Place, line: LinkSpec) => Link
}

/** The link to a place with the settings of a line. */
export const linkAt = (place: Place, line: LinkSpec): Link => {
  if (place.kind === 'serial' && line.kind === 'serial') {
    const { kind: _, ...settings } = line
    return serialLink({ ...settings, path: place.path })
  }
  if (place.kind !== 'serial' && line.kind !== 'serial') {
    const to = { host: place.host, port: line.port }
    return place.kind === 'udp' ? udpLink(to) : tcpLink(to)
  }
  throw new Error(`a ${line.kind} line at a ${place.kind} place`)
}

const askPerson = async (question: string, signal: AbortSignal): Promise<boolean> => {
  const reader = createInterface({ input: process.stdin, output: process.stderr })
  try {
    const answer = await reader.question(`${question} [y/N] `, { signal })
    return /^\s*(y|yes|c|có|co)\s*$/i.test(answer)
  } catch {
    // Ctrl-C while the question stands is a no.
    return false
  } finally {
    reader.close()
  }
}

/** The real one, for as long as `use` takes. The first Ctrl-C ends what is going on in order; a second one ends the process. */
export const inRealWorld = async <T>(use: (world: World) => Promise<T>): Promise<T> => {
  const stopping = new AbortController()
  const stop = () => stopping.abort()
  process.once('SIGINT', stop)
  process.once('SIGTERM', stop)
  const terminal = process.stdin.isTTY === true && process.stderr.isTTY === true
  try {
    return await use({
      out: (text) => void process.stdout.write(text.endsWith('\n') ? text : `${text}\n`),
      err: (text) => void process.stderr.write(text.endsWith('\n') ? text : `${text}\n`),
      ask: terminal ? (question) => askPerson(question, stopping.signal) : null,
      clock: {
        read: () => ({ wall: instant(Date.now()), mono: mono(performance.now()), quality: 'holdover', bootId: 'cli' }),
      },
      wake: (delay, then) => {
        const timer = setTimeout(then, delay)
        return () => clearTimeout(timer)
      },
      signal: stopping.signal,
      openLink: linkAt,
    })
  } finally {
    process.removeListener('SIGINT', stop)
    process.removeListener('SIGTERM', stop)
  }
}
