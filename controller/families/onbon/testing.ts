import { fromHex } from '#core/base/bytes.ts'
import { assert } from '#core/base/result.ts'
import type { Dialect, Judgement, Values } from '../../dialect/dialect.ts'
import { dialectOf } from '../../dialect/open.ts'
import { loadProfile } from '../../profile/catalogue.ts'
import type { SimDevice } from '../../sim/device.ts'
import type { OnbonProfile } from './schema.ts'

/** For tests of this family only. */
export const PROFILE_IDS = ['onbon-bx5k', 'onbon-bx5mk', 'onbon-bx6k'] as const
export type ProfileId = (typeof PROFILE_IDS)[number]
/** `read` gives the text of a file in `firmware-profiles/`: reading files is no business of this folder. */
export const profilesFrom = (read: (file: string) => string) => {
  const profileText = (id: ProfileId): string => read(`${id}.json`)
  const profileNamed = (id: ProfileId): OnbonProfile => {
    const profile = loadProfile(`${id}.json`, profileText(id))
    assert(profile.ok, `${id}: ${profile.ok ? '' : JSON.stringify(profile.error)}`)
    assert(profile.value.protocol === 'onbon', `${id} is ${profile.value.protocol}`)
    return profile.value
  }
  return { profileText, profileNamed, dialectNamed: (id: ProfileId): Dialect => dialectOf(profileNamed(id)) }
}

export const bytesOf = (hex: string): Uint8Array => {
  const bytes = fromHex(hex)
  assert(bytes, `not hex: ${hex}`)
  return bytes
}

/** One question to a simulator over a perfect line; null when it does not answer. */
export const askSim = (
  of: { readonly dialect: Dialect; readonly sim: SimDevice; readonly address: Values },
  command: string,
  parameters: Values,
): Judgement | null => {
  const question = of.dialect.question({ command, parameters, address: of.address, context: {} })
  assert(question.ok, question.ok ? '' : question.error)
  const requests = of.sim.cutter()(question.value.encode(1))
  assert(requests.length === 1, `${requests.length} requests`)
  const replies = requests.flatMap((request) => of.sim.answer(request))
  const [reply] = replies
  if (reply === undefined) return null
  const reading = of.dialect.reader('reply').read(reply, 0)
  assert(reading.is === 'frame' && reading.size === reply.length, `reply reads as ${reading.is}`)
  assert(reply.length <= question.value.replyBytes || question.value.write, 'longer than announced')
  return question.value.judge(reply, [1], [])
}
