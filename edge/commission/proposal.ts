import { err, ok, type Result } from '#core/base/result.ts'
import type { Phrase } from '#core/contract/words.ts'
import { geometryDiffers } from './measure-display.ts'
import { disk, type Ground } from './needs.ts'

export type Proposal = { readonly lines: readonly string[]; readonly changes: Readonly<Record<string, unknown>> }

/** What the configuration should say after what was measured and found; null: nothing else than it says. It is never written into it. */
export const proposalOf = ({ needs: { config }, store }: Ground): Proposal | null => {
  const { geometry, found } = store.draft()
  const lines = geometry === null ? [] : geometryDiffers(config, geometry)
  const changes: Record<string, unknown> = {}
  if (geometry !== null && lines.length > 0) {
    const { width, height, pitchMm } = geometry
    changes['site'] = { panel: { ...config.site.panel, width, height, pitchMm } }
  }
  const controller = config.controller === null ? found.find(({ under }) => under === 'controller') : undefined
  const equipment = found.filter(({ under }) => under === 'equipment')
  if (controller !== undefined) changes['controller'] = JSON.parse(controller.entry)
  if (equipment.length > 0) changes['equipment+'] = equipment.map(({ entry }) => JSON.parse(entry))
  const all = [
    ...lines,
    ...(controller === undefined ? [] : [`/controller: null → ${controller.entry}`]),
    ...equipment.map(({ entry }) => `/equipment: + ${entry}`),
  ]
  return all.length === 0 ? null : { lines: all, changes }
}

/** Into a file beside the draft, for whoever edits the configuration. */
export const keepProposal = (ground: Ground): Result<void, Phrase> => {
  const wanted = proposalOf(ground)
  if (wanted === null) return ok(undefined)
  const text = `${JSON.stringify({ differs: wanted.lines, changes: wanted.changes }, null, 2)}\n`
  const done = ground.store.putProposal(text)
  return done.ok ? ok(undefined) : err(disk(done.error))
}
