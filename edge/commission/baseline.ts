import { ambient } from '#core/engine/house.ts'
import type { Baseline } from './document.ts'
import type { View } from './measure.ts'

/** Readings of the cluster that are kept, at most. */
const MOST_READINGS = 120

/** What is read now and worth comparing with in a year. */
export const baselineOf = ({ state, status, profile, synchronised, machine }: View): Baseline => {
  const { display } = status
  const readings: Record<string, number | boolean | string> = {}
  const put = (name: string, value: number | boolean | string | null): void => {
    if (value !== null && Object.keys(readings).length < MOST_READINGS) readings[name.slice(0, 120)] = value
  }
  put('display brightness %', display.brightness)
  put('display temperature °C', display.temperature)
  put('display voltage V', display.voltage)
  put('display input', display.input)
  put('display signal', display.signal)
  put('ambient light lx', ambient(state))
  put('clock synchronised', synchronised)
  put('battery clock', machine.rtc?.name ?? null)
  for (const { what, where, value } of state.display.observed?.sensors ?? []) put(`display ${what} ${where}`, value)
  for (const [device, { sensors }] of Object.entries(state.equipment))
    for (const { what, where, value } of sensors) put(`${device} ${what} ${where}`, value)
  return {
    controller: { profile, model: display.model, firmware: display.firmware, cards: display.cards },
    readings,
  }
}
