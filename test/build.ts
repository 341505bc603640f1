import { duration, instant, mono, percent, type Reading } from '#core/base/units.ts'
import type { Item } from '#core/content/item.ts'
import type { Envelope } from '#core/contract/envelope.ts'
import type { Order } from '#core/emergency/order.ts'
import type { Preset } from '#core/emergency/preset.ts'
import type { SiteFacts } from '#core/engine/site.ts'
import type { VerifiedOrder, VerifiedSchedule } from '#core/engine/verified.ts'
import type { ScheduleDocument } from '#core/schedule/document.ts'

/** Builders for tests: whole, valid values in which a test changes only what it is about. */

/** 2026-11-23T08:00+07:00, a Monday morning inside the first frame. */
export const MONDAY_8 = instant(Date.UTC(2026, 10, 23, 1, 0, 0))

export const readingAt = (offsetMs: number, more: Partial<Reading> = {}): Reading => ({
  wall: instant(MONDAY_8 + offsetMs),
  mono: mono(100_000 + offsetMs),
  quality: 'synced',
  bootId: 'boot0001-test',
  ...more,
})

export const siteFacts = (more: Partial<SiteFacts> = {}): SiteFacts => ({
  id: 'LC-MLT-01',
  name: 'Cửa khẩu Ma Lù Thàng',
  clusterClass: 'BORDER_GATE',
  unitCode: '03549',
  panel: { width: 1280, height: 640 },
  exerciseMode: false,
  outdoors: true,
  audio: false,
  hasController: true,
  input: null,
  onboard: false,
  powerOffAfter: null,
  hasHub: true,
  brightnessLimit: percent(90),
  location: null,
  watts: null,
  thermal: null,
  onBattery: null,
  panelLight: null,
  presets: [],
  version: '0.1.0-test',
  ...more,
})

export const envelopeOf = (type: Envelope['type'], payload: unknown): Envelope => ({
  v: 1,
  type,
  payload: JSON.stringify(payload),
  signatures: [{ key: 'a'.repeat(32), sig: `${'A'.repeat(86)}==` }],
})

export const anOrder = (more: Partial<Order> = {}): Order => ({
  id: 'O-1',
  action: 'release',
  class: 'emergency',
  status: 'actual',
  references: [],
  hazard: 'FLASH_FLOOD',
  riskLevel: 3,
  forestFireLevel: null,
  severity: 'extreme',
  authority: { name: 'Ban Chỉ huy phòng thủ dân sự (mẫu)', document: '12/CĐ-MAU' },
  texts: [
    { language: 'vi', headline: 'LŨ QUÉT: RỜI NGAY KHU VỰC VEN SUỐI', instruction: 'Không qua ngầm tràn. Gọi 112.' },
  ],
  targets: ['LC-MLT-01'],
  wake: true,
  brightness: null,
  sound: false,
  issuedAt: MONDAY_8,
  startsAt: MONDAY_8,
  expiresAt: MONDAY_8 + 3_600_000,
  issuer: 'tructinh',
  ...more,
})

/** A page that the contact `fire` of the pins brings up while it is closed. */
export const aPreset = (more: Partial<Preset> = {}): Preset => ({
  id: 'bao-chay',
  input: { device: 'gpio', where: 'fire' },
  opposite: null,
  activeWhen: 'closed',
  whilePressed: true,
  hold: duration(3_600_000),
  class: 'emergency',
  hazard: 'FIRE',
  severity: 'extreme',
  texts: [{ language: 'vi', headline: 'CHÁY: RỜI KHỎI CHỢ NGAY', instruction: 'Đi theo lối thoát gần nhất. Gọi 114.' }],
  sound: true,
  brightness: 100,
  authority: 'Ban quản lý cửa khẩu (mẫu)',
  hash: 'f'.repeat(64),
  ...more,
})

export const verifiedOrder = (more: Partial<Order> = {}): VerifiedOrder => {
  const order = anOrder(more)
  return {
    order,
    envelope: envelopeOf('order', order),
    keys: ['a'.repeat(32)],
    persons: [order.issuer],
    hash: `hash-of-${order.id}`,
  }
}

export const anItem = (more: Partial<Item> = {}): Item => ({
  id: 'C01',
  revision: 1,
  title: 'Hỏi đáp về chính quyền địa phương hai cấp',
  kind: 'image',
  category: 'A7_1_POLICY_LAW',
  languages: ['vi'],
  durationMs: 10_000,
  asset: { sha256: '1'.repeat(64), bytes: 1000, mime: 'image/png' },
  texts: [],
  audio: false,
  supplier: { org: 'vpubnd', name: 'Văn phòng (mẫu)' },
  suppliedByLead: false,
  document: '01/MAU',
  channel: 'DOC_MGMT',
  validFrom: MONDAY_8 - 86_400_000,
  validTo: MONDAY_8 + 30 * 86_400_000,
  ad: null,
  entertainment: false,
  publishable: true,
  submittedBy: 'btv',
  sample: true,
  ...more,
})

const EVERY_DAY = [0, 1, 2, 3, 4, 5, 6]

export const aSchedule = (items: readonly Item[], more: Partial<ScheduleDocument> = {}): VerifiedSchedule => {
  const document: ScheduleDocument = {
    site: 'LC-MLT-01',
    version: 1,
    issuedAt: MONDAY_8 - 1000,
    issuedBy: 'duyet',
    policy: 'lai-chau-2024',
    items: items.map((item) => ({ item, approval: envelopeOf('approval', { item: item.id }) })),
    playlists: [{ id: 'PL', items: items.map((i) => i.id) }],
    frames: [
      {
        id: 'AM',
        weekdays: EVERY_DAY,
        from: '07:00',
        to: '10:30',
        playlist: 'PL',
        purpose: 'propaganda',
        decidedBy: 'svhttdl',
        reason: '',
      },
      {
        id: 'PM',
        weekdays: EVERY_DAY,
        from: '14:00',
        to: '17:30',
        playlist: 'PL',
        purpose: 'propaganda',
        decidedBy: 'svhttdl',
        reason: '',
      },
    ],
    fallbackPlaylist: null,
    power: [{ weekdays: EVERY_DAY, from: '06:30', to: '21:00', brightness: 60 }],
    ...more,
  }
  return {
    document,
    envelope: envelopeOf('schedule', document),
    key: 'b'.repeat(32),
    items: Object.fromEntries(items.map((i) => [i.id, i])),
    hashes: Object.fromEntries(items.map((i) => [i.id, `hash-of-${i.id}:${i.revision}`])),
    refused: [],
  }
}
