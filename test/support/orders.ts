import type { OrderView } from '#core/contract/api.ts'
import type { Order } from '#core/emergency/order.ts'
import { anOrder } from '../build.ts'
import type { Client, Sign } from './client.ts'

const counter = { orders: 0 }

/** What goes to every cluster two persons sign, or one who says why he is alone. */
export const ALONE = { reason: 'một mình trong phép thử · alone in a test' }

/** A whole, valid emergency for tests, issued now by the duty officer of the demo. Times of this machine, which is the hub's too. */
export const anOrderNow = (targets: readonly string[], more: Partial<Order>): Order => {
  const now = Date.now()
  counter.orders++
  return {
    ...anOrder(),
    id: `T-${now.toString(36)}-${process.pid}-${counter.orders}`,
    riskLevel: 4,
    severity: 'severe',
    texts: [{ language: 'vi', headline: 'Lũ quét: rời ngay ven suối', instruction: 'Lên chỗ cao. Gọi 112.' }],
    targets: [...targets],
    issuedAt: now,
    startsAt: now,
    expiresAt: now + 3_600_000,
    ...more,
  }
}

export const aCancelNow = (order: Order): Order => {
  const fresh = anOrderNow(order.targets, {})
  return {
    ...order,
    ...{ id: fresh.id, issuedAt: fresh.issuedAt, startsAt: fresh.startsAt },
    action: 'cancel',
    references: [order.id],
    texts: [],
  }
}

export const send = (officer: { readonly client: Client; readonly sign: Sign }, order: Order): Promise<OrderView> =>
  officer.client.post<OrderView>('/api/orders', { envelope: officer.sign('order', JSON.stringify(order)) })
