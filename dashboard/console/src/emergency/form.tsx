import { useEffect, useState } from 'preact/hooks'
import { HAZARD_NAMES, HAZARDS, ORDER_CLASSES, SEVERITIES } from '#core/emergency/order.ts'
import { stamp } from '../format.ts'
import { isOneOf, ORDER_CLASS_NAMES, SEVERITY_NAMES, useT } from '../i18n.ts'
import { useStore } from '../store.tsx'
import { Act, Field, useDenied } from '../ui/bits.tsx'
import { PanelPreview, type PreviewState, usePreviews } from '../ui/panel.tsx'
import { SiteChooser } from '../ui/sites.tsx'
import { StatusMark } from './board.tsx'
import { ReleaseDialog } from './dialogs.tsx'
import {
  draftFaults,
  extensionOf,
  isTextless,
  MOST_MINUTES,
  type OrderDraft,
  previewOf,
  severityOfRisk,
  type TextLang,
  textsOf,
} from './draft.ts'

type Change = (part: Partial<OrderDraft>) => void
type Part = { readonly draft: OrderDraft; readonly change: Change }

const PRESET_MINUTES = [30, 60, 120, 360, 720, 1440] as const

const What = ({ draft, change }: Part) => {
  const { t, lang } = useT()
  return (
    <fieldset class="group">
      <legend>{t('whatHappens')}</legend>
      <div class="form-grid">
        <Field label={t('orderClass')} hint={null} required={true}>
          {(id) => (
            <select
              id={id}
              data-testid="order-class"
              value={draft.class}
              onChange={(e) => {
                if (isOneOf(ORDER_CLASSES, e.currentTarget.value)) change({ class: e.currentTarget.value })
              }}
            >
              {ORDER_CLASSES.map((c) => (
                <option key={c} value={c}>
                  {ORDER_CLASS_NAMES[c][lang]}
                </option>
              ))}
            </select>
          )}
        </Field>
      </div>
      {extensionOf(draft) === null && <Danger draft={draft} change={change} />}
    </fieldset>
  )
}

/** What threatens, and how badly. A festival that extends frames is none of it. */
const Danger = ({ draft, change }: Part) => {
  const { t, tf, lang } = useT()
  return (
    <>
      <div class="form-grid">
        <Field label={t('hazard')} hint={null} required={true}>
          {(id) => (
            <select
              id={id}
              data-testid="order-hazard"
              value={draft.hazard}
              onChange={(e) => {
                if (isOneOf(HAZARDS, e.currentTarget.value)) change({ hazard: e.currentTarget.value })
              }}
            >
              {HAZARDS.map((h) => (
                <option key={h} value={h}>
                  {HAZARD_NAMES[h][lang]}
                </option>
              ))}
            </select>
          )}
        </Field>
        <Field label={t('severity')} hint={null} required={true}>
          {(id) => (
            <select
              id={id}
              data-testid="order-severity"
              value={draft.severity}
              onChange={(e) => {
                if (isOneOf(SEVERITIES, e.currentTarget.value)) change({ severity: e.currentTarget.value })
              }}
            >
              {SEVERITIES.map((s) => (
                <option key={s} value={s}>
                  {SEVERITY_NAMES[s][lang]}
                </option>
              ))}
            </select>
          )}
        </Field>
      </div>
      <fieldset class="risks">
        <legend>{t('riskLevel')}</legend>
        {([null, 1, 2, 3, 4, 5] as const).map((level) => (
          <label key={level} class={level === null ? 'risk-choice' : `risk-choice risk-${level}`}>
            <input
              type="radio"
              name="risk"
              data-testid={`order-risk-${level ?? 'none'}`}
              checked={draft.riskLevel === level}
              onChange={() => change({ riskLevel: level, severity: severityOfRisk(level) })}
            />
            {level === null ? t('riskNone') : tf('riskName', { n: level, colour: t(`riskColour-${level}`) })}
          </label>
        ))}
      </fieldset>
      {draft.hazard === 'FOREST_FIRE' && (
        <Field label={t('forestFire')} hint={t('forestFireHint')} required={false}>
          {(id) => (
            <select
              id={id}
              data-testid="order-forest-fire"
              value={draft.forestFireLevel ?? ''}
              onChange={(e) => {
                change({ forestFireLevel: e.currentTarget.value === '' ? null : Number(e.currentTarget.value) })
              }}
            >
              <option value="">{t('riskNone')}</option>
              {['I', 'II', 'III', 'IV', 'V'].map((roman, i) => (
                <option key={roman} value={i + 1}>
                  {roman}
                </option>
              ))}
            </select>
          )}
        </Field>
      )}
    </>
  )
}

