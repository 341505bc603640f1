import { ok } from '#core/base/result.ts'
import type { Item } from '#core/content/item.ts'
import { staleTexts } from '#core/content/translation.ts'
import type { PanelFit } from '#core/contract/api.ts'
import { sha256 } from '../crypto/ed25519.ts'
import type { Hub } from '../hub.ts'
import { type Answer, notFound, type PersonCall, type Problem, param, problem, type Route } from './answer.ts'

/** How a text item stands on the panel of each of these sites. Empty for pictures and clips: nothing of them is set in letters here. */
export const fitsOf = (hub: Hub, item: Item, sites: readonly string[]): readonly PanelFit[] => {
  if (item.kind !== 'text') return []
  // Judged is what would be shown: a translation that is stale is left out (Art. 13.4). When all are, all are judged.
  const stale = staleTexts(item, sha256)
  const shown = item.texts.filter(({ language }) => !stale.includes(language))
  const judged = { texts: shown.length > 0 ? shown : item.texts, durationMs: item.durationMs }
  return sites.map((id) => hub.preview.fit(judged, id, hub.sites.get(id)?.panel ?? null))
}

/** As many panels are named in a refusal; the item's page shows all of them. */
const MOST_NAMED = 3

const said = (fits: readonly PanelFit[], language: 'vi' | 'en'): string => {
  const named = fits.slice(0, MOST_NAMED).map((fit) => {
    const why = fit.faults.map((fault) => fault[language]).join(' ')
    return `${fit.site} (${fit.width}×${fit.height}): ${why}`
  })
  return fits.length > named.length ? `${named.join(' ')} (+${fits.length - named.length})` : named.join(' ')
}

/**
 * Art. 3.4: nothing is approved that a panel cannot show as approved. There is no override: the text, its time or its clusters change
 * instead. Null when it fits everywhere.
 */
export const unfitProblem = (
  hub: Hub,
  item: Item,
  sites: readonly string[],
): { readonly ok: false; readonly error: Problem } | null => {
  const unfit = fitsOf(hub, item, sites).filter((fit) => fit.faults.length > 0)
  if (unfit.length === 0) return null
  return problem(
    422,
    'text-unfit',
    {
      vi: `Không hiện được trên ${unfit.length} màn hình. ${said(unfit, 'vi')}`,
      en: `It cannot be shown on ${unfit.length} panel(s). ${said(unfit, 'en')}`,
    },
    '/texts',
  )
}

export const fitRoutes = (hub: Hub): readonly Route[] => {
  const fit = async (call: PersonCall): Answer => {
    const row = await hub.store.content.item(param(call, 'id'))
    if (row === null) return notFound(`nội dung / item ${param(call, 'id')}`)
    return ok(fitsOf(hub, row.item, row.sites))
  }
  return [{ method: 'GET', url: '/api/items/:id/fit', need: { action: 'view' }, handle: fit }]
}
