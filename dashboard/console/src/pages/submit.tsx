import { useState } from 'preact/hooks'
import { CATEGORIES, CATEGORY_NAMES } from '#core/content/category.ts'
import { CHANNELS } from '#core/content/item.ts'
import type { ApiFault } from '../api.ts'
import { itemDraftOf, type SubmitForm, submitFaults } from '../content/form.ts'
import { type Picked, SlidesPart } from '../content/slides.tsx'
import { bytes, toDateInput } from '../format.ts'
import { CHANNEL_NAMES, isOneOf, KIND_NAMES, LANGUAGE_NAMES, useT, type Word } from '../i18n.ts'
import { hrefOf } from '../route.ts'
import { useStore } from '../store.tsx'
import { Act, Fault, Field, useDenied } from '../ui/bits.tsx'
import { SiteChooser } from '../ui/sites.tsx'

type Part = { readonly form: SubmitForm; readonly change: (part: Partial<SubmitForm>) => void }
type TextKey = { [K in keyof SubmitForm]: SubmitForm[K] extends string ? K : never }[keyof SubmitForm]

const DAY_MS = 86_400_000
const KINDS = ['image', 'video', 'slides', 'text'] as const
const ACCEPT = {
  image: 'image/png,image/jpeg',
  video: 'video/mp4,video/webm',
  slides: 'image/png,image/jpeg',
  text: '',
} as const

const emptyForm = (now: number, org: string): SubmitForm => ({
  kind: 'image',
  title: '',
  category: 'A7_1_POLICY_LAW',
  languages: ['vi'],
  texts: { vi: { title: '', body: '' }, en: { title: '', body: '' }, zh: { title: '', body: '' } },
  seconds: 15,
  audio: false,
  supplierOrg: org,
  supplierName: '',
  suppliedByLead: false,
  document: '',
  channel: 'DOC_MGMT',
  validFrom: toDateInput(now),
  validTo: toDateInput(now + 30 * DAY_MS),
  entertainment: false,
  publishable: false,
  slideSeconds: [],
  translationOf: '',
  inTurn: true,
  sites: [],
  advertiser: '',
  permitKind: 'PERMIT',
  permitNumber: '',
  permitBy: '',
  permitFrom: toDateInput(now),
  permitTo: toDateInput(now + 30 * DAY_MS),
})

const Input = (
  props: Part & {
    readonly name: TextKey
    readonly label: Word
    readonly hint: Word | null
    readonly required: boolean
    readonly type: 'text' | 'date'
  },
) => {
  const { t } = useT()
  const { name, form, change } = props
  return (
    <Field label={t(props.label)} hint={props.hint === null ? null : t(props.hint)} required={props.required}>
      {(id) => (
        <input
          id={id}
          {...(props.type === 'date' ? { type: 'date' as const } : { type: 'text' as const, maxLength: 200 })}
          data-testid={`submit-${name}`}
          value={form[name]}
          onInput={(e) => change({ [name]: e.currentTarget.value })}
        />
      )}
    </Field>
  )
}

const Check = (
  props: Part & {
    readonly name: 'audio' | 'suppliedByLead' | 'entertainment' | 'publishable' | 'inTurn'
    readonly label: Word
  },
) => {
  const { t } = useT()
  return (
    <label class="check">
      <input
        type="checkbox"
        data-testid={`submit-${props.name}`}
        checked={props.form[props.name]}
        onChange={(e) => props.change({ [props.name]: e.currentTarget.checked })}
      />
      {t(props.label)}
    </label>
  )
}

/** The length of a clip in seconds, as the browser reads it; undefined when it cannot play this file. */
const secondsOf = (file: File): Promise<number | undefined> =>
  new Promise((resolve) => {
    const video = document.createElement('video')
    const url = URL.createObjectURL(file)
    const end = (seconds: number | undefined) => {
      URL.revokeObjectURL(url)
      resolve(seconds)
    }
    video.preload = 'metadata'
    video.onloadedmetadata = () => end(Number.isFinite(video.duration) ? video.duration : undefined)
    video.onerror = () => end(undefined)
    video.src = url
  })

const FilePart = (props: Part & { readonly file: File | null; readonly onFile: (file: File | null) => void }) => {
  const { t } = useT()
  const { form, change, file } = props
  const take = async (picked: File | null) => {
    props.onFile(picked)
    if (picked === null || form.kind !== 'video') return
    const seconds = await secondsOf(picked)
    if (seconds !== undefined) change({ seconds: Math.max(1, Math.round(seconds * 1000) / 1000) })
  }
  return (
    <>
      <Field
        label={t('file')}
        hint={file === null ? t(`fileHint-${form.kind === 'video' ? 'video' : 'image'}`) : bytes(file.size)}
        required={true}
      >
        {(id) => (
          <input
            key={form.kind}
            id={id}
            type="file"
            accept={ACCEPT[form.kind]}
            data-testid="submit-file"
            onChange={(e) => void take(e.currentTarget.files?.[0] ?? null)}
          />
        )}
      </Field>
      <Languages form={form} change={change} />
    </>
  )
}

