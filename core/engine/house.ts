import { after, duration, type Instant, since } from '../base/units.ts'
import type { Claim } from '../claim/claim.ts'
import { PROTECTIONS } from '../claim/protection.ts'
import { findOrder } from '../emergency/book.ts'
import {
  type Brightness,
  brightnessAt,
  glowDue,
  median,
  NO_GLOW,
  type SunPart,
  settleGlow,
  sunPart,
} from '../power/brightness.ts'
import type { Power } from '../power/calendar.ts'
import { type Heat, type HeatStage, heatOf, isPlausible, type Measured } from '../power/thermal.ts'
import type { BrightnessRule } from '../schedule/document.ts'
import { DEAD_MS, heard, nextDeath, numbers } from './felt.ts'
import { powerNow } from './lit.ts'
import { manualBrightness } from './manual.ts'
import { silenceExpected } from './power.ts'
import { sharedBrightness } from './sharing.ts'
import type { SiteFacts } from './site.ts'
import type { House, State } from './state.ts'
import { onBattery } from './supply.ts'
import { record, set, type Turn } from './turn.ts'

/** What heat, mains and light do to the screen, whatever anybody wants of it. */

/** A sensor in front of the panel must see it dark for so long before it is believed: a film may have dark scenes. */
const PANEL_DARK_MS = duration(120_000)
const facesPanel = (state: State, { device }: { readonly device: string }): boolean =>
  device === state.site.panelLight?.device

/** Temperatures that are believed now; one that no panel can have is no temperature. */
const temperatures = (state: State): readonly Measured[] =>
  numbers(state, 'temperature').flatMap(({ device, where, value, heardAt }) =>
    isPlausible(value) ? [{ device, where, celsius: value, heardAt }] : [],
  )

/** The hottest temperature that is believed now, °C, and where; null: nobody knows. */
export const hottest = (state: State): { readonly celsius: number; readonly where: string } | null =>
  temperatures(state).reduce<{ readonly celsius: number; readonly where: string } | null>(
    (most, { celsius, device, where }) =>
      most === null || celsius > most.celsius ? { celsius, where: `${device} ${where}` } : most,
    null,
  )

/** Light around the screen, lux: the middle one of all sensors that are believed now; null: none. */
export const ambient = (state: State): number | null =>
  median(numbers(state, 'light').flatMap((one) => (facesPanel(state, one) ? [] : [one.value])))

const ruleOf = (state: State): BrightnessRule | null => state.schedule?.document.brightness ?? null

/** The sun's last answer for each rule (never changed once made): it holds from where it was asked to its `until`. */
const suns = new WeakMap<
  BrightnessRule,
  { readonly site: SiteFacts['location']; readonly offset: number; readonly from: Instant; readonly part: SunPart }
>()

const sunNow = (state: State, rule: BrightnessRule): SunPart | null => {
  const { now, policy, site } = state
  if (now.quality === 'unset') return null
  const { offsetMinutes } = policy.zone
  const last = suns.get(rule)
  const same = last?.site === site.location && last.offset === offsetMinutes
  if (last && same && now.wall >= last.from && now.wall < last.part.until) return last.part
  const part = sunPart(rule, { place: site.location, offsetMinutes }, now.wall)
  suns.set(rule, { site: site.location, offset: offsetMinutes, from: now.wall, part })
  return part
}

/** The last answer for each state of the house, and what else it was made from. */
const answers = new WeakMap<
  House,
  {
    readonly rule: BrightnessRule | null
    readonly power: Power
    readonly sun: SunPart | null
    readonly order: number | null
    readonly manual: number | null
    readonly site: SiteFacts
    readonly brightness: Brightness
  }
>()

/** How bright the display is to be now, and who says so. Asked several times a step, and nearly always the same. */
export const brightnessNow = (state: State): Brightness => {
  const { site, playing, house } = state
  const entry = playing?.claim.order ? findOrder(state.orders, playing.claim.order) : undefined
  const order = entry === undefined ? null : (sharedBrightness(state) ?? entry.order.brightness)
  const power = powerNow(state)
  const rule = ruleOf(state)
  const sun = rule && sunNow(state, rule)
  const manual = manualBrightness(state)
  const last = answers.get(house)
  const asked = { rule, power, sun, order, manual, site }
  if (last !== undefined && KEYS.every((key) => last[key] === asked[key])) return last.brightness
  const brightness = brightnessAt({
    rule,
    order,
    manual,
    window: power.brightness,
    dim: power.dim,
    sun,
    glow: house.glow,
    battery: house.batterySince === null ? null : (site.onBattery?.most ?? null),
    heat: house.heat === 'cool' ? null : (site.thermal?.dimTo ?? null),
    limit: site.brightnessLimit,
  })
  answers.set(house, { ...asked, brightness })
  return brightness
}

