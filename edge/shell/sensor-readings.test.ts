import { expect, test } from 'vitest'
import { initial } from '#core/engine/init.ts'
import type { DisplayState, State } from '#core/engine/state.ts'
import { readingAt, siteFacts } from '../../test/build.ts'
import { shippedPolicy } from '../../test/drive.ts'
import { sensorReadings } from './sensor-readings.ts'

const policy = shippedPolicy()
const fresh = initial(siteFacts(), policy, readingAt(0))

const OBSERVED: NonNullable<DisplayState['observed']> = {
  at: readingAt(0),
  model: 'MCTRL300',
  firmware: null,
  power: null,
  brightness: null,
  blackout: null,
  testPattern: null,
  freeze: null,
  input: null,
  signal: null,
  temperature: null,
  voltage: null,
  cards: 2,
  sensors: [
    { what: 'temperature', where: 'card 0:0 board', value: 41 },
    { what: 'temperature', where: 'card 0:1 board', value: 57 },
  ],
}
const stateWith = (link: DisplayState['link']): State => ({
  ...fresh,
  display: { ...fresh.display, link, observed: OBSERVED },
})

test('what the display felt is told while it answers, and by place, the worst of them', () => {
  expect(sensorReadings(stateWith('up')).sensorTemperature).toEqual([
    { labels: { device: 'display', place: 'card board' }, value: 57 },
  ])
})

test.each(['down', 'quarantined', 'none'] as const)('what it felt before is no reading of now: %s', (link) => {
  const readings = sensorReadings(stateWith(link))
  expect([readings.sensorTemperature, readings.sensorAlarm, readings.sensorVoltage]).toEqual([[], [], []])
})
