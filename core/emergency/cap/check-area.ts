import { CLUSTER_GEOCODE, UNIT_GEOCODE } from './area.ts'
import { type Ask, gate } from './check-text.ts'
import { type GeometryFault, MOST_CORNERS, parseCircle, parsePolygon } from './geometry.ts'
import type { CapArea, Words } from './message.ts'

const DECIMAL = /^[-+]?(\d+(\.\d*)?|\.\d+)$/
const CLUSTER_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/
const MOST_SHAPES = 50
const MOST_GEOCODES = 5_000

const FAULTS: { readonly [F in GeometryFault]: Words } = {
  'not-numbers': { vi: 'không phải “vĩ độ,kinh độ …” bằng số thập phân', en: 'is not “lat,lon …” in decimal figures' },
  'out-of-range': {
    vi: 'vĩ độ ngoài ±90 hoặc kinh độ ngoài ±180',
    en: 'a latitude outside ±90 or a longitude outside ±180',
  },
  swapped: {
    vi: 'vĩ độ ngoài ±90: có lẽ viết kinh độ trước; CAP viết vĩ độ trước',
    en: 'a latitude outside ±90: longitude written first? CAP writes the latitude first',
  },
  'too-few': { vi: 'đa giác cần ít nhất 4 cặp số', en: 'a polygon needs at least 4 pairs' },
  'too-many': { vi: `đa giác có hơn ${MOST_CORNERS} đỉnh`, en: `the polygon has more than ${MOST_CORNERS} corners` },
  open: { vi: 'điểm cuối phải trùng điểm đầu', en: 'the last pair must be the first again' },
  radius: { vi: 'bán kính không phải số ki-lô-mét', en: 'the radius is no number of kilometres' },
}

export const checkArea = (area: CapArea, path: string, ask: Ask): void => {
  gate(area.areaDesc, `${path}/areaDesc`, { limits: { most: 500, lines: 10 }, required: true }, ask)
  for (const [i, text] of area.polygon.slice(0, MOST_SHAPES).entries()) {
    const polygon = parsePolygon(text)
    if (!polygon.ok) ask.add('bad-polygon', 'error', `${path}/polygon/${i}`, FAULTS[polygon.error])
  }
  for (const [i, text] of area.circle.slice(0, MOST_SHAPES).entries()) {
    const circle = parseCircle(text)
    if (!circle.ok) ask.add('bad-circle', 'error', `${path}/circle/${i}`, FAULTS[circle.error])
  }
  for (const [name, most] of [
    ['polygon', MOST_SHAPES] as const,
    ['circle', MOST_SHAPES] as const,
    ['geocode', MOST_GEOCODES] as const,
  ])
    if (area[name].length > most)
      ask.add('too-many', 'error', `${path}/${name}`, {
        vi: `có ${area[name].length}, tối đa ${most}`,
        en: `has ${area[name].length}, at most ${most}`,
      })
  checkGeocodes(area, path, ask)
  for (const key of ['altitude', 'ceiling'] as const)
    if (area[key] !== null && !DECIMAL.test(area[key]))
      ask.add('bad-number', 'error', `${path}/${key}`, { vi: 'không phải số', en: 'is no number' })
  if (area.ceiling !== null && area.altitude === null)
    ask.add('ceiling-alone', 'error', `${path}/ceiling`, {
      vi: 'chỉ được có khi có <altitude>',
      en: 'is allowed only with <altitude>',
    })
}

const checkGeocodes = (area: CapArea, path: string, ask: Ask): void => {
  const { province, units } = ask.facts
  for (const [i, { valueName, value }] of area.geocode.slice(0, MOST_GEOCODES).entries()) {
    const at = `${path}/geocode/${i}`
    if (valueName.trim() === '' || value.trim() === '')
      ask.add('missing', 'error', at, { vi: 'thiếu valueName hoặc value', en: 'valueName or value is missing' })
    else if (valueName === UNIT_GEOCODE) {
      const known = value === province || (/^\d{5}$/.test(value) && (units === null || units.has(value)))
      if (!known)
        ask.add('unknown-unit', 'error', `${at}/value`, {
          vi: `không có đơn vị hành chính “${value.slice(0, 20)}” trong tỉnh (mã từ 01/7/2025)`,
          en: `there is no unit “${value.slice(0, 20)}” in the province (codes since 1 July 2025)`,
        })
    } else if (valueName === CLUSTER_GEOCODE) {
      if (!CLUSTER_ID.test(value))
        ask.add('bad-cluster', 'error', `${at}/value`, { vi: 'không phải mã cụm', en: 'is no cluster id' })
    } else
      ask.add('foreign-geocode', 'warning', at, {
        vi: `không dùng mã vùng “${valueName.slice(0, 40)}”`,
        en: `the codes “${valueName.slice(0, 40)}” are not used here`,
      })
  }
  const places = area.polygon.length + area.circle.length
  const named = area.geocode.some((g) => g.valueName === UNIT_GEOCODE || g.valueName === CLUSTER_GEOCODE)
  if (!named && (ask.strict || places === 0))
    ask.add('no-place', ask.strict && places === 0 ? 'error' : 'warning', path, {
      vi: `không có ${UNIT_GEOCODE}${places === 0 ? ', đa giác hay hình tròn: chỉ người mới chọn được cụm' : ''}`,
      en: `has no ${UNIT_GEOCODE}${places === 0 ? ', polygon or circle: only a person can choose clusters' : ''}`,
    })
}
