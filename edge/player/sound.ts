import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { SceneSource } from '#core/engine/scene-source.ts'
import type { Showing } from './showing.ts'
import { waveOf } from './wave.ts'

/** What the site and the policy say of sound. */
export type SoundRules = {
  /** The site has loudspeakers and may use them. */
  readonly audio: boolean
  readonly outdoors: boolean
  /** Policy: no sound of advertisements outdoors (domain.md §3.4). */
  readonly muteAdsOutdoors: boolean
}

/**
 * Whether a scene may be heard, judged here once more from the item itself, whatever the engine asked for: this is the last place before the
 * loudspeakers. Only a clip has a sound of its own; a real order that asks for sound has an attention tone; an exercise has none, because what
 * can be heard of it cannot say that it is one.
 */
export const soundOf = (source: SceneSource, rules: SoundRules, tone: () => string | null): Showing['sound'] => {
  if (!rules.audio) return null
  switch (source.source) {
    case 'file': {
      const { item, mute } = source
      const silenced = item.ad !== null && rules.outdoors && rules.muteAdsOutdoors
      return !mute && item.audio && item.kind === 'video' && !silenced ? 'own' : null
    }
    case 'order': {
      const path = source.order.sound && source.order.status === 'actual' ? tone() : null
      return path === null ? null : { path }
    }
    case 'dark':
    case 'chart':
    case 'standing':
    case 'text':
    case 'slides':
      return null
  }
}

/** Two tones in turn, hertz, each for `BEAT` seconds. */
const TONES = [853, 960] as const
const BEAT = 0.25
const SECONDS = 6
/** Half of full scale; how loud that is, the amplifier says. */
const LEVEL = 16_000
const TONE = {
  seconds: SECONDS,
  level: LEVEL,
  channels: [(second: number) => TONES[Math.floor(second / BEAT) % 2] ?? TONES[0]],
}

/** The attention tone as a file in `folder`, made once. Null when the folder takes no file: the order is then shown without it. */
export const toneFile = (folder: string): string | null => {
  const path = join(folder, 'tone.wav')
  try {
    if (!existsSync(path)) writeFileSync(path, waveOf(TONE), { mode: 0o600 })
    return path
  } catch {
    return null
  }
}
