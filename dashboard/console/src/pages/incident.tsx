import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import type { IncidentView } from '#core/contract/operations.ts'
import { halfOf } from '#core/contract/words.ts'
import { spanText, stamp, toDateInput } from '../format.ts'
import { useT } from '../i18n.ts'
import { lastedMs } from '../operate/incident.ts'
import { EscalateDialog, IncidentMarks, NoteDialog, useWhere } from '../operate/incident-parts.tsx'
import { FaultAdvice } from '../operate/parts.tsx'
import { addressOf, emptySearch } from '../operate/search.ts'
import { hrefOf } from '../route.ts'
import { useStore } from '../store.tsx'
import { Act, Empty, Fault, useDenied } from '../ui/bits.tsx'

/** When the hub learned of it this much later, that is said: the cluster was away. ms */
const LATE_MS = 60_000

const Deed = (props: { readonly at: number; readonly what: string; readonly children?: ComponentChildren }) => (
  <li>
    <span class="mono dim">{stamp(props.at)}</span>
    <div>
      <strong>{props.what}</strong>
      {props.children}
    </div>
  </li>
)

/** What happened, in time: came, taken on, escalated, went, closed. */
const Course = (props: { readonly incident: IncidentView }) => {
  const { t, tf } = useT()
  const { incident: i } = props
  const deeds = [
    {
      at: i.openedAt,
      node: (
        <Deed
          at={i.openedAt}
          what={i.reportedBy === null ? t(`source-${i.source}`) : tf('reportedBy', { name: i.reportedBy.name })}
        />
      ),
    },
    ...(i.lastAt > i.openedAt && i.times > 1
      ? [{ at: i.lastAt, node: <Deed at={i.lastAt} what={tf('timesLast', { n: i.times })} /> }]
      : []),
    ...(i.acknowledged === null
      ? []
      : [
          {
            at: i.acknowledged.at,
            node: (
              <Deed at={i.acknowledged.at} what={tf('takenBy', { name: i.acknowledged.name })}>
                <p class="said">{i.acknowledged.note}</p>
              </Deed>
            ),
          },
        ]),
    ...i.escalations.map((e) => ({
      at: e.at,
      node: (
        <Deed at={e.at} what={tf('escalatedBy', { name: e.name, to: e.to })}>
          <details>
            <summary>{t('escalatedText')}</summary>
            <pre class="letter" lang="vi">
              {e.proposal === '' ? e.text : `${e.text}\n\nKiến nghị: ${e.proposal}`}
            </pre>
          </details>
        </Deed>
      ),
    })),
    ...(i.clearedAt === null ? [] : [{ at: i.clearedAt, node: <Deed at={i.clearedAt} what={t('clearedItself')} /> }]),
    ...(i.resolved === null
      ? []
      : [
          {
            at: i.resolved.at,
            node: (
              <Deed at={i.resolved.at} what={tf('resolvedBy', { name: i.resolved.name })}>
                <p class="said">{i.resolved.note}</p>
              </Deed>
            ),
          },
        ]),
  ]
  return (
    <ol class="course" data-testid="incident-course">
      {deeds
        .sort((a, b) => a.at - b.at)
        .map((d) => (
          <>{d.node}</>
        ))}
    </ol>
  )
}

const Acts = (props: { readonly incident: IncidentView }) => {
  const { t } = useT()
  const { incident: i } = props
  const [handle, escalate] = [useDenied('incident.handle'), useDenied('incident.escalate')]
  const [dialog, setDialog] = useState<'acknowledge' | 'escalate' | 'resolve' | null>(null)
  const closed = i.resolved === null ? null : t('alreadyResolved')
  return (
    <div class="order-acts no-print">
      <Act
        testid="incident-acknowledge"
        kind={i.acknowledged === null ? 'primary' : 'plain'}
        busy={false}
        blocked={handle ?? closed ?? (i.acknowledged === null ? null : t('alreadyTaken'))}
        onPress={() => setDialog('acknowledge')}
      >
        {t('acknowledgePress')}
      </Act>
      <Act
        testid="incident-escalate"
        kind="plain"
        busy={false}
        blocked={escalate ?? closed}
        onPress={() => setDialog('escalate')}
      >
        {t('escalateOpen')}
      </Act>
      <Act
        testid="incident-resolve"
        kind={i.clearedAt !== null ? 'primary' : 'plain'}
        busy={false}
        blocked={handle ?? closed}
        onPress={() => setDialog('resolve')}
      >
        {t('resolvePress')}
      </Act>
      {(dialog === 'acknowledge' || dialog === 'resolve') && (
        <NoteDialog incident={i} deed={dialog} onClose={() => setDialog(null)} />
      )}
      {dialog === 'escalate' && <EscalateDialog incident={i} onClose={() => setDialog(null)} />}
    </div>
  )
}

