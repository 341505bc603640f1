import { useEffect, useState } from 'preact/hooks'
import type { ItemView, PanelFit } from '#core/contract/api.ts'
import type { ApiFault } from '../api.ts'
import { useT } from '../i18n.ts'
import { useStore } from '../store.tsx'
import { Empty, Tag } from '../ui/bits.tsx'

/** What the hub measured on every panel a text is meant for. Pictures and clips are not measured: `none`. */
export type Fits =
  | { readonly state: 'none' }
  | { readonly state: 'loading' }
  | { readonly state: 'failed'; readonly fault: ApiFault }
  | { readonly state: 'known'; readonly panels: readonly PanelFit[] }

export const useFits = (view: ItemView): Fits => {
  const { api } = useStore()
  const isText = view.item.kind === 'text'
  const [fits, setFits] = useState<Fits>({ state: isText ? 'loading' : 'none' })
  useEffect(() => {
    if (!isText) return setFits({ state: 'none' })
    let left = false
    const ask = async () => {
      setFits({ state: 'loading' })
      const answer = await api.fits(view.item.id)
      if (left) return
      setFits(answer.ok ? { state: 'known', panels: answer.value } : { state: 'failed', fault: answer.error })
    }
    void ask()
    return () => {
      left = true
    }
  }, [view.itemHash])
  return fits
}

/** Panels it cannot be shown on. */
export const unfitOf = (fits: Fits): readonly PanelFit[] =>
  fits.state === 'known' ? fits.panels.filter((panel) => panel.faults.length > 0) : []

/** It would stand there, only not long enough: a picture of it can be drawn all the same. */
export const onlyTime = (fit: PanelFit): boolean => fit.faults.every((fault) => fault.kind === 'no-time')

const whole = (ms: number): number => Math.ceil(ms / 1000)

const OnePanel = (props: { readonly fit: PanelFit; readonly name: string; readonly durationMs: number }) => {
  const { t, tf, lang } = useT()
  const { fit } = props
  const fine = fit.faults.length === 0
  return (
    <li class={`fit${fine ? '' : ' fit-bad'}`} data-testid={`fit-${fit.site}`} data-fits={fine}>
      <div class="fit-head">
        <strong>{props.name}</strong>
        <span class="dim">
          {fit.width}×{fit.height}
        </span>
        <Tag tone={fine ? 'ok' : 'bad'}>{fine ? t('previewFits') : t('previewUnfit')}</Tag>
      </div>
      {fit.pages > 0 && (
        <p class="dim">
          {tf('fitPages', { n: fit.pages })} ·{' '}
          {tf('fitTime', { needs: whole(fit.needsMs), has: props.durationMs / 1000 })}
          {fit.smallest !== null && ` · ${tf('fitLetters', { size: fit.smallest, least: fit.least })}`}
        </p>
      )}
      {fit.faults.map((fault) => (
        <p class="fit-why" key={fault.vi}>
          ✕ {fault[lang]}
          <span class="dim" lang={lang === 'vi' ? 'en' : 'vi'}>
            {fault[lang === 'vi' ? 'en' : 'vi']}
          </span>
        </p>
      ))}
    </li>
  )
}

/** The list of panels: does it fit, what was measured, and every reason why not in both languages. */
export const FitPanels = (props: { readonly view: ItemView; readonly fits: Fits }) => {
  const { t, tf, lang } = useT()
  const { sites } = useStore()
  const { fits, view } = props
  if (fits.state === 'none') return null
  if (fits.state === 'failed') return <p class="fault">✕ {fits.fault.message[lang]}</p>
  if (fits.state === 'loading') return <Empty>{t('checking')}</Empty>
  const unfit = unfitOf(fits)
  return (
    <>
      {unfit.length > 0 && (
        <p class="fault" data-testid="fit-summary">
          ✕ {tf('fitRefused', { n: unfit.length, of: fits.panels.length })}
        </p>
      )}
      <ul class="plain fits">
        {fits.panels.map((fit) => (
          <OnePanel
            key={fit.site}
            fit={fit}
            name={sites.value.find((s) => s.id === fit.site)?.name ?? fit.site}
            durationMs={view.item.durationMs}
          />
        ))}
      </ul>
    </>
  )
}
