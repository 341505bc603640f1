import { createSocket } from 'node:dgram'
import type { Wake } from '#core/base/ports.ts'
import { duration } from '#core/base/units.ts'
import { readSearchAnswer, SEARCH_EVERY_MS, SEARCH_PORT, searchRequest } from '../families/huidu/search.ts'

/** A question that devices on the local network answer by themselves; it changes nothing in them. */
export type Search = {
  readonly family: string
  readonly port: number
  readonly request: Uint8Array
  /** What a device says of itself; null: this is no answer (our own broadcast comes back, too). */
  readonly read: (answer: Uint8Array) => string | null
}

const ascii = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0) & 0x7f)

/**
 * Huidu: maker’s demo and two independent programs. NovaStar: one implementation only (confidence C), the text `rqProMI:` to UDP 3800, answered by
 * a text that begins with `rpProMI:`.
 */
export const SEARCHES: readonly Search[] = [
  {
    family: 'huidu',
    port: SEARCH_PORT,
    request: searchRequest(),
    read: (bytes) => {
      const answer = readSearchAnswer(bytes)
      return answer.ok ? answer.value.deviceId : null
    },
  },
  {
    family: 'novastar',
    port: 3800,
    request: ascii('rqProMI:'),
    read: (bytes) => {
      const text = String.fromCharCode(...bytes.subarray(0, MOST_TEXT))
      return text.startsWith('rpProMI:') ? text.slice(8).replace(/[^\x20-\x7e]/g, '?') : null
    },
  },
]

/** Most characters of an answer that are shown, and most devices told of. */
const MOST_TEXT = 200
const MOST_FOUND = 256

export type Answering = { readonly family: string; readonly host: string; readonly says: string }

/**
 * Asks every two seconds for `seconds`, then tells who answered, each once. `hosts`: broadcast addresses, or those of single devices. A search
 * that cannot be sent is told in `failed`; the others go on.
 */
export const searchNetwork = async (options: {
  readonly searches: readonly Search[]
  readonly hosts: readonly string[]
  readonly seconds: number
  readonly wake: Wake
  readonly signal: AbortSignal
  readonly onFound: (found: Answering) => void
}): Promise<{ readonly found: readonly Answering[]; readonly failed: readonly string[] }> => {
  const found = new Map<string, Answering>()
  const failed = new Set<string>()
  const ended = new Promise<void>((resolve) => {
    const cancel = options.wake(duration(options.seconds * 1000), resolve)
    const stop = () => {
      cancel()
      resolve()
    }
    options.signal.addEventListener('abort', stop, { once: true })
    if (options.signal.aborted) stop()
  })
  const stops = options.searches.map((search) =>
    ask(search, options, {
      onAnswer: (host, bytes) => {
        const says = search.read(bytes)
        const key = `${search.family} ${host}`
        if (says === null || found.has(key) || found.size >= MOST_FOUND) return
        const one = { family: search.family, host, says }
        found.set(key, one)
        options.onFound(one)
      },
      onFailure: (why) => failed.add(`${search.family}: ${why}`),
    }),
  )
  await ended
  for (const stop of stops) stop()
  return { found: [...found.values()], failed: [...failed] }
}

const ask = (
  search: Search,
  options: { readonly hosts: readonly string[]; readonly wake: Wake },
  on: { readonly onAnswer: (host: string, bytes: Uint8Array) => void; readonly onFailure: (why: string) => void },
): (() => void) => {
  const socket = createSocket('udp4')
  let cancel = () => {}
  let open = true
  socket.on('error', (error) => on.onFailure(error.message))
  socket.on('message', (bytes, from) => on.onAnswer(from.address, bytes))
  const send = () => {
    for (const host of options.hosts)
      socket.send(search.request, search.port, host, (error) => {
        if (error && open) on.onFailure(error.message)
      })
    cancel = options.wake(duration(SEARCH_EVERY_MS), send)
  }
  socket.bind(0, () => {
    if (!open) return
    socket.setBroadcast(true)
    send()
  })
  return () => {
    open = false
    cancel()
    socket.close()
  }
}
