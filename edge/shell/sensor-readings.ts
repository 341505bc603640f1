import type { State } from '#core/engine/state.ts'
import { EDGE } from '#core/metrics/catalogue.ts'
import type { EdgeReadings } from '#core/metrics/readings.ts'
import type { SensorKind, SensorValue } from '#core/screen/sensor.ts'

type SensorReadings = Pick<
  EdgeReadings,
  'sensorTemperature' | 'sensorHumidity' | 'sensorVoltage' | 'sensorLight' | 'sensorFan' | 'sensorAlarm' | 'equipmentUp'
>

/** A wall may have hundreds of receiving cards: their values are put together by place, so that the number of series stays that of the profile. */
const CARD = /^card \d+:\d+ /

/** Places of one quantity; the catalogue's bound. */
const MOST_PLACES = EDGE.sensorTemperature.most

type Place = { readonly device: string; readonly place: string }
type Kept = { readonly labels: Place; readonly value: number }

/** What display and equipment feel, for a scrape. Places nobody knows a value of are absent. */
export const sensorReadings = (state: State): SensorReadings => {
  const all: (readonly [string, readonly SensorValue[]])[] = []
  // What a device said before it went silent is no reading of now.
  if (state.display.link === 'up') all.push(['display', state.display.observed?.sensors ?? []])
  for (const [device, { link, sensors }] of Object.entries(state.equipment))
    if (link === 'up') all.push([device, sensors])
  const worst = (what: SensorKind, choose: (a: number, b: number) => number, scale: number): readonly Kept[] => {
    const kept = new Map<string, Kept>()
    for (const [device, sensors] of all)
      for (const one of sensors) {
        if (one.what !== what || one.value === null) continue
        const place = one.where.replace(CARD, 'card ')
        const key = `${device} ${place}`
        const value = Number(one.value) * scale
        kept.set(key, { labels: { device, place }, value: choose(kept.get(key)?.value ?? value, value) })
      }
    // A wall with more places than that keeps the first; a scrape with a part of them is worth more than none.
    return [...kept.values()].slice(0, MOST_PLACES)
  }
  return {
    sensorTemperature: worst('temperature', Math.max, 1),
    sensorHumidity: worst('humidity', Math.max, 0.01),
    sensorVoltage: worst('voltage', Math.min, 1),
    sensorLight: worst('light', Math.max, 1),
    sensorFan: worst('fan', Math.min, 1),
    sensorAlarm: (['smoke', 'door', 'cable', 'failure'] as const)
      .flatMap((what) => worst(what, Math.max, 1).map(({ labels, value }) => ({ labels: { ...labels, what }, value })))
      .slice(0, MOST_PLACES),
    equipmentUp: Object.entries(state.equipment).map(([device, { link }]) => ({
      labels: { device },
      value: Number(link === 'up'),
    })),
  }
}
