/**
 * What a simulated receiving card measures, and how that lies in its monitoring block at 0A000000 (RS232 V1.9). `null`: not fitted, so
 * the valid bit is clear.
 */
export type CardHealth = {
  /** Celsius, in steps of 0.5. */
  readonly temperature: number | null
  /** Percent. */
  readonly humidity: number | null
  /** Volts, in steps of 0.1. */
  readonly voltage: number | null
  readonly monitor: MonitorHealth | null
}

/** A monitor card in the cabinet. */
export type MonitorHealth = {
  readonly temperature: number | null
  readonly humidity: number | null
  readonly smoke: boolean | null
  /** Revolutions per minute of up to four fans, in steps of 50. */
  readonly fans: readonly (number | null)[]
  readonly supply: number | null
  /** Volts of up to eight power supplies. */
  readonly external: readonly (number | null)[]
  /** Doors that stand open, of two. */
  readonly doors: readonly [boolean, boolean]
  /** A ribbon cable is off. */
  readonly ribbon: boolean
}

/** 36.0 °C, no humidity sensor, 4.1 V: the maker's own examples. */
export const HEALTHY: CardHealth = { temperature: 36, humidity: null, voltage: 4.1, monitor: null }

export const MONITORED: MonitorHealth = {
  temperature: 40,
  humidity: 55,
  smoke: false,
  fans: [1200, 1150, null, null],
  supply: 5,
  external: [4.9, 4.8, null, null, null, null, null, null],
  doors: [false, false],
  ribbon: false,
}

/** Bit 7 says that there is a value. */
const valid = (value: number | null, scale: number): number =>
  value === null ? 0 : 0x80 | Math.min(0x7f, Math.round(value / scale))

const temperature = (celsius: number | null): readonly [number, number] =>
  celsius === null ? [0, 0] : [celsius < 0 ? 0x81 : 0x80, Math.min(0xff, Math.round(Math.abs(celsius) * 2))]

/** The 256 bytes of the block. */
export const healthBlock = (health: CardHealth): Uint8Array => {
  const block = new Uint8Array(256)
  block.set(temperature(health.temperature), 0x00)
  block[0x02] = valid(health.humidity, 1)
  block[0x03] = valid(health.voltage, 0.1)
  const { monitor } = health
  if (monitor === null) return block
  block.set([0xff, 0x03, 0x10, 1, 2, 0, 0], 0x20)
  block.set(temperature(monitor.temperature), 0x27)
  block[0x29] = valid(monitor.humidity, 1)
  block[0x2a] = monitor.smoke === null ? 0 : 0x80 | Number(monitor.smoke)
  for (let i = 0; i < 4; i++) block[0x2b + i] = valid(monitor.fans[i] ?? null, 50)
  block[0x2f] = valid(monitor.supply, 0.1)
  for (let i = 0; i < 8; i++) block[0x30 + i] = valid(monitor.external[i] ?? null, 0.1)
  block[0x41] = Number(monitor.doors[0]) | (Number(monitor.doors[1]) << 1)
  if (monitor.ribbon) block[0x44] = 0x10
  return block
}
