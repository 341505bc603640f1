import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { loadProfile } from '../../profile/catalogue.ts'
import { PROFILE_IDS, profilesFrom } from './testing.ts'

const FOLDER = new URL('../../../firmware-profiles/', import.meta.url)
const { profileText } = profilesFrom((file) => readFileSync(new URL(file, FOLDER), 'utf8'))

/** Puts one value into the text of a good profile and says what the check finds. */
const spoiled = (change: (profile: Record<string, never>) => void): string => {
  const profile = JSON.parse(profileText('onbon-bx5k'))
  change(profile)
  const loaded = loadProfile('onbon-bx5k.json', JSON.stringify(profile))
  return loaded.ok ? 'fine' : loaded.error.map((fault) => `${fault.where}: ${fault.why}`).join('\n')
}

/** Sets the value at a path like `commands/ping/group`. */
const at =
  (path: string, value: unknown) =>
  (profile: Record<string, unknown>): void => {
    const keys = path.split('/')
    const last = keys.pop() ?? ''
    const holder = keys.reduce((part, key) => Reflect.get(part, key) as object, profile as object)
    Reflect.set(holder, last, value)
  }

const copied = (from: string, to: string, path: string, value: unknown) => (profile: Record<string, unknown>) => {
  const commands = Reflect.get(profile, 'commands') as Record<string, unknown>
  commands[to] = JSON.parse(JSON.stringify(commands[from]))
  at(`commands/${to}/${path}`, value)(profile)
}

describe('what the linter says of an Onbon profile', () => {
  it('nothing, of the ones we ship', () => {
    expect(spoiled(() => undefined)).toBe('fine')
    expect(PROFILE_IDS.map((id) => loadProfile(`${id}.json`, profileText(id)).ok)).toEqual([true, true, true])
  })

  it('names place and reason of every fault', () => {
    const cases: readonly (readonly [(profile: Record<string, never>) => void, RegExp])[] = [
      [copied('ping', 'reset', 'command', '01'), /commands\/reset\/command: may never be sent: reset erases all files/],
      [at('neverSend/0/command', '03'), /commands\/setClock\/command: is in neverSend/],
      [at('commands/ping/group', 'A0'), /ping\/group: A0 is not a group of requests/],
      [copied('clearScreen', 'clearAgain', 'title', 'again'), /clearAgain: is the same as clearScreen on the wire/],
      [at('commands/setBlackout/payload/0/off', '02'), /setBlackout\/payload\/0: on and off are the same/],
      [at('commands/setBrightness/payload/1/lowest', 15), /setBrightness\/payload\/1: no steps/],
      [at('commands/setBrightness/payload/0/name', 'brightness'), /payload\/1\/name: brightness is there twice/],
      [at('commands/readStatus/replyNeeds', 9), /readStatus\/replyNeeds: only 8 fields/],
      [at('commands/readStatus/reply', []), /readStatus\/reply: a read that tells nothing/],
      [at('commands/setClock/identifies', true), /setClock\/reply: a write is only acknowledged/],
      [at('commands/setClock/payload/0/order/0', 'month'), /order: a part of the clock is there twice/],
      [at('commands/deleteArea/payload/1/maximum', 300), /300 does not fit in 1 byte/],
      [at('errors/1/code', '01'), /errors\/1\/code: this code is given twice/],
      [at('errors/0/code', '00'), /errors\/0\/code: 00 is no error/],
      [at('onboard/show', 'deleteAreas'), /onboard\/show: deleteAreas is no command with an area/],
      [at('onboard/clear/0', 'showText'), /onboard\/clear\/0: showText wants values/],
      [at('onboard/clear/0', 'ping'), /onboard\/clear\/0: ping is no write command/],
      [at('onboard/readBack', 'ping'), /onboard\/readBack: ping has no field areas/],
      [at('neverSend/0/source', 'nobody'), /neverSend\/0\/source: no source nobody/],
      [at('frame/receiveBuffer', 2000), /frame\/receiveBuffer/],
      [at('surprise', 1), /surprise: unknown key/],
    ]
    for (const [change, why] of cases) expect(spoiled(change)).toMatch(why)
    expect(cases.length).toBe(21)
  })
})
