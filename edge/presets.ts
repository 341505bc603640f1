import { type Static, Type } from 'typebox'
import type { GpioLine } from '#controller/gpio/line.ts'
import { err, ok, type Result } from '#core/base/result.ts'
import { duration } from '#core/base/units.ts'
import { canonicalJson } from '#core/content/item.ts'
import { HAZARDS, ORDER_LANGUAGES, SEVERITIES } from '#core/emergency/order.ts'
import { type ContactAt, LONGEST_LOCAL_MS, MOST_PRESETS, type Preset, TECHNICIAN } from '#core/emergency/preset.ts'
import { gateText, textFaultText } from '#core/text/gate.ts'
import { GPIO_DEVICE } from './inputs/name.ts'
import { sha256 } from './shell/crypto.ts'

/** Pages that a key switch or the contact of a fire panel brings up with no network at all: the part `presets` of the configuration. */

const Strict = { additionalProperties: false } as const
const Seconds = Type.Integer({ minimum: 10, maximum: LONGEST_LOCAL_MS / 1000 })

/** A line of /gpio/inputs by its name, or an input of a device of /equipment by the name its profile gives it. */
const Contact = Type.Union([
  Type.Object({ gpio: Type.String({ maxLength: 31 }) }, Strict),
  Type.Object({ device: Type.String({ maxLength: 32 }), where: Type.String({ minLength: 1, maxLength: 60 }) }, Strict),
])

export const PresetsSchema = Type.Array(
  Type.Object(
    {
      id: Type.String({ pattern: '^[a-z][a-z0-9-]{0,15}$' }),
      input: Contact,
      /** The other contact of a changeover switch, which always says the opposite; needed where an open contact means emergency. */
      opposite: Type.Optional(Contact),
      activeWhen: Type.Enum(['closed', 'open']),
      /** `while`: as long as the contact asks for it. Otherwise so long after it last did (a push button). */
      holds: Type.Union([Type.Literal('while'), Type.Object({ seconds: Seconds }, Strict)]),
      /** Of `while`: how long it stays when the contact can no longer be read. Default: an hour. */
      unreadSeconds: Type.Optional(Seconds),
      class: Type.Enum(['emergency', 'safety-blank']),
      /** Default: OTHER. */
      hazard: Type.Optional(Type.Enum(HAZARDS)),
      /** Default: extreme. */
      severity: Type.Optional(Type.Enum(SEVERITIES)),
      /** Vietnamese first; of a safety blank none. Default: none. */
      texts: Type.Optional(
        Type.Array(
          Type.Object(
            {
              language: Type.Enum(ORDER_LANGUAGES),
              headline: Type.String({ minLength: 1, maxLength: 200 }),
              instruction: Type.Optional(Type.String({ maxLength: 500 })),
            },
            Strict,
          ),
          { maxItems: ORDER_LANGUAGES.length },
        ),
      ),
      /** The attention tone. Default: false. */
      sound: Type.Optional(Type.Boolean()),
      /** Percent. Default: as it is. */
      brightness: Type.Optional(Type.Number({ minimum: 5, maximum: 100 })),
      /** Who answers for the page (Art. 8.2), as it stands on it and in the evidence. */
      authority: Type.String({ minLength: 1, maxLength: 200 }),
    },
    Strict,
  ),
  { maxItems: MOST_PRESETS },
)
type Raw = Static<typeof PresetsSchema>

const UNREAD_SECONDS = 3600
/** A device that is asked more seldom would show an emergency too late, s. */
const MOST_POLL_SECONDS = 2
/** A contact bounces for so long; the kernel waits until it has settled, ms. */
const LEAST_DEBOUNCE_MS = 5
const HEADLINE = { most: 200, lines: 1 }
const INSTRUCTION = { most: 500, lines: 12 }

const placeOf = (contact: Static<typeof Contact>): ContactAt =>
  'gpio' in contact ? { device: GPIO_DEVICE, where: contact.gpio } : contact

const presetOf = (raw: Raw[number]): Preset => {
  const face = {
    id: raw.id,
    input: placeOf(raw.input),
    opposite: raw.opposite === undefined ? null : placeOf(raw.opposite),
    activeWhen: raw.activeWhen,
    whilePressed: raw.holds === 'while',
    hold: duration((raw.holds === 'while' ? (raw.unreadSeconds ?? UNREAD_SECONDS) : raw.holds.seconds) * 1000),
    class: raw.class,
    hazard: raw.hazard ?? 'OTHER',
    severity: raw.severity ?? 'extreme',
    texts: (raw.texts ?? []).map((text) => ({
      language: text.language,
      headline: text.headline.normalize('NFC'),
      instruction: (text.instruction ?? '').normalize('NFC'),
    })),
    sound: raw.sound ?? false,
    brightness: raw.brightness ?? null,
    authority: raw.authority.normalize('NFC'),
  } as const
  return { ...face, hash: sha256(canonicalJson(face)) }
}