const Facts = (props: { readonly incident: IncidentView }) => {
  const { t, tf, lang } = useT()
  const { now } = useStore()
  const where = useWhere()
  const { incident: i } = props
  return (
    <dl class="report-facts">
      <dt>{t('cluster')}</dt>
      <dd>
        {i.site === null ? where(i) : <a href={hrefOf({ page: 'site', site: i.site })}>{where(i)}</a>}
        {i.site !== null && <span class="mono dim"> {i.site}</span>}
      </dd>
      <dt>{t('incidentCause')}</dt>
      <dd>{t(`cause-${i.cause}`)}</dd>
      <dt>{t('incidentOpened')}</dt>
      <dd>
        {stamp(i.openedAt)} ·{' '}
        {tf(i.clearedAt === null && i.resolved === null ? 'standsFor' : 'lasted', {
          time: spanText(lastedMs(i, now.value), lang),
        })}
        {i.times > 1 && ` · ${tf('timesN', { n: i.times })}`}
        {i.arrivedAt - i.openedAt > LATE_MS && <p class="dim">{tf('arrivedAt', { time: stamp(i.arrivedAt) })}</p>}
      </dd>
      <dt>{t('incidentStands')}</dt>
      <dd>{i.clearedAt === null ? t('stillThere') : tf('goneAt', { time: stamp(i.clearedAt) })}</dd>
      {i.detail !== '' && (
        <>
          <dt>{t('colMore')}</dt>
          <dd class="said">{halfOf(i.detail, lang)}</dd>
        </>
      )}
      <dt>{t('incidentId')}</dt>
      <dd class="mono">
        {i.id}
        {i.what !== 'reported' && ` · ${i.what}`}
      </dd>
      {i.site !== null && (
        <>
          <dt>{t('incidentLinks')}</dt>
          <dd class="links">
            <a href={hrefOf({ page: 'site', site: i.site, query: `day=${toDateInput(i.openedAt)}` })}>{t('linkDay')}</a>
            <a href={hrefOf({ page: 'playlog', site: null, query: addressOf({ ...emptySearch(), site: i.site }) })}>
              {t('linkPlays')}
            </a>
          </dd>
        </>
      )}
    </dl>
  )
}

export const IncidentPage = (props: { readonly incident: string }) => {
  const store = useStore()
  const { t, tf, lang } = useT()
  const incident = store.incidents.value.find((i) => i.id === props.incident)
  if (incident === undefined)
    return (
      <>
        <Fault fault={store.incidentsFault.value} testid="incident-fault" />
        <Empty>{store.incidentsLoaded.value ? tf('noSuchIncident', { id: props.incident }) : t('loading')}</Empty>
      </>
    )
  return (
    <>
      <div class="page-head">
        <div>
          <a href={hrefOf({ page: 'incidents' })}>← {t('navIncidents')}</a>
          <h1 data-testid="incident-title">{incident.title[lang]}</h1>
        </div>
        <IncidentMarks incident={incident} />
      </div>
      <div class="site-grid">
        <section class="card">
          <Facts incident={incident} />
          <Acts incident={incident} />
          <FaultAdvice fault={incident.what} open={incident.resolved === null} />
        </section>
        <section class="card">
          <h2>{t('incidentCourse')}</h2>
          <Course incident={incident} />
        </section>
      </div>
    </>
  )
}