/** Art. 8.2.b: a festival that goes on into the night. Playlists are those of the chosen clusters' schedules. */
const Extend = ({ draft, change }: Part) => {
  const { t } = useT()
  const store = useStore()
  const [lists, setLists] = useState<readonly string[]>([])
  const key = draft.targets.join()
  useEffect(() => {
    const stop = new AbortController()
    const ask = async () => {
      const answers = await Promise.all(draft.targets.slice(0, MOST_ASKED).map((site) => store.api.schedule(site)))
      const each = answers.flatMap((a) => (a.ok ? [a.value.playlists.map((p) => p.id)] : []))
      const [first = [], ...others] = each
      // Only what every one of them has: the hub refuses the rest.
      if (!stop.signal.aborted) setLists(first.filter((id) => others.every((o) => o.includes(id))))
    }
    void ask()
    return () => stop.abort()
  }, [key])
  return (
    <fieldset class="group">
      <legend>{t('extendsFrames')}</legend>
      <label class="check">
        <input
          type="checkbox"
          data-testid="order-extend"
          checked={draft.extend !== null}
          onChange={(e) => change({ extend: e.currentTarget.checked ? { playlist: null } : null })}
        />
        {t('extendFrames')}
      </label>
      {draft.extend !== null && (
        <Field label={t('extendPlaylist')} hint={null} required={true}>
          {(id) => (
            <select
              id={id}
              data-testid="order-extend-playlist"
              value={draft.extend?.playlist ?? ''}
              onChange={(e) => {
                const playlist = e.currentTarget.value
                change({ extend: { playlist: playlist === '' ? null : playlist } })
              }}
            >
              <option value="">{t('extendLatest')}</option>
              {lists.map((list) => (
                <option key={list} value={list}>
                  {list}
                </option>
              ))}
            </select>
          )}
        </Field>
      )}
    </fieldset>
  )
}
/** Of a whole province the first few say which playlists there are. */
const MOST_ASKED = 20

const OneText = (props: Part & { readonly lang: TextLang }) => {
  const { draft, change, lang: code } = props
  const { t } = useT()
  const text = draft.texts[code]
  const put = (part: Partial<typeof text>) => change({ texts: { ...draft.texts, [code]: { ...text, ...part } } })
  const required = code === 'vi'
  return (
    <div class="text-pair" lang={code}>
      <Field label={t(`headline-${code}`)} hint={null} required={required}>
        {(id) => (
          <input
            id={id}
            maxLength={200}
            data-testid={`order-headline-${code}`}
            value={text.headline}
            onInput={(e) => put({ headline: e.currentTarget.value })}
          />
        )}
      </Field>
      <Field label={t(`instruction-${code}`)} hint={required ? t('instructionHint') : null} required={required}>
        {(id) => (
          <textarea
            id={id}
            rows={2}
            maxLength={500}
            data-testid={`order-instruction-${code}`}
            value={text.instruction}
            onInput={(e) => put({ instruction: e.currentTarget.value })}
          />
        )}
      </Field>
    </div>
  )
}

const Texts = ({ draft, change }: Part) => {
  const { t } = useT()
  const others = (['en', 'zh'] as const).some(
    (l) => draft.texts[l].headline !== '' || draft.texts[l].instruction !== '',
  )
  if (isTextless(draft.class))
    return <p class="notice">{t(`textless-${draft.class === 'mourning' ? 'mourning' : 'blank'}`)}</p>
  if (extensionOf(draft) !== null) return <p class="notice">{t('extendHint')}</p>
  return (
    <fieldset class="group">
      <legend>{t('wording')}</legend>
      <OneText draft={draft} change={change} lang="vi" />
      <details open={others}>
        <summary data-testid="order-more-languages">{t('moreLanguages')}</summary>
        <OneText draft={draft} change={change} lang="en" />
        <OneText draft={draft} change={change} lang="zh" />
      </details>
    </fieldset>
  )
}

