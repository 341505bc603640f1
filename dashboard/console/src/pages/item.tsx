import { useState } from 'preact/hooks'
import { CATEGORY_NAMES } from '#core/content/category.ts'
import { assetsOf } from '#core/content/item.ts'
import type { ItemView } from '#core/contract/api.ts'
import type { ApiFault } from '../api.ts'
import { FileView, type Loaded, useFiles } from '../content/files.tsx'
import { type Fits, unfitOf, useFits } from '../content/fit.tsx'
import { PublishDialog } from '../content/publish.tsx'
import { StaleTag, TextView, useStale } from '../content/texts.tsx'
import { bytes, day, stamp } from '../format.ts'
import { CHANNEL_NAMES, KIND_NAMES, LANGUAGE_NAMES, useT } from '../i18n.ts'
import { approvalPayload, checkItem, type Signer } from '../sign.ts'
import { useStore } from '../store.tsx'
import { Act, Dialog, Empty, Fact, Fault, Field, Tag, useDenied } from '../ui/bits.tsx'
import { Unlock, useSigner } from '../ui/unlock.tsx'
import { Refusals, STATE_TONES } from './content.tsx'

const Meta = (props: { readonly view: ItemView }) => {
  const stale = useStale(props.view)
  const { view } = props
  const { item } = view
  const { t, tf, lang } = useT()
  const { sites } = useStore()
  const category = CATEGORY_NAMES[item.category]
  const names = view.sites.map((id) => sites.value.find((s) => s.id === id)?.name ?? id)
  return (
    <section class="card">
      <h2>{t('metadata')}</h2>
      <dl class="facts facts-2">
        <Fact label={t('category')} tone={null}>
          {category.clause} {category[lang]}
        </Fact>
        <Fact label={t('kind')} tone={null}>
          {KIND_NAMES[item.kind][lang]} · {tf('secondsN', { n: item.durationMs / 1000 })}
          {item.audio && ` · ${t('hasAudio')}`}
        </Fact>
        <Fact label={t('languages')} tone={null}>
          {item.languages.map((l) => LANGUAGE_NAMES[l]?.[lang] ?? l).join(', ')}
        </Fact>
        <Fact label={t('supplier')} tone={null}>
          {item.supplier.name} {item.suppliedByLead && `(${t('suppliedByLead')})`}
        </Fact>
        <Fact label={t('documentNumber')} tone={item.document === null ? 'warn' : null}>
          {item.document ?? t('noDocument')}
        </Fact>
        <Fact label={t('channel')} tone={null}>
          {CHANNEL_NAMES[item.channel][lang]}
        </Fact>
        <Fact label={t('validity')} tone={null}>
          {day(item.validFrom)} – {day(item.validTo - 1)}
        </Fact>
        <Fact label={t('submittedBy')} tone={null}>
          {view.submitterName} · {stamp(view.submittedAt)}
        </Fact>
        <Fact label={t('targetSites')} tone={null}>
          {names.join(', ')}
        </Fact>
        {assetsOf(item).length > 0 && (
          <Fact label={t('file')} tone={null}>
            {assetsOf(item)
              .map((a) => `${a.mime} · ${bytes(a.bytes)}`)
              .join(', ')}
          </Fact>
        )}
        {item.translationOf !== undefined && (
          <Fact label={t('translationOf')} tone={stale.isAll ? 'bad' : null}>
            <a href={`#/content/${item.translationOf.item}`}>{item.translationOf.item}</a> r
            {item.translationOf.revision}
          </Fact>
        )}
        {item.ad !== null && (
          <Fact label={t('advertiser')} tone={item.ad.permit === null ? 'bad' : null}>
            {item.ad.advertiser} · {item.ad.permit?.number ?? t('noPermit')}
            {item.ad.permit !== null && ` · ${day(item.ad.permit.validFrom)}–${day(item.ad.permit.validTo - 1)}`}
          </Fact>
        )}
        {view.approvedBy !== null && (
          <Fact label={t('approvedBy')} tone={null}>
            {view.approvedBy} {view.approvedAt !== null && `· ${stamp(view.approvedAt)}`}
          </Fact>
        )}
      </dl>
      {view.rejectReason !== null && (
        <p class="fault">
          ✕ {t('item-rejected')}: {view.rejectReason}
        </p>
      )}
      <Refusals view={view} />
    </section>
  )
}

