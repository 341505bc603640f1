import { useEffect, useRef, useState } from 'preact/hooks'
import { CATEGORIES, CATEGORY_NAMES } from '#core/content/category.ts'
import type { SiteDay } from '#core/contract/operations.ts'
import { halfOf, nameOf, PROOF_NAMES } from '#core/contract/words.ts'
import { clock, hoursMinutes, latency, toInput } from '../format.ts'
import { isOneOf, PERIOD_NAMES, useT } from '../i18n.ts'
import { hrefOf } from '../route.ts'
import { addressOf, emptySearch } from './search.ts'
import { blocksOf, indexAt, LOOKS, type Look, lookOf, type Stretch, shareOf, stretchesOf, sumsOf } from './stretch.ts'

/** How wide the day is drawn, in widths of its window: the whole of it, six hours at once, an hour at once. */
const ZOOMS = [1, 4, 24] as const
const HOUR_MS = 3_600_000
/** Hours between the marks below the day at each zoom. */
const MARKS = [3, 1, 0.25] as const
/** Plays this near to each other are one block in the drawing, ms: at that zoom a pixel is longer. */
const GAPS_MS = [60_000, 15_000, 2_000] as const
/** Rows of the table shown at once; the rest by a press. */
const TABLE_ROWS = 100

const share = (part: number): string => `${(part * 100).toFixed(4)}%`
const hourMinute = (at: number): string => clock(at).slice(0, 5)

/** A stretch in words: for the line below the drawing, the table and whoever listens. */
const useStretchWords = () => {
  const { t, tf, lang } = useT()
  return (s: Stretch): { readonly what: string; readonly more: string } => {
    switch (s.t) {
      case 'play': {
        const { play } = s
        const category =
          play.category !== null && isOneOf(CATEGORIES, play.category) ? CATEGORY_NAMES[play.category][lang] : null
        const parts = [
          category,
          play.order,
          nameOf(PROOF_NAMES, play.proof)[lang],
          play.plays > 1 ? tf('playsTogether', { n: play.plays }) : null,
        ]
        return { what: play.title === '' ? play.item : play.title, more: parts.filter((p) => p !== null).join(' · ') }
      }
      case 'hole': {
        const cause = s.hole.cause === null ? null : tf('causeIs', { cause: t(`cause-${s.hole.cause}`) })
        const what = t(`look-${s.hole.kind}`)
        const detail = halfOf(s.hole.detail, lang)
        // Some say nothing but what they are.
        const says = detail !== '' && !detail.toLowerCase().startsWith(what.toLowerCase())
        const parts = [cause, says ? detail : null]
        return { what, more: parts.filter((p) => p !== null).join(' · ') }
      }
      case 'planned': {
        const titles = s.plan.items.map((i) => i.title)
        const most = titles.slice(0, 4).join('; ')
        const rest = titles.length > 4 ? ` ${tf('andMore', { n: titles.length - 4 })}` : ''
        return { what: tf('plannedFrame', { frame: s.plan.frame }), more: `${most}${rest}` }
      }
      case 'dark':
        return { what: t('look-dark'), more: halfOf(s.dark.why, lang) }
    }
  }
}

const spanOf = (s: Stretch, now: string): string => `${clock(s.from)}–${s.open ? now : clock(s.to)}`

/** What is under the cursor: time, what, why, how we know; and the way to its records. */
const Detail = (props: { readonly site: string; readonly stretch: Stretch | undefined }) => {
  const { t } = useT()
  const words = useStretchWords()
  const { stretch: s } = props
  if (s === undefined) return <p class="line-detail dim">{t('dayNothing')}</p>
  const { what, more } = words(s)
  return (
    <p class="line-detail" role="status" data-testid="day-detail">
      <span class={`swatch look-${lookOf(s)}`} aria-hidden="true" />
      <span class="mono">{spanOf(s, t('untilNow'))}</span>
      {what !== t(`look-${lookOf(s)}`) && <span class="rank">{t(`look-${lookOf(s)}`)}</span>}
      <strong>{what}</strong>
      <span class="dim">
        {more} {more !== '' && '·'} {latency(s.to - s.from)}
      </span>
      {s.t === 'play' && (
        <a
          href={hrefOf({
            page: 'playlog',
            site: null,
            query: addressOf({
              ...emptySearch(),
              site: props.site,
              from: toInput(s.from),
              to: toInput(Math.max(s.to, s.from + 1_000)),
            }),
          })}
        >
          {t('dayRecords')}
        </a>
      )}
    </p>
  )
}