const Who = ({ draft, change }: Part) => {
  const { t, tf } = useT()
  const { now } = useStore()
  const lasts = !draftFaults(draft).includes('duration-wrong')
  return (
    <fieldset class="group">
      <legend>{t('onWhoseWord')}</legend>
      <div class="form-grid">
        <Field label={t('authority')} hint={t('authorityHint')} required={true}>
          {(id) => (
            <input
              id={id}
              maxLength={200}
              data-testid="order-authority"
              value={draft.authority}
              onInput={(e) => change({ authority: e.currentTarget.value })}
            />
          )}
        </Field>
        <Field
          label={t('documentNumber')}
          hint={extensionOf(draft) === null ? t('documentLater') : t('documentFirst')}
          required={extensionOf(draft) !== null}
        >
          {(id) => (
            <input
              id={id}
              maxLength={100}
              data-testid="order-document"
              value={draft.document}
              onInput={(e) => change({ document: e.currentTarget.value })}
            />
          )}
        </Field>
        <Field
          label={t('durationMinutes')}
          hint={
            lasts ? tf('untilTime', { time: stamp(now.value + draft.minutes * 60_000) }) : t('draft-duration-wrong')
          }
          required={true}
        >
          {(id) => (
            <input
              id={id}
              type="number"
              min={1}
              max={MOST_MINUTES}
              step={1}
              data-testid="order-minutes"
              value={Number.isNaN(draft.minutes) ? '' : draft.minutes}
              onInput={(e) => change({ minutes: e.currentTarget.valueAsNumber })}
            />
          )}
        </Field>
      </div>
      <div class="presets">
        {PRESET_MINUTES.map((m) => (
          <button
            key={m}
            type="button"
            class="chip"
            aria-pressed={draft.minutes === m}
            onClick={() => change({ minutes: m })}
          >
            {m < 60 ? tf('minutesN', { n: m }) : tf('hoursN', { n: m / 60 })}
          </button>
        ))}
      </div>
      {!isTextless(draft.class) && (
        <label class="check">
          <input
            type="checkbox"
            data-testid="order-wake"
            checked={draft.wake}
            onChange={(e) => change({ wake: e.currentTarget.checked })}
          />
          {t('wake')}
        </label>
      )}
    </fieldset>
  )
}

/** Why the review button cannot be pressed yet; the first reason, so that it reads as the next thing to do. */
const useBlock = (draft: OrderDraft, previews: ReadonlyMap<string, PreviewState>): string | null => {
  const { t, tf } = useT()
  const denied = useDenied('order.release')
  if (denied !== null) return denied
  const [first] = draftFaults(draft)
  if (first !== undefined) return t(`draft-${first}`)
  const states = [...previews]
  const failed = states.find(([, p]) => p.state === 'failed')
  if (failed !== undefined) return tf('previewFailed', { site: failed[0] })
  const unfit = states.filter(([, p]) => p.state === 'drawn' && p.answer.faults.length > 0).map(([site]) => site)
  if (unfit.length > 0) return tf('previewUnfitSites', { sites: unfit.join(', ') })
  return states.some(([, p]) => p.state === 'waiting') ? t('previewWaiting') : null
}

export const OrderForm = (props: { readonly draft: OrderDraft; readonly onDone: () => void }) => {
  const store = useStore()
  const { t } = useT()
  const { draft } = props
  const [review, setReview] = useState(false)
  const change: Change = (part) => {
    store.draft.value = { ...draft, ...part }
  }
  const exercise = draft.status === 'exercise'
  const drawn = extensionOf(draft) === null && (isTextless(draft.class) || textsOf(draft).length > 0)
  // What the pictures depend on; the authority is drawn too, the duration only as its end.
  const key = JSON.stringify([draft, store.sites.value.length > 0])
  const asks = drawn ? draft.targets.map((site) => previewOf(draft, site, store.now.peek())) : []
  const previews = usePreviews(key, asks)
  const block = useBlock(draft, previews)
  return (
    <section
      class={exercise ? 'composer composer-exercise' : 'composer composer-actual'}
      aria-label={exercise ? t('newExercise') : t('newActual')}
      data-testid="order-form"
      data-status={draft.status}
    >
      <div class="composer-head">
        <StatusMark status={draft.status} />
        <h2>{exercise ? t('composingExercise') : t('composingActual')}</h2>
        <Act testid="order-discard" kind="plain" busy={false} blocked={null} onPress={() => (store.draft.value = null)}>
          {t('discard')}
        </Act>
      </div>
      <div class="composer-body">
        <div class="numbered">
          <What draft={draft} change={change} />
          {draft.class === 'major-event' && !exercise && <Extend draft={draft} change={change} />}
          <Texts draft={draft} change={change} />
          <SiteChooser
            prefix="order-target"
            chosen={draft.targets}
            away={t('willGetLater')}
            onChoose={(targets) => change({ targets })}
          />
          <Who draft={draft} change={change} />
        </div>
        <aside class="previews" aria-label={t('previews')}>
          <h3>{t('previews')}</h3>
          {asks.length === 0 && (
            <p class="empty">{t(extensionOf(draft) === null ? 'previewEmpty' : 'extendPreview')}</p>
          )}
          {store.sites.value.map((site) => {
            const preview = previews.get(site.id)
            return preview === undefined ? null : (
              <PanelPreview key={site.id} site={site} preview={preview} exercise={exercise} />
            )
          })}
        </aside>
      </div>
      <div class="composer-foot">
        <Act
          testid="order-review"
          kind={exercise ? 'exercise' : 'danger'}
          busy={false}
          blocked={block}
          onPress={() => setReview(true)}
        >
          {exercise ? t('reviewExercise') : t('reviewActual')}
        </Act>
      </div>
      {review && <ReleaseDialog draft={draft} onClose={() => setReview(false)} onDone={props.onDone} />}
    </section>
  )
}