const Languages = ({ form, change }: Part) => {
  const { t } = useT()
  const { items } = useStore()
  return (
    <>
      <fieldset class="checks-row">
        <legend>{t('languages')}</legend>
        {Object.entries(LANGUAGE_NAMES).map(([code, name]) => (
          <LanguageCheck key={code} code={code} name={name} form={form} change={change} />
        ))}
      </fieldset>
      <Field label={t('translationOf')} hint={t('translationOfHint')} required={false}>
        {(id) => (
          <select
            id={id}
            data-testid="submit-translationOf"
            value={form.translationOf}
            onChange={(e) => change({ translationOf: e.currentTarget.value })}
          >
            <option value="">{t('notATranslation')}</option>
            {items.value.map(({ item }) => (
              <option key={item.id} value={item.id}>
                {item.title} ({item.id} r{item.revision})
              </option>
            ))}
          </select>
        )}
      </Field>
      {form.translationOf !== '' && <Check form={form} change={change} name="inTurn" label="inTurn" />}
    </>
  )
}

const LanguageCheck = (
  props: Part & { readonly code: string; readonly name: { readonly vi: string; readonly en: string } },
) => {
  const { lang } = useT()
  const { form, change, code } = props
  return (
    <label class="check">
      <input
        type="checkbox"
        data-testid={`submit-lang-${code}`}
        checked={form.languages.includes(code)}
        onChange={(e) =>
          change({
            languages: e.currentTarget.checked ? [...form.languages, code] : form.languages.filter((l) => l !== code),
          })
        }
      />
      {props.name[lang]}
    </label>
  )
}

const TextPart = ({ form, change }: Part) => {
  const { t } = useT()
  return (
    <>
      {(['vi', 'en', 'zh'] as const).map((code) => (
        <div class="text-pair" lang={code} key={code}>
          <Field label={t(`textTitle-${code}`)} hint={null} required={code === 'vi'}>
            {(id) => (
              <input
                id={id}
                maxLength={200}
                data-testid={`submit-text-title-${code}`}
                value={form.texts[code].title}
                onInput={(e) =>
                  change({ texts: { ...form.texts, [code]: { ...form.texts[code], title: e.currentTarget.value } } })
                }
              />
            )}
          </Field>
          <Field label={t(`textBody-${code}`)} hint={null} required={false}>
            {(id) => (
              <textarea
                id={id}
                rows={3}
                maxLength={2000}
                data-testid={`submit-text-body-${code}`}
                value={form.texts[code].body}
                onInput={(e) =>
                  change({ texts: { ...form.texts, [code]: { ...form.texts[code], body: e.currentTarget.value } } })
                }
              />
            )}
          </Field>
        </div>
      ))}
    </>
  )
}

type FilesOf = {
  readonly file: File | null
  readonly onFile: (file: File | null) => void
  readonly picked: readonly Picked[]
  readonly onPick: (picked: readonly Picked[]) => void
}
const WhatPart = (props: Part & FilesOf) => {
  const { form, change } = props
  const { t, lang } = useT()
  return (
    <fieldset class="group">
      <legend>{t('whatIsIt')}</legend>
      <div class="presets">
        {KINDS.map((kind) => (
          <button
            key={kind}
            type="button"
            class="chip"
            aria-pressed={form.kind === kind}
            data-testid={`submit-kind-${kind}`}
            onClick={() => {
              change({ kind })
              props.onFile(null)
            }}
          >
            {KIND_NAMES[kind][lang]}
          </button>
        ))}
      </div>
      <Input {...props} name="title" label="itemTitle" hint={null} required={true} type="text" />
      {form.kind === 'text' && <TextPart form={form} change={change} />}
      {form.kind === 'slides' && (
        <>
          <SlidesPart picked={props.picked} onPick={props.onPick} />
          <Languages form={form} change={change} />
        </>
      )}
      {(form.kind === 'image' || form.kind === 'video') && <FilePart {...props} />}
      {form.kind !== 'slides' && (
        <Field label={t('seconds')} hint={form.kind === 'video' ? t('secondsVideo') : null} required={true}>
          {(id) => (
            <input
              id={id}
              type="number"
              min={1}
              max={3600}
              step="any"
              data-testid="submit-seconds"
              value={Number.isNaN(form.seconds) ? '' : form.seconds}
              onInput={(e) => change({ seconds: e.currentTarget.valueAsNumber })}
            />
          )}
        </Field>
      )}
      {form.kind === 'video' && <Check form={form} change={change} name="audio" label="hasAudio" />}
    </fieldset>
  )
}

