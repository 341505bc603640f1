import { useState } from 'preact/hooks'
import type { IncidentType, IncidentView } from '#core/contract/operations.ts'
import type { ApiFault } from '../api.ts'
import { useT } from '../i18n.ts'
import { useStore } from '../store.tsx'
import { Act, Dialog, Fault, Field, Tag, type Tone, useDenied } from '../ui/bits.tsx'
import { lastAddressee, reportText, type Stand, standOf, TYPES } from './incident.ts'

const STAND_TONES: { readonly [S in Stand]: Tone } = {
  new: 'bad',
  acknowledged: 'info',
  escalated: 'warn',
  cleared: 'off',
  resolved: 'ok',
}
const SEVERITY_TONES: { readonly [S in IncidentView['severity']]: Tone } = {
  critical: 'bad',
  warning: 'warn',
  info: 'info',
}

export const IncidentMarks = (props: { readonly incident: IncidentView }) => {
  const { t } = useT()
  const { incident: i } = props
  return (
    <span class="marks">
      <Tag tone={SEVERITY_TONES[i.severity]}>{t(`severity-${i.severity}`)}</Tag>
      <Tag tone={STAND_TONES[standOf(i)]}>{t(`stand-${standOf(i)}`)}</Tag>
      <span class={`rank${i.type === 'INFORMATION_SECURITY' ? ' rank-security' : ''}`}>{t(`type-${i.type}`)}</span>
    </span>
  )
}

/** Where it is: the name of the cluster, or that it is none's alone. */
export const useWhere = () => {
  const { siteById } = useStore()
  const { t } = useT()
  return (i: Pick<IncidentView, 'site'>): string =>
    i.site === null ? t('noOneSite') : (siteById.value.get(i.site)?.name ?? i.site)
}

/** Sends and puts the answer where every page sees it. */
const useSend = (onDone: (incident: IncidentView) => void) => {
  const store = useStore()
  const [busy, setBusy] = useState(false)
  const [fault, setFault] = useState<ApiFault | null>(null)
  const send = async (call: ReturnType<typeof store.api.resolve>) => {
    setBusy(true)
    setFault(null)
    const answer = await call
    setBusy(false)
    if (!answer.ok) return setFault(answer.error)
    store.putIncident(answer.value)
    onDone(answer.value)
  }
  return { busy, fault, send }
}

const MOST_NOTE = 2_000

/** Taking an incident on, or closing it: a note that stays with it. */
export const NoteDialog = (props: {
  readonly incident: IncidentView
  readonly deed: 'acknowledge' | 'resolve'
  readonly onClose: () => void
}) => {
  const store = useStore()
  const { t } = useT()
  const { incident: i, deed } = props
  const [note, setNote] = useState(deed === 'acknowledge' ? t('ackDefault') : '')
  const { busy, fault, send } = useSend(props.onClose)
  const stands = deed === 'resolve' && i.clearedAt === null && i.source !== 'person'
  const press = () => void send(store.api[deed](i.id, note.trim()))
  return (
    <Dialog title={t(`${deed}Title`)} kind="plain" testid={`${deed}-dialog`} onClose={props.onClose}>
      <p>{t(`${deed}Note`)}</p>
      {stands && <p class="notice">▲ {t('resolveStands')}</p>}
      <Field label={t('note')} hint={null} required={true}>
        {(id) => (
          <textarea
            id={id}
            rows={4}
            maxLength={MOST_NOTE}
            data-testid={`${deed}-note`}
            value={note}
            onInput={(e) => setNote(e.currentTarget.value)}
          />
        )}
      </Field>
      <Fault fault={fault} testid={`${deed}-fault`} />
      <div class="dialog-foot">
        <button type="button" class="btn" onClick={props.onClose}>
          {t('back')}
        </button>
        <Act
          testid={`${deed}-confirm`}
          kind="primary"
          busy={busy}
          blocked={note.trim() === '' ? t('noteFirst') : null}
          onPress={press}
        >
          {t(`${deed}Press`)}
        </Act>
      </div>
    </Dialog>
  )
}

const copyText = async (text: string): Promise<boolean> => {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    // Forbidden by the browser: the text stands there to be marked.
    return false
  }
}

