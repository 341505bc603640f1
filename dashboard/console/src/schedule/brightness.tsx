import { useT } from '../i18n.ts'
import type { Ads, Brightness } from './draft.ts'
import { AddButton, NumberInput, TextInput, TimeInput } from './parts.tsx'

const SUN: Brightness['by'] = { way: 'sun', day: 80, night: 40, twilightMs: 1_800_000 }
const SENSOR: Brightness['by'] = {
  way: 'sensor',
  curve: [
    { lux: 10, percent: 20 },
    { lux: 1000, percent: 50 },
    { lux: 50_000, percent: 90 },
  ],
  hysteresis: 5,
  settleMs: 15_000,
}
const WAYS = ['window', 'sun', 'sensor'] as const

/** How bright within the power calendar: as each window says, by the sun, or by a light sensor; and never above the night cap. */
export const BrightnessPart = (props: {
  readonly brightness: Brightness | undefined
  readonly fault: string | null
  readonly onChange: (brightness: Brightness | undefined) => void
}) => {
  const { t } = useT()
  const { brightness, onChange } = props
  const way = brightness?.by.way ?? 'window'
  const choose = (next: (typeof WAYS)[number]) => {
    if (next === 'window') return onChange(undefined)
    const by = next === 'sun' ? SUN : SENSOR
    onChange(brightness === undefined ? { by, decidedBy: '', reason: '' } : { ...brightness, by })
  }
  return (
    <section class={`card entries${props.fault === null ? '' : ' entry-bad'}`} data-testid="plan-brightness">
      <h2>{t('brightnessTitle')}</h2>
      <fieldset class="checks-row">
        <legend>{t('brightnessBy')}</legend>
        {WAYS.map((w) => (
          <label key={w} class="check">
            <input
              type="radio"
              name="brightness-way"
              data-testid={`brightness-${w}`}
              checked={way === w}
              onChange={() => choose(w)}
            />
            {t(`brightness-${w}`)}
          </label>
        ))}
      </fieldset>
      {brightness !== undefined && <Rule rule={brightness} onChange={onChange} />}
      {props.fault !== null && <p class="fault">✕ {props.fault}</p>}
    </section>
  )
}

type RuleProps = { readonly rule: Brightness; readonly onChange: (rule: Brightness) => void }

const Rule = ({ rule, onChange }: RuleProps) => {
  const { t } = useT()
  const { by } = rule
  return (
    <>
      {by.way === 'sun' ? (
        <div class="form-grid">
          <NumberInput
            label={t('sunDay')}
            testid="sun-day"
            value={by.day}
            onInput={(day) => onChange({ ...rule, by: { ...by, day } })}
          />
          <NumberInput
            label={t('sunNight')}
            testid="sun-night"
            value={by.night}
            onInput={(night) => onChange({ ...rule, by: { ...by, night } })}
          />
          <NumberInput
            label={t('twilightMinutes')}
            testid="sun-twilight"
            value={by.twilightMs / 60_000}
            onInput={(n) => onChange({ ...rule, by: { ...by, twilightMs: Math.round(n * 60_000) } })}
          />
        </div>
      ) : (
        <Sensor by={by} onBy={(next) => onChange({ ...rule, by: next })} />
      )}
      <NightCap rule={rule} onChange={onChange} />
      <div class="form-grid">
        <TextInput
          label={t('decidedBy')}
          testid="brightness-who"
          value={rule.decidedBy}
          required={true}
          most={200}
          onInput={(decidedBy) => onChange({ ...rule, decidedBy })}
        />
        <TextInput
          label={t('reasonWhy')}
          testid="brightness-reason"
          value={rule.reason}
          required={false}
          most={500}
          onInput={(reason) => onChange({ ...rule, reason })}
        />
      </div>
    </>
  )
}

type BySensor = Extract<Brightness['by'], { way: 'sensor' }>

const Sensor = (props: { readonly by: BySensor; readonly onBy: (by: BySensor) => void }) => {
  const { t, tf } = useT()
  const { by, onBy } = props
  const { curve } = by
  const last = curve.at(-1)
  const put = (at: number, part: Partial<BySensor['curve'][number]>) =>
    onBy({ ...by, curve: curve.map((p, i) => (i === at ? { ...p, ...part } : p)) })
  return (
    <>
      <fieldset class="curve">
        <legend>{t('curve')}</legend>
        {curve.map((point, i) => (
          <div class="curve-row" key={i}>
            <NumberInput
              label={tf('luxN', { n: i + 1 })}
              testid={`curve-lux-${i}`}
              value={point.lux}
              onInput={(lux) => put(i, { lux })}
            />
            <NumberInput
              label={t('brightnessPercent')}
              testid={`curve-percent-${i}`}
              value={point.percent}
              onInput={(percent) => put(i, { percent })}
            />
            <button
              type="button"
              class="chip"
              aria-label={tf('removePoint', { n: i + 1 })}
              disabled={curve.length <= 2}
              onClick={() => onBy({ ...by, curve: curve.filter((_, j) => j !== i) })}
            >
              ✕
            </button>
          </div>
        ))}
        {curve.length < 20 && last !== undefined && (
          <AddButton
            testid="curve-add"
            word="addPoint"
            onPress={() => onBy({ ...by, curve: [...curve, { lux: last.lux * 2, percent: last.percent }] })}
          />
        )}
      </fieldset>
      <div class="form-grid">
        <NumberInput
          label={t('hysteresis')}
          testid="sensor-hysteresis"
          value={by.hysteresis}
          onInput={(hysteresis) => onBy({ ...by, hysteresis })}
        />
        <NumberInput
          label={t('settleSeconds')}
          testid="sensor-settle"
          value={by.settleMs / 1000}
          onInput={(n) => onBy({ ...by, settleMs: Math.round(n * 1000) })}
        />
      </div>
    </>
  )
}

