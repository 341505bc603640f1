import { useEffect, useState } from 'preact/hooks'
import type { UptimeAnswer } from '#core/contract/operations.ts'
import type { ApiFault } from '../api.ts'
import { hoursMinutes, stamp, toDateInput } from '../format.ts'
import { useT } from '../i18n.ts'
import { csvOf, download } from '../operate/csv.ts'
import {
  monthOf,
  outageOf,
  PARTS,
  partsOf,
  type Range,
  rangeOf,
  ratioText,
  SCREEN_CAUSES,
  type Sort,
  sorted,
  totalOf,
  UPTIME_COLUMNS,
  uptimeRow,
} from '../operate/uptime.ts'
import { hrefOf, keepInAddress } from '../route.ts'
import { useStore } from '../store.tsx'
import { Act, Empty, Fault, Field } from '../ui/bits.tsx'

/** What the time was made of; the same figures stand beside it. */
const Bar = (props: { readonly row: UptimeAnswer }) => {
  const { t } = useT()
  const parts = partsOf(props.row)
  const whole = Math.max(1, props.row.elapsedMs)
  const label = PARTS.filter((part) => parts[part] > 0).map(
    (part) => `${t(`part-${part}`)} ${hoursMinutes(parts[part])}`,
  )
  return (
    <div class="up-bar" role="img" aria-label={label.join(', ')}>
      {PARTS.map((part) => (
        <span key={part} class={`part-${part}`} style={{ width: `${(parts[part] / whole) * 100}%` }} />
      ))}
    </div>
  )
}

const ratioTone = (ratio: number | null): string =>
  ratio === null ? 'dim' : ratio < 0.95 ? 'tone-bad' : ratio < 0.99 ? 'tone-warn' : ''

const Row = (props: { readonly row: UptimeAnswer; readonly total: boolean }) => {
  const { row, total } = props
  const { siteById } = useStore()
  const { t, tf, lang } = useT()
  const name = siteById.value.get(row.site)?.name ?? row.site
  return (
    <tr class={total ? 'total' : ''} data-testid={total ? 'uptime-total' : `uptime-${row.site}`}>
      <th scope="row">
        {total ? tf('uptimeTotal', {}) : <a href={hrefOf({ page: 'site', site: row.site })}>{name}</a>}
        {!total && <span class="mono dim"> {row.site}</span>}
      </th>
      <td data-label={t('colRatio')} class={`num ${ratioTone(row.ratio)}`}>
        <strong>{ratioText(row.ratio, lang)}</strong>
      </td>
      <td data-label={t('colBar')} class="up-cell">
        <Bar row={row} />
      </td>
      {SCREEN_CAUSES.map((cause) => (
        <td key={cause} data-label={t(`part-${cause}`)} class="num">
          {row.outageMs[cause] === 0 ? '–' : hoursMinutes(row.outageMs[cause])}
        </td>
      ))}
      <td data-label={t('colOutage')} class="num">
        <strong>{hoursMinutes(outageOf(row))}</strong>
      </td>
      <td data-label={t('colOutages')} class="num">
        {row.outages}
      </td>
      <td data-label={t('colLongest')} class="num">
        {hoursMinutes(row.longestMs)}
      </td>
      <td data-label={t('colLink')} class="num">
        {row.linkMs === 0 ? '–' : hoursMinutes(row.linkMs)}
      </td>
    </tr>
  )
}

const Head = (props: { readonly sort: Sort; readonly worst: boolean; readonly onSort: (sort: Sort) => void }) => {
  const { t } = useT()
  const words = {
    site: t('cluster'),
    ratio: t('colRatio'),
    outage: t('colOutage'),
    link: t('colLink'),
    outages: t('colOutages'),
    longest: t('colLongest'),
  } as const satisfies { readonly [S in Sort]: string }
  const button = (sort: Sort) => {
    const up = (sort === 'ratio' || sort === 'site') === props.worst
    const isHere = props.sort === sort
    // A name goes A to Z at first, a figure worst first.
    const order = sort === 'site' ? !up : up
    return (
      <th
        scope="col"
        class={sort === 'site' ? '' : 'num'}
        aria-sort={!isHere ? 'none' : order ? 'ascending' : 'descending'}
      >
        <button type="button" class="sort" data-testid={`uptime-sort-${sort}`} onClick={() => props.onSort(sort)}>
          {words[sort]} <span aria-hidden="true">{!isHere ? '↕' : order ? '↑' : '↓'}</span>
        </button>
      </th>
    )
  }
  return (
    <thead>
      <tr>
        {button('site')}
        {button('ratio')}
        <th scope="col">{t('colBar')}</th>
        {SCREEN_CAUSES.map((cause) => (
          <th key={cause} scope="col" class="num">
            {t(`part-${cause}`)}
          </th>
        ))}
        {button('outage')}
        {button('outages')}
        {button('longest')}
        {button('link')}
      </tr>
    </thead>
  )
}

