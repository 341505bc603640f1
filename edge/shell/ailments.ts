import type { StatusReport } from '#core/contract/link.ts'

/**
 * What ails this daemon's own work, in words a supervisor compares before and after an upgrade (`deploy/edge/deb/README.md`). Weather, mains
 * and doors are not among them: no version of ours mends those.
 */
export const AILMENTS = [
  'log', // the play log cannot be written
  'player', // no player runs
  'screen', // something is wanted and nothing is shown
  'contradicted', // what is on the glass is not what was told
  'display', // the display controller does not answer
  'equipment', // a device beside the display does not answer
  'fonts', // nothing can be drawn
  'refused', // a schedule, an order or an item is refused
  'schedule', // there is none
  'hub', // the hub was not reached since the start
] as const
export type Ailment = (typeof AILMENTS)[number]

/** An ailment counts when it lasts: between two plays nothing is shown for a moment. */
const LASTS_MS = 10_000

const BY_FAULT: { readonly [id: string]: Ailment } = {
  'playlog-damaged': 'log',
  'disk-full': 'log',
  'player-lost': 'player',
  'player-missing': 'player',
  'display-lost': 'display',
  'display-flapping': 'display',
  'equipment-lost': 'equipment',
  'preset-input': 'equipment',
  'fonts-missing': 'fonts',
  'signature-refused': 'refused',
  'content-refused': 'refused',
  'no-schedule': 'schedule',
  'hub-rejected': 'hub',
}

/** In the order of the list, each once. `hubSeen`: the hub was reached since the start, or there is none. */
export const ailmentsOf = (status: StatusReport, hubSeen: boolean): readonly Ailment[] => {
  const found = new Set<Ailment>(status.faults.flatMap(({ id }) => BY_FAULT[id] ?? []))
  if (!status.playlog.writable) found.add('log')
  if (status.player.state === 'down') found.add('player')
  if (status.screen.show === 'nothing') found.add('screen')
  if (status.screen.proof === 'contradicted') found.add('contradicted')
  if (!hubSeen) found.add('hub')
  return AILMENTS.filter((one) => found.has(one))
}

/**
 * Says `health=ok` or `health=log,screen`: for STATUS of sd_notify. Asked at every beat of the watchdog with the monotonic time in ms; an
 * ailment is named once it was there at every asking for ten seconds.
 */
export const createAilments = (of: {
  readonly status: () => StatusReport
  readonly hasHub: boolean
}): ((monoMs: number) => string) => {
  const state = { since: new Map<Ailment, number>(), hubSeen: !of.hasHub }
  return (now) => {
    const status = of.status()
    if (!status.faults.some(({ id }) => id === 'hub-away' || id === 'hub-rejected')) state.hubSeen = true
    const found = ailmentsOf(status, state.hubSeen)
    state.since = new Map(found.map((one) => [one, state.since.get(one) ?? now]))
    const lasting = found.filter((one) => now - (state.since.get(one) ?? now) >= LASTS_MS)
    return `health=${lasting.length === 0 ? 'ok' : lasting.join(',')}`
  }
}
