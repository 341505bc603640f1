import { useEffect, useState } from 'preact/hooks'
import type { ItemView } from '#core/contract/api.ts'
import type { ApiFault, PreparedDocument } from '../api.ts'
import { useT } from '../i18n.ts'
import type { Signer } from '../sign.ts'
import { useStore } from '../store.tsx'
import { Act, Dialog, Fault, Tag } from '../ui/bits.tsx'
import { Unlock, useSigner } from '../ui/unlock.tsx'
import { readChanges } from './changes.ts'

type Sent = { readonly version: number } | { readonly fault: ApiFault }

const OneDocument = (props: {
  readonly document: PreparedDocument
  readonly view: ItemView
  readonly mode: 'add' | 'remove'
  readonly known: readonly ItemView[]
  readonly sent: Sent | undefined
}) => {
  const { t, tf, lang } = useT()
  const { sites } = useStore()
  const { document: doc, sent } = props
  const read = readChanges(doc, wantedOf(props.view, props.mode, props.known))
  const name = sites.value.find((s) => s.id === doc.site)?.name ?? doc.site
  return (
    <li data-testid={`publish-${doc.site}`}>
      <strong>{name}</strong>{' '}
      {read.ok ? (
        <>
          <span class="dim">
            {tf('scheduleV', { n: read.value.version })} · {tf('keptN', { n: read.value.kept })} ·{' '}
            {tf('framesN', { n: read.value.frames })}
          </span>
          <ul class="diff">
            {read.value.added.map((title) => (
              <li class="diff-add" key={title}>
                + {title}
              </li>
            ))}
            {read.value.removed.map((title) => (
              <li class="diff-remove" key={title}>
                − {title}
              </li>
            ))}
            {read.value.added.length + read.value.removed.length === 0 && <li>{t('noChange')}</li>}
          </ul>
        </>
      ) : (
        <span class="fault">✕ {t(`document-${read.error}`)}</span>
      )}
      {sent !== undefined &&
        ('version' in sent ? (
          <Tag tone="ok">{tf('publishedV', { n: sent.version })}</Tag>
        ) : (
          <Tag tone="bad">{sent.fault.message[lang]}</Tag>
        ))}
    </li>
  )
}

const wantedOf = (view: ItemView, mode: 'add' | 'remove', known: readonly ItemView[]) => ({
  add: mode === 'add' ? [view] : [],
  remove: mode === 'remove' ? [view.item.id] : [],
  known,
})

/** Prepare → read what changes, site by site → sign each document → send each. */
export const PublishDialog = (props: {
  readonly view: ItemView
  readonly mode: 'add' | 'remove'
  readonly onClose: () => void
}) => {
  const store = useStore()
  const { t } = useT()
  const signer = useSigner()
  const [documents, setDocuments] = useState<readonly PreparedDocument[] | null>(null)
  // As it was when the documents were prepared: publishing must not turn "+ item" into "no change" under the reader's eyes.
  const [known] = useState(() => store.items.peek())
  const [sent, setSent] = useState<ReadonlyMap<string, Sent>>(new Map())
  const [busy, setBusy] = useState(false)
  const [fault, setFault] = useState<ApiFault | null>(null)
  const { view, mode } = props
  const id = view.item.id
  const sites = mode === 'add' ? view.sites : view.publishedAt
  // A second opening must not sign a version that another approver has used up: documents are prepared anew each time.
  useEffect(() => {
    const ask = async () => {
      const answer = await store.api.prepare({
        sites,
        addItems: mode === 'add' ? [id] : [],
        removeItems: mode === 'remove' ? [id] : [],
      })
      if (answer.ok) setDocuments(answer.value.documents)
      else setFault(answer.error)
    }
    void ask()
  }, [])

  const publish = async (by: Signer) => {
    setBusy(true)
    let done = sent
    for (const doc of documents ?? []) {
      const before = done.get(doc.site)
      if (before !== undefined && 'version' in before) continue
      const answer = await store.api.publish(await by.sign('schedule', doc.payload))
      done = new Map([...done, [doc.site, answer.ok ? { version: answer.value.version } : { fault: answer.error }]])
      setSent(done)
    }
    setBusy(false)
    void store.reload()
  }
  const wrong = documents?.some((d) => !readChanges(d, wantedOf(view, mode, known)).ok) ?? false
  const all = documents?.every((d) => 'version' in (sent.get(d.site) ?? {})) ?? false
  const block = () => {
    if (documents === null) return t('preparing')
    if (wrong) return t('documentWrong')
    return signer === null ? t('unlockFirst') : null
  }
  return (
    <Dialog
      title={mode === 'add' ? t('publishTitle') : t('withdrawTitle')}
      kind="plain"
      testid="publish-dialog"
      onClose={props.onClose}
    >
      <p>
        <strong>{view.item.title}</strong>
      </p>
      {documents === null && fault === null && <p class="dim">{t('preparing')}</p>}
      <ul class="plain">
        {documents?.map((d) => (
          <OneDocument key={d.site} document={d} view={view} mode={mode} known={known} sent={sent.get(d.site)} />
        ))}
      </ul>
      {signer === null && documents !== null && !all && <Unlock testid="publish" onSigner={() => undefined} />}
      <Fault fault={fault} testid="publish-fault" />
      <div class="dialog-foot">
        <Act testid="publish-close" kind="plain" busy={busy} blocked={null} onPress={props.onClose}>
          {all ? t('close') : t('back')}
        </Act>
        {!all && (
          <Act
            testid="publish-confirm"
            kind="primary"
            busy={busy}
            blocked={block()}
            onPress={() => {
              if (signer !== null) void publish(signer)
            }}
          >
            {mode === 'add' ? t('signAndPublish') : t('signAndWithdraw')}
          </Act>
        )}
      </div>
    </Dialog>
  )
}
