import { useEffect, useState } from 'preact/hooks'
import type { SiteDay } from '#core/contract/operations.ts'
import type { ApiFault } from '../api.ts'
import { toDateInput } from '../format.ts'
import { useT } from '../i18n.ts'
import { keepInAddress } from '../route.ts'
import { useStore } from '../store.tsx'
import { Empty, Fault, Field, useDenied } from '../ui/bits.tsx'
import { AirtimeBar } from './parts.tsx'
import { DayLine } from './timeline.tsx'
import { dayBefore } from './uptime.ts'

/** Today is read anew this often while somebody looks, ms; another day once. */
const REFRESH_MS = 15_000

const useDay = (site: string, date: string, denied: boolean) => {
  const store = useStore()
  const [state, setState] = useState<{ readonly day: SiteDay | null; readonly fault: ApiFault | null }>({
    day: null,
    fault: null,
  })
  useEffect(() => {
    if (denied) return
    const stop = new AbortController()
    const ask = async () => {
      const answer = await store.api.day(site, date, stop.signal)
      if (stop.signal.aborted) return
      setState((old) => (answer.ok ? { day: answer.value, fault: null } : { ...old, fault: answer.error }))
    }
    void ask()
    const isToday = date === toDateInput(store.now.peek())
    const timer = setInterval(() => {
      if (isToday && document.visibilityState === 'visible') void ask()
    }, REFRESH_MS)
    return () => {
      stop.abort()
      clearInterval(timer)
    }
  }, [site, date, denied])
  // What is of another day must not stand under this day's date.
  return state.day?.date === date ? state : { day: null, fault: state.fault }
}

const isDate = (text: string): boolean => /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text))

/** One day of a cluster, today or back in time, and where its floors stand. */
export const DayCard = (props: { readonly site: string; readonly query: string }) => {
  const store = useStore()
  const { t } = useT()
  const denied = useDenied('playlog.query')
  const today = toDateInput(store.now.peek())
  const asked = new URLSearchParams(props.query).get('day') ?? ''
  const [date, setDate] = useState(isDate(asked) && asked <= today ? asked : today)
  const { day, fault } = useDay(props.site, date, denied !== null)
  const go = (next: string) => {
    if (!isDate(next) || next > today) return
    setDate(next)
    keepInAddress({ page: 'site', site: props.site, query: next === today ? '' : `day=${next}` })
  }
  const floors = day?.periods.filter((p) => p.floorMs > 0) ?? []
  return (
    <section class="card wide day-card">
      <div class="day-head">
        <h2>
          {t('dayTitle')} · <span class="mono">{date.split('-').reverse().join('/')}</span>
        </h2>
        <div class="day-pick">
          <button type="button" class="btn" data-testid="day-back" onClick={() => go(dayBefore(date, 1))}>
            ‹ {t('dayBefore')}
          </button>
          <Field label={t('dayDate')} hint={null} required={false}>
            {(id) => (
              <input
                id={id}
                type="date"
                max={today}
                data-testid="day-date"
                value={date}
                onInput={(e) => go(e.currentTarget.value)}
              />
            )}
          </Field>
          <button
            type="button"
            class="btn"
            data-testid="day-next"
            disabled={date >= today}
            onClick={() => go(dayBefore(date, -1))}
          >
            {t('dayAfter')} ›
          </button>
          <button type="button" class="btn" data-testid="day-today" disabled={date === today} onClick={() => go(today)}>
            {t('dayToday')}
          </button>
        </div>
      </div>
      {denied !== null && <p class="why">{denied}</p>}
      <Fault fault={fault} testid="day-fault" />
      <div class="day-body">
        {day === null && denied === null && fault === null && <Empty>{t('loading')}</Empty>}
        {day !== null && <DayLine day={day} />}
      </div>
      {floors.length > 0 && (
        <div class="floors" data-testid="day-floors">
          {floors.map((p) => (
            <AirtimeBar key={p.period} period={p} />
          ))}
        </div>
      )}
    </section>
  )
}
