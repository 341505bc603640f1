import type { Phrase } from '#core/contract/words.ts'
import type { EquipmentState } from '#core/engine/state.ts'
import { SENSOR_UNITS, type SensorValue } from '#core/screen/sensor.ts'
import { escapeHtml, known, named, rows, two } from './html.ts'
import { SENSOR_NAMES } from './words.ts'

/** What the firmware profile of a device says of itself: a technician must know how far it can be trusted. */
export type ProfileFacts = {
  readonly id: string
  readonly confidence: 'A' | 'B' | 'C'
  readonly confirmedOnHardware: string | null
}

export type DeviceFacts = {
  /** The display's own profile; null for a plain monitor. */
  readonly profile: ProfileFacts | null
  readonly sensors: readonly SensorValue[]
  /** In the order of the configuration; `state` is null until a device was asked for the first time. */
  readonly equipment: readonly {
    readonly name: string
    readonly profile: ProfileFacts | null
    readonly state: EquipmentState | null
  }[]
}

const CONFIDENCE: { readonly [C in ProfileFacts['confidence']]: Phrase } = {
  A: { vi: 'A: tài liệu của hãng và nguồn độc lập khớp nhau', en: 'maker’s document and an independent source agree' },
  B: { vi: 'B: hai nguồn độc lập khớp nhau', en: 'two independent sources agree' },
  C: { vi: 'C: chỉ một nguồn, hoặc các nguồn khác nhau', en: 'one source only, or sources differ' },
}

export const profilePart = (profile: ProfileFacts | null): readonly (readonly [string, string])[] =>
  profile === null
    ? []
    : [
        [two('Hồ sơ', 'Profile'), escapeHtml(profile.id)],
        [two('Độ tin cậy', 'Confidence'), named(CONFIDENCE[profile.confidence])],
        [
          two('Thử trên thiết bị thật', 'Confirmed on hardware'),
          profile.confirmedOnHardware === null ? two('chưa', 'not yet') : escapeHtml(profile.confirmedOnHardware),
        ],
      ]

const UNITS = { celsius: ' °C', percent: ' %', volt: ' V', lux: ' lx', rpm: ' rpm', hour: ' h' } as const

/** A wall has many receiving cards; one place on all of them is one line. */
const CARD = /^card (\d+:\d+) (.*)$/

type Line = {
  readonly what: SensorValue['what']
  readonly place: string
  readonly cards: string[]
  readonly values: (number | boolean)[]
}

/** Values of the same place on several cards together; what a device says it has no value of is left out. */
const gathered = (sensors: readonly SensorValue[]): readonly Line[] => {
  const lines = new Map<string, Line>()
  for (const { what, where, value } of sensors) {
    if (value === null) continue
    const [, card, place] = CARD.exec(where) ?? [null, null, where]
    const key = `${what} ${card === null ? '' : 'card '}${place}`
    const line = lines.get(key) ?? { what, place: place ?? where, cards: [], values: [] }
    lines.set(key, line)
    line.values.push(value)
    if (card != null) line.cards.push(card)
  }
  return [...lines.values()]
}

const shown = ({ what, cards, values }: Line): string => {
  const unit = SENSOR_UNITS[what]
  const numbers = values.filter((value) => typeof value === 'number')
  if (unit !== null && numbers.length > 0) {
    const [least, most] = [Math.min(...numbers), Math.max(...numbers)]
    const span = least === most ? '' : `${known(least, '')} – `
    return `${span}${known(most, UNITS[unit])}`
  }
  const on = cards.filter((_, i) => values[i] === true)
  return `${known(values.includes(true), '')}${on.length === 0 ? '' : ` ${escapeHtml(on.slice(0, 8).join(', '))}`}`
}

const readings = (sensors: readonly SensorValue[]): string =>
  rows(
    gathered(sensors).map((line) => {
      const place = line.cards.length > 1 ? `${line.place} × ${line.cards.length}` : line.place
      return [`${named(SENSOR_NAMES[line.what])} <small>${escapeHtml(place)}</small>`, shown(line)] as const
    }),
  )

export const devicesPart = ({ sensors, equipment }: DeviceFacts): string => {
  const own = sensors.some((one) => one.value !== null)
    ? `<details><summary>${two('Cảm biến của màn hình', 'Sensors of the display')}</summary>${readings(sensors)}</details>`
    : ''
  const beside = equipment.map(({ name, profile, state }) => {
    const link =
      state === null
        ? two('chưa hỏi', 'not asked yet')
        : state.link === 'up'
          ? two('trả lời', 'answers')
          : `<span class="bad">${two('không trả lời', 'silent')}</span> ${escapeHtml(state.fault ?? '')}`
    return `<h3>${escapeHtml(name)}</h3>${rows([[two('Liên lạc', 'Link'), link], ...profilePart(profile)])}${readings(state?.sensors ?? [])}`
  })
  if (own === '' && beside.length === 0) return ''
  return `<section><h2>${two('Thiết bị và cảm biến', 'Equipment and sensors')}</h2>${own}${beside.join('')}</section>`
}
