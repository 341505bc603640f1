import { useEffect, useState } from 'preact/hooks'
import { assetsOf } from '#core/content/item.ts'
import type { ItemView } from '#core/contract/api.ts'
import type { ApiFault } from '../api.ts'
import { useT } from '../i18n.ts'
import { sha256OfBlob } from '../sha256.ts'
import { useStore } from '../store.tsx'
import { SlideShow } from './slides.tsx'

/** The files as they came, and their hashes as this browser computed them, in the order of the item. */
export type Loaded =
  | { readonly state: 'loading' }
  | { readonly state: 'none' }
  | { readonly state: 'failed'; readonly fault: ApiFault }
  | { readonly state: 'ready'; readonly files: readonly { readonly url: string; readonly sha256: string }[] }

/** The pictures that are shown are made of the very bytes that were hashed, so an approver cannot be shown one file and sign another. */
export const useFiles = (view: ItemView): Loaded => {
  const { api } = useStore()
  const count = assetsOf(view.item).length
  const [loaded, setLoaded] = useState<Loaded>({ state: count > 0 ? 'loading' : 'none' })
  useEffect(() => {
    if (count === 0) return
    const stop = new AbortController()
    const made: string[] = []
    const load = async () => {
      const files: { url: string; sha256: string }[] = []
      for (let n = 0; n < count; n++) {
        const answer = await api.file(view.item.id, n, stop.signal)
        if (stop.signal.aborted) return
        if (!answer.ok) return setLoaded({ state: 'failed', fault: answer.error })
        const sha256 = await sha256OfBlob(answer.value)
        if (stop.signal.aborted) return
        const url = URL.createObjectURL(answer.value)
        made.push(url)
        files.push({ url, sha256 })
      }
      setLoaded({ state: 'ready', files })
    }
    void load()
    return () => {
      stop.abort()
      for (const url of made) URL.revokeObjectURL(url)
    }
  }, [view.item.id, view.item.revision])
  return loaded
}

export const FileView = (props: { readonly view: ItemView; readonly loaded: Loaded }) => {
  const { t, lang } = useT()
  const { loaded, view } = props
  if (loaded.state === 'none') return null
  const [first] = loaded.state === 'ready' ? loaded.files : []
  const slides =
    loaded.state === 'ready'
      ? (view.item.slides ?? []).flatMap(({ durationMs }, i) => {
          const url = loaded.files[i]?.url
          return url === undefined ? [] : [{ url, durationMs }]
        })
      : []
  return (
    <section class="card">
      <h2>{t('preview')}</h2>
      {loaded.state === 'loading' && <p class="glass media glass-none">{t('loading')}</p>}
      {loaded.state === 'failed' && <p class="fault">✕ {loaded.fault.message[lang]}</p>}
      {view.item.kind === 'slides' && <SlideShow slides={slides} alt={view.item.title} />}
      {first !== undefined && view.item.kind === 'image' && (
        <img class="media" src={first.url} alt={view.item.title} data-testid="item-media" />
      )}
      {first !== undefined && view.item.kind === 'video' && (
        // A clip for a public screen has no speech track of its own to caption: its words are in the picture or in the item.
        <video class="media" src={first.url} controls muted={!view.item.audio} data-testid="item-media" />
      )}
    </section>
  )
}
