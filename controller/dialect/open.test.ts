import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { assert } from '#core/base/result.ts'
import { loadProfile } from '../profile/catalogue.ts'
import type { Profile } from '../profile/schema.ts'
import type { Values } from './dialect.ts'
import { dialectOf } from './open.ts'

const FOLDER = fileURLToPath(new URL('../../firmware-profiles/', import.meta.url))
const profiles = new Map<string, Profile>(
  readdirSync(FOLDER)
    .filter((file) => file.endsWith('.json') && file !== 'schema.json')
    .map((file) => {
      const loaded = loadProfile(file, readFileSync(`${FOLDER}${file}`, 'utf8'))
      assert(loaded.ok, file)
      return [loaded.value.id, loaded.value]
    }),
)
const profileOf = (id: string): Profile => {
  const profile = profiles.get(id)
  assert(profile, id)
  return profile
}
const says = (id: string, command: string, of: { parameters?: Values; address?: Values }): string => {
  const question = dialectOf(profileOf(id)).question({ command, parameters: {}, address: {}, context: {}, ...of })
  return question.ok ? `fine: ${question.value.text}` : question.error
}

describe('an address the device does not have', () => {
  test('is refused by every profile, for every command, with the names it takes', () => {
    let checked = 0
    for (const profile of profiles.values()) {
      const dialect = dialectOf(profile)
      for (const command of Object.keys(profile.commands)) {
        const question = dialect.question({ command, parameters: {}, address: { unti: 2 }, context: {} })
        assert(!question.ok, `${profile.id} ${command} was asked`)
        expect(question.error).toMatch(/^địa chỉ không có “unti”; .* · no address “unti”; this device takes/)
        for (const key of dialect.addressKeys) expect(question.error).toContain(key)
        checked++
      }
    }
    expect(profiles.size).toBeGreaterThan(30)
    expect(checked).toBeGreaterThan(300)
  })

  test('what each family takes', () => {
    const of = (id: string) => dialectOf(profileOf(id)).addressKeys
    expect(of('generic-xy-md02')).toEqual(['unit'])
    for (const id of ['samsung-mdc', 'lg-rs232', 'nec-display']) expect(of(id)).toEqual(['id'])
    expect(of('pjlink-class1')).toEqual(['password'])
    expect(of('onbon-bx6k')).toEqual(['screen'])
    expect(of('ntcip-1203')).toEqual(['community', 'brightnessLevels'])
    expect(of('ntcip-1203-serial')).toEqual(['community', 'unit', 'brightnessLevels'])
    expect(of('novastar-mctrl300')).toEqual(['unit'])
    expect(of('huidu-sdk2')).toEqual([])
  })

  test.each([
    ['generic-xy-md02', { unit: 300 }],
    ['generic-xy-md02', { unit: '2' }],
    ['samsung-mdc', { id: 255 }],
    ['samsung-mdc', { id: '1' }],
    ['lg-rs232', { id: 256 }],
    ['lg-rs232', { id: '1' }],
    ['nec-display', { id: 101 }],
    ['nec-display', { id: 1.5 }],
    ['onbon-bx6k', { screen: 65_536 }],
    ['onbon-bx6k', { screen: '1' }],
    ['novastar-mctrl300', { unit: 256 }],
    ['novastar-mctrl300', { unit: '2' }],
    ['pjlink-class1', { password: 7 }],
    ['pjlink-class1', { password: '' }],
    ['ntcip-1203', { community: 7 }],
    ['ntcip-1203', { community: 'b1', brightnessLevels: 256 }],
    ['ntcip-1203', { community: 'b1', brightnessLevels: '16' }],
    ['ntcip-1203-serial', { community: 'b1', unit: '7' }],
    ['ntcip-1203-serial', { community: 'b1', unit: 100_000 }],
  ])('%s refuses %j in every question', (id, address) => {
    const commands = Object.entries(profileOf(id).commands).filter(([, { direction }]) => direction === 'read')
    expect(commands.length).toBeGreaterThan(0)
    for (const [command] of commands) expect(says(id, command, { address })).toMatch(/address|unit|screen/)
    for (const [command] of commands) expect(says(id, command, { address })).not.toMatch(/^fine/)
  })

  test('the place on the line has the factory’s own values and no secret', () => {
    const place = (id: string, address: Values) => dialectOf(profileOf(id)).placeOf(address)
    expect(place('generic-xy-md02', {})).toEqual({ unit: 1 })
    expect(place('novastar-mctrl300', {})).toEqual({ unit: 0 })
    expect(place('novastar-mctrl300', { unit: 2 })).toEqual({ unit: 2 })
    expect(place('onbon-bx6k', {})).toEqual({ screen: 1 })
    expect(place('pjlink-class1', { password: 'x' })).toEqual({})
    expect(place('ntcip-1203-serial', { community: 'x', unit: 3 })).toEqual({ unit: 3 })
  })
})

