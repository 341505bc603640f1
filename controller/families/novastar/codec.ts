import { compileLayout, type Layout } from './layout.ts'
import type { NovastarProfile } from './schema.ts'

/** A profile ready for use on the wire. */
export type Codec = { readonly profile: NovastarProfile; readonly layout: Layout }

/** The profile must have passed `rules.ts`. */
export const codecOf = (profile: NovastarProfile): Codec => ({ profile, layout: compileLayout(profile.frame) })

export type { Value, Values } from '../../dialect/dialect.ts'