const RejectDialog = (props: { readonly view: ItemView; readonly onClose: () => void }) => {
  const store = useStore()
  const { t } = useT()
  const [reason, setReason] = useState('')
  const [fault, setFault] = useState<ApiFault | null>(null)
  const reject = async () => {
    const answer = await store.api.reject(props.view.item.id, reason.normalize('NFC').trim())
    if (!answer.ok) return setFault(answer.error)
    await store.reload()
    props.onClose()
  }
  return (
    <Dialog title={t('rejectTitle')} kind="plain" testid="reject-dialog" onClose={props.onClose}>
      <Field label={t('rejectReason')} hint={t('rejectHint')} required={true}>
        {(id) => (
          <textarea
            id={id}
            rows={3}
            maxLength={500}
            data-testid="reject-reason"
            value={reason}
            onInput={(e) => setReason(e.currentTarget.value)}
          />
        )}
      </Field>
      <Fault fault={fault} testid="reject-fault" />
      <div class="dialog-foot">
        <Act testid="reject-back" kind="plain" busy={false} blocked={null} onPress={props.onClose}>
          {t('back')}
        </Act>
        <Act
          testid="reject-confirm"
          kind="danger"
          busy={false}
          blocked={reason.trim() === '' ? t('rejectFirst') : null}
          onPress={() => void reject()}
        >
          {t('reject')}
        </Act>
      </div>
    </Dialog>
  )
}

