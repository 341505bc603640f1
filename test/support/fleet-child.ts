import type { FleetAnswer, FleetAsk } from './fleet.ts'
import { type Deed, type FleetEdge, makeFleetEdge } from './fleet-edge.ts'

/** Many edges in one process, which is not the hub's: what `fleet.ts` starts and talks to. Ends with the one that started it. */
const run = { edges: [] as readonly FleetEdge[] }

const tell = (answer: FleetAnswer): void => {
  process.send?.(answer)
}
const deedsOf = (order: string | null): readonly Deed[] =>
  run.edges.flatMap((edge) => edge.deeds().filter((deed) => order === null || deed.order === order))

const start = async (ask: Extract<FleetAsk, { t: 'start' }>): Promise<void> => {
  // Only a fleet behind a broker needs the broker's library.
  const make = ask.manner.url.startsWith('mqtt:') ? (await import('./fleet-mqtt.ts')).makeMqttEdge : makeFleetEdge
  run.edges = ask.seats.map((seat) => make(seat, ask.manner))
}

const hear = async (ask: FleetAsk): Promise<void> => {
  switch (ask.t) {
    case 'start':
      await start(ask)
      return tell({ id: ask.id, connected: 0, deeds: [] })
    case 'dial':
      for (const edge of run.edges) edge.dial()
      return tell({ id: ask.id, connected: 0, deeds: [] })
    case 'hang-up':
      for (const edge of run.edges) edge.hangUp()
      return tell({ id: ask.id, connected: 0, deeds: [] })
    case 'connected':
      return tell({ id: ask.id, connected: run.edges.filter((edge) => edge.connected()).length, deeds: [] })
    case 'deeds':
      return tell({ id: ask.id, connected: 0, deeds: deedsOf(ask.order) })
  }
}

process.on('message', (ask) => void hear(ask as FleetAsk))
process.once('disconnect', () => process.exit(0))