const SourcePart = ({ form, change }: Part) => {
  const { t, lang } = useT()
  const part = { form, change }
  return (
    <fieldset class="group">
      <legend>{t('whereFrom')}</legend>
      <Field label={t('category')} hint={null} required={true}>
        {(id) => (
          <select
            id={id}
            data-testid="submit-category"
            value={form.category}
            onChange={(e) => {
              if (isOneOf(CATEGORIES, e.currentTarget.value)) change({ category: e.currentTarget.value })
            }}
          >
            {CATEGORIES.map((c) => (
              <option key={c} value={c}>
                {CATEGORY_NAMES[c].clause} · {CATEGORY_NAMES[c][lang]}
              </option>
            ))}
          </select>
        )}
      </Field>
      <div class="form-grid">
        <Input {...part} name="supplierName" label="supplier" hint="supplierHint" required={true} type="text" />
        <Input {...part} name="supplierOrg" label="supplierOrg" hint="supplierOrgHint" required={true} type="text" />
        <Input {...part} name="document" label="documentNumber" hint={null} required={false} type="text" />
        <Field label={t('channel')} hint={null} required={true}>
          {(id) => (
            <select
              id={id}
              data-testid="submit-channel"
              value={form.channel}
              onChange={(e) => {
                if (isOneOf(CHANNELS, e.currentTarget.value)) change({ channel: e.currentTarget.value })
              }}
            >
              {CHANNELS.map((c) => (
                <option key={c} value={c}>
                  {CHANNEL_NAMES[c][lang]}
                </option>
              ))}
            </select>
          )}
        </Field>
        <Input {...part} name="validFrom" label="validFrom" hint={null} required={true} type="date" />
        <Input {...part} name="validTo" label="validTo" hint="validToHint" required={true} type="date" />
      </div>
      <Check {...part} name="suppliedByLead" label="suppliedByLead" />
      <Check {...part} name="entertainment" label="entertainment" />
      {form.category === 'A7_5_ADVERTISING' && <AdPart {...part} />}
    </fieldset>
  )
}

const AdPart = (part: Part) => {
  const { t } = useT()
  return (
    <fieldset class="group ad">
      <legend>{t('adFields')}</legend>
      <div class="form-grid">
        <Input {...part} name="advertiser" label="advertiser" hint={null} required={true} type="text" />
        <Field label={t('permitKind')} hint={null} required={true}>
          {(id) => (
            <select
              id={id}
              data-testid="submit-permitKind"
              value={part.form.permitKind}
              onChange={(e) =>
                part.change({ permitKind: e.currentTarget.value === 'PERMIT' ? 'PERMIT' : 'NOTIFICATION' })
              }
            >
              <option value="NOTIFICATION">{t('permitNotification')}</option>
              <option value="PERMIT">{t('permitPermit')}</option>
            </select>
          )}
        </Field>
        <Input {...part} name="permitNumber" label="permitNumber" hint={null} required={true} type="text" />
        <Input {...part} name="permitBy" label="permitBy" hint={null} required={true} type="text" />
        <Input {...part} name="permitFrom" label="validFrom" hint={null} required={true} type="date" />
        <Input {...part} name="permitTo" label="validTo" hint={null} required={true} type="date" />
      </div>
    </fieldset>
  )
}

export const Submit = () => {
  const store = useStore()
  const { t, tf } = useT()
  const denied = useDenied('content.submit')
  const [form, setForm] = useState(() => emptyForm(store.now.peek(), store.session.peek()?.org ?? ''))
  const [file, setFile] = useState<File | null>(null)
  const [picked, setPicked] = useState<readonly Picked[]>([])
  const [share, setShare] = useState<number | null>(null)
  const [fault, setFault] = useState<ApiFault | null>(null)
  const change = (part: Partial<SubmitForm>) => setForm((old) => ({ ...old, ...part }))
  const files = form.kind === 'slides' ? picked.map((p) => p.file) : form.kind === 'text' || file === null ? [] : [file]
  const [first] = submitFaults(form, files.length)
  const pick = (next: readonly Picked[]) => {
    setPicked(next)
    change({ slideSeconds: next.map((p) => p.seconds) })
  }
  const send = async () => {
    setFault(null)
    setShare(0)
    const answer = await store.api.submit(itemDraftOf(form), files, setShare)
    setShare(null)
    if (!answer.ok) return setFault(answer.error)
    store.putItem(answer.value)
    location.hash = hrefOf({ page: 'item', item: answer.value.item.id })
  }
  const part = { form, change }
  return (
    <>
      <div class="page-head">
        <div>
          <a href="#/content">← {t('navContent')}</a>
          <h1>{t('submitNew')}</h1>
        </div>
      </div>
      <div class="card submit numbered">
        <WhatPart {...part} file={file} onFile={setFile} picked={picked} onPick={pick} />
        <SourcePart {...part} />
        <SiteChooser prefix="submit-site" chosen={form.sites} away={null} onChoose={(sites) => change({ sites })} />
        <Check {...part} name="publishable" label="publishableDeclare" />
        <div class="composer-foot">
          <Act
            testid="submit-send"
            kind="primary"
            busy={share !== null}
            blocked={denied ?? (first === undefined ? null : t(`submit-${first}`))}
            onPress={() => void send()}
          >
            {share === null ? t('submitSend') : tf('uploading', { n: Math.round(share * 100) })}
          </Act>
          {share !== null && <progress max={1} value={share} aria-label={t('submitSend')} />}
        </div>
        <Fault fault={fault} testid="submit-fault" />
      </div>
    </>
  )
}
