import { CLAIM_RANKS } from '#core/claim/claim.ts'
import { CATEGORIES, CATEGORY_NAMES } from '#core/content/category.ts'
import type { PlayAnswer } from '#core/contract/api.ts'
import { PROOFS } from '#core/policy/policy.ts'
import { clock, day, latency } from '../format.ts'
import { CLOSE_CAUSES, isOneOf, PROOF_NAMES, RANK_NAMES, useT } from '../i18n.ts'
import { Tag, type Tone } from './bits.tsx'

/** Is this proof enough to say that it was really seen? */
const proofTone = (proof: string): Tone => {
  if (proof === 'contradicted') return 'bad'
  return proof === 'commanded' ? 'warn' : 'ok'
}

const Play = (props: { readonly play: PlayAnswer }) => {
  const { play: p } = props
  const { t, tf, lang } = useT()
  const category = p.category !== null && isOneOf(CATEGORIES, p.category) ? CATEGORY_NAMES[p.category] : null
  return (
    <tr data-testid={`play-${p.play}`}>
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
        <span class={`rank rank-${p.rank}`}>{isOneOf(CLAIM_RANKS, p.rank) ? RANK_NAMES[p.rank][lang] : p.rank}</span>{' '}
        {p.why}
        {p.order !== null && <span class="dim mono"> {p.order}</span>}
        {p.cause !== null && (
          <span class="dim"> · {tf('endedBy', { cause: CLOSE_CAUSES[p.cause]?.[lang] ?? p.cause })}</span>
        )}
      </td>
      <td data-label={t('colSupplier')}>
        {p.supplier}
        {p.suppliedByLead && <span class="dim"> ({t('suppliedByLead')})</span>}
        <br />
        <span class="dim">{p.document ?? t('noDocument')}</span>
      </td>
      <td data-label={t('colProof')}>
        <Tag tone={proofTone(p.proof)}>{isOneOf(PROOFS, p.proof) ? PROOF_NAMES[p.proof][lang] : p.proof}</Tag>{' '}
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

/** What an inspector asks: what, when, why, from whom, under which document, how we know, and the records that say so. */
export const PlayTable = (props: { readonly plays: readonly PlayAnswer[] }) => {
  const { t } = useT()
  return (
    <div class="table-box">
      <table class="stack" data-testid="play-table">
        <thead>
          <tr>
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
            <Play key={p.play} play={p} />
          ))}
        </tbody>
      </table>
    </div>
  )
}