/** A report to a higher body (Art. 12.2): written with what is known, edited by the officer, kept as it was sent. */
export const EscalateDialog = (props: { readonly incident: IncidentView; readonly onClose: () => void }) => {
  const store = useStore()
  const { t } = useT()
  const { incident: i } = props
  const site = i.site === null ? null : (store.siteById.peek().get(i.site) ?? null)
  const facts = { incident: i, site, now: store.now.peek(), by: store.session.peek()?.name ?? '' }
  // Whom the last one went to; names of bodies change and stand in no code.
  const [to, setTo] = useState(() => lastAddressee(store.incidents.peek()) ?? t('escalateToDefault'))
  const [text, setText] = useState(() => reportText({ ...facts, to }))
  const [proposal, setProposal] = useState('')
  const [copied, setCopied] = useState(false)
  const { busy, fault, send } = useSend(props.onClose)
  const whole = proposal.trim() === '' ? text : `${text}\n\nKiến nghị: ${proposal.trim()}`
  const missing = to.trim().length < 2 ? t('escalateToFirst') : text.trim().length < 10 ? t('escalateTextFirst') : null
  // The first line follows the addressee while nobody has written another one there.
  const address = (next: string) => {
    setTo(next)
    if (text.startsWith(`Kính gửi: ${to}\n`)) setText(`Kính gửi: ${next}\n${text.slice(`Kính gửi: ${to}\n`.length)}`)
  }
  const press = () =>
    void send(store.api.escalate(i.id, { to: to.trim(), text: text.trim(), proposal: proposal.trim() }))
  return (
    <Dialog title={t('escalateTitle')} kind="plain" testid="escalate-dialog" calm={true} onClose={props.onClose}>
      <p class="no-print">{t('escalateNote')}</p>
      <div class="no-print stack-cards">
        <Field label={t('escalateTo')} hint={null} required={true}>
          {(id) => (
            <input
              id={id}
              maxLength={200}
              data-testid="escalate-to"
              value={to}
              onInput={(e) => address(e.currentTarget.value)}
            />
          )}
        </Field>
        <Field label={t('escalateText')} hint={t('escalateTextHint')} required={true}>
          {(id) => (
            <textarea
              id={id}
              rows={14}
              maxLength={8_000}
              lang="vi"
              data-testid="escalate-text"
              value={text}
              onInput={(e) => setText(e.currentTarget.value)}
            />
          )}
        </Field>
        <Field label={t('escalateProposal')} hint={t('escalateProposalHint')} required={false}>
          {(id) => (
            <textarea
              id={id}
              rows={3}
              maxLength={4_000}
              lang="vi"
              data-testid="escalate-proposal"
              value={proposal}
              onInput={(e) => setProposal(e.currentTarget.value)}
            />
          )}
        </Field>
      </div>
      <pre class="print-only letter">{whole}</pre>
      <Fault fault={fault} testid="escalate-fault" />
      <div class="dialog-foot no-print">
        <button type="button" class="btn" onClick={props.onClose}>
          {t('back')}
        </button>
        <button
          type="button"
          class="btn"
          data-testid="escalate-copy"
          onClick={() => void copyText(whole).then(setCopied)}
        >
          {copied ? `✓ ${t('copied')}` : t('copy')}
        </button>
        <button type="button" class="btn" data-testid="escalate-print" onClick={() => window.print()}>
          {t('print')}
        </button>
        <Act testid="escalate-confirm" kind="primary" busy={busy} blocked={missing} onPress={press}>
          {t('escalatePress')}
        </Act>
      </div>
    </Dialog>
  )
}

/** Whoever sees something may say it (Art. 9.3). */
export const ReportDialog = (props: {
  readonly site: string | null
  readonly onClose: () => void
  readonly onMade: (incident: IncidentView) => void
}) => {
  const store = useStore()
  const { t } = useT()
  const denied = useDenied('incident.report')
  const [site, setSite] = useState(props.site ?? '')
  const [type, setType] = useState<IncidentType>('TECHNICAL')
  const [what, setWhat] = useState('')
  const [detail, setDetail] = useState('')
  const { busy, fault, send } = useSend(props.onMade)
  const press = () =>
    void send(
      store.api.reportIncident({
        site: site === '' ? null : site,
        type,
        what: what.trim().normalize('NFC'),
        detail: detail.trim().normalize('NFC'),
      }),
    )
  return (
    <Dialog title={t('reportIncident')} kind="plain" testid="incident-report-dialog" onClose={props.onClose}>
      <fieldset class="checks-row">
        <legend>{t('incidentType')}</legend>
        {TYPES.map((one) => (
          <label class="check" key={one}>
            <input
              type="radio"
              name="incident-type"
              data-testid={`incident-type-${one}`}
              checked={type === one}
              onChange={() => setType(one)}
            />
            {t(`type-${one}`)}
          </label>
        ))}
      </fieldset>
      <p class="hint">{t(`typeHint-${type}`)}</p>
      <Field label={t('cluster')} hint={null} required={true}>
        {(id) => (
          <select id={id} data-testid="incident-site" value={site} onChange={(e) => setSite(e.currentTarget.value)}>
            <option value="">{t('noOneSite')}</option>
            {store.sites.value.map((s) => (
              <option key={s.id} value={s.id}>
                {s.name} ({s.id})
              </option>
            ))}
          </select>
        )}
      </Field>
      <Field label={t('incidentWhat')} hint={t('incidentWhatHint')} required={true}>
        {(id) => (
          <input
            id={id}
            maxLength={200}
            data-testid="incident-what"
            value={what}
            onInput={(e) => setWhat(e.currentTarget.value)}
          />
        )}
      </Field>
      <Field label={t('incidentDetail')} hint={null} required={false}>
        {(id) => (
          <textarea
            id={id}
            rows={4}
            maxLength={4_000}
            data-testid="incident-detail"
            value={detail}
            onInput={(e) => setDetail(e.currentTarget.value)}
          />
        )}
      </Field>
      <Fault fault={fault} testid="incident-report-fault" />
      <div class="dialog-foot">
        <button type="button" class="btn" onClick={props.onClose}>
          {t('back')}
        </button>
        <Act
          testid="incident-report-confirm"
          kind="primary"
          busy={busy}
          blocked={denied ?? (what.trim().length < 3 ? t('incidentWhatFirst') : null)}
          onPress={press}
        >
          {t('incidentSend')}
        </Act>
      </div>
    </Dialog>
  )
}
