import type { Verdict } from '#core/claim/arbitrate.ts'
import { CLAIM_RANKS, type Claim } from '#core/claim/claim.ts'
import { type Phrase, RANK_NAMES } from '#core/contract/words.ts'
import { both, type Row, row } from './report.ts'

/** Why a claim did not get the screen, by the very rules of `arbitrate`. */
const whyLost = (claim: Claim, { winner, restrictions }: Verdict): Phrase => {
  const veto = restrictions.find(({ rank }) => CLAIM_RANKS.indexOf(rank) <= CLAIM_RANKS.indexOf(claim.rank))
  if (!claim.solemn && veto !== undefined)
    return both(`bị cấm: ${RANK_NAMES[veto.rank].vi}`, `forbidden: ${RANK_NAMES[veto.rank].en}`)
  if (claim.rank !== winner.rank)
    return both(`thua mức “${RANK_NAMES[winner.rank].vi}”`, `“${RANK_NAMES[winner.rank].en}” ranks higher`)
  if (claim.weight !== winner.weight) return both('cùng mức, nhẹ hơn', 'same rank, weighs less')
  if (claim.at !== winner.at) return both('cùng mức, cũ hơn', 'same rank, older')
  return both('cùng mức, xếp sau theo mã', 'same rank, later by its id')
}

const wantOf = (claim: Claim, titles: Readonly<Record<string, string>>): Phrase => {
  const { want } = claim
  const title = titles[claim.id]
  switch (want.want) {
    case 'dark':
      return both(`tắt hình: ${want.why}`, `dark: ${want.why}`)
    case 'order':
      return both(`lệnh “${title ?? want.order}”`, `order “${title ?? want.order}”`)
    case 'item':
      return both(`nội dung “${title ?? want.item}”`, `item “${title ?? want.item}”`)
    case 'standing':
      return both('trang chờ', 'the standing page')
    case 'chart':
      return both(`hình thử ${want.chart.name} (${want.person})`, `chart ${want.chart.name} (${want.person})`)
    case 'restrict':
      return both('cấm quảng cáo, giải trí', 'no advertising, no entertainment')
  }
}

/** Every live claim, the winner first, each with what it asks for and why it has the screen or not. */
export const ladderRows = (verdict: Verdict | null, titles: Readonly<Record<string, string>>): readonly Row[] => {
  if (verdict === null)
    return [row(both('Chưa có phán quyết', 'No verdict yet'), both('vừa khởi động', 'just started'))]
  const { winner, displaced, restrictions } = verdict
  const name = (claim: Claim): Phrase => {
    const rank = CLAIM_RANKS.indexOf(claim.rank) + 1
    return both(`${rank}. ${RANK_NAMES[claim.rank].vi}`, `${rank}. ${RANK_NAMES[claim.rank].en}`)
  }
  const say = (claim: Claim, why: Phrase): Phrase => {
    const want = wantOf(claim, titles)
    return both(`${want.vi} — ${why.vi}`, `${want.en} — ${why.en}`)
  }
  const detail = ({ id, document }: Claim): string => (document === null ? id : `${id} · ${document}`)
  const won =
    displaced.length === 0
      ? both('ĐANG GIỮ MÀN HÌNH: không ai khác đòi', 'HAS THE SCREEN: nobody else asks')
      : both('ĐANG GIỮ MÀN HÌNH: mức cao nhất', 'HAS THE SCREEN: the strongest')
  return [
    row(name(winner), say(winner, won), 'good', detail(winner)),
    ...restrictions.map((c) => row(name(c), say(c, both('có hiệu lực', 'in force')), 'plain', detail(c))),
    ...displaced.map((c) => row(name(c), say(c, whyLost(c, verdict)), 'plain', detail(c))),
    ...(CLAIM_RANKS.indexOf(winner.rank) < CLAIM_RANKS.indexOf('normal') && !displaced.some((c) => c.rank === 'normal')
      ? [
          row(
            both('Lịch', 'The schedule'),
            both('không được hỏi khi mức trên giữ màn hình', 'is not asked while something stronger has the screen'),
          ),
        ]
      : []),
  ]
}
