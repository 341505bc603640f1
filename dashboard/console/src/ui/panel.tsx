import { useComputed } from '@preact/signals'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { PreviewAnswer, PreviewRequest, SiteView } from '#core/contract/api.ts'
import type { ApiFault } from '../api.ts'
import { useT } from '../i18n.ts'
import { useStore } from '../store.tsx'
import { Tag } from './bits.tsx'
import { useSeen } from './seen.ts'

/** Pictures are asked for anew this often when no `frame` message says that they changed, ms. */
const REFRESH_MS = 5_000

/** What is on a cluster's glass now: the picture itself, in the panel's proportions, or a placeholder of the same size. */
export const Glass = (props: {
  readonly site: SiteView
  /** Asked for whether or not somebody looks. */
  readonly eager: boolean
}) => {
  const { site } = props
  const store = useStore()
  const { t, tf } = useT()
  const [tick, setTick] = useState(0)
  const [failed, setFailed] = useState(false)
  const [arrived, setArrived] = useState(false)
  // A wall of 200 clusters asks only for the pictures somebody looks at.
  const { ref: box, seen: isSeen } = useSeen<HTMLDivElement>()
  const seen = props.eager || isSeen.value
  // Of this cluster alone: the wall has two hundred of these, and each picture changes when it likes.
  const version = useComputed(() => store.frames.value.get(site.id) ?? 0).value
  // A picture on its way is not asked for again: a slow hub would never get one through.
  const coming = useRef(false)

  useEffect(() => {
    if (!seen) return
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible' && !coming.current) setTick((n) => n + 1)
    }, REFRESH_MS)
    return () => clearInterval(timer)
  }, [seen])
  const away = !site.connected
  const shown = seen && !away && site.status !== null
  useEffect(() => {
    coming.current = shown
  }, [version, tick, shown])

  const label = tf('frameOf', { site: site.name, title: site.status?.screen.title ?? '' })
  const { width, height } = site.panel
  return (
    <div class="glass" ref={box} style={{ aspectRatio: `${width} / ${height}` }} data-testid={`frame-${site.id}`}>
      {shown && (
        <img
          src={`/api/sites/${encodeURIComponent(site.id)}/frame?v=${version}-${tick}`}
          alt={label}
          width={width}
          height={height}
          hidden={failed}
          onError={() => {
            coming.current = false
            setFailed(true)
          }}
          onLoad={() => {
            coming.current = false
            setFailed(false)
            setArrived(true)
          }}
        />
      )}
      {(!shown || failed || !arrived) && (
        <span class="glass-none">{away ? t('frameAway') : failed ? t('frameNone') : t('loading')}</span>
      )}
    </div>
  )
}

export type PreviewState =
  | { readonly state: 'waiting' }
  | { readonly state: 'failed'; readonly fault: ApiFault }
  | { readonly state: 'drawn'; readonly answer: PreviewAnswer }

/** A panel's own rendering of a draft. Pages turn at their real pace, or by hand. */
export const PanelPreview = (props: {
  readonly site: SiteView
  readonly preview: PreviewState
  readonly exercise: boolean
  /** False: whether it fits is said elsewhere. */
  readonly verdict?: boolean
}) => {
  const { site, preview } = props
  const { t, tf } = useT()
  const [page, setPage] = useState(0)
  const pages = preview.state === 'drawn' ? preview.answer.pages : []
  const current = pages[page % Math.max(1, pages.length)]
  useEffect(() => {
    if (pages.length < 2 || current === undefined) return
    const timer = setTimeout(() => setPage((n) => (n + 1) % pages.length), Math.max(500, current.durationMs))
    return () => clearTimeout(timer)
  }, [page, preview])
  const faults = preview.state === 'drawn' ? preview.answer.faults : []
  const alt = tf('previewOf', { site: site.name })
  return (
    <figure class={`preview${props.exercise ? ' preview-exercise' : ''}`} data-testid={`preview-${site.id}`}>
      <div class="glass" style={{ aspectRatio: `${site.panel.width} / ${site.panel.height}` }}>
        {current !== undefined && <img src={`data:image/png;base64,${current.png}`} alt={alt} />}
        {current === undefined && (
          <span class="glass-none">
            {preview.state === 'waiting' ? t('drawing') : faults.length > 0 ? t('previewUnfit') : t('previewDark')}
          </span>
        )}
      </div>
      <figcaption>
        <strong>{site.name}</strong>
        <span class="dim">
          {site.panel.width}×{site.panel.height}
          {pages.length > 1 && ` · ${tf('pageOf', { page: (page % pages.length) + 1, pages: pages.length })}`}
          {current !== undefined && ` · ${current.language}`}
        </span>
        {props.verdict !== false && preview.state === 'drawn' && faults.length === 0 && (
          <Tag tone="ok">{t('previewFits')}</Tag>
        )}
        {(props.verdict !== false || current === undefined) && <PreviewFaults preview={preview} site={site.id} />}
      </figcaption>
    </figure>
  )
}

const PreviewFaults = (props: { readonly preview: PreviewState; readonly site: string }) => {
  const { lang } = useT()
  const { preview } = props
  if (preview.state === 'failed') return <p class="fault">✕ {preview.fault.message[lang]}</p>
  if (preview.state === 'waiting' || preview.answer.faults.length === 0) return null
  return (
    <ul class="fault" data-testid={`preview-fault-${props.site}`}>
      {preview.answer.faults.map((fault) => (
        <li key={fault}>✕ {fault}</li>
      ))}
    </ul>
  )
}

/** Most previews asked for at the same time; the hub draws them one after the other anyway. */
const AT_ONCE = 4
const DEBOUNCE_MS = 400

/**
 * Previews for each request, by site. `key` says what they depend on: while it changes nothing is asked, then the older round is
 * dropped. A site is `waiting` from the moment the draft changes, so an old picture never stands beside a new text.
 */
export const usePreviews = (key: string, asks: readonly PreviewRequest[]): ReadonlyMap<string, PreviewState> => {
  const { api } = useStore()
  const [state, setState] = useState<{ readonly key: string; readonly map: ReadonlyMap<string, PreviewState> }>({
    key: '',
    map: new Map(),
  })
  useEffect(() => {
    const stop = new AbortController()
    const waiting = [...asks]
    const worker = async (): Promise<void> => {
      for (let ask = waiting.shift(); ask !== undefined; ask = waiting.shift()) {
        const { site } = ask
        const answer = await api.preview(ask, stop.signal)
        if (stop.signal.aborted) return
        const result: PreviewState = answer.ok
          ? { state: 'drawn', answer: answer.value }
          : { state: 'failed', fault: answer.error }
        setState((old) => ({ key, map: new Map([...(old.key === key ? old.map : []), [site, result]]) }))
      }
    }
    const timer = setTimeout(() => {
      for (let i = 0; i < Math.min(AT_ONCE, asks.length); i++) void worker()
    }, DEBOUNCE_MS)
    return () => {
      clearTimeout(timer)
      stop.abort()
    }
  }, [key])
  return new Map(
    asks.map((ask) => [ask.site, (state.key === key ? state.map.get(ask.site) : undefined) ?? { state: 'waiting' }]),
  )
}
