import type { Value, Values } from '../dialect/dialect.ts'
import type { LinkSpec } from '../profile/common.ts'
import type { Profile } from '../profile/schema.ts'
import type { Look } from './closer.ts'

/** How sure a finding is. */
export type Sure =
  /** It said a model id that this profile, and no other of its maker, has. */
  | 'model'
  /** It answered in this protocol, right checksum and all, but did not say a model we know. */
  | 'family'

export type Finding = {
  readonly profile: Profile
  readonly sure: Sure
  readonly line: LinkSpec
  readonly address: Values
  /** What it said of itself; null when the protocol or the device does not say. */
  readonly model: Value
  readonly firmware: Value
  /** What it was found by. */
  readonly command: string
  /** Its other reads, where several profiles may be it; null: not tried. */
  readonly look: Look | null
  /** All values of the answer. */
  readonly values: Values
}
