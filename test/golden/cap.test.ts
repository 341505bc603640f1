import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { assert } from '#core/base/result.ts'
import { instant } from '#core/base/units.ts'
import { canonicalJson } from '#core/content/item.ts'
import type { OrderDraftBody } from '#core/contract/api.ts'
import type { KnownOrder } from '#core/emergency/cap/chain.ts'
import { checkCap } from '#core/emergency/cap/check.ts'
import { type CapOutcome, draftOfCap } from '#core/emergency/cap/draft.ts'
import type { Order } from '#core/emergency/order.ts'
import { readUnits } from '#hub/cap/config.ts'
import { readMessage } from '#hub/cap/read.ts'
import { writeCap } from '#hub/cap/write.ts'

const FOLDER = fileURLToPath(new URL('./cap/', import.meta.url))
const NAMES = readdirSync(FOLDER).filter((n) => n.endsWith('.xml'))
const units = readUnits(fileURLToPath(new URL('../../deploy/areas/lai-chau-2025.json', import.meta.url)))
assert(units.ok, 'the units are there')
const SITES = (
  JSON.parse(readFileSync(new URL('../../deploy/sample/sites.json', import.meta.url), 'utf8')) as {
    id: string
    unitCode: string
    lat: number
    lon: number
    lifecycle: string
    medium: string
  }[]
).filter((s) => s.lifecycle === 'ACTIVE' && s.medium === 'ELECTRONIC')
const FACTS = {
  province: '12',
  units: new Set(units.value.names.keys()),
  longestMs: 86_400_000,
  profile: true,
}

const read = (name: string) => {
  const message = readMessage(readFileSync(`${FOLDER}${name}.xml`))
  assert(message.ok, `${name} is read`)
  return message.value
}
const draft = (name: string, time: string, orders: readonly KnownOrder[]): CapOutcome =>
  draftOfCap(read(name).message, {
    ...FACTS,
    sites: SITES,
    now: instant(Date.parse(`2026-11-22T${time}:00+07:00`)),
    usualMs: 7_200_000,
    orders,
    own: 'hub@clusters.laichau.example',
  })
const bodyOf = (outcome: CapOutcome): OrderDraftBody => {
  assert(outcome.kind === 'draft', JSON.stringify(outcome))
  return outcome.body
}
/** The order that an officer would make of it. */
const released = (id: string, body: OrderDraftBody, time: string): KnownOrder => {
  const { lengthMs, until, ...rest } = body
  const at = Date.parse(`2026-11-22T${time}:00+07:00`)
  const order: Order = {
    ...rest,
    id,
    issuedAt: at,
    startsAt: at,
    expiresAt: until ?? at + lengthMs,
    issuer: 'tructinh',
  }
  return { order, open: true }
}

