import type { Item } from '#core/content/item.ts'
import type { Order } from '#core/emergency/order.ts'
import type { SceneSource } from '#core/engine/scene-source.ts'
import type { Scene } from '#core/screen/scene.ts'

/** For tests only: what a player is given to show, whole and valid, and the scene that the engine makes of it. */

export const item = (over: Partial<Item>): Item => ({
  id: 'I1',
  revision: 1,
  title: 'Thử',
  kind: 'text',
  category: 'A7_1_POLICY_LAW',
  languages: ['vi'],
  durationMs: 10_000,
  asset: null,
  texts: [{ language: 'vi', title: 'Gio mo cua', body: '07:00 - 17:30' }],
  audio: false,
  supplier: { org: 'so-ttth', name: 'Sở' },
  suppliedByLead: true,
  document: null,
  channel: 'SOURCE_SYSTEM',
  validFrom: 0,
  validTo: 1,
  ad: null,
  entertainment: false,
  publishable: true,
  submittedBy: 'a',
  sample: true,
  ...over,
})

export const orderBody = (over: Partial<Order>): Order => ({
  id: 'O1',
  action: 'release',
  class: 'emergency',
  status: 'actual',
  references: [],
  hazard: 'FLASH_FLOOD',
  riskLevel: 4,
  forestFireLevel: null,
  severity: 'extreme',
  authority: { name: 'BCH PCTT xã Mường Kim', document: null },
  texts: [{ language: 'vi', headline: 'Lũ quét đang về', instruction: 'Rời khỏi bờ suối ngay' }],
  targets: ['S'],
  wake: true,
  brightness: null,
  sound: false,
  issuedAt: 0,
  startsAt: 0,
  expiresAt: 3_600_000,
  issuer: 'a',
  ...over,
})

/** As the engine does. */
export const sceneFor = (play: string, source: SceneSource): Scene => {
  switch (source.source) {
    case 'dark':
      return { scene: 'dark' }
    case 'standing':
      return { scene: 'standing', play }
    case 'chart':
      return { scene: 'chart', play, chart: source.chart }
    case 'order':
      return { scene: 'order', play, order: source.order.id }
    case 'file':
    case 'slides':
    case 'text':
      return { scene: 'item', play, item: source.item.id, mute: true, languages: ['vi'] }
  }
}
