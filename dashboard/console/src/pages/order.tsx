import { useEffect, useState } from 'preact/hooks'
import type { OrderReport } from '#core/contract/api.ts'
import { LIT_NAMES, nameOf, PROOF_NAMES } from '#core/contract/words.ts'
import type { Order } from '#core/emergency/order.ts'
import type { ApiFault } from '../api.ts'
import { Hands, Reason } from '../emergency/board.tsx'
import { OrderMarks, OrderWords, useHeadline } from '../emergency/marks.tsx'
import { auditInTime, type SiteLine, siteLines, totalsOf } from '../emergency/report.ts'
import { trailDetail } from '../emergency/trail.ts'
import { clock, latency, stamp } from '../format.ts'
import { useT } from '../i18n.ts'
import { hrefOf } from '../route.ts'
import { useStore } from '../store.tsx'
import { Empty, Fault } from '../ui/bits.tsx'

/** The report is asked for anew this often while the order is in force, ms. */
const REFRESH_MS = 10_000

const useReport = (id: string): { readonly report: OrderReport | null; readonly fault: ApiFault | null } => {
  const store = useStore()
  const [state, setState] = useState<{ readonly report: OrderReport | null; readonly fault: ApiFault | null }>({
    report: null,
    fault: null,
  })
  // A step at a cluster is told live: then what is printed is asked for again.
  const seen = store.orders.value.find((o) => o.order.id === id)
  const running = state.report === null || state.report.view.state === 'open'
  useEffect(() => {
    const stop = new AbortController()
    const ask = async () => {
      const answer = await store.api.report(id)
      if (stop.signal.aborted) return
      setState((old) => (answer.ok ? { report: answer.value, fault: null } : { ...old, fault: answer.error }))
    }
    void ask()
    const timer = running ? setInterval(() => void ask(), REFRESH_MS) : 0
    return () => {
      stop.abort()
      clearInterval(timer)
    }
  }, [id, running, seen?.state])
  return state
}

const Pictures = (props: { readonly order: string; readonly open: boolean; readonly line: SiteLine }) => {
  const { t, tf } = useT()
  const { sites } = useStore()
  const { order, line } = props
  const site = sites.value.find((s) => s.id === line.row.site)
  if (line.frames.every(({ frame }) => frame === null))
    return (
      <li class="shots-none" data-testid={`report-pictures-${line.row.site}`}>
        <h3>
          {site?.name ?? line.row.site} <span class="dim mono">{line.row.site}</span>
        </h3>
        <span>{t('noPictures')}</span>
      </li>
    )
  return (
    <li class="shots" data-testid={`report-pictures-${line.row.site}`}>
      <h3>
        {site?.name ?? line.row.site} <span class="dim mono">{line.row.site}</span>
      </h3>
      <div class="shots-row">
        {line.frames.map(({ moment, frame }) => (
          <figure key={moment} class="shot">
            {frame === null ? (
              <p class="shot-none">{t(moment === 'after' && props.open ? 'noPictureYet' : 'noPicture')}</p>
            ) : (
              <img
                src={`/api/orders/${encodeURIComponent(order)}/frames/${encodeURIComponent(line.row.site)}/${moment}`}
                alt={tf('shotAlt', { moment: t(`moment-${moment}`), site: site?.name ?? line.row.site })}
                loading="eager"
              />
            )}
            <figcaption>
              <strong>{t(`moment-${moment}`)}</strong> {frame !== null && <span class="mono">{stamp(frame.at)}</span>}
            </figcaption>
          </figure>
        ))}
      </div>
    </li>
  )
}