const Appraise = (props: { readonly view: ItemView; readonly loaded: Loaded; readonly fits: Fits }) => {
  const store = useStore()
  const { t } = useT()
  const { view, loaded, fits } = props
  const { item } = view
  const signer = useSigner()
  const deniedApprove = useDenied('content.approve')
  const deniedPublish = useDenied('schedule.publish')
  const [asking, setAsking] = useState(false)
  const [dialog, setDialog] = useState<'add' | 'remove' | 'reject' | null>(null)
  const [busy, setBusy] = useState(false)
  const [document, setDocument] = useState('')
  const [fault, setFault] = useState<ApiFault | null>(null)
  const me = store.session.value?.user ?? ''
  const check = checkItem(item, {
    itemHash: view.itemHash,
    files: loaded.state === 'ready' ? loaded.files.map((f) => f.sha256) : [],
  })
  const pending = loaded.state === 'loading'
  const own = item.submittedBy === me ? t('ownItem') : null
  const stale = useStale(view)
  const unfit = fits.state === 'loading' ? t('checking') : unfitOf(fits).length > 0 ? t('fitBlocks') : null
  const untrue = pending
    ? t('checking')
    : check.ok
      ? stale.isAll
        ? t('staleRefused')
        : null
      : t(`mismatch-${check.error}`)

  const approve = async (by: Signer) => {
    if (!check.ok) return
    setBusy(true)
    const now = Date.now() + store.api.clockOffset()
    const paper = document.normalize('NFC').trim()
    const approval = { itemHash: check.value, approvedBy: me, at: now, document: paper === '' ? null : paper }
    const answer = await store.api.approve(item.id, await by.sign('approval', approvalPayload(item, approval)))
    setBusy(false)
    setAsking(false)
    if (answer.ok) {
      store.putItem(answer.value)
      setFault(null)
    } else setFault(answer.error)
  }
  const press = () => {
    if (signer === null) setAsking(true)
    else void approve(signer)
  }
  const open = view.state === 'submitted'
  const missing = view.sites.filter((s) => !view.publishedAt.includes(s))
  return (
    <section class="card">
      <h2>{t('appraisal')}</h2>
      <p data-testid="item-check">
        {pending ? (
          <Tag tone="info">{t('checking')}</Tag>
        ) : check.ok ? (
          <Tag tone="ok">{assetsOf(item).length === 0 ? t('checkedRecord') : t('checkedBoth')}</Tag>
        ) : (
          <Tag tone="bad">{t(`mismatch-${check.error}`)}</Tag>
        )}
      </p>
      <p class="dim mono hash">SHA-256 {view.itemHash}</p>
      {open && (
        <Field label={t('approvalDocument')} hint={null} required={false}>
          {(id) => (
            <input
              id={id}
              maxLength={100}
              data-testid="approve-document"
              value={document}
              onInput={(e) => setDocument(e.currentTarget.value)}
            />
          )}
        </Field>
      )}
      <div class="actions">
        {open && (
          <>
            <Act
              testid="item-approve"
              kind="primary"
              busy={busy}
              blocked={deniedApprove ?? own ?? untrue ?? unfit}
              onPress={press}
            >
              {t('approve')}
            </Act>
            <Act
              testid="item-reject"
              kind="plain"
              busy={false}
              blocked={deniedApprove}
              onPress={() => setDialog('reject')}
            >
              {t('reject')}
            </Act>
          </>
        )}
        {(view.state === 'approved' || view.state === 'published') && (
          <Act
            testid="item-publish"
            kind="primary"
            busy={false}
            blocked={deniedPublish ?? untrue ?? (missing.length === 0 ? t('publishedAll') : null)}
            onPress={() => setDialog('add')}
          >
            {t('publish')}
          </Act>
        )}
        {view.publishedAt.length > 0 && (
          <Act
            testid="item-withdraw"
            kind="plain"
            busy={false}
            blocked={deniedPublish}
            onPress={() => setDialog('remove')}
          >
            {t('withdraw')}
          </Act>
        )}
      </div>
      <Fault fault={fault} testid="item-fault" />
      {asking && (
        <Dialog title={t('approveTitle')} kind="plain" testid="approve-dialog" onClose={() => setAsking(false)}>
          <p>{item.title}</p>
          <Unlock testid="approve" onSigner={(opened) => void approve(opened)} />
          <div class="dialog-foot">
            <Act testid="approve-back" kind="plain" busy={busy} blocked={null} onPress={() => setAsking(false)}>
              {t('back')}
            </Act>
          </div>
        </Dialog>
      )}
      {(dialog === 'add' || dialog === 'remove') && (
        <PublishDialog view={view} mode={dialog} onClose={() => setDialog(null)} />
      )}
      {dialog === 'reject' && <RejectDialog view={view} onClose={() => setDialog(null)} />}
    </section>
  )
}

const Found = (props: { readonly view: ItemView }) => {
  const { view } = props
  const { t } = useT()
  const loaded = useFiles(view)
  const fits = useFits(view)
  return (
    <>
      <div class="page-head">
        <div>
          <a href="#/content">← {t('navContent')}</a>
          <h1>{view.item.title}</h1>
          <span class="dim mono">
            {view.item.id} · r{view.item.revision}
          </span>{' '}
          <StaleTag view={view} />
        </div>
        <Tag tone={STATE_TONES[view.state]}>
          <span data-testid="item-state" data-state={view.state}>
            {t(`item-${view.state}`)}
          </span>
        </Tag>
      </div>
      <div class="site-grid">
        {view.item.kind === 'text' ? <TextView view={view} fits={fits} /> : <FileView view={view} loaded={loaded} />}
        <div class="stack-cards">
          <Appraise view={view} loaded={loaded} fits={fits} />
          <Meta view={view} />
        </div>
      </div>
    </>
  )
}

export const ItemPage = (props: { readonly item: string }) => {
  const { items, loaded } = useStore()
  const { t, tf } = useT()
  const view = items.value.find((v) => v.item.id === props.item)
  if (view === undefined) return <Empty>{loaded.value ? tf('noSuchItem', { item: props.item }) : t('loading')}</Empty>
  return <Found view={view} />
}
