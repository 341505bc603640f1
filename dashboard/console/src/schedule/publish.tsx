import { useEffect, useState } from 'preact/hooks'
import type { SchedulePlan } from '#core/contract/api.ts'
import type { ScheduleDocument } from '#core/schedule/document.ts'
import type { ApiFault, PreparedDocument } from '../api.ts'
import { useT } from '../i18n.ts'
import type { Signer } from '../sign.ts'
import { useStore } from '../store.tsx'
import { Act, Dialog, Fault, Tag } from '../ui/bits.tsx'
import { Unlock, useSigner } from '../ui/unlock.tsx'
import { changedParts, type Frame } from './draft.ts'
import { useWhen } from './parts.tsx'
import { Warnings } from './warnings.tsx'

/** The plan inside the very text that will be signed; undefined when it cannot be read or is for another cluster. */
const planIn = (document: PreparedDocument): (SchedulePlan & { readonly version: number }) | undefined => {
  try {
    const parsed = JSON.parse(document.payload) as ScheduleDocument
    return parsed.site === document.site && Array.isArray(parsed.frames) ? parsed : undefined
  } catch {
    return undefined
  }
}

/** Frame by frame, in the words of the closed card: what comes and what goes. */
const FrameChanges = (props: { readonly before: readonly Frame[]; readonly after: readonly Frame[] }) => {
  const when = useWhen()
  const { t } = useT()
  const text = (f: Frame) =>
    [`${f.id}: ${when(f)}`, t(`purpose-${f.purpose}`), f.playlist, f.decidedBy, f.document ?? '', f.reason]
      .filter((part) => part !== '')
      .join(' · ')
  const [before, after] = [props.before.map(text), props.after.map(text)]
  return (
    <>
      {before
        .filter((line) => !after.includes(line))
        .map((line) => (
          <li key={line} class="diff-remove">
            − {line}
          </li>
        ))}
      {after
        .filter((line) => !before.includes(line))
        .map((line) => (
          <li key={line} class="diff-add">
            + {line}
          </li>
        ))}
    </>
  )
}

/** Prepare → see what differs and what the hub warns of → sign → publish. What was not edited here is not signed here. */
export const PlanDialog = (props: {
  readonly site: string
  readonly name: string
  readonly before: SchedulePlan
  readonly plan: SchedulePlan
  readonly onClose: () => void
  readonly onDone: () => void
}) => {
  const store = useStore()
  const { t, tf } = useT()
  const signer = useSigner()
  const [document, setDocument] = useState<PreparedDocument | null>(null)
  const [fault, setFault] = useState<ApiFault | null>(null)
  const [busy, setBusy] = useState(false)
  const [done, setDone] = useState<number | null>(null)
  useEffect(() => {
    const ask = async () => {
      const answer = await store.api.prepare({ sites: [props.site], addItems: [], removeItems: [], plan: props.plan })
      if (answer.ok) setDocument(answer.value.documents[0] ?? null)
      else setFault(answer.error)
    }
    void ask()
  }, [])
  const inside = document === null ? undefined : planIn(document)
  const isWrong = document !== null && (inside === undefined || changedParts(inside, props.plan).length > 0)
  const publish = async (by: Signer) => {
    if (document === null) return
    setBusy(true)
    const answer = await store.api.publish(await by.sign('schedule', document.payload))
    setBusy(false)
    if (!answer.ok) return setFault(answer.error)
    setFault(null)
    setDone(answer.value.version)
    void store.reload()
  }
  const block = () => {
    if (document === null) return fault === null ? t('preparing') : t('planRefused')
    if (isWrong) return t('documentWrong')
    return signer === null ? t('unlockFirst') : null
  }
  return (
    <Dialog
      title={tf('planTitle', { site: props.name })}
      kind="plain"
      testid="plan-dialog"
      onClose={done === null ? props.onClose : props.onDone}
    >
      {document === null && fault === null && <p class="dim">{t('preparing')}</p>}
      {isWrong && <p class="fault">✕ {t('planNotMine')}</p>}
      <ul class="plain diff" data-testid="plan-changes">
        {changedParts(props.before, props.plan).map((part) => (
          <li key={part} class="diff-add">
            ± {t(`part-${part}`)}
          </li>
        ))}
        <FrameChanges before={props.before.frames} after={props.plan.frames} />
      </ul>
      {document !== null && <Warnings warnings={document.warnings} />}
      {signer === null && document !== null && done === null && <Unlock testid="plan" onSigner={() => undefined} />}
      {done !== null && <Tag tone="ok">{tf('publishedV', { n: done })}</Tag>}
      <Fault fault={fault} testid="plan-fault" />
      <div class="dialog-foot">
        <Act
          testid="plan-close"
          kind="plain"
          busy={busy}
          blocked={null}
          onPress={done === null ? props.onClose : props.onDone}
        >
          {done === null ? t('back') : t('close')}
        </Act>
        {done === null && (
          <Act
            testid="plan-confirm"
            kind="primary"
            busy={busy}
            blocked={block()}
            onPress={() => {
              if (signer !== null) void publish(signer)
            }}
          >
            {t('signAndPublish')}
          </Act>
        )}
      </div>
    </Dialog>
  )
}
