import type { Registers } from './registers.ts'

/** An external sensor on one of the function card's four RS-485 sockets. */
export type SocketSensor =
  /** MTH300: celsius above zero in steps of 0.1, percent. `null`: no value. */
  | { readonly is: 'climate'; readonly temperature: number | null; readonly humidity: number | null }
  /** NS048C: lux. */
  | { readonly is: 'light'; readonly lux: number | null }

/** A simulated MFN300: eight relays, and a pass-through to its sockets (RS232 V1.9). */
export type FunctionCard = Registers & {
  /** True is on, from relay 0. */
  readonly relays: () => readonly boolean[]
  readonly plug: (socket: number, sensor: SocketSensor | null) => void
  /** Relays fall off, and an answer nobody fetched is gone. Assumed: the maker does not say. */
  readonly powerCycle: () => void
}

const MODEL_ID = [0x01, 0x81]
const RELAYS = 0x05000010
const RELAY_COUNT = 8
const PASS_THROUGH = 0x06000000
const SOCKETS = 4
const CLIMATE_QUESTION = '55 aa 82'

/** A sum of all bytes is appended. */
const summed = (from: number, bytes: readonly number[]): Uint8Array =>
  Uint8Array.from([...bytes, bytes.slice(from).reduce((sum, byte) => sum + byte, 0) & 0xff])

const sixteen = (value: number | null, step: number): readonly [low: number, high: number] => {
  const units = value === null ? 0 : Math.round(value / step)
  return [units & 0xff, ((units >> 8) & 0x7f) | (value === null ? 0 : 0x80)]
}

const answerOf = (sensor: SocketSensor | null, question: string): Uint8Array | null => {
  if (sensor === null) return null
  if (sensor.is === 'light') {
    // Its question is not published, so the simulated one answers any.
    const [low, high] = sixteen(sensor.lux, 2)
    return summed(0, [0x01, 0x02, high, low])
  }
  if (question !== CLIMATE_QUESTION) return null
  const humidity = sensor.humidity === null ? 0 : 0x80 | Math.round(sensor.humidity)
  return summed(2, [0xaa, 0x55, 0x82, ...sixteen(sensor.temperature, 0.1), humidity])
}

export const functionCard = (): FunctionCard => {
  const relays = new Uint8Array(RELAY_COUNT).fill(1)
  const sockets: (SocketSensor | null)[] = Array.from({ length: SOCKETS }, () => null)
  let answer: Uint8Array = new Uint8Array(0)
  const relayAt = (address: number, length: number) =>
    address >= RELAYS && address + length <= RELAYS + RELAY_COUNT ? address - RELAYS : null
  return {
    read: (address, length) => {
      if (address === 2 && length === 2) return Uint8Array.from(MODEL_ID)
      const relay = relayAt(address, length)
      if (relay !== null) return relays.slice(relay, relay + length)
      if (address !== PASS_THROUGH) return null
      // Assumed: what is not there reads as zeros.
      const data = new Uint8Array(length)
      data.set(answer.subarray(0, length))
      return data
    },
    write: (address, values) => {
      const relay = relayAt(address, values.length)
      if (relay !== null) {
        relays.set(values, relay)
        return true
      }
      if (address !== PASS_THROUGH || values.length < 5) return false
      const question = Array.from(values.subarray(4), (byte) => byte.toString(16).padStart(2, '0')).join(' ')
      answer = answerOf(sockets[values[0] ?? 0] ?? null, question) ?? new Uint8Array(0)
      return true
    },
    relays: () => Array.from(relays, (state) => state === 0),
    plug: (socket, sensor) => {
      if (socket < SOCKETS) sockets[socket] = sensor
    },
    powerCycle: () => {
      relays.fill(1)
      answer = new Uint8Array(0)
    },
  }
}
