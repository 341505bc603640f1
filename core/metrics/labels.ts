/** Closed sets of label values that no other file of the core has. */

/** What becomes of a CAP message that comes in. */
export const CAP_OUTCOMES = ['draft', 'again', 'remembered', 'refused', 'later'] as const
export type CapOutcomeName = (typeof CAP_OUTCOMES)[number]

/** Whether somebody has an open incident in hand. */
export const INCIDENT_STATES = ['waiting', 'taken'] as const

/** What becomes of a scrape of an edge through the hub; only `ok` gives Prometheus samples, everything else is `up` 0. */
export const SCRAPE_OUTCOMES = ['ok', 'away', 'timeout', 'refused', 'busy'] as const
export type ScrapeOutcome = (typeof SCRAPE_OUTCOMES)[number]

/** The parts of the day that a policy may name (night is what is left), as values of the label `period`. */
export const PERIODS = ['morning', 'afternoon', 'evening'] as const
export const SCREEN_STATES = ['public', 'emergency', 'ads', 'other', 'dark', 'faulted', 'displaced'] as const
export const LINE_FAULTS = ['retry', 'timeout', 'checksum', 'noise'] as const
export const CLOCK_STATES = ['synced', 'holdover', 'unset'] as const
/** Why a play ended (core/evidence/record.ts, `CloseCause`). */
export const PLAY_ENDS = [
  'ended',
  'preempted',
  'dark',
  'replaced',
  'failed',
  'player-lost',
  'power-cut',
  'shutdown',
  'clock',
] as const
/** The phases of a display's power sequence (core/power/sequence-state.ts). */
export const POWER_PHASES = ['unknown', 'off', 'taking-over', 'rising', 'on', 'falling', 'stuck'] as const
export const CLUSTER_CLASSES = ['BORDER_GATE', 'BULLETIN_BOARD'] as const
