import type { Profile } from '../profile/schema.ts'
import { compileLayout, type Layout } from './layout.ts'

/** A profile ready for use on the wire. */
export type Codec = { readonly profile: Profile; readonly layout: Layout }

/** The profile must have passed `rules.ts`. */
export const codecOf = (profile: Profile): Codec => ({ profile, layout: compileLayout(profile.frame) })

/** A value in a command’s data. `null`: the device says it has none. */
export type Value = number | boolean | string | null
export type Values = Readonly<Record<string, Value>>
