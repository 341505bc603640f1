import type { FaultId } from '../contract/faults.ts'
import type { Order } from '../emergency/order.ts'
import { floorFaults } from './airtime.ts'
import { missingAssets, wantsPlay } from './claims.ts'
import { FLAPS, recentContradictions } from './display.ts'
import { eventsInVain } from './extend.ts'
import { hottest, NO_HOUSE } from './house.ts'
import { localFaults } from './local.ts'
import { isInterlock, silenceExpected } from './power.ts'
import { sensorFaults } from './sensors.ts'
import type { State } from './state.ts'

/** Everything that is wrong now, derived from the state and never stored by hand: a fault that is mended is gone by itself. */
export const currentFaults = (state: State): Readonly<Partial<Record<FaultId, string>>> => {
  const faults: Partial<Record<FaultId, string>> = {}
  const { display, player, site, switching } = state
  if (!player.up) faults[player.missing ? 'player-missing' : 'player-lost'] = player.fault ?? ''
  if (site.hasController && !silenceExpected(state) && (display.link === 'down' || display.link === 'quarantined'))
    faults['display-lost'] = display.fault ? `${display.fault.kind}: ${display.fault.detail}` : ''
  if (switching?.fault)
    faults[isInterlock(switching.fault) ? 'power-interlock' : 'power-failed'] =
      `${switching.fault.step}: ${switching.fault.detail}`
  const contradicted = recentContradictions(display, state.now.mono)
  if (contradicted >= FLAPS) faults['display-flapping'] = `${contradicted}×`
  else if (contradicted > 0) faults['display-contradicts'] = `${contradicted}×`
  const felt = sensorFaults(state)
  Object.assign(faults, felt)
  Object.assign(faults, localFaults(state))
  if (state.house !== NO_HOUSE) Object.assign(faults, houseFaults(state))
  // What a sensor says of itself tells more than that nothing is known.
  const { 'temperature-unknown': unknown } = felt
  if (unknown !== undefined) faults['temperature-unknown'] = unknown
  if (display.observed?.signal === false) faults['no-signal'] = display.observed.model ?? ''
  if (state.now.quality === 'unset') faults['clock-untrusted'] = state.now.quality
  if (state.hub === 'down') faults['hub-away'] = ''
  if (state.hub === 'rejected') faults['hub-rejected'] = ''
  if (!state.schedule) faults['no-schedule'] = ''
  if (!state.logWritable) faults['disk-full'] = ''
  const refused = Object.values(state.counters.contentRefused).reduce((a, b) => a + b, 0)
  const vain = eventsInVain(state).map(inVain)
  const reported = refused > 0 ? [...state.reported].slice(0, 5) : []
  if (vain.length + reported.length > 0) faults['content-refused'] = [...vain.slice(0, 5), ...reported].join(', ')
  const signatures = ['bad-signature', 'unknown-key', 'no-right'].reduce(
    (n, r) => n + (state.counters.ordersRefused[r] ?? 0) + (state.counters.documentsRefused[r] ?? 0),
    0,
  )
  if (signatures > 0) faults['signature-refused'] = `${signatures}×`
  const missing = missingAssets(state)
  if (missing > 0) faults['asset-missing'] = String(missing)
  if (wantsPlay(state)) Object.assign(faults, floorFaults(state))
  return faults
}

const inVain = ({ id, extendFrames }: Order): string => {
  const playlist = extendFrames?.playlist ?? null
  return playlist === null
    ? `lệnh ${id}: không danh sách nào của hôm nay phát được · order ${id}: no playlist of today can play`
    : `lệnh ${id}: danh sách ${playlist} không có ở cụm này hoặc không phát được · order ${id}: playlist ${playlist} is not here or cannot play`
}

/** What heat, mains and light have done to the screen, or are not known to do. */
const houseFaults = (state: State): Readonly<Partial<Record<FaultId, string>>> => {
  const { house, site } = state
  const faults: Partial<Record<FaultId, string>> = {}
  const hot = hottest(state)
  const place = hot === null ? '' : `${hot.where} ${hot.celsius} °C`
  if (house.heat === 'dim') faults['over-temperature'] = `${place} (→ ${site.thermal?.dimTo ?? 0} %)`
  if (house.heat === 'dark' || house.heat === 'hard') faults['over-temperature-dark'] = place
  if (house.heatBlind) faults['temperature-unknown'] = ''
  if (house.lightBlind) faults['light-sensor-lost'] = ''
  if (house.panelDark) faults['panel-dark'] = ''
  return faults
}