type Site = {
  readonly gpio: readonly { readonly line: GpioLine }[]
  readonly equipment: readonly { readonly name: string; readonly seconds: number }[]
}

/** Presets with every default filled in, or one line that names place, reason and what to do. */
export const presetsOf = (raw: Raw | undefined, site: Site): Result<readonly Preset[], string> => {
  const presets: Preset[] = []
  for (const [i, one] of (raw ?? []).entries()) {
    const wrong = presetFault(one, presets, site)
    if (wrong !== null) return err(`/presets/${i}${wrong}`)
    presets.push(presetOf(one))
  }
  return ok(presets)
}

const presetFault = (one: Raw[number], before: readonly Preset[], site: Site): string | null => {
  if (one.id === TECHNICIAN || before.some((p) => p.id === one.id))
    return `/id: ${one.id} đã dùng, hãy đặt tên khác · is taken; give it another name`
  const places = [one.input, ...(one.opposite === undefined ? [] : [one.opposite])]
  for (const [i, contact] of places.entries()) {
    const wrong = contactFault(contact, site)
    if (wrong !== null) return `/${i === 0 ? 'input' : 'opposite'}${wrong}`
  }
  const taken = before.flatMap((p) => [p.input, ...(p.opposite === null ? [] : [p.opposite])])
  const mine = places.map(placeOf)
  const twice = [...taken, ...mine].find((a, i, all) => all.some((b, j) => j > i && isSame(a, b)))
  if (twice !== undefined)
    return `/input: ${twice.device} ${twice.where} được dùng hai lần · is used twice; each contact has one meaning`
  if (one.activeWhen === 'open' && one.opposite === undefined)
    return '/opposite: tiếp điểm thường đóng cần tiếp điểm thứ hai, nếu không đứt dây sẽ thành báo động · a contact that opens needs a second one that closes, or a cut wire would be an emergency'
  if (one.holds !== 'while' && one.unreadSeconds !== undefined)
    return '/unreadSeconds: chỉ dùng với "holds": "while" · only with "holds": "while"'
  return textsFault(one)
}

const isSame = (a: ContactAt, b: ContactAt): boolean => a.device === b.device && a.where === b.where

const contactFault = (contact: Static<typeof Contact>, site: Site): string | null => {
  if ('gpio' in contact) {
    const found = site.gpio.find(({ line }) => line.name === contact.gpio)?.line
    if (found === undefined)
      return `/gpio: không có ${contact.gpio} trong gpio.inputs · there is no input ${contact.gpio} under /gpio/inputs`
    return found.direction === 'in' && found.debounceMs < LEAST_DEBOUNCE_MS
      ? `/gpio: ${contact.gpio} cần debounceMs từ ${LEAST_DEBOUNCE_MS} · needs a debounceMs of at least ${LEAST_DEBOUNCE_MS}: contacts bounce`
      : null
  }
  const device = site.equipment.find(({ name }) => name === contact.device)
  if (device === undefined)
    return `/device: không có thiết bị ${contact.device} trong equipment · there is no device ${contact.device} under /equipment`
  return device.seconds > MOST_POLL_SECONDS
    ? `/device: ${contact.device} phải được đọc ít nhất ${MOST_POLL_SECONDS} giây một lần (seconds) · must be read at least every ${MOST_POLL_SECONDS} s (seconds): people wait`
    : null
}

const textsFault = ({ class: wanted, texts = [] }: Raw[number]): string | null => {
  if (wanted === 'safety-blank')
    return texts.length === 0 ? null : '/texts: màn hình tắt không có chữ · a dark screen shows no text; leave it out'
  if (texts[0]?.language !== 'vi') return '/texts: tiếng Việt phải đứng đầu · Vietnamese comes first, and must be there'
  for (const [i, text] of texts.entries()) {
    if (texts.findIndex((other) => other.language === text.language) < i)
      return `/texts/${i}/language: ${text.language} có hai lần · is there twice`
    const headline = gateText(text.headline, HEADLINE)
    const instruction =
      text.instruction === undefined || text.instruction.trim() === '' ? null : gateText(text.instruction, INSTRUCTION)
    const bad = !headline.ok ? headline : instruction !== null && !instruction.ok ? instruction : null
    if (bad !== null) {
      const { vi, en } = textFaultText(bad.error)
      return `/texts/${i}/${headline.ok ? 'instruction' : 'headline'}: ${vi} · ${en}`
    }
  }
  return null
}
