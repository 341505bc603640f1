import { useEffect, useRef, useState } from 'preact/hooks'
import { MOST_PICTURE_BYTES } from '#core/emergency/order.ts'
import type { ApiFault } from '../api.ts'
import { bytes } from '../format.ts'
import { useT } from '../i18n.ts'
import { sha256OfBlob } from '../sha256.ts'
import { useStore } from '../store.tsx'
import { Fault } from '../ui/bits.tsx'
import type { OrderDraft } from './draft.ts'

const TYPES: readonly string[] = ['image/png', 'image/jpeg']

/** A picture beside the words. What is signed is the hash that this computer took of the file, never one that it was told. */
export const PictureField = (props: {
  readonly draft: OrderDraft
  readonly change: (part: Partial<OrderDraft>) => void
}) => {
  const store = useStore()
  const { t, tf } = useT()
  const { draft, change } = props
  const [busy, setBusy] = useState(false)
  const [fault, setFault] = useState<ApiFault | string | null>(null)
  const input = useRef<HTMLInputElement>(null)
  const [shown, setShown] = useState<{ readonly url: string; readonly sha256: string } | null>(null)
  useEffect(() => () => (shown === null ? undefined : URL.revokeObjectURL(shown.url)), [shown])

  const take = async (file: File) => {
    setFault(null)
    if (!TYPES.includes(file.type)) return setFault(t('pictureKind'))
    if (file.size > MOST_PICTURE_BYTES) return setFault(tf('pictureTooBig', { most: bytes(MOST_PICTURE_BYTES) }))
    setBusy(true)
    const own = await sha256OfBlob(file)
    const answer = await store.api.picture(file)
    setBusy(false)
    if (!answer.ok) return setFault(answer.error)
    if (answer.value.sha256 !== own) return setFault(t('pictureChanged'))
    setShown({ url: URL.createObjectURL(file), sha256: own })
    const mime = file.type === 'image/png' ? ('image/png' as const) : ('image/jpeg' as const)
    change({ picture: { sha256: own, bytes: file.size, mime } })
  }
  const { picture } = draft
  return (
    <div class="picture">
      <span class="picture-label">{t('picture')}</span>
      <label class="btn btn-plain file-button" aria-busy={busy}>
        {busy ? t('pictureSending') : picture === null ? t('pictureChoose') : t('pictureOther')}
        <input
          ref={input}
          class="visually-hidden"
          type="file"
          accept={TYPES.join()}
          data-testid="order-picture"
          disabled={busy}
          onChange={(e) => {
            const [file] = e.currentTarget.files ?? []
            if (file !== undefined) void take(file)
            e.currentTarget.value = ''
          }}
        />
      </label>
      {picture !== null && (
        <>
          <img
            class="picture-small"
            src={shown?.sha256 === picture.sha256 ? shown.url : `/assets/${picture.sha256}`}
            alt={t('picture')}
          />
          <span class="dim" data-testid="order-picture-taken">
            {bytes(picture.bytes)}
          </span>
          <button type="button" class="chip" onClick={() => change({ picture: null })}>
            {t('pictureRemove')}
          </button>
        </>
      )}
      <span class="hint">{t('pictureHint')}</span>
      <Fault fault={fault} testid="order-picture-fault" />
    </div>
  )
}
