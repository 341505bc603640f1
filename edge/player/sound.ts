import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { SceneSource } from '#core/engine/scene-source.ts'
import type { Showing } from './showing.ts'

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

const RATE = 16_000
/** Two tones in turn, hertz, each for `BEAT` seconds. */
const TONES = [853, 960] as const
const BEAT = 0.25
const SECONDS = 6
/** Half of full scale; how loud that is, the amplifier says. */
const LEVEL = 16_000

/** The attention tone as a file in `folder`, made once. Null when the folder takes no file: the order is then shown without it. */
export const toneFile = (folder: string): string | null => {
  const path = join(folder, 'tone.wav')
  try {
    if (!existsSync(path)) writeFileSync(path, tone(), { mode: 0o600 })
    return path
  } catch {
    return null
  }
}

/** 16-bit mono PCM with the 44-byte header of WAVE. */
const tone = (): Buffer => {
  const samples = RATE * SECONDS
  const out = Buffer.alloc(44 + samples * 2)
  out.write('RIFF', 0)
  out.writeUInt32LE(36 + samples * 2, 4)
  out.write('WAVEfmt ', 8)
  out.writeUInt32LE(16, 16)
  out.writeUInt16LE(1, 20)
  out.writeUInt16LE(1, 22)
  out.writeUInt32LE(RATE, 24)
  out.writeUInt32LE(RATE * 2, 28)
  out.writeUInt16LE(2, 32)
  out.writeUInt16LE(16, 34)
  out.write('data', 36)
  out.writeUInt32LE(samples * 2, 40)
  for (let i = 0; i < samples; i++) {
    const second = i / RATE
    const hertz = TONES[Math.floor(second / BEAT) % 2] ?? TONES[0]
    // Faded in and out over a hundredth of a second, so that nothing clicks.
    const edge = Math.min(1, second / 0.01, (SECONDS - second) / 0.01)
    out.writeInt16LE(Math.round(Math.sin(2 * Math.PI * hertz * second) * LEVEL * edge), 44 + i * 2)
  }
  return out
}
