import { ok, type Result } from '#core/base/result.ts'
import { instant } from '#core/base/units.ts'
import type { CapSite } from '#core/emergency/cap/area.ts'
import { capOfOrder, type NoCap } from '#core/emergency/cap/from-order.ts'
import { CAP_MEDIA_TYPE, type CapMessage } from '#core/emergency/cap/message.ts'
import { formatCapTime } from '#core/emergency/cap/time.ts'
import { HAZARD_NAMES, type Order } from '#core/emergency/order.ts'
import type { SigningKey, Units } from './config.ts'
import { signCap } from './signature.ts'
import { escapeXml, writeCap } from './write.ts'

export type OutNeeds = {
  readonly own: string
  readonly signing: SigningKey | null
  readonly units: Units | null
  readonly province: string
  readonly sites: readonly (CapSite & { readonly name: string })[]
}

/** The CAP 1.2 text of an order, signed when the hub has a key for that. `earlier`: the orders it references. */
export const capText = (order: Order, earlier: readonly Order[], needs: OutNeeds): Result<string, NoCap> => {
  const { own, province, sites, units } = needs
  const message = capOfOrder(order, {
    own,
    province,
    sites,
    earlier,
    unitName: (code) => units?.names.get(code) ?? null,
    siteName: (id) => sites.find((s) => s.id === id)?.name ?? null,
  })
  return message.ok ? ok(signed(message.value, needs)) : message
}

export const signed = (message: CapMessage, { signing }: Pick<OutNeeds, 'signing'>): string => {
  const text = writeCap(message)
  return signing === null ? text : signCap(text, signing)
}

/** The newest orders as an Atom feed; each entry leads to `GET /api/orders/:id/cap`. `now`: when there is none, ms. */
export const atomFeed = (orders: readonly Order[], it: { readonly own: string; readonly now: number }): string => {
  const at = (ms: number) => formatCapTime(instant(ms))
  const entry = (order: Order): string => {
    const headline = order.texts[0]?.headline ?? HAZARD_NAMES[order.hazard].vi
    return [
      '  <entry>',
      `    <id>urn:bangtin:${escapeXml(`${it.own}:${order.id}`)}</id>`,
      `    <title>${escapeXml(headline)}</title>`,
      `    <updated>${at(order.issuedAt)}</updated>`,
      `    <author><name>${escapeXml(order.authority.name)}</name></author>`,
      `    <link rel="alternate" type="${CAP_MEDIA_TYPE}" href="/api/orders/${encodeURIComponent(order.id)}/cap"/>`,
      '  </entry>\n',
    ].join('\n')
  }
  return [
    '<?xml version="1.0" encoding="UTF-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">\n',
    `  <id>urn:bangtin:${escapeXml(it.own)}</id>\n  <title>bangtin CAP 1.2</title>\n`,
    `  <updated>${at(orders[0]?.issuedAt ?? it.now)}</updated>\n`,
    `  <author><name>${escapeXml(it.own)}</name></author>\n`,
    ...orders.map(entry),
    '</feed>\n',
  ].join('')
}
