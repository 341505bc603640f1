import mqtt from 'mqtt'
import { parseDocument } from '#core/base/check.ts'
import { instant } from '#core/base/units.ts'
import type { Envelope } from '#core/contract/envelope.ts'
import { HubMessage } from '#core/contract/link.ts'
import {
  acceptanceOf,
  type Deed,
  type FleetEdge,
  type FleetManner,
  judgeOrder,
  machineMs,
  newDeed,
  openPinned,
  receiptOf,
  type Seat,
  verifier,
} from './fleet-edge.ts'

/** One topic for the order, as a broker fans out; for each cluster one for its receipts and one for the word that they are stored. */
export const ORDER_TOPIC = 'bangtin/order'
export const receiptTopic = (site: string): string => `bangtin/receipt/${site}`
export const storedTopic = (site: string): string => `bangtin/stored/${site}`

/**
 * The same edge behind an MQTT client: the same message, read and verified by the same functions, the same delays, the same receipts,
 * published with QoS 1. The broker's PUBACK says nothing about whether anybody has stored a receipt, so here, too, the edge waits for the
 * word of the one that stores them.
 */
export const makeMqttEdge = (seat: Seat, manner: FleetManner): FleetEdge => {
  const verify = verifier()
  const registry = openPinned(manner, verify, 0)
  const deeds = new Map<string, Deed>()
  const run = { client: null as mqtt.MqttClient | null, up: false }
  const report = (order: string, stage: 'accepted' | 'shown'): void => {
    const text = JSON.stringify({ t: 'receipt', receipt: receiptOf(order, stage, {}) })
    run.client?.publish(receiptTopic(seat.site), text, { qos: 1 })
  }
  const takeOrder = (envelope: Envelope): void => {
    if (registry === null) return
    const { order, refused } = judgeOrder(envelope, { registry, verify, seat, now: instant(Date.now()) })
    if (order === null || refused !== null) return
    const known = deeds.get(order.id)
    if (known !== undefined) {
      known.heard += 1
      return
    }
    const deed = newDeed(seat.site, order.id, order.expiresAt)
    deed.heard = 1
    deeds.set(order.id, deed)
    setTimeout(
      () => {
        report(order.id, 'accepted')
        setTimeout(() => {
          deed.opened.push(Date.now())
          report(order.id, 'shown')
        }, manner.showMs)
      },
      acceptanceOf(seat, manner),
    )
  }
  const take = (text: string): void => {
    const parsed = parseDocument(HubMessage, text)
    if (!parsed.ok) return
    const message = parsed.value
    if (message.t === 'order') return takeOrder(message.envelope)
    const deed = message.t === 'receipt-ack' ? deeds.get(message.order) : undefined
    if (message.t !== 'receipt-ack' || deed === undefined) return
    if (message.stage === 'accepted') deed.acceptedAt ??= machineMs()
    if (message.stage === 'shown') deed.shownAt ??= machineMs()
  }
  return {
    dial: () => {
      const client = mqtt.connect(manner.url, {
        clientId: seat.site,
        clean: true,
        keepalive: 60,
        reconnectPeriod: manner.redialMs[0],
      })
      run.client = client
      client.on('connect', () =>
        client.subscribe([ORDER_TOPIC, storedTopic(seat.site)], { qos: 1 }, (error) => {
          run.up = error === null
        }),
      )
      client.on('close', () => {
        run.up = false
      })
      client.on('error', () => undefined)
      client.on('message', (_topic, payload) => take(payload.toString()))
    },
    hangUp: () => void run.client?.end(true),
    connected: () => run.up,
    deeds: () => [...deeds.values()],
  }
}