const Times = (props: { readonly lines: readonly SiteLine[]; readonly releasedAt: number; readonly open: boolean }) => {
  const { t, tf, lang } = useT()
  const { sites } = useStore()
  const cell = (at: number | null) => (at === null ? '–' : clock(at))
  const span = (at: number | null) => (at === null ? '' : tf('plusTime', { time: latency(at - props.releasedAt) }))
  return (
    <div class="table-box">
      <table class="report-times stack">
        <thead>
          <tr>
            <th scope="col">{t('cluster')}</th>
            <th scope="col">{t('state')}</th>
            <th scope="col">{t('stage-sent')}</th>
            <th scope="col">{t('stage-accepted')}</th>
            <th scope="col">{t('stage-shown')}</th>
            <th scope="col">{t('colProof')}</th>
            <th scope="col">{t('stage-ended')}</th>
          </tr>
        </thead>
        <tbody>
          {props.lines.map(({ row, stage }) => (
            <tr key={row.site} data-testid={`report-${row.site}`}>
              <th scope="row">
                {sites.value.find((s) => s.id === row.site)?.name ?? row.site} <span class="dim mono">{row.site}</span>
              </th>
              <td data-label={t('state')}>
                {t(`stage-${stage}`)}
                <span class="reason">
                  <Reason row={row} stage={stage} open={props.open} />
                </span>
              </td>
              <td class="mono" data-label={t('stage-sent')}>
                {cell(row.sentAt)}
              </td>
              <td class="mono" data-label={t('stage-accepted')}>
                {cell(row.acceptedAt)} <span class="after">{span(row.acceptedAt)}</span>
              </td>
              <td class="mono" data-label={t('stage-shown')}>
                {cell(row.shownAt)} <span class="after">{span(row.shownAt)}</span>
              </td>
              <td data-label={t('colProof')}>
                {row.proof === null ? '–' : nameOf({ ...PROOF_NAMES, ...LIT_NAMES }, row.proof)[lang]}
              </td>
              <td class="mono" data-label={t('stage-ended')}>
                {cell(row.endedAt)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

const Summary = (props: { readonly report: OrderReport }) => {
  const { t, tf } = useT()
  const { report } = props
  const { view } = report
  const totals = totalsOf(report)
  const { order } = view
  return (
    <dl class="report-facts">
      <dt>{t('reportOrder')}</dt>
      <dd class="mono">{order.id}</dd>
      <dt>{t('reportReleased')}</dt>
      <dd>{stamp(view.releasedAt)}</dd>
      <dt>{t('reportHolds')}</dt>
      <dd>
        {stamp(order.startsAt)} – {stamp(order.expiresAt)} · {t(`order-${view.state}`)}
      </dd>
      <dt>{t('authority')}</dt>
      <dd>{order.authority.name}</dd>
      <dt>{t('reportHands')}</dt>
      <dd>
        <Hands view={view} />
      </dd>
      {order.breakGlass !== undefined && (
        <>
          <dt>{t('glassTitle')}</dt>
          <dd>{order.breakGlass.reason}</dd>
        </>
      )}
      {view.review !== null && view.review.note !== null && (
        <>
          <dt>{t('reviewAfter')}</dt>
          <dd>{view.review.note}</dd>
        </>
      )}
      <dt>{t('reportReach')}</dt>
      <dd data-testid="report-reach">
        {tf('reportReachN', {
          shown: totals.shown,
          all: totals.targeted,
          refused: totals.refused,
          unreached: totals.unreached,
        })}
        {totals.firstMs !== null &&
          totals.lastMs !== null &&
          ` · ${tf('reportSpan', { first: latency(totals.firstMs), last: latency(totals.lastMs) })}`}
      </dd>
      <dt>{t('reportArea')}</dt>
      <dd>{order.area === undefined ? t('none') : order.area.province ? t('areaProvince') : order.area.name}</dd>
      {order.relayed !== undefined && (
        <>
          <dt>{t('reportRelayed')}</dt>
          <dd class="hash">
            {order.relayed.sender} · {order.relayed.identifier} · {order.relayed.sent}
          </dd>
        </>
      )}
      <dt>{t('reportSigned')}</dt>
      <dd class="mono hash" data-testid="report-hash">
        SHA-256 {report.signed.hash}
        <br />
        {report.signed.keys.map((key) => `${t('reportKey')} ${key}`).join(' · ')}
      </dd>
    </dl>
  )
}

const Related = (props: { readonly report: OrderReport }) => {
  const { t } = useT()
  const headline = useHeadline()
  if (props.report.related.length === 0) return null
  return (
    <section>
      <h2>{t('reportRelated')}</h2>
      <ul>
        {props.report.related.map(({ order, releasedAt, issuerName }) => (
          <li key={order.id}>
            {t(order.allClear === true ? 'allClearMark' : `action-${order.action}`)} ·{' '}
            <a class="mono" href={hrefOf({ page: 'order', order: order.id })}>
              {order.id}
            </a>{' '}
            · {stamp(releasedAt)} · {issuerName} ·{' '}
            {order.action === 'document' ? order.authority.document : headline(order)}
          </li>
        ))}
      </ul>
    </section>
  )
}

/** The lines of the audit about an order, said in words; the word of the record stands beside them, as an inspector finds it in the log. */
const AUDITED = [
  'order.previewed',
  'order.pending',
  'order.release',
  'order.break-glass',
  'order.refused',
  'order.withdraw',
  'order.lapsed',
  'order.cancel',
  'order.ended',
  'order.documented',
  'order.review',
  'order.propose',
  'order.document-overdue',
  'order.review-overdue',
] as const
const isAudited = (action: string): action is (typeof AUDITED)[number] => AUDITED.some((known) => known === action)

const Audit = (props: { readonly report: OrderReport }) => {
  const { t, lang } = useT()
  return (
    <section>
      <h2>{t('reportAudit')}</h2>
      {props.report.audit.length === 0 ? (
        <Empty>{t('none')}</Empty>
      ) : (
        <div class="table-box">
          <table class="report-audit stack" data-testid="report-audit">
            <tbody>
              {auditInTime(props.report).map((line, i) => (
                // Two lines can say the same at the same time: only their place tells them apart, and lines are never taken out.
                <tr key={`${line.at}-${i}`}>
                  <td class="mono">{stamp(line.at)}</td>
                  <td>{line.person}</td>
                  <td>
                    {isAudited(line.action) && t(`audit-${line.action}`)} <span class="dim mono">{line.action}</span>
                  </td>
                  <td class="hash">{trailDetail(line.action, line.detail, lang)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  )
}

/** Only warnings are alerts to others: a blank, a festival or the number of a document has no CAP form. */
const hasCap = (order: Order): boolean =>
  (order.class === 'emergency' || order.class === 'priority') && order.action !== 'document'

/** One order on one page: every time, every hand, every picture there is; to be printed or kept as PDF. */
export const OrderPage = (props: { readonly order: string }) => {
  const { now } = useStore()
  const { t, tf } = useT()
  const headline = useHeadline()
  const { report, fault } = useReport(props.order)
  const print = () => window.print()
  const cap = `/api/orders/${encodeURIComponent(props.order)}/cap`
  return (
    <>
      <div class="page-head no-print">
        <a href="#/emergency">← {t('navEmergency')}</a>
        {report !== null && (
          <div class="actions">
            {hasCap(report.view.order) && (
              <a class="btn" href={cap} download={`${props.order}.cap.xml`} data-testid="report-cap">
                {t('reportCap')}
              </a>
            )}
            <button type="button" class="btn btn-primary" data-testid="report-print" onClick={print}>
              {t('reportPrint')}
            </button>
          </div>
        )}
      </div>
      <Fault fault={fault} testid="report-fault" />
      {report === null && fault === null && <Empty>{t('loading')}</Empty>}
      {report !== null && (
        <article
          class={`report ${report.view.order.status === 'actual' ? '' : 'report-exercise'}`}
          data-testid="report"
          data-state={report.view.state}
        >
          {report.view.order.status !== 'actual' && <p class="report-banner">◇ {t('reportExercise')}</p>}
          <header>
            <p class="dim">{t('reportTitle')}</p>
            <h1>{headline(report.view.order)}</h1>
            <OrderMarks order={report.view.order} />
            {report.view.local && <p>⌂ {t('localNote')}</p>}
          </header>
          <div class="report-words">
            <OrderWords order={report.view.order} />
          </div>
          <Summary report={report} />
          <h2>{t('reportTimes')}</h2>
          <Times lines={siteLines(report)} releasedAt={report.view.releasedAt} open={report.view.state === 'open'} />
          <h2>{t('reportPictures')}</h2>
          <ul class="plain report-shots">
            {siteLines(report).map((line) => (
              <Pictures
                key={line.row.site}
                order={report.view.order.id}
                open={report.view.state === 'open'}
                line={line}
              />
            ))}
          </ul>
          <Related report={report} />
          <Audit report={report} />
          <footer class="dim">{tf('reportMade', { time: stamp(now.value) })}</footer>
        </article>
      )}
    </>
  )
}
