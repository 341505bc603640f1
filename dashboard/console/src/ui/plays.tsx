import { CATEGORIES, CATEGORY_NAMES } from '#core/content/category.ts'
import type { PlayAnswer } from '#core/contract/operations.ts'
import { CLOSE_CAUSE_NAMES, nameOf, PROOF_NAMES } from '#core/contract/words.ts'
import { clock, day, latency } from '../format.ts'
import { isOneOf, RANK_NAMES, useT } from '../i18n.ts'
import { hrefOf } from '../route.ts'
import { useStore } from '../store.tsx'
import { Tag, type Tone } from './bits.tsx'

/** Is this proof enough to say that it was really seen? */
const proofTone = (proof: string): Tone => {
  if (proof === 'contradicted') return 'bad'
  return proof === 'commanded' ? 'warn' : 'ok'
}

const Play = (props: { readonly play: PlayAnswer; readonly named: boolean }) => {
  const { play: p } = props
  const { t, tf, lang } = useT()
  const { items, orders, siteById } = useStore()
  const exercise = orders.value.some((o) => o.order.id === p.order && o.order.status !== 'actual')
  // The record has the organisation's code. Only the item that was played may name it: a draft must not change how evidence reads.
  const own = items.value.find((i) => i.item.id === p.item)?.item.supplier
  const supplier = own?.org === p.supplier ? own.name : p.supplier
  const category = p.category !== null && isOneOf(CATEGORIES, p.category) ? CATEGORY_NAMES[p.category] : null
  return (
    <tr data-testid={`play-${p.play}`}>
      {props.named && (
        <td data-label={t('cluster')}>
          <a href={hrefOf({ page: 'site', site: p.site })}>{siteById.value.get(p.site)?.name ?? p.site}</a>
          <br />
          <span class="mono dim">{p.site}</span>
        </td>
      )}
      <td data-label={t('colTime')}>
        <span class="mono">
          {clock(p.from)}–{p.to === null ? '…' : clock(p.to)}
        </span>
        <br />
        <span class="dim">
          {day(p.from)} {p.ms !== null && `· ${latency(p.ms)}`} {p.to === null && `· ${t('playOpen')}`}
        </span>
      </td>
      <td data-label={t('colWhat')}>
        <strong>{p.title}</strong>
        <br />
        <span class="dim">
          {category !== null && `${category.clause} ${category[lang]} · `}
          {p.languages.join(', ')} · <span class="mono">{p.item}</span>
        </span>
      </td>
      <td data-label={t('colWhy')}>
        {exercise ? (
          <span class="mark mark-exercise">◇ {t('exerciseMark')}</span>
        ) : (
          <span class={`rank rank-${p.rank}`}>{nameOf(RANK_NAMES, p.rank)[lang]}</span>
        )}{' '}
        {p.why}
        {p.order !== null && <span class="dim mono"> {p.order}</span>}
        {p.cause !== null && (
          <span class="dim"> · {tf('endedBy', { cause: nameOf(CLOSE_CAUSE_NAMES, p.cause)[lang] })}</span>
        )}
      </td>
      <td data-label={t('colSupplier')}>
        {supplier}
        {p.suppliedByLead && <span class="dim"> ({t('suppliedByLead')})</span>}
        <br />
        <span class="dim">{p.document ?? t('noDocument')}</span>
      </td>
      <td data-label={t('colProof')}>
        <Tag tone={proofTone(p.proof)}>{nameOf(PROOF_NAMES, p.proof)[lang]}</Tag>{' '}
        <Tag tone={p.lit === 'lit' ? 'ok' : p.lit === 'dark' ? 'off' : 'warn'}>
          {p.lit === 'lit' || p.lit === 'dark' ? t(`lit-${p.lit}`) : t('lit-unknown')}
        </Tag>
      </td>
      <td data-label={t('colRecords')}>
        <span class="mono">
          {p.records.open}–{p.records.close ?? '…'}
        </span>
        <br />
        <span class="dim">
          {p.clock === 'synced' || p.clock === 'holdover' || p.clock === 'unset' ? t(`clock-${p.clock}`) : p.clock} ·{' '}
          <span class="mono" title={p.hash}>
            {p.hash.slice(0, 10)}
          </span>
        </span>
      </td>
    </tr>
  )
}

/**
 * What an inspector asks: what, when, why, from whom, under which document, how we know, and the records that say so. `named`: the plays are of
 * several clusters.
 */
export const PlayTable = (props: { readonly plays: readonly PlayAnswer[]; readonly named?: boolean }) => {
  const { t } = useT()
  const named = props.named === true
  return (
    <div class="table-box">
      <table class="stack" data-testid="play-table">
        <thead>
          <tr>
            {named && <th scope="col">{t('cluster')}</th>}
            <th scope="col">{t('colTime')}</th>
            <th scope="col">{t('colWhat')}</th>
            <th scope="col">{t('colWhy')}</th>
            <th scope="col">{t('colSupplier')}</th>
            <th scope="col">{t('colProof')}</th>
            <th scope="col">{t('colRecords')}</th>
          </tr>
        </thead>
        <tbody>
          {props.plays.map((p) => (
            <Play key={`${p.site}/${p.play}`} play={p} named={named} />
          ))}
        </tbody>
      </table>
    </div>
  )
}
