import { useState } from 'preact/hooks'
import type { DraftView, OrderView } from '#core/contract/api.ts'
import { HAZARD_NAMES } from '#core/emergency/order.ts'
import type { ApiFault } from '../api.ts'
import { stamp } from '../format.ts'
import { ORDER_CLASS_NAMES, useT } from '../i18n.ts'
import { useStore } from '../store.tsx'
import { Act, Fault, Tag, useDenied } from '../ui/bits.tsx'
import { CancelDialog, ReasonDialog } from './dialogs.tsx'
import { StatusMark } from './marks.tsx'
import { cannotOpen, fromInbox } from './prefill.ts'
import { inForce } from './progress.ts'

/** Where it comes from, and whether anybody vouches for it. */
const Source = (props: { readonly view: DraftView }) => {
  const { t } = useT()
  const { view } = props
  return (
    <p class="order-marks">
      <Tag tone="info">{t(`from-${view.from}`)}</Tag>
      <strong>{view.source}</strong>
      {view.trusted === true && <Tag tone="ok">{t('trustedYes')}</Tag>}
      {view.trusted === false && <Tag tone="bad">{t('trustedNo')}</Tag>}
      {view.trusted === null && view.from === 'cap' && <Tag tone="warn">{t('trustedUnsigned')}</Tag>}
      <span class="dim">{stamp(view.receivedAt)}</span>
    </p>
  )
}

const Item = (props: {
  readonly view: DraftView
  readonly onEnd: (view: OrderView) => void
  readonly onDrop: () => void
}) => {
  const store = useStore()
  const { t, tf, lang } = useT()
  const { view } = props
  const { body } = view
  const denied = useDenied('order.release')
  const mayDrop = useDenied('order.propose')
  const why = cannotOpen(view)
  const ends =
    why === 'draftIsCancel' ? inForce(store.orders.value).find((o) => body.references.includes(o.order.id)) : undefined
  const noEnd = why === 'draftIsCancel' && ends === undefined ? t('draftCancelNothing') : null
  const busyForm = store.draft.value === null || why !== null ? null : t('formBusy')
  const block = denied ?? (why === 'draftIsTest' ? t('draftIsTest') : null) ?? noEnd ?? busyForm
  return (
    <li class="inbox-item" data-testid={`draft-${view.id}`}>
      <Source view={view} />
      <p class="order-marks">
        <StatusMark status={body.status} />
        <span>
          {ORDER_CLASS_NAMES[body.class][lang]} · {HAZARD_NAMES[body.hazard][lang]} · {t(`action-${body.action}`)}
        </span>
        <span class="dim">{tf('screensN', { n: body.targets.length })}</span>
      </p>
      <p>
        <strong>{body.texts[0]?.headline ?? t('noText')}</strong> {body.texts[0]?.instruction}
      </p>
      {view.notes.length > 0 && (
        <ul class="warnings">
          {view.notes.map((note) => (
            <li key={note.vi}>▲ {note[lang]}</li>
          ))}
        </ul>
      )}
      <div class="actions">
        <Act
          testid={`draft-open-${view.id}`}
          kind={body.status === 'actual' ? 'danger' : 'exercise'}
          busy={false}
          blocked={block}
          onPress={() => {
            if (ends !== undefined) return props.onEnd(ends)
            store.restoredAt.value = null
            store.draft.value = fromInbox(view, store.now.peek())
          }}
        >
          {why === 'draftIsCancel' ? t('draftCancelOpen') : t('draftOpen')}
        </Act>
        <Act testid={`draft-drop-${view.id}`} kind="plain" busy={false} blocked={mayDrop} onPress={props.onDrop}>
          {t('draftDrop')}
        </Act>
      </div>
    </li>
  )
}

/** A CAP message that came by another way: as a file. It becomes a draft like any other. */
const CapFile = () => {
  const store = useStore()
  const { t } = useT()
  const [busy, setBusy] = useState(false)
  const [fault, setFault] = useState<ApiFault | string | null>(null)
  const take = async (file: File) => {
    if (file.size > MOST_CAP_BYTES) return setFault(t('capTooBig'))
    setBusy(true)
    setFault(null)
    const answer = await store.api.takeCap(file)
    setBusy(false)
    if (!answer.ok) return setFault(answer.error)
    store.putDraft(answer.value)
  }
  return (
    <div class="picture">
      <label class="btn btn-plain file-button" aria-busy={busy}>
        {busy ? t('loading') : t('capFile')}
        <input
          class="visually-hidden"
          type="file"
          accept=".xml,.cap,application/xml,application/cap+xml"
          data-testid="cap-file"
          disabled={busy}
          onChange={(e) => {
            const [file] = e.currentTarget.files ?? []
            if (file !== undefined) void take(file)
            e.currentTarget.value = ''
          }}
        />
      </label>
      <Fault fault={fault} testid="cap-fault" />
    </div>
  )
}
/** The hub's own bound (256 KiB, domain.md §4.2) says it with reasons; this one only spares a weak line. */
const MOST_CAP_BYTES = 1_048_576

/** What others ask to be shown. Nothing of it is on any screen until an officer has signed it. */
export const Inbox = () => {
  const store = useStore()
  const { t, tf } = useT()
  const [dropping, setDropping] = useState<DraftView | null>(null)
  const [ending, setEnding] = useState<OrderView | null>(null)
  const waiting = store.inbox.value.filter((d) => d.state === 'waiting').sort((a, b) => b.receivedAt - a.receivedAt)
  const denied = useDenied('order.propose')
  if (waiting.length === 0 && denied !== null) return null
  return (
    <section class="card inbox" data-testid="inbox">
      <h2>{tf('inboxN', { n: waiting.length })}</h2>
      {waiting.length > 0 && <p class="dim">{t('inboxNote')}</p>}
      <ul class="plain">
        {waiting.map((view) => (
          <Item key={view.id} view={view} onEnd={setEnding} onDrop={() => setDropping(view)} />
        ))}
      </ul>
      {denied === null && <CapFile />}
      {ending !== null && <CancelDialog view={ending} onClose={() => setEnding(null)} />}
      {dropping !== null && (
        <ReasonDialog
          testid="drop"
          title={t('draftDropTitle')}
          note={t('draftDropNote')}
          label={t('rejectReason')}
          word={t('draftDrop')}
          kind="primary"
          send={(reason) => store.api.dropDraft(dropping.id, reason)}
          onDone={(view) => {
            store.putDraft(view)
            setDropping(null)
          }}
          onClose={() => setDropping(null)}
        >
          <StatusMark status={dropping.body.status} />
        </ReasonDialog>
      )}
    </section>
  )
}