const Marks = (props: { readonly day: SiteDay; readonly zoom: number }) => {
  const { day } = props
  const step = (MARKS[props.zoom] ?? 1) * HOUR_MS
  const marks = Array.from({ length: Math.floor((day.to - day.from) / step) + 1 }, (_, n) => day.from + n * step)
  return (
    <div class="line-marks" aria-hidden="true">
      {marks.map((at, n) => (
        <span key={at} class={n === 0 ? 'first' : at >= day.to ? 'last' : ''} style={{ left: share(shareOf(day, at)) }}>
          {at >= day.to ? '24:00' : hourMinute(at)}
        </span>
      ))}
    </div>
  )
}

const Periods = (props: { readonly day: SiteDay }) => {
  const { lang } = useT()
  const { day } = props
  return (
    <div class="line-periods">
      {day.periods
        .filter((p) => p.floorMs > 0)
        .map((p) => (
          <span
            key={p.period}
            style={{ left: share(shareOf(day, p.from)), width: share(shareOf(day, p.to) - shareOf(day, p.from)) }}
          >
            {PERIOD_NAMES[p.period][lang]} {hoursMinutes(p.deliveredMs)}/{hoursMinutes(p.floorMs)}
          </span>
        ))}
    </div>
  )
}

/** The strip itself. One stop of the keyboard: arrows walk from stretch to stretch, what is there is said below. */
const Strip = (props: {
  readonly day: SiteDay
  readonly list: readonly Stretch[]
  readonly zoom: number
  readonly at: number
  readonly onAt: (index: number) => void
}) => {
  const { day, list, zoom, at, onAt } = props
  const { t, tf } = useT()
  const words = useStretchWords()
  const scroll = useRef<HTMLDivElement>(null)
  const current = list[at]
  const blocks = blocksOf(list, GAPS_MS[zoom] ?? 0)
  const isToday = day.now >= day.from && day.now < day.to
  const middle = current === undefined ? day.now : (current.from + current.to) / 2
  useEffect(() => {
    const box = scroll.current
    if (box === null) return
    const x = shareOf(day, middle) * box.scrollWidth
    if (x < box.scrollLeft || x > box.scrollLeft + box.clientWidth) box.scrollLeft = x - box.clientWidth / 2
  }, [zoom, middle])
  const move = (key: string): number | null => {
    if (key === 'ArrowRight') return Math.min(list.length - 1, at + 1)
    if (key === 'ArrowLeft') return Math.max(0, at - 1)
    if (key === 'Home') return 0
    if (key === 'End') return list.length - 1
    if (key === 'PageDown') return indexAt(list, (current?.from ?? day.from) + HOUR_MS)
    if (key === 'PageUp') return indexAt(list, (current?.from ?? day.from) - HOUR_MS)
    return null
  }
  return (
    <div class="line-scroll" ref={scroll}>
      <div
        class="line"
        style={{ width: `${(ZOOMS[zoom] ?? 1) * 100}%` }}
        role="slider"
        tabIndex={0}
        aria-label={tf('dayLabel', { date: day.date })}
        aria-valuemin={0}
        aria-valuemax={Math.max(0, list.length - 1)}
        aria-valuenow={Math.max(0, at)}
        aria-valuetext={
          current === undefined ? t('dayNothing') : `${spanOf(current, t('untilNow'))}, ${words(current).what}`
        }
        data-testid="day-line"
        onKeyDown={(e) => {
          const next = move(e.key)
          if (next === null || list.length === 0) return
          e.preventDefault()
          onAt(next)
        }}
        onClick={(e) => {
          const box = e.currentTarget.getBoundingClientRect()
          onAt(indexAt(list, day.from + ((e.clientX - box.left) / Math.max(1, box.width)) * (day.to - day.from)))
        }}
      >
        <Periods day={day} />
        <div class="line-strip">
          {blocks.map((b) => (
            <span
              key={`${b.from}${b.look}`}
              class={`block look-${b.look}`}
              style={{ left: share(shareOf(day, b.from)), width: share(shareOf(day, b.to) - shareOf(day, b.from)) }}
            />
          ))}
          {current !== undefined && (
            <span
              class="line-cursor"
              style={{
                left: share(shareOf(day, current.from)),
                width: share(shareOf(day, current.to) - shareOf(day, current.from)),
              }}
            />
          )}
          {isToday && (
            <span class="line-now" style={{ left: share(shareOf(day, day.now)) }}>
              <span>{t('nowMark')}</span>
            </span>
          )}
        </div>
        <Marks day={day} zoom={zoom} />
      </div>
    </div>
  )
}

