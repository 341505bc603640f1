import type { DocumentFault } from '#core/base/check.ts'
import { SETTINGS } from './rules.ts'
import type { Profile } from './schema.ts'

/** What does not make a profile unusable, but whoever relies on it should know. The faults of the linter are in `rules.ts`. */
export const warningsOf = (profile: Profile): readonly DocumentFault[] => [
  ...evidence(profile),
  ...blindSettings(profile),
  ...identity(profile),
]

/** A claim of A or B rests on bytes somebody else has seen. */
const evidence = (profile: Profile): readonly DocumentFault[] => {
  const weak = new Set(['constructed', 'unverified'])
  const commands: Readonly<Record<string, { readonly confidence: string }>> = profile.commands
  const unseen = Object.entries(commands).flatMap(([name, command]) => {
    if (command.confidence === 'C') return []
    const kinds = profile.vectors.flatMap((vector) =>
      vector.kind === 'exchange' && vector.command === name
        ? [profile.sources[vector.source]?.kind ?? 'unverified']
        : [],
    )
    return kinds.every((kind) => weak.has(kind)) ? [name] : []
  })
  return unseen.length === 0
    ? []
    : [{ where: '/commands', why: `confidence A or B, but every vector is made by us: ${unseen.join(', ')}` }]
}

/** What cannot be read back cannot be proved, nor corrected when someone else changes it. */
const blindSettings = (profile: Profile): readonly DocumentFault[] => {
  const { display, relays } = profile
  const settings = SETTINGS.flatMap((setting) => {
    const use = display?.[setting] ?? null
    return use !== null && use.readBack === null
      ? [
          {
            where: `/display/${setting}/readBack`,
            why: `${setting} cannot be read back: an acknowledgement is all we get`,
          },
        ]
      : []
  })
  return relays !== null && relays.readBack === null
    ? [...settings, { where: '/relays/readBack', why: 'relays cannot be read back: an acknowledgement is all we get' }]
    : settings
}

const identity = (profile: Profile): readonly DocumentFault[] =>
  profile.display?.identify != null && profile.modelIds.length === 0
    ? [
        {
          where: '/modelIds',
          why: 'the device says its model, but no model id is known: it is recognised as a family only',
        },
      ]
    : []
