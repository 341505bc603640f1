import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Item } from '#core/content/item.ts'
import type { SceneSource } from '#core/engine/scene-source.ts'
import { clip, image, order, picture, rig, video } from '../../test/support/player.ts'
import { PATIENCE_MS, until } from '../../test/support/until.ts'
import { cleanup, temporary } from '../test/support.ts'
import { openIpc } from './ipc.ts'
import { type SoundRules, soundOf, toneFile } from './sound.ts'

const LOUD = { audio: true, outdoors: true, muteAdsOutdoors: true }
const RATE = 16_000

/** A player whose mpv writes every sample that would be heard into a file, and can be asked from outside. */
const soundRig = async (files: Readonly<Record<string, string>>, sound: SoundRules = LOUD) => {
  const folder = temporary()
  const [socket, heard] = [join(folder, 'ipc'), join(folder, 'heard.pcm')]
  const made = await rig({
    output: 'null',
    files,
    sound,
    extraArgs: [
      ...[`--input-ipc-server=${socket}`, '--ao=pcm', `--ao-pcm-file=${heard}`, '--ao-pcm-append=yes'],
      ...['--ao-pcm-waveheader=no', '--audio-format=s16', '--audio-channels=mono', `--audio-samplerate=${RATE}`],
    ],
  })
  await made.happened('up', null)
  const stream = connect(socket)
  cleanup(() => stream.destroy())
  const ipc = openIpc(stream, () => {})
  return {
    ...made,
    ask: async (property: string): Promise<unknown> => {
      const answer = await ipc.command(['get_property', property])
      return answer.ok ? answer.value : answer.error
    },
    /** How strong a tone is in everything that was heard, as an amplitude of 0 to 1: the strongest tenth of a second (Goertzel). */
    strength: (hertz: number): number => {
      const bytes = readFileSync(heard)
      const window = RATE / 10
      const turn = 2 * Math.cos((2 * Math.PI * hertz) / RATE)
      let most = 0
      for (let start = 0; (start + window) * 2 <= bytes.length; start += window) {
        let [a, b] = [0, 0]
        for (let i = 0; i < window; i++) [a, b] = [bytes.readInt16LE((start + i) * 2) / 32_768 + turn * a - b, a]
        most = Math.max(most, (2 * Math.sqrt(Math.max(0, a * a + b * b - turn * a * b))) / window)
      }
      return most
    },
  }
}

const AD: Partial<Item> = {
  category: 'A7_5_ADVERTISING',
  ad: { advertiser: 'Nhà xe (mẫu)', permit: null },
}

test('the player judges sound by itself: site, item, policy and order, in every combination', () => {
  let checked = 0
  for (const audio of [true, false])
    for (const outdoors of [true, false])
      for (const muteAdsOutdoors of [true, false])
        for (const has of [true, false])
          for (const mute of [true, false])
            for (const ad of [true, false]) {
              const source: SceneSource = video('v', { audio: has, ...(ad ? AD : {}) }, mute)
              const loud = audio && has && !mute && !(ad && outdoors && muteAdsOutdoors)
              expect(soundOf(source, { audio, outdoors, muteAdsOutdoors }, () => null)).toBe(loud ? 'own' : null)
              checked += 1
            }
  expect(checked).toBe(64)
  const tone = () => '/tone.wav'
  const sounding = order({ sound: true })
  expect(soundOf({ source: 'order', order: sounding }, LOUD, tone)).toEqual({ path: '/tone.wav' })
  expect(soundOf({ source: 'order', order: sounding }, { ...LOUD, audio: false }, tone)).toBe(null)
  expect(soundOf({ source: 'order', order: { ...sounding, status: 'exercise' } }, LOUD, tone)).toBe(null)
  expect(soundOf({ source: 'order', order: order() }, LOUD, tone)).toBe(null)
})

test('the attention tone is six seconds of sound and made once', () => {
  const folder = temporary()
  const path = toneFile(folder)
  expect(path).toBe(join(folder, 'tone.wav'))
  const bytes = readFileSync(path ?? '')
  expect(bytes.length).toBe(44 + 16_000 * 6 * 2)
  expect(bytes.readInt16LE(44)).toBe(0)
  expect(toneFile(join(folder, 'no-such-folder'))).toBe(null)
})

test('what mpv says of its sound: site without audio, item without, ad outdoors, order with; and nothing is heard between them', async () => {
  const folder = temporary()
  const files = {
    loud: clip(folder, 'loud.mp4', { colour: 'red', seconds: 6, hertz: 440 }),
    ad: clip(folder, 'ad.mp4', { colour: 'green', seconds: 6, hertz: 3000 }),
    still: picture(folder, 'still.png', '#d0d0d0'),
  }
  const { player, happened, show, ask, strength } = await soundRig(files)
  expect(await ask('mute')).toBe(true)
  const heard: Record<string, readonly unknown[]> = {}
  const on = async (play: string, source: SceneSource) => {
    show(play, source)
    await happened('shown', play, { proof: 'acknowledged' })
    heard[play] = [await ask('mute'), await ask('aid')]
  }
  const hear = (hertz: number) =>
    until({ what: `a tone of ${hertz} Hz`, atMostMs: PATIENCE_MS }, () => (strength(hertz) > 0.05 ? true : undefined))
  await on('loud', video('loud', { audio: true }, false))
  await hear(440)
  // The engine asks for sound; the player knows better.
  await on('ad', video('ad', { audio: true, ...AD }, false))
  await until({ what: 'half a second of the advertisement', atMostMs: PATIENCE_MS }, async () =>
    Number(await ask('time-pos')) > 0.5 ? true : undefined,
  )
  await on('loud again', video('loud', { audio: true }, false))
  await on('no sound by item', video('loud', { audio: false }, false))
  await on('no sound by engine', video('loud', { audio: true }, true))
  await on('picture', image('still'))
  await on('order', { source: 'order', order: order({ sound: true }) })
  await hear(960)
  await on('quiet order', { source: 'order', order: order({ id: 'O2' }) })
  await on('exercise', { source: 'order', order: order({ id: 'O3', sound: true, status: 'exercise' }) })
  const silent = [true, false]
  expect(heard).toEqual({
    loud: [false, 1],
    ad: silent,
    'loud again': [false, 1],
    'no sound by item': silent,
    'no sound by engine': silent,
    picture: silent,
    order: [false, 1],
    'quiet order': silent,
    exercise: silent,
  })
  await player.stop()
  // The advertisement's tone is in no tenth of a second, neither when it begins nor when the loud clip behind it does.
  expect(strength(3000)).toBeLessThan(0.01)
})

test('a site without loudspeakers: every file is without an audio track', async () => {
  const folder = temporary()
  const files = { loud: clip(folder, 'loud.mp4', { colour: 'red', seconds: 3, hertz: 440 }) }
  const { happened, show, ask } = await soundRig(files, { ...LOUD, audio: false })
  show('p1', video('loud', { audio: true }, false))
  await happened('shown', 'p1', { proof: 'acknowledged' })
  expect([await ask('mute'), await ask('aid')]).toEqual([true, false])
})
