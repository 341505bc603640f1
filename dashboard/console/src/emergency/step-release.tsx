import { stamp } from '../format.ts'
import { useT } from '../i18n.ts'
import { useStore } from '../store.tsx'
import { Field } from '../ui/bits.tsx'
import { draftFaults, extensionOf, isTextless, MOST_MINUTES } from './draft.ts'
import { latestAuthorities } from './prefill.ts'
import { type KindPreview, Previews } from './previews.tsx'
import { ReachLine } from './step-whom.tsx'
import type { Part } from './step-words.tsx'
import { faultsOfStep, STEPS, type Step } from './steps.ts'

const PRESET_MINUTES = [30, 60, 120, 360, 720, 1440] as const
const BRIGHTNESS = [40, 60, 80, 100] as const

const Lasts = ({ draft, change }: Part) => {
  const { t, tf } = useT()
  const { now } = useStore()
  const fits = !draftFaults(draft).includes('duration-wrong')
  return (
    <>
      <Field
        label={t('durationMinutes')}
        hint={fits ? tf('untilTime', { time: stamp(now.value + draft.minutes * 60_000) }) : t('draft-duration-wrong')}
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
    </>
  )
}

/** Names offered at one press each; they can be long. */
const MOST_NAMES = 3

const Authority = ({ draft, change }: Part) => {
  const { t } = useT()
  const { orders } = useStore()
  const extends_ = extensionOf(draft) !== null
  return (
    <>
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
      <div class="presets">
        {latestAuthorities(orders.value, MOST_NAMES).map((name) => (
          <button
            key={name}
            type="button"
            class="chip"
            aria-pressed={draft.authority === name}
            onClick={() => change({ authority: name })}
          >
            {name}
          </button>
        ))}
      </div>
      <Field
        label={t('documentNumber')}
        hint={extends_ ? t('documentFirst') : t('documentLaterHours')}
        required={extends_}
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
    </>
  )
}

/** Dark screens, sound and brightness: what people notice beside the words. */
const How = ({ draft, change }: Part) => {
  const { t, tf } = useT()
  if (isTextless(draft.class)) return null
  return (
    <div>
      <label class="check">
        <input
          type="checkbox"
          data-testid="order-wake"
          checked={draft.wake}
          onChange={(e) => change({ wake: e.currentTarget.checked })}
        />
        {t('wake')}
      </label>
      {extensionOf(draft) === null && (
        <label class="check">
          <input
            type="checkbox"
            data-testid="order-sound"
            checked={draft.sound}
            onChange={(e) => change({ sound: e.currentTarget.checked })}
          />
          {t('sound')}
        </label>
      )}
      <details>
        <summary>{t('more')}</summary>
        <Field label={t('orderBrightness')} hint={t('orderBrightnessHint')} required={false}>
          {(id) => (
            <select
              id={id}
              data-testid="order-brightness"
              value={draft.brightness ?? ''}
              onChange={(e) => {
                change({ brightness: e.currentTarget.value === '' ? null : Number(e.currentTarget.value) })
              }}
            >
              <option value="">{t('brightnessAsIs')}</option>
              {BRIGHTNESS.map((n) => (
                <option key={n} value={n}>
                  {tf('percentN', { n })}
                </option>
              ))}
            </select>
          )}
        </Field>
      </details>
    </div>
  )
}

/** What is still missing, each a way to where it is typed. */
const Missing = (props: Pick<Part, 'draft'> & { readonly onStep: (step: Step) => void }) => {
  const { t } = useT()
  const { draft, onStep } = props
  const missing = STEPS.flatMap((step) => faultsOfStep(draft, step).map((fault) => ({ step, fault })))
  if (missing.length === 0) return null
  return (
    <ul class="missing" data-testid="order-missing">
      {missing.map(({ step, fault }) => (
        <li key={fault}>
          {step === 'release' ? (
            <span>▲ {t(`draft-${fault}`)}</span>
          ) : (
            <button type="button" class="chip" onClick={() => onStep(step)}>
              ▲ {t(`draft-${fault}`)} ({t(`step-${step}`)})
            </button>
          )}
        </li>
      ))}
    </ul>
  )
}

/** The last step: every kind of panel as it will look, on whose word, and until when. */
export const ReleaseStep = (
  props: Part & { readonly previews: readonly KindPreview[]; readonly onStep: (step: Step) => void },
) => {
  const { t } = useT()
  const { draft, change } = props
  return (
    <div class="step-body last-step">
      <div class="last-form">
        <ReachLine targets={draft.targets} />
        <fieldset class="group">
          <legend>{t('onWhoseWord')}</legend>
          <Authority draft={draft} change={change} />
          <Lasts draft={draft} change={change} />
          <How draft={draft} change={change} />
        </fieldset>
        <Missing draft={draft} onStep={props.onStep} />
      </div>
      <div class="last-previews">
        <h4>{t('previews')}</h4>
        <Previews
          previews={props.previews}
          exercise={draft.status === 'exercise'}
          empty={t(extensionOf(draft) === null ? 'previewEmpty' : 'extendPreview')}
        />
      </div>
    </div>
  )
}
