import type { PanelGeometry } from '#controller/raster/message.ts'
import { messageOfLocal } from '#controller/raster/message-of.ts'
import { createRaster, type Raster } from '#controller/raster/render.ts'
import { err, ok, type Result } from '#core/base/result.ts'
import type { Phrase } from '#core/contract/words.ts'
import type { OrderStatus } from '#core/emergency/order.ts'
import type { Preset } from '#core/emergency/preset.ts'
import { SENSOR_UNITS } from '#core/screen/sensor.ts'
import type { EdgeConfig } from './config.ts'
import type { Profiles } from './devices.ts'

/** A preset as it would be drawn now; null of a safety blank, which draws nothing. */
export const presetMessage = (
  preset: Preset,
  of: { readonly status: OrderStatus; readonly at: number; readonly offsetMinutes: number },
) =>
  messageOfLocal(
    { ...preset, status: of.status, riskLevel: null, startsAt: of.at, expiresAt: of.at + preset.hold },
    of.offsetMinutes,
  )

/** For the technician's page: drawn under the banner of a test, and shown nowhere else. PNG, one for each page. */
export const previewPreset = async (
  preset: Preset | undefined,
  of: {
    readonly raster: Result<Raster, Phrase>
    readonly panel: PanelGeometry
    readonly at: number
    readonly offsetMinutes: number
  },
): Promise<Result<readonly Uint8Array[], Phrase>> => {
  const message = preset && presetMessage(preset, { ...of, status: 'test' })
  if (message === undefined || message === null) return err({ vi: 'Không có trang này.', en: 'There is no such page.' })
  const { raster } = of
  if (!raster.ok) return raster
  const drawn = raster.value.render(message, of.panel)
  return drawn.ok ? ok(await Promise.all(drawn.value.pages.map((page) => raster.value.png(page)))) : drawn
}

/**
 * What needs the profiles and the fonts: that the inputs are there, and that each page stands on this panel. Where nothing can be drawn for
 * lack of fonts the daemon says so by itself, and the pages are not looked at.
 */
export const checkPresets = (
  config: Pick<EdgeConfig, 'presets' | 'equipment' | 'fontDirs'> & { readonly site: { readonly panel: PanelGeometry } },
  profiles: Profiles,
): string | null => {
  const { presets, equipment, site } = config
  for (const [i, { input, opposite }] of presets.entries())
    for (const [key, contact] of [['input', input] as const, ['opposite', opposite] as const]) {
      const profile = contact && profiles.equipment[equipment.findIndex(({ name }) => name === contact.device)]
      if (contact === null || !profile) continue
      const inputs = profile.telemetry.filter(({ what }) => SENSOR_UNITS[what] === null).map(({ where }) => where)
      if (inputs.filter((where) => where === contact.where).length !== 1)
        return `/presets/${i}/${key}/where: ${profile.id} không có đầu vào “${contact.where}” · has no such input; it has ${inputs.join(', ') || 'none'}`
    }
  if (presets.every(({ class: wanted }) => wanted === 'safety-blank')) return null
  const raster = createRaster({ fontDirs: config.fontDirs })
  if (!raster.ok) return null
  const unfit = firstUnfit(raster.value, presets, site.panel)
  raster.value.close()
  return unfit
}

const firstUnfit = (raster: Raster, presets: readonly Preset[], panel: PanelGeometry): string | null => {
  for (const [i, preset] of presets.entries()) {
    const message = presetMessage(preset, { status: 'actual', at: 0, offsetMinutes: 0 })
    const drawn = message === null ? null : raster.render(message, panel)
    if (drawn !== null && !drawn.ok) return `/presets/${i}/texts: ${drawn.error.vi} · ${drawn.error.en}`
  }
  return null
}