const KEYS = ['rule', 'power', 'sun', 'order', 'manual', 'site'] as const

/** How every start begins: cool, lit by mains, nothing known of the light. */
export const NO_HOUSE: House = {
  heat: 'cool',
  heatOnce: null,
  heatBlind: false,
  lightBlind: false,
  batterySince: null,
  glow: NO_GLOW,
  panelDarkSince: null,
  panelDark: false,
}

/** Anything at this site that could tell of heat, mains or light, or ought to. */
const isFelt = (state: State): boolean =>
  state.site.thermal !== null ||
  state.site.panelLight !== null ||
  ruleOf(state)?.by.way === 'sensor' ||
  heard(state, 'mains').length > 0 ||
  heard(state, 'battery').length > 0

/** Brings what is known of heat, mains and light up to now, and writes down what changed. */
export const keepHouse = (turn: Turn): void => {
  const was = turn.state.house
  if (was === NO_HOUSE && !isFelt(turn.state)) return
  const next = houseOf(turn.state)
  if (!sameHouse(was, next)) set(turn, { house: next })
  if (next.heat !== was.heat || next.heatBlind !== was.heatBlind) noteHeat(turn, was)
  if (next.lightBlind !== was.lightBlind)
    incident(
      turn,
      'light-sensor',
      next.lightBlind
        ? 'không cảm biến ánh sáng nào trả lời: theo mặt trời, hoặc khung giờ · no light sensor answers: by the sun, or the power window'
        : 'cảm biến ánh sáng trả lời lại · the light sensor answers again',
    )
  if (next.panelDark !== was.panelDark)
    incident(
      turn,
      'panel-light',
      next.panelDark
        ? 'được lệnh sáng mà cảm biến trước màn hình không thấy sáng · told to be lit, and the sensor before the panel sees no light'
        : 'cảm biến trước màn hình lại thấy sáng · the sensor before the panel sees light again',
    )
}

const sameHouse = (a: House, b: House): boolean =>
  a.heat === b.heat &&
  a.heatOnce === b.heatOnce &&
  a.heatBlind === b.heatBlind &&
  a.lightBlind === b.lightBlind &&
  a.batterySince === b.batterySince &&
  a.glow === b.glow &&
  a.panelDarkSince === b.panelDarkSince &&
  a.panelDark === b.panelDark

const houseOf = (state: State): House => {
  const { house: was, site, now, startedAt } = state
  const rule = ruleOf(state)
  const way = rule?.by.way === 'sensor' ? rule.by : null
  const lux = way === null ? null : ambient(state)
  const felt = site.thermal === null ? NONE_FELT : temperatures(state)
  // Just started, or without power on purpose, silence is no news.
  const isNews = since(now.mono, startedAt.mono) >= DEAD_MS && !silenceExpected(state)
  const blind = (is: boolean, before: boolean): boolean => is && (before || isNews)
  return {
    ...(site.thermal === null ? COOL : heatOf(was, felt, site.thermal)),
    heatBlind: blind(site.thermal !== null && felt.length === 0, was.heatBlind),
    lightBlind: blind(way !== null && lux === null, was.lightBlind),
    batterySince: onBattery(state) ? (was.batterySince ?? now.mono) : null,
    glow: way === null ? unlit(was) : settleGlow(was.glow, way, lux, now.mono),
    ...panelOf(state),
  }
}
const NONE_FELT: readonly Measured[] = []
const COOL: Heat = { heat: 'cool', heatOnce: null }
/** Without a rule that asks for it nothing of the light is remembered. */
const unlit = (was: House): House['glow'] =>
  was.glow.held === null ? was.glow : { held: null, changedAt: was.glow.changedAt, away: null }

/** Lit is contradicted, never proved, by the sensor that faces the panel: by day there is light before it in any case. */
const panelOf = (state: State): Pick<House, 'panelDark' | 'panelDarkSince'> => {
  const { house: was, site, now } = state
  const clear = { panelDark: false, panelDarkSince: null }
  const seen = site.panelLight === null ? [] : numbers(state, 'light').filter((one) => facesPanel(state, one))
  const wanted = state.verdict !== null && state.verdict.winner.want.want !== 'dark' && !silenceExpected(state)
  const lux = median(seen.map(({ value }) => value))
  if (site.panelLight === null || lux === null || !wanted || lux > site.panelLight.litAbove) return clear
  if (lux >= site.panelLight.darkBelow) return { panelDark: was.panelDark, panelDarkSince: was.panelDarkSince }
  const from = was.panelDarkSince ?? now.mono
  return { panelDark: since(now.mono, from) >= PANEL_DARK_MS, panelDarkSince: from }
}

