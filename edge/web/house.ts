import { dateOf } from '#core/base/time.ts'
import type { Phrase } from '#core/contract/words.ts'
import { ambient, brightnessNow, hottest } from '#core/engine/house.ts'
import { powerNow } from '#core/engine/lit.ts'
import type { State } from '#core/engine/state.ts'
import { onBattery, type Supply, supplyOf } from '#core/engine/supply.ts'
import type { Brightness, BrightnessCap, BrightnessSource } from '#core/power/brightness.ts'
import { energyMilliwattHours, type RuntimeSums, runtimeAt, runtimeOn } from '#core/power/runtime.ts'
import type { HeatStage } from '#core/power/thermal.ts'
import type { EnergyRule } from '#core/schedule/document.ts'
import { escapeHtml, known, lines, named, rows, two } from './html.ts'

/** What the technician is told of brightness, heat, supply and runtime. */
export type HouseFacts = {
  readonly brightness: Brightness
  /** The rule of the schedule that dims or darkens now. */
  readonly rule: Pick<EnergyRule, 'source' | 'decidedBy' | 'from' | 'to'> | null
  readonly lux: number | null
  readonly heat: HeatStage
  readonly hottest: { readonly celsius: number; readonly where: string } | null
  readonly guardsHeat: boolean
  readonly supply: Supply & { readonly onBattery: boolean }
  readonly today: RuntimeSums
  /** Null where the site names no watts. */
  readonly wattHours: number | null
}

export const houseFacts = (state: State): HouseFacts => {
  const { now, policy, site } = state
  const { curfew, dim } = powerNow(state)
  const today = runtimeOn(runtimeAt(state.runtime, now), dateOf(now.wall, policy.zone.offsetMinutes))
  return {
    brightness: brightnessNow(state),
    rule: curfew ?? dim?.rule ?? null,
    lux: ambient(state),
    heat: state.house.heat,
    hottest: hottest(state),
    guardsHeat: site.thermal !== null,
    supply: { ...supplyOf(state), onBattery: onBattery(state) },
    today,
    wattHours: site.watts === null ? null : energyMilliwattHours(today, site.watts) / 1000,
  }
}

const both = (vi: string, en: string): Phrase => ({ vi, en })
const BY: { readonly [S in BrightnessSource]: Phrase } = {
  order: both('theo lệnh', 'by the order'),
  manual: both('kỹ thuật viên đặt tay', 'by hand at the site'),
  sensor: both('theo cảm biến ánh sáng', 'by the light sensor'),
  sun: both('theo mặt trời', 'by the sun'),
  window: both('theo khung giờ', 'by the power window'),
  default: both('mặc định', 'by default'),
}
const CAP: { readonly [C in BrightnessCap]: Phrase } = {
  night: both('giới hạn ban đêm', 'night cap'),
  dim: both('quy định tiết kiệm điện', 'energy rule'),
  battery: both('chạy bằng ắc quy', 'on battery'),
  heat: both('quá nóng', 'heat'),
  limit: both('giới hạn của thiết bị', 'limit of the device'),
}
const HEAT: { readonly [H in HeatStage]: Phrase } = {
  cool: both('bình thường', 'normal'),
  dim: both('nóng, đang giảm sáng', 'hot, dimmed'),
  dark: both('quá nóng, tắt hình trừ lệnh khẩn cấp', 'too hot, dark but for an emergency'),
  hard: both('quá nóng, tắt hình hoàn toàn', 'too hot, dark altogether'),
}

const brightnessText = ({ brightness, rule }: HouseFacts): string => {
  const caps = brightness.cappedBy.map((cap) => `; ≤ ${named(CAP[cap])}`).join('')
  const by = rule === null ? '' : `; ${escapeHtml(`${rule.source} (${rule.decidedBy}) ${rule.from}–${rule.to}`)}`
  return `${brightness.percent} % ${named(BY[brightness.by])}${caps}${by}`
}

const supplyText = ({ supply }: HouseFacts): string => {
  const { mains, battery, charge, generator } = supply
  if (mains === null && battery === null && charge === null && generator === null)
    return two('không có gì báo', 'nothing tells')
  const gone = mains === false || battery === true
  return [
    gone ? `<span class="bad">${two('mất điện lưới', 'mains is gone')}</span>` : two('có điện lưới', 'mains is there'),
    ...(supply.onBattery ? [two('chạy bằng ắc quy', 'on battery')] : []),
    ...(charge === null ? [] : [known(charge, ' %')]),
    ...(generator === true ? [two('máy phát đang chạy', 'generator runs')] : []),
  ].join('; ')
}

const hours = (ms: number): string => `${(ms / 3_600_000).toFixed(1)} h`

/** The part of the technician's page about what the display runs on and draws. */
export const housePart = (facts: HouseFacts): string => {
  const { today, wattHours, hottest: hot } = facts
  const heat = !facts.guardsHeat
    ? two('không đặt ngưỡng', 'no thresholds set')
    : hot === null
      ? two('không can thiệp', 'nothing is done')
      : named(HEAT[facts.heat])
  const place = hot === null ? two('không rõ', 'not known') : `${known(hot.celsius, ' °C')} ${escapeHtml(hot.where)}`
  const [lit, dark, unknown] = [hours(today.litMs), hours(today.darkMs), hours(today.unknownMs)]
  const { powerStarts, lightStarts } = today
  return `<section><h2>${two('Điện và độ sáng', 'Power and brightness')}</h2>${rows([
    [two('Độ sáng cần', 'Brightness wanted'), brightnessText(facts)],
    [two('Ánh sáng xung quanh', 'Ambient light'), known(facts.lux, ' lx')],
    [two('Nóng nhất', 'Hottest'), `${place}; ${heat}`],
    [two('Nguồn điện', 'Supply'), supplyText(facts)],
    [
      two('Hôm nay', 'Today'),
      lines(
        `sáng ${lit}, tối ${dark}, không rõ ${unknown}; đóng điện ${powerStarts}, bật hình ${lightStarts}`,
        `lit ${lit}, dark ${dark}, unknown ${unknown}; power on ${powerStarts}, picture on ${lightStarts}`,
      ),
    ],
    [
      two('Điện năng ước tính', 'Estimated energy'),
      wattHours === null
        ? two('chưa khai công suất', 'no watts configured')
        : `${(wattHours / 1000).toFixed(2)} kWh ${two('nếu hình toàn trắng', 'for a full white picture')}`,
    ],
  ])}</section>`
}
