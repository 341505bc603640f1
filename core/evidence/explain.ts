import { formatInstant } from '../base/time.ts'
import { CATEGORIES, CATEGORY_NAMES } from '../content/category.ts'
import type { PlayAnswer } from '../contract/operations.ts'
import { LIT_NAMES, nameOf, PROOF_NAMES, RANK_NAMES } from '../contract/words.ts'
import type { Moment } from './query.ts'

type Zone = { readonly offsetMinutes: number }
/** `supplier`: the organisation's name by the archived approval of that play, where it is at hand. */
type Using = Zone & { readonly supplier?: string | null }
type Said = { readonly vi: readonly string[]; readonly en: readonly string[] }

const CLOCK = {
  synced: { vi: 'đồng hồ đã đồng bộ', en: 'the clock was synchronised' },
  holdover: { vi: 'đồng hồ tự chạy từ lần đồng bộ trước', en: 'the clock ran on from its last synchronisation' },
  unset: { vi: 'ĐỒNG HỒ CHƯA ĐƯỢC ĐẶT: giờ ghi là phỏng đoán', en: 'THE CLOCK WAS UNSET: the time is a guess' },
} as const

/** Answers an inspector in sentences: what, why, from whom, under which document, how we know, was the clock right, was it lit. */
export const explain = (site: string, at: number, moment: Moment, zone: Using): Said => {
  const when = text(at, zone)
  if (moment.gap !== null) {
    const span = `${text(moment.gap.from, zone)} – ${text(moment.gap.to, zone)}`
    return {
      vi: [`${site}, ${when}: không có người ghi (${moment.gap.cause}), từ ${span}.`],
      en: [`${site}, ${when}: nobody was recording (${moment.gap.cause}), ${span}.`],
    }
  }
  const lit = LIT_NAMES[moment.screen.lit]
  const why = moment.screen.why === '' ? '' : ` (${moment.screen.why})`
  const whyIn = moment.screen.why === '' ? '' : ` (${inVietnamese(moment.screen.why)})`
  const known: Said = {
    vi: [`Hiện trạng: ${lit.vi}${why}; ${CLOCK[moment.clock].vi}.`],
    en: [`State: ${lit.en}${whyIn}; ${CLOCK[moment.clock].en}.`],
  }
  // First of all: whoever stops reading after a line must not take the last record for what was on.
  const notice: Said = moment.beyond
    ? {
        vi: ['Nhật ký kết thúc trước thời điểm này: đây là điều được ghi cuối cùng.'],
        en: ['The log ends before this time: this is what it said last.'],
      }
    : { vi: [], en: [] }
  const shown = moment.play === null ? nothing(site, when, moment) : playing(site, when, moment.play, zone)
  return { vi: [...notice.vi, ...shown.vi, ...known.vi], en: [...notice.en, ...shown.en, ...known.en] }
}

const text = (at: number, zone: Zone): string =>
  formatInstant(at as Parameters<typeof formatInstant>[0], zone.offsetMinutes)

const nothing = (site: string, when: string, moment: Moment): Said => {
  const { verdict } = moment
  const rank = verdict === null ? null : nameOf(RANK_NAMES, verdict.rank)
  const claim = (name: string | undefined): string => (verdict === null ? '' : ` (${name}: ${verdict.winner})`)
  return {
    vi: [`${site}, ${when}: không phát nội dung nào${claim(rank?.vi)}.`],
    en: [`${site}, ${when}: nothing was playing${claim(rank?.en)}.`],
  }
}

const playing = (site: string, when: string, play: PlayAnswer, zone: Using): Said => {
  const proof = nameOf(PROOF_NAMES, play.proof)
  const rank = nameOf(RANK_NAMES, play.rank)
  const from = zone.supplier ? `${zone.supplier} [${play.supplier}]` : play.supplier
  const until =
    play.to === null ? { vi: 'chưa kết thúc', en: 'still on' } : { vi: text(play.to, zone), en: text(play.to, zone) }
  const rows: readonly (readonly [string, string, string, string])[] = [
    ['Nội dung', 'What', `${play.title} [${play.item}]`, `${play.title} [${play.item}]`],
    ['Loại, ngôn ngữ', 'Category, language', about(play, 'vi'), about(play, 'en')],
    ['Từ – đến', 'From – to', `${text(play.from, zone)} – ${until.vi}`, `${text(play.from, zone)} – ${until.en}`],
    ['Vì sao', 'Why', `${play.why} (${rank.vi})`, `${inVietnamese(play.why)} (${rank.en})`],
    [
      'Cung cấp',
      'Supplier',
      `${from}${play.suppliedByLead ? ' (cơ quan đầu mối)' : ''}`,
      `${from}${play.suppliedByLead ? ' (lead department)' : ''}`,
    ],
    ['Văn bản', 'Document', play.document ?? 'không có', play.document ?? 'none'],
    ...(play.order === null ? [] : [['Lệnh', 'Order', play.order, play.order] as const]),
    [
      'Làm sao biết',
      'How we know',
      `${proof.vi}; bản ghi ${recordsOf(play)}`,
      `${proof.en}; records ${recordsOf(play)}`,
    ],
    ['SHA-256', 'SHA-256', play.hash, play.hash],
  ]
  return {
    vi: [`${site}, ${when}:`, ...rows.map(([vi, , said]) => `  ${vi}: ${said}`)],
    en: [`${site}, ${when}:`, ...rows.map(([, en, , said]) => `  ${en}: ${said}`)],
  }
}

/** What the log says is evidence and is not translated: an English text says in which language it stands. */
const inVietnamese = (said: string): string => `${said} (vi)`

const about = (play: PlayAnswer, language: 'vi' | 'en'): string => {
  const category = CATEGORIES.find((code) => code === play.category)
  const name =
    category === undefined
      ? (play.category ?? '–')
      : `${CATEGORY_NAMES[category].clause} ${CATEGORY_NAMES[category][language]} [${category}]`
  return `${name}, ${play.languages.join('+') || '–'}`
}
const recordsOf = (play: PlayAnswer): string =>
  play.records.close === null ? `#${play.records.open}` : `#${play.records.open}–#${play.records.close}`