const Legend = (props: { readonly list: readonly Stretch[] }) => {
  const { t } = useT()
  const sums = new Map<Look, number>(sumsOf(props.list).map(({ look, ms }) => [look, ms]))
  return (
    <ul class="legend">
      {LOOKS.filter((look) => sums.has(look)).map((look) => (
        <li key={look}>
          <span class={`swatch look-${look}`} aria-hidden="true" /> {t(`look-${look}`)}{' '}
          <span class="mono dim">{hoursMinutes(sums.get(look) ?? 0)}</span>
        </li>
      ))}
    </ul>
  )
}

/** The same as a table, for whoever listens and whoever copies. */
const DayTable = (props: { readonly list: readonly Stretch[] }) => {
  const { t, tf } = useT()
  const words = useStretchWords()
  const [rows, setRows] = useState(TABLE_ROWS)
  return (
    <>
      <div class="table-box">
        <table class="stack" data-testid="day-table">
          <thead>
            <tr>
              <th scope="col">{t('colTime')}</th>
              <th scope="col">{t('colKind')}</th>
              <th scope="col">{t('colWhat')}</th>
              <th scope="col">{t('colMore')}</th>
            </tr>
          </thead>
          <tbody>
            {props.list.slice(0, rows).map((s) => (
              <tr key={`${s.from}${s.to}${lookOf(s)}`}>
                <td data-label={t('colTime')} class="mono">
                  {spanOf(s, t('untilNow'))}
                </td>
                <td data-label={t('colKind')}>
                  <span class={`swatch look-${lookOf(s)}`} aria-hidden="true" /> {t(`look-${lookOf(s)}`)}
                </td>
                <td data-label={t('colWhat')}>{words(s).what}</td>
                <td data-label={t('colMore')} class="dim">
                  {words(s).more}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {props.list.length > rows && (
        <button type="button" class="btn" onClick={() => setRows(rows + TABLE_ROWS)}>
          {tf('moreRows', { n: props.list.length - rows })}
        </button>
      )}
    </>
  )
}

/** What played, what will, holes with their cause, the periods with their floors, and now. */
export const DayLine = (props: { readonly day: SiteDay }) => {
  const { day } = props
  const { t, tf } = useT()
  const list = stretchesOf(day)
  const [zoom, setZoom] = useState(0)
  const [table, setTable] = useState(false)
  // The stretch that was chosen stays chosen when the day is read anew: by its begin, not by its number.
  const [picked, setPicked] = useState<number | null>(null)
  const at = indexAt(list, picked ?? day.now - 1)
  return (
    <div class="day-line">
      <div class="line-head">
        <Legend list={list} />
        <fieldset class="switch">
          <legend class="visually-hidden">{t('zoomLabel')}</legend>
          {ZOOMS.map((z, n) => (
            <button
              key={z}
              type="button"
              aria-pressed={zoom === n}
              data-testid={`day-zoom-${z}`}
              onClick={() => setZoom(n)}
            >
              {t(`zoom-${z}`)}
            </button>
          ))}
        </fieldset>
      </div>
      <Strip day={day} list={list} zoom={zoom} at={at} onAt={(n) => setPicked(list[n]?.from ?? null)} />
      <Detail site={day.site} stretch={list[at]} />
      {day.cut && <p class="notice">▲ {t('dayCut')}</p>}
      <p class="dim">
        {day.knownTo === null ? t('dayUnknown') : tf('dayKnownTo', { time: clock(day.knownTo) })} · {t('dayKeys')}
      </p>
      <details onToggle={(e) => setTable(e.currentTarget.open)}>
        <summary>{t('dayAsTable')}</summary>
        {table && <DayTable list={list} />}
      </details>
    </div>
  )
}