describe('a parameter the command does not have', () => {
  test.each([
    ['novastar-mctrl300', 'setBrightness', { brightness: 50, port: 0, card: 0, brightnes: 3 }, 'brightnes'],
    ['samsung-mdc', 'setPower', { power: true, powr: false }, 'powr'],
    ['onbon-bx6k', 'ping', { blackout: true }, 'blackout'],
    ['pjlink-class1', 'readPower', { power: true }, 'power'],
  ] as const)('%s %s %j', (id, command, parameters, strange) => {
    expect(says(id, command, { parameters })).toMatch(
      new RegExp(`^${command}: không có tham số “${strange}”; .* · no parameter “${strange}”; this command takes`),
    )
  })

  test('what the driver gives is taken: the first card, and the setting to each of its commands', () => {
    let checked = 0
    for (const profile of profiles.values()) {
      const dialect = dialectOf(profile)
      for (const [setting, use] of Object.entries(profile.display ?? {})) {
        if (use === null || typeof use !== 'object' || !('write' in use)) continue
        for (const command of use.write) {
          const place: Values = 'topology' in profile ? { port: 0, card: 0 } : {}
          const parameters = { ...place, [setting]: setting === 'brightness' ? 50 : true }
          const question = dialect.question({ command, parameters, address: {}, context: {} })
          expect(question.ok ? '' : question.error).not.toMatch(/no parameter|takes no/)
          checked++
        }
      }
    }
    expect(checked).toBeGreaterThan(50)
  })
})

describe('brightness', () => {
  const set = (brightness: number) =>
    says('novastar-mctrl300', 'setBrightness', { parameters: { brightness, port: 0, card: 0 } })
  test('is cut to the limit of the profile from 0 to 100 only', () => {
    const dialect = dialectOf(profileOf('novastar-mctrl300'))
    const call = (brightness: number) => ({
      command: 'setBrightness',
      parameters: { brightness, port: 0, card: 0 },
      address: {},
      context: {},
    })
    expect(set(100)).toMatch(/^fine: /)
    expect(dialect.holds(call(100), 'brightness')).toBe(profileOf('novastar-mctrl300').limits.brightnessPercent)
    for (const wrong of [100.1, 101, 1000, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(set(wrong)).toMatch(/0 to 100/)
      expect(dialect.holds(call(wrong), 'brightness')).toBeUndefined()
    }
  })

  test('is refused outside of that by every profile that sets it', () => {
    let checked = 0
    for (const profile of profiles.values())
      for (const command of profile.display?.brightness?.write ?? [])
        for (const brightness of [150, -5]) {
          const talks = profile.vectors.find((v) => v.kind === 'exchange' && v.command === command)
          const { address, context } =
            talks?.kind === 'exchange' && 'address' in talks ? talks : { address: {}, context: {} }
          const question = dialectOf(profile).question({ command, parameters: { brightness }, address, context })
          expect(question.ok).toBe(false)
          checked++
        }
    expect(checked).toBeGreaterThan(20)
  })
})
