import type { OrderView } from '#core/contract/api.ts'
import type { StatusReport } from '#core/contract/link.ts'
import { halfOf, RANK_NAMES } from '#core/contract/words.ts'
import type { Lang } from '../lang.ts'

/**
 * Why a screen shows what it shows, as a part of a sentence. The edge writes it in Vietnamese, for its evidence; of an order the same is known
 * here in closed words, so that an English page says it in English. What cannot be known here stands as it was written.
 */
export const whyOf = (screen: StatusReport['screen'], orders: readonly OrderView[], lang: Lang): string => {
  const written = halfOf(screen.why.replace(/\.$/, ''), lang)
  if (lang === 'vi' || screen.order === null) return written
  const order = orders.find((o) => o.order.id === screen.order)?.order
  if (order === undefined) return written
  const what = order.allClear === true ? 'all clear after order' : `${RANK_NAMES[order.class].en} order`
  const said = `${what} ${order.id} by ${order.authority.name}`
  return order.status === 'actual' ? `${said.charAt(0).toUpperCase()}${said.slice(1)}` : `EXERCISE: ${said}`
}
