import type { SiteView } from '#core/contract/api.ts'
import type { Order } from '#core/emergency/order.ts'
import { useT } from '../i18n.ts'
import { PanelPreview, type PreviewState, usePreviews } from '../ui/panel.tsx'
import { previewOf } from './draft.ts'
import { type PanelKind, panelKinds } from './steps.ts'

/** Clusters named under a preview; the rest is a number. */
const MOST_NAMED = 2

export type KindPreview = { readonly kind: PanelKind; readonly site: SiteView; readonly preview: PreviewState }

/** What each kind of panel will draw of an order. `drawn` false: it draws nothing that could be looked at. */
export const useKindPreviews = (order: Order, sites: readonly SiteView[], drawn: boolean): readonly KindPreview[] => {
  const kinds = drawn ? panelKinds(sites) : []
  const firsts = kinds.flatMap((kind) => kind.sites.slice(0, 1).map((site) => ({ kind, site })))
  const asks = firsts.map(({ site }) => previewOf(order, site.id))
  // What the pictures depend on: everything drawn but the seconds of the end.
  const { expiresAt, startsAt, ...rest } = { ...order, targets: [], issuedAt: 0, id: '' }
  const key = JSON.stringify([rest, expiresAt - startsAt, firsts.map(({ site }) => site.id)])
  const previews = usePreviews(key, asks)
  return firsts.map(({ kind, site }) => ({ kind, site, preview: previews.get(site.id) ?? { state: 'waiting' } }))
}

/** The first reason why what is drawn cannot be signed yet, as the next thing to do; null: it can. */
export const usePreviewBlock = (previews: readonly KindPreview[]): string | null => {
  const { t, tf } = useT()
  const failed = previews.find((p) => p.preview.state === 'failed')
  if (failed !== undefined) return tf('previewFailed', { site: failed.site.id })
  const unfit = previews.filter((p) => p.preview.state === 'drawn' && p.preview.answer.faults.length > 0)
  if (unfit.length > 0) return tf('previewUnfitSites', { sites: unfit.map((p) => p.site.id).join(', ') })
  return previews.some((p) => p.preview.state === 'waiting') ? t('previewWaiting') : null
}

export const Previews = (props: {
  readonly previews: readonly KindPreview[]
  readonly exercise: boolean
  /** What to say when there is nothing to look at. */
  readonly empty: string
}) => {
  const { t, tf } = useT()
  return (
    <section class="preview-list" aria-label={t('previews')}>
      {props.previews.length === 0 && <p class="empty">{props.empty}</p>}
      {props.previews.map(({ kind, site, preview }) => (
        <div key={kind.key} class="kind">
          <PanelPreview site={site} preview={preview} exercise={props.exercise} />
          {kind.sites.length > 1 && (
            <p class="dim">
              {tf('kindAlso', { n: kind.sites.length - 1 })}{' '}
              {kind.sites
                .slice(1, 1 + MOST_NAMED)
                .map((s) => s.name)
                .join(' · ')}
              {kind.sites.length > 1 + MOST_NAMED && ' …'}
            </p>
          )}
        </div>
      ))}
    </section>
  )
}
