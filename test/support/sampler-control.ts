import type { ProbePoint } from './pixels.ts'

/** What the sampling thread and the one that asks it have in common. */
export type Sampled = {
  readonly samples: number
  /** Looks at which every point was black, and at which some were. */
  readonly black: number
  readonly partly: number
  /** The longest unbroken stretch of looks with a black point, milliseconds. */
  readonly longestMs: number
}
export type SamplerData = {
  readonly file: string
  readonly points: readonly ProbePoint[]
  readonly control: SharedArrayBuffer
}
/** Places in the shared array. */
export const CONTROL = { running: 0, ended: 1 } as const
