import type { Log } from '#core/base/ports.ts'
import type { Reading } from '#core/base/units.ts'
import type { Interpreter } from '#core/engine/effect.ts'
import { durableOf } from '#core/engine/init.ts'
import { sceneSource } from '#core/engine/scene-source.ts'
import type { State } from '#core/engine/state.ts'
import type { RecordBody } from '#core/evidence/record.ts'
import type { Player } from '../player/player.ts'
import type { RelayShell } from '../power/relays.ts'
import type { PowerShell } from '../power/switch.ts'
import type { AssetStore } from './assets.ts'
import type { DisplayShell } from './display.ts'
import type { HubLink } from './hublink.ts'
import type { Post } from './loop.ts'
import type { SnapshotStore } from './snapshot.ts'

/** Everything an effect can act on. What is made later than the loop is asked for when it is needed. */
export type Actors = {
  readonly state: () => State
  readonly post: Post
  readonly log: Log
  readonly player: () => Player | null
  /** Durable when it returns. Throws what the disk says. */
  readonly append: (bodies: readonly RecordBody[], at: Reading) => void
  readonly snapshot: SnapshotStore
  readonly display: () => DisplayShell | null
  readonly power: () => Pick<PowerShell, 'want'> | null
  readonly relays: () => Pick<RelayShell, 'set'> | null
  readonly hub: () => HubLink | null
  readonly assets: AssetStore
  readonly observeOrder: (afterMs: number) => void
  readonly exit: (reason: string) => void
}

/** One function per kind of effect; the mapped type refuses to compile when one is missing. */
export const createInterpreter = (actors: Actors): Interpreter => {
  const failing = new Set<string>()
  /** A disk that refuses is news once, and again when it takes writes. The screen goes on meanwhile. */
  const onDisk = (what: string, write: () => void): void => {
    try {
      write()
      if (failing.delete(what) && failing.size === 0)
        actors.post({ event: 'log-writable', writable: true, detail: what })
    } catch (error) {
      const detail = `${what}: ${error instanceof Error ? error.message : String(error)}`
      if (failing.has(what)) return
      failing.add(what)
      actors.log('error', 'the disk does not take our writes', { detail })
      actors.post({ event: 'log-writable', writable: false, detail })
    }
  }
  const snapshot = () => onDisk('snapshot', () => actors.snapshot.write(durableOf(actors.state())))
  return {
    show: ({ scene }) => {
      const source = sceneSource(actors.state(), scene)
      if (source !== null) return actors.player()?.show(scene, source)
      if (scene.scene !== 'dark')
        actors.post({ event: 'player', what: 'failed', play: scene.play, detail: 'what it names has gone' })
    },
    record: ({ bodies }) => {
      onDisk('play log', () => actors.append(bodies, actors.state().now))
      // What a disk did not take is tried again with every record, at the latest with the next heartbeat.
      if (failing.has('snapshot')) snapshot()
      actors.hub()?.logged()
    },
    snapshot,
    display: ({ setting }) => {
      const display = actors.display()
      if (display) return display.apply(setting)
      actors.post({
        event: 'display-applied',
        setting,
        result: { ok: false, error: { kind: 'unsupported', detail: 'this site has no controller' } },
      })
    },
    power: ({ want }) => actors.power()?.want(want),
    relay: ({ relay, on }) => actors.relays()?.set(relay, on),
    observe: () => actors.display()?.observe(),
    receipt: ({ receipt }) => {
      if (receipt.stage === 'shown') actors.observeOrder(receipt.afterMs)
      // "Accepted" says that a power cut cannot take the order away. The receipt stays in the state and goes when that is true.
      if (receipt.stage === 'accepted' && failing.size > 0) return
      actors.hub()?.sendReceipt(receipt)
    },
    fetch: ({ wanted }) => actors.assets.want(wanted),
    // The loop arms its own timer before an effect of this kind reaches an interpreter.
    wake: () => {},
    exit: ({ reason }) => actors.exit(reason),
  }
}