const HEAT_WORDS: { readonly [S in HeatStage]: (dimTo: number) => string } = {
  cool: () => 'trở lại bình thường · back to normal',
  dim: (dimTo) => `giảm sáng còn ${dimTo} % · dimmed to ${dimTo} %`,
  dark: (dimTo) => `tắt hình, trừ lệnh khẩn cấp (${dimTo} %) · dark but for an emergency (${dimTo} %)`,
  hard: () => 'tắt hình hoàn toàn, cả lệnh khẩn cấp · dark altogether, an emergency included',
}

const noteHeat = (turn: Turn, was: House): void => {
  const { site, house } = turn.state
  if (site.thermal === null) return
  const hot = hottest(turn.state)
  if (house.heatBlind)
    return incident(turn, 'heat', 'không biết nhiệt độ, không can thiệp · temperature not known, nothing is done')
  const place = hot === null ? '' : `${hot.celsius} °C (${hot.where}): `
  if (house.heat !== was.heat || was.heatBlind)
    incident(turn, 'heat', `${place}${HEAT_WORDS[house.heat](site.thermal.dimTo)}`)
}

const incident = (turn: Turn, what: string, detail: string): void =>
  record(turn, { kind: 'incident', type: 'TECHNICAL', what, detail, fault: null })

/**
 * What the hardware asks for. Heat: dark before everything, but for an actual emergency that has the screen, up to the site's hard limit.
 * A battery that has fed the display for long enough: dark, unless an order has the screen. `orders`: the claims of orders.
 */
export const protectClaims = (state: State, orders: readonly Claim[]): readonly Claim[] => {
  const { house, site, now } = state
  const shown = orders.filter((c) => c.want.want === 'order' || c.want.want === 'standing')
  // Dark by the calendar is no work of the heat.
  const isWanted = shown.length > 0 || powerNow(state).power === 'on'
  const claims: Claim[] = []
  const isActual = shown.some((c) => c.rank === 'emergency' && c.weight >= 0)
  if (isWanted && (house.heat === 'hard' || (house.heat === 'dark' && !isActual)))
    claims.push(protection(PROTECTIONS[0], 'safety-blank', 'quá nóng, tắt hình để giữ màn hình'))
  const flat = batteryDue(state)
  if (flat !== null && flat <= now.mono && shown.length === 0 && isWanted && site.onBattery !== null)
    claims.push(protection(PROTECTIONS[1], 'quiet-hours', 'mất điện lưới, tắt hình để giữ ắc quy'))
  return claims
}

/** When the battery has fed the display for long enough; null: it does not. */
const batteryDue = ({ house, site }: State): number | null =>
  house.batterySince === null || site.onBattery === null ? null : after(house.batterySince, site.onBattery.darkAfter)

const protection = (id: string, rank: Claim['rank'], why: string): Claim => ({
  id,
  rank,
  weight: 0,
  at: 0 as Claim['at'],
  want: { want: 'dark', why },
  solemn: true,
  order: null,
  document: null,
})

/** When any of this changes next by itself; see `nextChange`. Infinity: not without news. */
export const houseChange = (state: State): number => {
  const { now, site, house, startedAt, display } = state
  const rule = ruleOf(state)
  let first = Number.POSITIVE_INFINITY
  const at = (time: number | null): void => {
    if (time !== null && time > now.mono && time < first) first = time
  }
  if (rule !== null) {
    const sun = sunNow(state, rule)
    if (sun !== null && site.hasController) at(now.mono + sun.until - now.wall)
    if (rule.by.way === 'sensor') at(glowDue(house.glow, rule.by))
  }
  at(batteryDue(state))
  // Whether the panel ought to be lit is the verdict's, and that is taken after this was looked at.
  if (site.panelLight !== null) return now.mono
  at(nextDeath(state))
  if (site.thermal !== null || rule?.by.way === 'sensor') {
    at(after(startedAt.mono, DEAD_MS))
  }
  const { screen, brightnessNotedAt } = state
  const hasMoved = screen.lit === 'lit' && brightnessMoved(screen.brightness, display.observed?.brightness ?? null)
  if (hasMoved && brightnessNotedAt !== null) at(after(brightnessNotedAt, NOTE_BRIGHTNESS_MS))
  return first
}

/** Brightness is written down when it moved this far, percent points, and at most so often: the energy estimate goes by it. */
const MOVED = 5
export const NOTE_BRIGHTNESS_MS = duration(300_000)
export const brightnessMoved = (was: number | null, is: number | null): boolean =>
  is !== null && (was === null || Math.abs(is - was) >= MOVED)
