import type { DocumentFault } from '#core/base/check.ts'
import type { Profile } from './schema.ts'

/** Every `source` names an entry of `sources`, and every entry is used: a source nobody cites proves nothing. */
export const catalogueOfSources = (profile: Profile): readonly DocumentFault[] => {
  const cited: readonly (readonly [string, string])[] = [
    ['/timing/source', profile.timing.source],
    ...Object.entries(profile.commands).map(([name, c]) => [`/commands/${name}/source`, c.source] as const),
    ...profile.vectors.map((v, i) => [`/vectors/${i}/source`, v.source] as const),
    ...profile.quirks.map((q, i) => [`/quirks/${i}/source`, q.source] as const),
  ]
  const used = new Set(cited.map(([, source]) => source))
  return [
    ...cited.flatMap(([where, source]) => (profile.sources[source] ? [] : [{ where, why: `no source ${source}` }])),
    ...Object.keys(profile.sources).flatMap((id) =>
      used.has(id) ? [] : [{ where: `/sources/${id}`, why: 'cited nowhere' }],
    ),
  ]
}
