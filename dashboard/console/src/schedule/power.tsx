import { useT } from '../i18n.ts'
import { ALL_WEEK, type Energy, type PowerWindow } from './draft.ts'
import { AddButton, Card, NumberInput, TextInput, useWhen, WhenPart, withDates } from './parts.tsx'

/** When the screen is lit; outside of every window it is dark. */
export const PowerPart = (props: {
  readonly power: readonly PowerWindow[]
  readonly faultOf: (part: string) => string | null
  readonly onChange: (power: PowerWindow[]) => void
}) => {
  const { t } = useT()
  const when = useWhen()
  const { power } = props
  const put = (at: number, window: PowerWindow) => props.onChange(power.map((w, i) => (i === at ? window : w)))
  const add = () =>
    props.onChange([
      ...power,
      { weekdays: ALL_WEEK, from: '06:00', to: '22:00', brightness: power[0]?.brightness ?? 60 },
    ])
  return (
    <section class="card entries" data-testid="plan-power">
      <h2>{t('powerTitle')}</h2>
      <p class="dim">{t('powerHint')}</p>
      {power.length === 0 && <p class="notice">{t('powerNone')}</p>}
      {power.map((window, i) => {
        const { dates: _, ...rest } = window
        return (
          <Card
            key={i}
            testid={`power-${i}`}
            open={props.faultOf(`power/${i}`) !== null}
            fault={props.faultOf(`power/${i}`)}
            onRemove={() => props.onChange(power.filter((_, j) => j !== i))}
            summary={
              <>
                <strong class="mono">{when(window)}</strong> <span class="rank">{window.brightness} %</span>{' '}
                {window.dates !== undefined && <span class="rank rank-dated">{t('dated')}</span>}
              </>
            }
          >
            <WhenPart
              of={window}
              testid={`power-${i}`}
              change={(part) => put(i, { ...window, ...part })}
              onDates={(dates) => put(i, withDates(rest, dates))}
            />
            <NumberInput
              label={t('brightnessPercent')}
              testid={`power-${i}-brightness`}
              value={window.brightness}
              onInput={(brightness) => put(i, { ...window, brightness })}
            />
          </Card>
        )
      })}
      <AddButton testid="power-add" word="addPower" onPress={add} />
    </section>
  )
}

/** Chỉ thị 20/CT-TTg: dark, or no brighter than so much, whatever the windows say. */
export const EnergyPart = (props: {
  readonly energy: readonly Energy[]
  readonly faultOf: (part: string) => string | null
  readonly onChange: (energy: Energy[]) => void
}) => {
  const { t, tf } = useT()
  const when = useWhen()
  const { energy } = props
  const put = (at: number, rule: Energy) => props.onChange(energy.map((r, i) => (i === at ? rule : r)))
  const add = (rule: Energy['rule']) =>
    props.onChange([
      ...energy,
      { rule, weekdays: ALL_WEEK, from: '21:00', to: '23:00', decidedBy: '', source: 'Chỉ thị 20/CT-TTg' },
    ])
  return (
    <section class="card entries" data-testid="plan-energy">
      <h2>{t('energyTitle')}</h2>
      <p class="dim">{t('energyHint')}</p>
      {energy.map((one, i) => {
        const { dates: _, ...rest } = one
        const { rule } = one
        return (
          <Card
            key={i}
            testid={`energy-${i}`}
            open={props.faultOf(`energy/${i}`) !== null}
            fault={props.faultOf(`energy/${i}`)}
            onRemove={() => props.onChange(energy.filter((_, j) => j !== i))}
            summary={
              <>
                <strong class="mono">{when(one)}</strong>{' '}
                <span class="rank">{rule.kind === 'curfew' ? t('curfew') : tf('dimTo', { n: rule.most })}</span>
                <br />
                <span class="dim">
                  {one.source} · {t('decidedBy')}: {one.decidedBy === '' ? t('unknown') : one.decidedBy}
                </span>
              </>
            }
          >
            <WhenPart
              of={one}
              testid={`energy-${i}`}
              change={(part) => put(i, { ...one, ...part })}
              onDates={(dates) => put(i, withDates(rest, dates))}
            />
            <div class="form-grid">
              {rule.kind === 'dim' && (
                <NumberInput
                  label={t('dimMost')}
                  testid={`energy-${i}-most`}
                  value={rule.most}
                  onInput={(most) => put(i, { ...one, rule: { kind: 'dim', most } })}
                />
              )}
              <TextInput
                label={t('decidedBy')}
                testid={`energy-${i}-who`}
                value={one.decidedBy}
                required={true}
                most={200}
                onInput={(decidedBy) => put(i, { ...one, decidedBy })}
              />
              <TextInput
                label={t('ruleSource')}
                testid={`energy-${i}-source`}
                value={one.source}
                required={true}
                most={200}
                onInput={(source) => put(i, { ...one, source })}
              />
            </div>
          </Card>
        )
      })}
      <div class="actions">
        <AddButton testid="energy-add-curfew" word="addCurfew" onPress={() => add({ kind: 'curfew' })} />
        <AddButton testid="energy-add-dim" word="addDim" onPress={() => add({ kind: 'dim', most: 30 })} />
      </div>
    </section>
  )
}
