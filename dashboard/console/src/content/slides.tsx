import { useEffect, useState } from 'preact/hooks'
import { bytes } from '../format.ts'
import { useT } from '../i18n.ts'

/** One picture of a slide show as it is shown here: where its bytes are, and how long it stays, ms. */
export type Shown = { readonly url: string; readonly durationMs: number }

/** The pictures one after the other at their real pace, or by hand. With one picture it is that picture. */
export const SlideShow = (props: { readonly slides: readonly Shown[]; readonly alt: string }) => {
  const { t, tf } = useT()
  const [at, setAt] = useState(0)
  const [runs, setRuns] = useState(true)
  const { slides } = props
  const n = slides.length
  const here = n === 0 ? 0 : at % n
  const slide = slides[here]
  useEffect(() => {
    if (!runs || n < 2 || slide === undefined) return
    const timer = setTimeout(() => setAt(here + 1), Math.max(1000, slide.durationMs))
    return () => clearTimeout(timer)
  }, [here, runs, n, slide?.durationMs])
  if (slide === undefined) return null
  const go = (to: number) => {
    setRuns(false)
    setAt((to + n) % n)
  }
  return (
    <figure class="slideshow">
      <img class="media" src={slide.url} alt={`${props.alt} · ${here + 1}/${n}`} data-testid="item-media" />
      <figcaption class="slide-bar">
        <button type="button" class="chip" aria-label={t('slideBefore')} onClick={() => go(here - 1)}>
          ‹
        </button>
        <span class="mono" data-testid="slide-at">
          {tf('slideN', { n: here + 1, all: n, seconds: slide.durationMs / 1000 })}
        </span>
        <button type="button" class="chip" aria-label={t('slideNext')} onClick={() => go(here + 1)}>
          ›
        </button>
        <button type="button" class="chip" aria-pressed={runs} onClick={() => setRuns(!runs)}>
          {runs ? t('slidesPause') : t('slidesRun')}
        </button>
      </figcaption>
    </figure>
  )
}

/** Pictures that were picked, in order, each with its seconds. */
export type Picked = { readonly file: File; readonly seconds: number }

/** Object URLs of the files, let go of when the files change. */
const useUrls = (picked: readonly Picked[]): readonly string[] => {
  const [urls, setUrls] = useState<readonly string[]>([])
  const key = picked.map((p) => `${p.file.name}/${p.file.size}/${p.file.lastModified}`).join('|')
  useEffect(() => {
    const made = picked.map((p) => URL.createObjectURL(p.file))
    setUrls(made)
    return () => {
      for (const url of made) URL.revokeObjectURL(url)
    }
  }, [key])
  return urls.length === picked.length ? urls : []
}

const MOST_SLIDES = 60
const NEW_SECONDS = 8

export const SlidesPart = (props: {
  readonly picked: readonly Picked[]
  readonly onPick: (p: readonly Picked[]) => void
}) => {
  const { t, tf } = useT()
  const { picked, onPick } = props
  const urls = useUrls(picked)
  const move = (from: number, to: number) => {
    const one = picked[from]
    if (one === undefined || to < 0 || to >= picked.length) return
    const rest = picked.filter((_, i) => i !== from)
    onPick([...rest.slice(0, to), one, ...rest.slice(to)])
  }
  const seconds = picked.reduce((sum, p) => sum + (Number.isFinite(p.seconds) ? p.seconds : 0), 0)
  return (
    <fieldset class="slides-part">
      <legend>{t('slidesPictures')}</legend>
      <label class="btn btn-plain file-button">
        + {t('slidesAdd')}
        <input
          type="file"
          multiple
          class="visually-hidden"
          accept="image/png,image/jpeg,image/webp"
          data-testid="submit-slides"
          onChange={(e) => {
            const files = Array.from(e.currentTarget.files ?? [])
            onPick([...picked, ...files.map((file) => ({ file, seconds: NEW_SECONDS }))].slice(0, MOST_SLIDES))
            e.currentTarget.value = ''
          }}
        />
      </label>
      <ol class="plain slide-list">
        {picked.map((one, i) => (
          <li key={`${i}/${one.file.name}`} data-testid={`slide-${i}`}>
            {urls[i] !== undefined && <img src={urls[i]} alt={tf('slidePicture', { n: i + 1 })} />}
            <div class="slide-what">
              <span class="slide-name">
                {i + 1}. {one.file.name} <span class="dim">{bytes(one.file.size)}</span>
              </span>
              <label class="slide-seconds">
                {t('slideSeconds')}
                <input
                  type="number"
                  min={1}
                  max={600}
                  step="any"
                  data-testid={`slide-seconds-${i}`}
                  value={Number.isNaN(one.seconds) ? '' : one.seconds}
                  onInput={(e) => {
                    const value = e.currentTarget.valueAsNumber
                    onPick(picked.map((p, j) => (j === i ? { ...p, seconds: value } : p)))
                  }}
                />
              </label>
            </div>
            <div class="slide-acts">
              <button
                type="button"
                class="chip"
                disabled={i === 0}
                aria-label={t('slideUp')}
                onClick={() => move(i, i - 1)}
              >
                ↑
              </button>
              <button
                type="button"
                class="chip"
                disabled={i === picked.length - 1}
                aria-label={t('slideDown')}
                onClick={() => move(i, i + 1)}
              >
                ↓
              </button>
              <button
                type="button"
                class="chip"
                aria-label={tf('slideRemove', { n: i + 1 })}
                onClick={() => onPick(picked.filter((_, j) => j !== i))}
              >
                ✕
              </button>
            </div>
          </li>
        ))}
      </ol>
      {picked.length > 0 && <p class="dim">{tf('slidesTotal', { n: picked.length, seconds })}</p>}
      {urls.length > 1 && (
        <SlideShow
          alt={t('preview')}
          slides={urls.map((url, i) => ({ url, durationMs: (picked[i]?.seconds ?? NEW_SECONDS) * 1000 }))}
        />
      )}
    </fieldset>
  )
}