const RangePick = (props: {
  readonly range: Range
  readonly busy: boolean
  readonly onRange: (range: Range) => void
}) => {
  const { now } = useStore()
  const { t } = useT()
  const { range, onRange } = props
  const today = toDateInput(now.peek())
  const same = (a: Range) => a.from === range.from && a.to === range.to
  const months = [
    { word: 'thisMonth', range: monthOf(now.peek(), 0) },
    { word: 'lastMonth', range: monthOf(now.peek(), 1) },
    { word: 'todayOnly', range: { from: today, to: today } },
  ] as const
  return (
    <search class="wall-filters no-print">
      <fieldset class="switch">
        <legend class="visually-hidden">{t('rangeLabel')}</legend>
        {months.map((m) => (
          <button
            key={m.word}
            type="button"
            aria-pressed={same(m.range)}
            data-testid={`uptime-${m.word}`}
            onClick={() => onRange(m.range)}
          >
            {t(m.word)}
          </button>
        ))}
      </fieldset>
      {(['from', 'to'] as const).map((end) => (
        <Field key={end} label={t(`range-${end}`)} hint={null} required={false}>
          {(id) => (
            <input
              id={id}
              type="date"
              max={today}
              data-testid={`uptime-${end}`}
              value={range[end]}
              onChange={(e) => {
                const { value } = e.currentTarget
                const next = { ...range, [end]: value }
                if (value !== '' && next.from <= next.to) onRange(next)
              }}
            />
          )}
        </Field>
      ))}
    </search>
  )
}

const useUptime = (range: Range) => {
  const { api } = useStore()
  const [state, setState] = useState<{
    readonly rows: readonly UptimeAnswer[] | null
    readonly fault: ApiFault | null
    readonly busy: boolean
  }>({ rows: null, fault: null, busy: true })
  useEffect(() => {
    const run = { over: false }
    setState((old) => ({ ...old, busy: true }))
    void api.uptime(range).then((answer) => {
      if (run.over) return
      setState(
        answer.ok ? { rows: answer.value, fault: null, busy: false } : { rows: null, fault: answer.error, busy: false },
      )
    })
    return () => {
      run.over = true
    }
  }, [range.from, range.to])
  return state
}

/** Availability of each cluster and what it lost by which cause, for a range of days. */
export const Uptime = (props: { readonly query: string }) => {
  const store = useStore()
  const { t, tf } = useT()
  const [range, setRange] = useState(() => rangeOf(props.query, store.now.peek()))
  const [sort, setSort] = useState<{ readonly by: Sort; readonly worst: boolean }>({ by: 'ratio', worst: true })
  const { rows, fault, busy } = useUptime(range)
  const nameOf = (id: string) => store.siteById.peek().get(id)?.name ?? id
  const csv = () => {
    if (rows === null) return
    const lines = sorted(rows, sort.by, sort.worst).map((row) => uptimeRow(row, nameOf(row.site)))
    download(`do-san-sang-${range.from}-${range.to}.csv`, csvOf(UPTIME_COLUMNS, lines))
  }
  const none = rows === null || rows.length === 0 ? t('nothingYet') : null
  return (
    <>
      <div class="page-head">
        <h1>{t('navUptime')}</h1>
        <p class="actions">
          <Act testid="uptime-csv" kind="plain" busy={false} blocked={none} onPress={csv}>
            {t('csv')}
          </Act>
          <Act testid="uptime-print" kind="plain" busy={false} blocked={none} onPress={() => window.print()}>
            {t('print')}
          </Act>
        </p>
      </div>
      <RangePick
        range={range}
        busy={busy}
        onRange={(next) => {
          setRange(next)
          keepInAddress({ page: 'uptime', query: new URLSearchParams(next).toString() })
        }}
      />
      <Fault fault={fault} testid="uptime-fault" />
      <section class="card uptime" aria-busy={busy}>
        <h2 class="print-title">{tf('uptimeTitle', { from: dayText(range.from), to: dayText(range.to) })}</h2>
        <ul class="legend">
          {PARTS.map((part) => (
            <li key={part}>
              <span class={`swatch part-${part}`} aria-hidden="true" /> {t(`part-${part}`)}
            </li>
          ))}
        </ul>
        {rows === null && busy && <Empty>{t('loading')}</Empty>}
        {rows !== null && rows.length === 0 && <Empty>{t('nothingYet')}</Empty>}
        {rows !== null && rows.length > 0 && (
          <div class="table-box">
            <table class="stack up-table" data-testid="uptime-table">
              <Head
                sort={sort.by}
                worst={sort.worst}
                onSort={(by) => setSort({ by, worst: sort.by === by ? !sort.worst : by !== 'site' })}
              />
              <tbody>
                {sorted(rows, sort.by, sort.worst).map((row) => (
                  <Row key={row.site} row={row} total={false} />
                ))}
              </tbody>
              <tfoot>
                <Row row={totalOf(rows, range)} total={true} />
              </tfoot>
            </table>
          </div>
        )}
        <p class="dim">{t('uptimeNote')}</p>
        <p class="dim print-only">{tf('reportMade', { time: stamp(store.now.peek()) })}</p>
      </section>
    </>
  )
}

/** `23/11/2026` of `2026-11-23`. */
const dayText = (date: string): string => date.split('-').reverse().join('/')
