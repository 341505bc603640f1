import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { useT, type Word } from '../i18n.ts'
import { Field } from '../ui/bits.tsx'
import type { Dates } from './draft.ts'

/** Monday first, as calendars here have it. */
const WEEK = [1, 2, 3, 4, 5, 6, 0] as const

export type Timed = {
  readonly weekdays: readonly number[]
  readonly dates?: Dates
  readonly from: string
  readonly to: string
}
export type TimedChange = (part: { weekdays?: number[]; from?: string; to?: string }) => void

/** `Thứ 2–Chủ nhật`, `T7 CN`, and the dates where there are any: what a closed card says. */
export const useWhen = () => {
  const { t } = useT()
  return (of: Timed): string => {
    const days =
      of.weekdays.length === 7
        ? t('everyDay')
        : WEEK.filter((d) => of.weekdays.includes(d))
            .map((d) => t(`wd-${d}`))
            .join(' ')
    const dates = of.dates === undefined ? '' : ` · ${of.dates.from} → ${of.dates.to}`
    return `${of.from}–${of.to} · ${days}${dates}`
  }
}

export const TimeInput = (props: {
  readonly label: string
  readonly testid: string
  readonly value: string
  readonly onInput: (value: string) => void
}) => (
  <Field label={props.label} hint={null} required={true}>
    {(id) => (
      // Not `type=time`: it knows no 24:00, and its form depends on the browser's own language.
      <input
        id={id}
        class="time mono"
        inputMode="numeric"
        placeholder="HH:MM"
        maxLength={5}
        data-testid={props.testid}
        value={props.value}
        onInput={(e) => props.onInput(e.currentTarget.value)}
      />
    )}
  </Field>
)

export const NumberInput = (props: {
  readonly label: string
  readonly testid: string
  readonly value: number
  readonly onInput: (value: number) => void
}) => (
  <Field label={props.label} hint={null} required={true}>
    {(id) => (
      <input
        id={id}
        type="number"
        min={0}
        step="any"
        data-testid={props.testid}
        value={Number.isNaN(props.value) ? '' : props.value}
        onInput={(e) => props.onInput(e.currentTarget.valueAsNumber)}
      />
    )}
  </Field>
)

export const TextInput = (props: {
  readonly label: string
  readonly testid: string
  readonly value: string
  readonly required: boolean
  readonly most: number
  readonly onInput: (value: string) => void
}) => (
  <Field label={props.label} hint={null} required={props.required}>
    {(id) => (
      <input
        id={id}
        maxLength={props.most}
        data-testid={props.testid}
        value={props.value}
        onInput={(e) => props.onInput(e.currentTarget.value)}
      />
    )}
  </Field>
)

/** From, to, weekdays: what frames, power windows and energy rules have in common. */
export const WhenPart = (props: {
  readonly of: Timed
  readonly testid: string
  readonly change: TimedChange
  readonly onDates: (dates: Dates | undefined) => void
}) => {
  const { t } = useT()
  const { of, testid, change } = props
  return (
    <>
      <div class="form-grid times">
        <TimeInput
          label={t('fromTime')}
          testid={`${testid}-from`}
          value={of.from}
          onInput={(from) => change({ from })}
        />
        <TimeInput label={t('toTimeOfDay')} testid={`${testid}-to`} value={of.to} onInput={(to) => change({ to })} />
      </div>
      <fieldset class="checks-row weekdays">
        <legend>{t('weekdays')}</legend>
        {WEEK.map((d) => (
          <label key={d} class="check">
            <input
              type="checkbox"
              data-testid={`${testid}-wd-${d}`}
              checked={of.weekdays.includes(d)}
              onChange={(e) =>
                change({
                  weekdays: e.currentTarget.checked ? [...of.weekdays, d] : of.weekdays.filter((x) => x !== d),
                })
              }
            />
            {t(`wd-${d}`)}
          </label>
        ))}
      </fieldset>
      <label class="check">
        <input
          type="checkbox"
          data-testid={`${testid}-dated`}
          checked={of.dates !== undefined}
          onChange={(e) => props.onDates(e.currentTarget.checked ? { from: '', to: '' } : undefined)}
        />
        {t('onlyOnDates')}
      </label>
      {of.dates !== undefined && <DatesPart dates={of.dates} testid={testid} onDates={props.onDates} />}
    </>
  )
}

const DatesPart = (props: {
  readonly dates: Dates
  readonly testid: string
  readonly onDates: (dates: Dates) => void
}) => {
  const { t } = useT()
  const { dates } = props
  return (
    <div class="form-grid">
      {(['from', 'to'] as const).map((end) => (
        <Field key={end} label={t(end === 'from' ? 'firstDate' : 'lastDate')} hint={null} required={true}>
          {(id) => (
            <input
              id={id}
              type="date"
              data-testid={`${props.testid}-date-${end}`}
              value={dates[end]}
              onInput={(e) => props.onDates({ ...dates, [end]: e.currentTarget.value })}
            />
          )}
        </Field>
      ))}
    </div>
  )
}

/** One entry of a list: closed it says what it is, open it can be edited or taken away. */
export const Card = (props: {
  readonly testid: string
  readonly summary: ComponentChildren
  readonly open: boolean
  readonly fault: string | null
  readonly onRemove: () => void
  readonly children: ComponentChildren
}) => {
  const { t } = useT()
  // Open when it comes with a fault, then as the person has it: a card must not close under somebody who is typing.
  const [open, setOpen] = useState(props.open)
  return (
    <details
      class={`entry${props.fault === null ? '' : ' entry-bad'}`}
      open={open}
      data-testid={props.testid}
      onToggle={(e) => setOpen(e.currentTarget.open)}
    >
      <summary>{props.summary}</summary>
      <div class="entry-body">
        {props.children}
        {props.fault !== null && (
          <p class="fault" data-testid={`${props.testid}-fault`}>
            ✕ {props.fault}
          </p>
        )}
        <button type="button" class="btn btn-plain" data-testid={`${props.testid}-remove`} onClick={props.onRemove}>
          {t('removeEntry')}
        </button>
      </div>
    </details>
  )
}

export const AddButton = (props: { readonly testid: string; readonly word: Word; readonly onPress: () => void }) => {
  const { t } = useT()
  return (
    <button type="button" class="btn btn-plain" data-testid={props.testid} onClick={props.onPress}>
      + {t(props.word)}
    </button>
  )
}

/** `dates` absent means on every date, and an absent key is what the contract knows. `rest` comes without its dates. */
export const withDates = <R extends object>(rest: R, dates: Dates | undefined): R & { dates?: Dates } =>
  dates === undefined ? rest : { ...rest, dates }
