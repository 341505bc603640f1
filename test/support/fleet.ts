import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Deed, FleetManner, Seat } from './fleet-edge.ts'
import { until } from './until.ts'

/** A fleet of simulated edges in processes of their own. What one edge does: `fleet-edge.ts`, `fleet-mqtt.ts`. */
export type Fleet = {
  /** All dial at once; resolves when they have begun. */
  readonly dial: () => Promise<void>
  readonly hangUp: () => Promise<void>
  readonly connected: () => Promise<number>
  readonly untilConnected: (atMostMs: number) => Promise<void>
  /** What became of an order (null: of all) at every edge that has heard of it. */
  readonly deeds: (order: string | null) => Promise<readonly Deed[]>
  /** Every edge's receipts of the order have been acknowledged. Looks rarely: the times are taken by the edges themselves. */
  readonly untilAcknowledged: (order: string, stage: 'accepted' | 'shown', atMostMs: number) => Promise<readonly Deed[]>
  readonly size: number
  readonly stop: () => Promise<void>
}

export type FleetAsk =
  | {
      readonly id: number
      readonly t: 'start'
      readonly seats: readonly Seat[]
      readonly manner: FleetManner
    }
  | { readonly id: number; readonly t: 'dial' | 'hang-up' | 'connected' }
  | { readonly id: number; readonly t: 'deeds'; readonly order: string | null }
export type FleetAnswer = { readonly id: number; readonly connected: number; readonly deeds: readonly Deed[] }

export type FleetOptions = {
  readonly seats: readonly Seat[]
  readonly manner: FleetManner
  /** The edges are dealt out to this many processes. */
  readonly processes: number
  /** Put before `node …`, e.g. `ip netns exec NAME`: the fleet in a network of its own. */
  readonly within: readonly string[]
}

const CHILD = fileURLToPath(new URL('./fleet-child.ts', import.meta.url))
const ANSWER_MS = 60_000
const LOOK_MS = 100

type Ask<T = FleetAsk> = T extends FleetAsk ? Omit<T, 'id'> : never

const startChild = (within: readonly string[]) => {
  const command = [...within, process.execPath, '--disable-warning=ExperimentalWarning', CHILD]
  const child: ChildProcess = spawn(command[0] ?? '', command.slice(1), {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const waiting = new Map<number, { done: (answer: FleetAnswer) => void; fail: (why: Error) => void }>()
  const run = { next: 0 }
  child.on('message', (answer: FleetAnswer) => {
    waiting.get(answer.id)?.done(answer)
    waiting.delete(answer.id)
  })
  const gone = (why: string) => {
    for (const { fail } of waiting.values()) fail(new Error(`a process of the fleet ${why}`))
    waiting.clear()
  }
  child.once('error', (error) => gone(`could not be started: ${error.message}`))
  child.once('exit', (code, signal) => gone(`ended with ${code ?? signal}`))
  const ask = (what: Ask): Promise<FleetAnswer> =>
    new Promise((done, fail) => {
      const id = run.next++
      const timer = setTimeout(() => fail(new Error(`the fleet did not answer "${what.t}"`)), ANSWER_MS)
      const settled = <T>(act: (it: T) => void) => {
        return (it: T) => {
          clearTimeout(timer)
          act(it)
        }
      }
      waiting.set(id, { done: settled(done), fail: settled(fail) })
      child.send({ ...what, id })
    })
  const stop = (): Promise<void> =>
    new Promise((done) => {
      if (child.exitCode !== null || child.signalCode !== null) return done()
      child.once('exit', () => done())
      child.kill('SIGKILL')
    })
  return { ask, stop }
}

export const startFleet = async (options: FleetOptions): Promise<Fleet> => {
  const { seats, manner } = options
  const children = Array.from({ length: options.processes }, () => startChild(options.within))
  const all = (what: Ask) => Promise.all(children.map((child) => child.ask(what)))
  const stop = async () => {
    await Promise.all(children.map((child) => child.stop()))
  }
  try {
    await Promise.all(
      children.map((child, i) =>
        child.ask({ t: 'start', manner, seats: seats.filter((_, n) => n % children.length === i) }),
      ),
    )
  } catch (error) {
    await stop()
    throw error
  }
  const connected = async () => (await all({ t: 'connected' })).reduce((sum, answer) => sum + answer.connected, 0)
  const deeds = async (order: string | null) => (await all({ t: 'deeds', order })).flatMap((answer) => answer.deeds)
  return {
    dial: async () => void (await all({ t: 'dial' })),
    hangUp: async () => void (await all({ t: 'hang-up' })),
    connected,
    untilConnected: async (atMostMs) => {
      await until({ what: `${seats.length} edges are connected`, atMostMs, everyMs: LOOK_MS }, async (note) => {
        const now = await connected()
        note(now)
        return now === seats.length ? true : undefined
      })
    },
    deeds,
    untilAcknowledged: (order, stage, atMostMs) =>
      until({ what: `every edge has ${stage} ${order}`, atMostMs, everyMs: LOOK_MS }, async (note) => {
        const found = await deeds(order)
        const done = found.filter((deed) => (stage === 'accepted' ? deed.acceptedAt : deed.shownAt) !== null)
        note(`${found.length} have heard it, ${done.length} of ${seats.length} are acknowledged`)
        return done.length === seats.length ? found : undefined
      }),
    size: seats.length,
    stop,
  }
}
