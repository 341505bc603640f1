import type { Duration, Reading } from './units.ts'

/** One-method ports: shells give the real thing, tests give a virtual one. */
export type Clock = { readonly read: () => Reading }

/** Calls back once after `delay`; returns the cancel. */
export type Wake = (delay: Duration, then: () => void) => () => void

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'
/** Operational log (journal). Not evidence. `fields` never holds a secret. */
export type Log = (level: LogLevel, message: string, fields: Readonly<Record<string, unknown>>) => void