describe('the sample emergencies as CAP', () => {
  it('are all right, in the standard and in our profile, and rewritten they say the same', () => {
    for (const file of NAMES) {
      const { message, findings, places } = read(file.slice(0, -4))
      expect(findings, file).toEqual([])
      const found = checkCap(message, { ...FACTS, now: instant(Date.parse(message.sent)) })
      // E6 says level 1 and Severe, as the design has it; that is no fault.
      expect(found, file).toEqual([])
      const again = readMessage(Buffer.from(writeCap(message)))
      assert(again.ok, file)
      expect(canonicalJson(again.value.message)).toBe(canonicalJson(message))
      expect(places.get('/identifier'), file).toEqual({ line: 3, column: 3 })
    }
    expect(NAMES.length).toBe(13)
  })

  it('E1 wakes two units, spreads to a third, and ends with an all-clear', () => {
    const first = bodyOf(draft('E1', '02:15', []))
    expect(first).toMatchObject({
      class: 'emergency',
      hazard: 'FLASH_FLOOD',
      severity: 'extreme',
      riskLevel: 3,
      wake: true,
      sound: true,
      response: ['evacuate'],
      targets: ['LC-MT-01'],
      action: 'release',
    })
    const order = released('L-1', first, '02:16')
    const second = bodyOf(draft('E1-update', '03:06', [order]))
    expect(second).toMatchObject({ action: 'update', references: ['L-1'], targets: ['LC-MT-01', 'LC-BT-01'] })
    const wider = released('L-2', second, '03:07')
    const closed = { ...order, open: false }
    const over = bodyOf(draft('E1-all-clear', '07:21', [wider, closed]))
    expect(over).toMatchObject({ action: 'update', allClear: true, references: ['L-2'], class: 'emergency' })
    expect(draft('E1-all-clear', '07:21', []).kind).toBe('remembered')
  })

  it('E2, E5 and E6 are emergencies; E3 and E4 have priority', () => {
    expect(bodyOf(draft('E2', '09:31', []))).toMatchObject({
      class: 'emergency',
      targets: ['LC-MLT-01', 'LC-MLT-02'],
      authority: { document: null },
    })
    expect(bodyOf(draft('E3', '10:01', []))).toMatchObject({
      class: 'priority',
      forestFireLevel: 5,
      riskLevel: null,
      wake: false,
    })
    const province = bodyOf(draft('E4', '11:01', []))
    expect(province).toMatchObject({ class: 'priority', severity: 'moderate', area: { province: true, units: [] } })
    expect(province.targets.length).toBe(SITES.length)
    const border = bodyOf(draft('E5', '14:01', []))
    expect(border).toMatchObject({ class: 'emergency', targets: ['LC-MLT-01', 'LC-MLT-02'] })
    expect(border.texts.map((t) => t.language)).toEqual(['vi', 'zh', 'en'])
    expect(bodyOf(draft('E6', '15:11', []))).toMatchObject({ class: 'emergency', riskLevel: 1, response: ['shelter'] })
  })

  it('E4 gets its other language by an update', () => {
    const order = released('L-4', bodyOf(draft('E4', '11:01', [])), '11:02')
    const body = bodyOf(draft('E4-languages', '13:01', [order]))
    expect(body).toMatchObject({ action: 'update', references: ['L-4'] })
    expect(body.texts.map((t) => t.language)).toEqual(['vi', 'blt'])
  })

  it("E7's cancel ends it, or is remembered when it comes first", () => {
    expect(draft('E7-cancel', '16:41', []).kind).toBe('remembered')
    const order = released('L-7', bodyOf(draft('E7', '16:01', [])), '16:02')
    expect(bodyOf(draft('E7-cancel', '16:41', [order]))).toMatchObject({
      action: 'cancel',
      references: ['L-7'],
      class: 'emergency',
      targets: ['LC-NH-01'],
      texts: [],
    })
  })

  it('an exercise neither updates nor ends what is real; what is real may end an exercise, not carry it on', () => {
    const first = released('L-1', bodyOf(draft('E1', '02:15', [])), '02:16')
    const drill: KnownOrder = { ...first, order: { ...first.order, status: 'exercise' } }
    expect(bodyOf(draft('E1-update', '03:06', [drill]))).toMatchObject({ action: 'release', references: [] })
    const order = released('L-7', bodyOf(draft('E7', '16:01', [])), '16:02')
    const unreal: KnownOrder = { ...order, order: { ...order.order, status: 'exercise' } }
    expect(bodyOf(draft('E7-cancel', '16:41', [unreal]))).toMatchObject({ action: 'cancel', references: ['L-7'] })
    const message = { ...read('E7-cancel').message, status: 'Exercise' }
    const facts = { ...FACTS, sites: SITES, now: instant(order.order.issuedAt), usualMs: 7_200_000, own: 'x' }
    expect(draftOfCap(message, { ...facts, orders: [order] }).kind).toBe('remembered')
    expect(bodyOf(draftOfCap(message, { ...facts, orders: [unreal] }))).toMatchObject({ status: 'exercise' })
  })

  it('E8 and E9 stay an exercise and a test', () => {
    expect(bodyOf(draft('E8', '08:01', []))).toMatchObject({ status: 'exercise', targets: ['LC-DK-01'] })
    expect(bodyOf(draft('E9', '06:01', []))).toMatchObject({ status: 'test', class: 'priority' })
    expect(draft('E9', '06:31', [])).toMatchObject({ kind: 'refused', reason: 'expired' })
  })
})
