import type { Duration } from '../base/units.ts'
import type { Order, OrderLanguage, Severity } from './order.ts'

/** A contact at the site: a pin (`gpio` and the name of its line) or an input of a device of the configuration. */
export type ContactAt = { readonly device: string; readonly where: string }

/**
 * A page that a key switch or the contact of a fire panel brings up at its site, without network, schedule, registry or clock (domain.md
 * §4.3). What it says comes from the configuration of the site, which whoever answers for the site has written; nobody signs it.
 */
export type Preset = {
  readonly id: string
  readonly input: ContactAt
  /** A second contact of the same switch that always says the opposite: both alike tell of a broken cable. */
  readonly opposite: ContactAt | null
  readonly activeWhen: 'closed' | 'open'
  /** True: it ends when the contact lets go. False: it stays for `hold` after that. */
  readonly whilePressed: boolean
  /** How long it stays after the contact was last known to ask for it: its hold, or the most while the contact cannot be read. ≤ 24 h. */
  readonly hold: Duration
  readonly class: 'emergency' | 'safety-blank'
  readonly hazard: Order['hazard']
  readonly severity: Severity
  readonly texts: Order['texts']
  readonly sound: boolean
  readonly brightness: number | null
  readonly authority: string
  /** SHA-256 of all of the above: the play log names the page by it. */
  readonly hash: string
}

/** Presets of one site. Their order in the configuration is their order on the screen where severity is the same. */
export const MOST_PRESETS = 16
/** Longest hold of a preset or a technician's blank, ms; it can be renewed. */
export const LONGEST_LOCAL_MS = 86_400_000

/** Issuer of orders that were never signed, as evidence names them: `local:<preset>`. No person can be called so (`:` is in no id). */
export const LOCAL_ISSUER = 'local:'
export const isLocalIssuer = (issuer: string | null): boolean => issuer?.startsWith(LOCAL_ISSUER) === true
/** Issuer of a technician's blank. No preset may be called like it. */
export const TECHNICIAN = 'technician'

/** Why a technician makes the screen dark at the site. Closed: the first is an incident of information security (domain.md §5.5, O3). */
export const BLANK_REASONS = ['intrusion', 'wrong-content', 'hazard', 'maintenance'] as const
export type BlankReason = (typeof BLANK_REASONS)[number]
export const BLANK_REASON_NAMES: { readonly [R in BlankReason]: { readonly vi: string; readonly en: string } } = {
  intrusion: { vi: 'xâm nhập, nội dung lạ', en: 'intrusion, foreign content' },
  'wrong-content': { vi: 'nội dung sai', en: 'wrong content' },
  hazard: { vi: 'nguy hiểm tại chỗ (cháy, chập điện)', en: 'danger at the site (fire, short circuit)' },
  maintenance: { vi: 'sửa chữa', en: 'maintenance' },
}

/** The face of a preset in one of its languages, for a page or a list; empty of a blank without text. */
export const headlineOf = (preset: Pick<Preset, 'texts'>, language: OrderLanguage = 'vi'): string =>
  (preset.texts.find((text) => text.language === language) ?? preset.texts[0])?.headline ?? ''
