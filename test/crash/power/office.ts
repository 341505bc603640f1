import { canonicalItem, canonicalJson, type Item } from '#core/content/item.ts'
import type { Envelope } from '#core/contract/envelope.ts'
import { keyIdOf, type Signer, sealEnvelope } from '#core/contract/verify.ts'
import { pairFromPem, sha256 } from '#edge/shell/crypto.ts'

/** The keys of a province of this test's own, as PEM, so that every boot of the guest has the same. */
export type OfficeKeys = { readonly root: string; readonly officer: string }

export const SITE = 'LC-TEST-01'
export const CODE = 'CODE-1234'
const EVERY_DAY = [0, 1, 2, 3, 4, 5, 6]
/** The registry and the schedules are dated long before any boot of the guest. */
const ISSUED = Date.UTC(2026, 0, 1)
const FOR_EVER = 8_000_000_000_000

export type Office = {
  readonly rootPublicKey: string
  readonly registry: Envelope
  readonly order: (id: string, over: object) => Envelope
  /** Short plays, all day and all night. */
  readonly schedule: (version: number, playMs: number) => Envelope
}

export const openOffice = (keys: OfficeKeys): Office => {
  const root = signerOf(keys.root)
  const officer = signerOf(keys.officer)
  const entry = {
    key: officer.key,
    publicKey: officer.publicKey,
    person: 'tructinh',
    name: 'Trực ban (mẫu)',
    org: 'bch',
    rights: ['order.emergency', 'schedule', 'approve'],
    areas: ['12'],
    validFrom: 0,
    validTo: FOR_EVER,
  }
  const approved = (item: Item) => ({
    item,
    approval: sealEnvelope(
      'approval',
      canonicalJson({
        item: item.id,
        revision: item.revision,
        itemHash: sha256(canonicalItem(item)),
        approvedBy: 'tructinh',
        at: ISSUED,
        document: null,
      }),
      [officer],
    ),
  })
  return {
    rootPublicKey: root.publicKey,
    registry: sealEnvelope('registry', canonicalJson({ version: 1, issuedAt: 0, province: '12', entries: [entry] }), [
      root,
    ]),
    order: (id, over) => sealEnvelope('order', canonicalJson({ ...orderBody(id), ...over }), [officer]),
    schedule: (version, playMs) =>
      sealEnvelope('schedule', canonicalJson(scheduleBody({ version, playMs, approved })), [officer]),
  }
}

const signerOf = (pem: string): Signer & { readonly publicKey: string } => {
  const pair = pairFromPem(pem)
  return { key: keyIdOf(pair.publicKey, sha256), publicKey: pair.publicKey, sign: pair.sign }
}

const orderBody = (id: string) => ({
  id,
  action: 'release',
  class: 'emergency',
  status: 'actual',
  references: [],
  hazard: 'FLASH_FLOOD',
  riskLevel: 4,
  forestFireLevel: null,
  severity: 'extreme',
  authority: { name: 'BCH PTDS (mẫu)', document: '12/CĐ-MAU' },
  texts: [{ language: 'vi', headline: 'Lũ quét đang về', instruction: 'Rời khỏi bờ suối' }],
  targets: [SITE],
  wake: true,
  brightness: null,
  sound: false,
  issuedAt: Date.now(),
  startsAt: Date.now(),
  expiresAt: Date.now() + 3_600_000,
  issuer: 'tructinh',
})

const itemOf = (n: number, durationMs: number): Item => ({
  id: `I${n}`,
  revision: 1,
  title: `Bản tin số ${n}`,
  kind: 'text',
  category: 'A7_1_POLICY_LAW',
  languages: ['vi'],
  durationMs,
  asset: null,
  texts: [{ language: 'vi', title: `Ban tin ${n}`, body: '07:00 - 17:30' }],
  audio: false,
  supplier: { org: 'vpubnd', name: 'Văn phòng (mẫu)' },
  suppliedByLead: false,
  document: '01/MAU',
  channel: 'DOC_MGMT',
  validFrom: ISSUED,
  validTo: FOR_EVER,
  ad: null,
  entertainment: false,
  publishable: true,
  submittedBy: 'btv',
  sample: true,
})

const scheduleBody = (of: {
  readonly version: number
  readonly playMs: number
  readonly approved: (item: Item) => object
}) => ({
  site: SITE,
  version: of.version,
  issuedAt: ISSUED,
  issuedBy: 'tructinh',
  policy: 'lai-chau-2024',
  items: [1, 2, 3].map((n) => of.approved(itemOf(n, of.playMs))),
  playlists: [{ id: 'PL', items: ['I1', 'I2', 'I3'] }],
  frames: [
    {
      id: 'F',
      weekdays: EVERY_DAY,
      from: '00:00',
      to: '24:00',
      playlist: 'PL',
      purpose: 'propaganda',
      decidedBy: 'svhttdl',
      reason: '',
    },
  ],
  fallbackPlaylist: null,
  power: [],
})
