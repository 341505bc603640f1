import { useEffect, useState } from 'preact/hooks'
import type { Names } from '#core/contract/words.ts'
import {
  CERTAINTIES,
  HAZARD_NAMES,
  HAZARDS,
  ORDER_CLASSES,
  ORDER_LANGUAGES,
  type OrderLanguage,
  RESPONSES,
  SEVERITIES,
  URGENCIES,
} from '#core/emergency/order.ts'
import {
  CERTAINTY_NAMES,
  isOneOf,
  LANGUAGE_NAMES,
  ORDER_CLASS_NAMES,
  RESPONSE_NAMES,
  SEVERITY_NAMES,
  URGENCY_NAMES,
  useT,
} from '../i18n.ts'
import { useStore } from '../store.tsx'
import { Field } from '../ui/bits.tsx'
import {
  asksPlace,
  extensionOf,
  isAboutDanger,
  isTextless,
  type OrderDraft,
  PLACE,
  severityOfRisk,
  textsOf,
} from './draft.ts'
import { PictureField } from './picture.tsx'
import { reachable, unitsOf } from './reach.ts'

export type Change = (part: Partial<OrderDraft>) => void
export type Part = { readonly draft: OrderDraft; readonly change: Change }

/** A closed list as a select. */
const Choose = <T extends string>(props: {
  readonly label: string
  readonly testid: string
  readonly list: readonly T[]
  readonly names: Names<T>
  readonly value: T
  readonly disabled?: boolean
  readonly onChoose: (value: T) => void
}) => {
  const { lang } = useT()
  return (
    <Field label={props.label} hint={null} required={false}>
      {(id) => (
        <select
          id={id}
          data-testid={props.testid}
          value={props.value}
          disabled={props.disabled === true}
          onChange={(e) => {
            if (isOneOf(props.list, e.currentTarget.value)) props.onChoose(e.currentTarget.value)
          }}
        >
          {props.list.map((word) => (
            <option key={word} value={word}>
              {props.names[word][lang]}
            </option>
          ))}
        </select>
      )}
    </Field>
  )
}

/** Where it happens: typed once, or taken from the communes of the clusters, and put into every text. */
const Place = ({ draft, change }: Part) => {
  const { t } = useT()
  const { sites } = useStore()
  if (!asksPlace(draft)) return null
  const chosen = sites.value.filter((s) => draft.targets.length === 0 || draft.targets.includes(s.id))
  return (
    <div class="place">
      <Field label={t('place')} hint={t('placeHint')} required={true}>
        {(id) => (
          <input
            id={id}
            maxLength={80}
            data-testid="order-place"
            value={draft.place}
            onInput={(e) => change({ place: e.currentTarget.value })}
          />
        )}
      </Field>
      <div class="presets">
        {unitsOf(chosen)
          .slice(0, MOST_CHIPS)
          .map((unit) => (
            <button
              key={unit.code}
              type="button"
              class="chip"
              aria-pressed={draft.place === unit.name}
              onClick={() => {
                // Where it happens is where it is shown first; the next step says so, and more can be ticked there.
                const targets = draft.targets.length > 0 ? draft.targets : reachable(unit.sites).map((s) => s.id)
                change({ place: unit.name, targets })
              }}
            >
              {unit.name}
            </button>
          ))}
      </div>
    </div>
  )
}
const MOST_CHIPS = 12

const OneText = (props: Part & { readonly code: OrderLanguage }) => {
  const { draft, change, code } = props
  const { t } = useT()
  const text = draft.texts[code]
  const put = (part: Partial<typeof text>) => change({ texts: { ...draft.texts, [code]: { ...text, ...part } } })
  const required = code === 'vi'
  const filled = textsOf(draft).find((each) => each.language === code)
  const asks = `${text.headline}${text.instruction}`.includes(PLACE)
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
      {asks && filled !== undefined && (
        <p class="filled" data-testid={`order-filled-${code}`}>
          <span class="dim">{t('willRead')}</span> <strong>{filled.headline}</strong> {filled.instruction}
        </p>
      )}
    </div>
  )
}

const isFilled = (draft: OrderDraft, code: OrderLanguage): boolean =>
  draft.texts[code].headline !== '' || draft.texts[code].instruction !== ''

