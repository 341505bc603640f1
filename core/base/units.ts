/**
 * Branded quantities. A bare `number` never crosses a folder border: the brand says what it counts.
 * All times are integer milliseconds, so that sums over a day are exact.
 */
declare const brand: unique symbol
export type Brand<T, B extends string> = T & { readonly [brand]: B }

/** Milliseconds since 1970-01-01T00:00Z on the wall clock. May step. */
export type Instant = Brand<number, 'Instant'>
/** Milliseconds on the monotonic clock of one boot. Never steps; means nothing across boots. */
export type Mono = Brand<number, 'Mono'>
/** A span in milliseconds. */
export type Duration = Brand<number, 'Duration'>
/** 0 to 100. */
export type Percent = Brand<number, 'Percent'>
/** Degrees Celsius. */
export type Celsius = Brand<number, 'Celsius'>
/** Volts. */
export type Volts = Brand<number, 'Volts'>

export const instant = (ms: number): Instant => Math.trunc(ms) as Instant
export const mono = (ms: number): Mono => Math.trunc(ms) as Mono
export const duration = (ms: number): Duration => Math.trunc(ms) as Duration
export const percent = (value: number): Percent => Math.min(100, Math.max(0, value)) as Percent
export const celsius = (value: number): Celsius => value as Celsius
export const volts = (value: number): Volts => value as Volts

export const seconds = (n: number): Duration => duration(n * 1000)
export const minutes = (n: number): Duration => duration(n * 60_000)
export const hours = (n: number): Duration => duration(n * 3_600_000)

export const since = (later: Mono, earlier: Mono): Duration => duration(later - earlier)
export const after = (at: Mono, span: Duration): Mono => mono(at + span)
export const later = (at: Instant, span: Duration): Instant => instant(at + span)

/** How far the wall clock may be trusted (design §4.1). */
export type ClockQuality = 'synced' | 'holdover' | 'unset'

/** One look at both clocks. Spans are measured on `mono`; `wall` is for calendars and people. */
export type Reading = {
  readonly wall: Instant
  readonly mono: Mono
  readonly quality: ClockQuality
  readonly bootId: string
}