const NightCap = ({ rule, onChange }: RuleProps) => {
  const { t } = useT()
  const { nightCap: cap, ...rest } = rule
  return (
    <>
      <label class="check">
        <input
          type="checkbox"
          data-testid="night-cap"
          checked={cap !== undefined}
          onChange={(e) =>
            onChange(e.currentTarget.checked ? { ...rest, nightCap: { most: 40, from: '18:00', to: '06:00' } } : rest)
          }
        />
        {t('nightCap')}
      </label>
      {cap !== undefined && (
        <div class="form-grid">
          <NumberInput
            label={t('brightnessPercent')}
            testid="night-cap-most"
            value={cap.most}
            onInput={(most) => onChange({ ...rest, nightCap: { ...cap, most } })}
          />
          <TimeInput
            label={t('capFrom')}
            testid="night-cap-from"
            value={cap.from}
            onInput={(from) => onChange({ ...rest, nightCap: { ...cap, from } })}
          />
          <TimeInput
            label={t('capTo')}
            testid="night-cap-to"
            value={cap.to}
            onInput={(to) => onChange({ ...rest, nightCap: { ...cap, to } })}
          />
        </div>
      )}
    </>
  )
}

/** Advertising at this cluster: stricter than the policy, never looser. */
export const AdsPart = (props: {
  readonly ads: Ads | undefined
  readonly fault: string | null
  readonly onChange: (ads: Ads | undefined) => void
}) => {
  const { t } = useT()
  const { ads, onChange } = props
  const way = ads === undefined ? 'policy' : ads.allowed ? 'limits' : 'none'
  const choose = (next: 'policy' | 'limits' | 'none') => {
    if (next === 'policy') return onChange(undefined)
    onChange({ limits: [], decidedBy: '', reason: '', ...ads, allowed: next === 'limits' })
  }
  return (
    <section class={`card entries${props.fault === null ? '' : ' entry-bad'}`} data-testid="plan-ads">
      <h2>{t('adsTitle')}</h2>
      <fieldset class="checks-row">
        <legend>{t('adsHere')}</legend>
        {(['policy', 'limits', 'none'] as const).map((w) => (
          <label key={w} class="check">
            <input
              type="radio"
              name="ads-way"
              data-testid={`ads-${w}`}
              checked={way === w}
              onChange={() => choose(w)}
            />
            {t(`ads-${w}`)}
          </label>
        ))}
      </fieldset>
      {ads?.allowed === true && <Limits ads={ads} onChange={onChange} />}
      {ads !== undefined && (
        <div class="form-grid">
          <TextInput
            label={t('decidedBy')}
            testid="ads-who"
            value={ads.decidedBy}
            required={true}
            most={200}
            onInput={(decidedBy) => onChange({ ...ads, decidedBy })}
          />
          <TextInput
            label={t('reasonWhy')}
            testid="ads-reason"
            value={ads.reason}
            required={false}
            most={500}
            onInput={(reason) => onChange({ ...ads, reason })}
          />
        </div>
      )}
      {props.fault !== null && <p class="fault">✕ {props.fault}</p>}
    </section>
  )
}

const Limits = (props: { readonly ads: Ads; readonly onChange: (ads: Ads) => void }) => {
  const { t, tf } = useT()
  const { ads, onChange } = props
  const put = (at: number, part: Partial<Ads['limits'][number]>) =>
    onChange({ ...ads, limits: ads.limits.map((l, i) => (i === at ? { ...l, ...part } : l)) })
  return (
    <>
      {ads.limits.map((limit, i) => (
        <div class="limit-row" key={i} data-testid={`limit-${i}`}>
          <NumberInput
            label={t('limitSeconds')}
            testid={`limit-most-${i}`}
            value={limit.mostMs / 1000}
            onInput={(n) => put(i, { mostMs: Math.round(n * 1000) })}
          />
          <NumberInput
            label={t('limitMinutes')}
            testid={`limit-within-${i}`}
            value={limit.withinMs / 60_000}
            onInput={(n) => put(i, { withinMs: Math.round(n * 60_000) })}
          />
          <TextInput
            label={t('ruleSource')}
            testid={`limit-source-${i}`}
            value={limit.source}
            required={true}
            most={200}
            onInput={(source) => put(i, { source })}
          />
          <button
            type="button"
            class="chip"
            aria-label={tf('removeLimit', { n: i + 1 })}
            onClick={() => onChange({ ...ads, limits: ads.limits.filter((_, j) => j !== i) })}
          >
            ✕
          </button>
        </div>
      ))}
      <AddButton
        testid="limit-add"
        word="addLimit"
        onPress={() => onChange({ ...ads, limits: [...ads.limits, { mostMs: 15_000, withinMs: 300_000, source: '' }] })}
      />
    </>
  )
}