const Texts = ({ draft, change }: Part) => {
  const { t, lang } = useT()
  if (isTextless(draft.class))
    return <p class="notice">{t(`textless-${draft.class === 'mourning' ? 'mourning' : 'blank'}`)}</p>
  if (extensionOf(draft) !== null) return <p class="notice">{t('extendHint')}</p>
  return (
    <fieldset class="group">
      <legend>{t('wording')}</legend>
      <Place draft={draft} change={change} />
      <OneText draft={draft} change={change} code="vi" />
      {ORDER_LANGUAGES.filter((code) => code !== 'vi').map((code) => (
        <details key={code} open={isFilled(draft, code)}>
          <summary data-testid={`order-language-${code}`}>
            {LANGUAGE_NAMES[code]?.[lang]} {isFilled(draft, code) ? '✓' : ''}
          </summary>
          {(code === 'blt' || code === 'hmn') && <p class="hint">{t('reviewedOnly')}</p>}
          <OneText draft={draft} change={change} code={code} />
        </details>
      ))}
      <PictureField draft={draft} change={change} />
    </fieldset>
  )
}

const Risk = ({ draft, change }: Part) => {
  const { t, tf } = useT()
  return (
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
  )
}

const ForestFire = ({ draft, change }: Part) => {
  const { t } = useT()
  return (
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
  )
}

const Responses = ({ draft, change }: Part) => {
  const { t, lang } = useT()
  return (
    <fieldset class="presets">
      <legend class="legend-small">{t('response')}</legend>
      {RESPONSES.filter((r) => r !== 'none').map((r) => (
        <button
          key={r}
          type="button"
          class="chip"
          aria-pressed={draft.response.includes(r)}
          data-testid={`order-response-${r}`}
          onClick={() =>
            change({
              response: draft.response.includes(r) ? draft.response.filter((x) => x !== r) : [...draft.response, r],
            })
          }
        >
          {RESPONSE_NAMES[r][lang]}
        </button>
      ))}
    </fieldset>
  )
}

/** What threatens, and how badly. A festival that extends frames is none of it; when the danger is over there is no level. */
const Danger = ({ draft, change }: Part) => {
  const { t } = useT()
  if (draft.allClear) return <p class="notice notice-clear">✓ {t('allClearNote')}</p>
  return (
    <fieldset class="group">
      <legend>{t('whatHappens')}</legend>
      <div class="form-grid">
        <Choose
          label={t('hazard')}
          testid="order-hazard"
          list={HAZARDS}
          names={HAZARD_NAMES}
          value={draft.hazard}
          onChoose={(hazard) => change({ hazard })}
        />
        {draft.hazard === 'FOREST_FIRE' && <ForestFire draft={draft} change={change} />}
      </div>
      <Risk draft={draft} change={change} />
      <Responses draft={draft} change={change} />
      <details>
        <summary data-testid="order-more">{t('more')}</summary>
        <div class="form-grid">
          <Choose
            label={t('orderClass')}
            testid="order-class"
            list={ORDER_CLASSES}
            names={ORDER_CLASS_NAMES}
            value={draft.class}
            disabled={draft.action === 'update'}
            onChoose={(c) => change({ class: c })}
          />
          <Choose
            label={t('severity')}
            testid="order-severity"
            list={SEVERITIES}
            names={SEVERITY_NAMES}
            value={draft.severity}
            onChoose={(severity) => change({ severity })}
          />
          <Choose
            label={t('urgency')}
            testid="order-urgency"
            list={URGENCIES}
            names={URGENCY_NAMES}
            value={draft.urgency}
            onChoose={(urgency) => change({ urgency })}
          />
          <Choose
            label={t('certainty')}
            testid="order-certainty"
            list={CERTAINTIES}
            names={CERTAINTY_NAMES}
            value={draft.certainty}
            onChoose={(certainty) => change({ certainty })}
          />
        </div>
      </details>
    </fieldset>
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

/** The second step: the words, and what they are about. */
export const WordsStep = ({ draft, change }: Part) => (
  <div class="step-body">
    {draft.class === 'major-event' && draft.status === 'actual' && !draft.allClear && (
      <Extend draft={draft} change={change} />
    )}
    <Texts draft={draft} change={change} />
    {isAboutDanger(draft.class) && <Danger draft={draft} change={change} />}
  </div>
)
