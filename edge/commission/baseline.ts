import { ambient } from '#core/engine/house.ts'
import { SENSOR_UNITS, type SensorKind } from '#core/screen/sensor.ts'
import { SENSOR_NAMES } from '../web/words.ts'
import type { Baseline } from './document.ts'
import type { View } from './measurement.ts'

/** Readings of the cluster that are kept, at most. */
const MOST_READINGS = 120
/** What a device says of itself, characters. */
const MOST_TEXT = 200
const short = (text: string | null): string | null => text?.slice(0, MOST_TEXT) ?? null

const UNITS: { readonly [U in 'celsius' | 'percent' | 'volt' | 'lux' | 'rpm' | 'hour']: string } = {
  ...{ celsius: '°C', percent: '%', volt: 'V' },
  ...{ lux: 'lx', rpm: 'rpm', hour: 'h' },
}
const sensorName = (device: string, what: SensorKind, where: string): string => {
  const { vi, en } = SENSOR_NAMES[what]
  const unit = SENSOR_UNITS[what]
  return `${device} ${where}: ${vi} · ${en}${unit === null ? '' : ` ${UNITS[unit]}`}`
}

/** What is read now and worth comparing with in a year. */
export const baselineOf = ({ state, status, profile, synchronised, machine }: View): Baseline => {
  const { display } = status
  const readings: Record<string, number | boolean | string> = {}
  const put = (name: string, value: number | boolean | string | null): void => {
    if (value === null || (typeof value === 'number' && !Number.isFinite(value))) return
    if (Object.keys(readings).length >= MOST_READINGS) return
    readings[name.slice(0, 120)] = typeof value === 'string' ? value.slice(0, MOST_TEXT) : value
  }
  put('màn hình độ sáng · display brightness %', display.brightness)
  put('màn hình nhiệt độ · display temperature °C', display.temperature)
  put('màn hình điện áp · display voltage V', display.voltage)
  put('màn hình ngõ vào · display input', display.input)
  put('màn hình có tín hiệu · display signal', display.signal)
  put('ánh sáng môi trường · ambient light lx', ambient(state))
  put('đồng hồ đã đồng bộ · clock synchronised', synchronised)
  put('đồng hồ pin · battery clock', machine.rtc?.name ?? null)
  for (const { what, where, value } of state.display.observed?.sensors ?? [])
    put(sensorName('màn hình · display', what, where), value)
  for (const [device, { sensors }] of Object.entries(state.equipment))
    for (const { what, where, value } of sensors) put(sensorName(device, what, where), value)
  return {
    controller: { profile, model: short(display.model), firmware: short(display.firmware), cards: display.cards },
    readings,
  }
}
