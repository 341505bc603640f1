import { completed } from '#controller/detect/first.ts'
import type { Dialect, Values } from '#controller/dialect/dialect.ts'
import { dialectOf } from '#controller/dialect/open.ts'
import type { Profile } from '#controller/profile/schema.ts'

/**
 * Why a device can never be asked with this address; null when at least one question can be made. Without this a mistyped address would show
 * only at work, as a device that refuses everything.
 */
export const checkAddress = (profile: Profile, address: Values): string | null => {
  const dialect = dialectOf(profile)
  const all = Object.entries(profile.commands)
    .filter(([, spec]) => spec.direction === 'read')
    .map(([command]) => command)
  // What will be asked all day, where there is such a thing: a question to “whoever is there alone” says nothing about the address.
  const relays = profile.relays?.readBack ?? null
  const polled = [...profile.telemetry.map(({ command }) => command), ...(relays === null ? [] : [relays])]
  const reads = dialect.handshake.length > 0 || polled.length === 0 ? all : polled
  if (reads.some((command) => completed(dialect, { command, parameters: {}, address }) !== null)) return null
  return whyNot(dialect, reads[0] ?? Object.keys(profile.commands)[0] ?? '', { parameters: {}, address })
}

const whyNot = (dialect: Dialect, command: string, of: { parameters: Values; address: Values }): string | null => {
  const question = dialect.question({ ...of, command, context: {} })
  return question.ok ? null : question.error
}

/** Why the display cannot be set to this input; null when it can. */
export const checkInput = (profile: Profile, address: Values, input: string): string | null => {
  const use = profile.display?.input ?? null
  if (use === null)
    return `${profile.id} không đặt được ngõ vào, hãy bỏ “input” · ${profile.id} cannot set an input; leave “input” out`
  const dialect = dialectOf(profile)
  for (const command of use.write) {
    const parameters: Values = { input }
    if (completed(dialect, { command, parameters, address }) !== null) continue
    const place: Values = 'topology' in profile ? { port: 0, card: 0 } : {}
    const why = whyNot(dialect, command, { parameters: { ...place, input }, address })
    if (why !== null) return `“${input}”: ${why}`
  }
  return null
}

type Placed = { readonly where: string; readonly line: string; readonly profile: Profile; readonly address: Values }

/** The first device that has the same place on the same line as an earlier one: both would answer, or one would be switched for the other. */
export const samePlace = (devices: readonly Placed[]): string | null => {
  const taken = new Map<string, string>()
  for (const { where, line, profile, address } of devices) {
    const place = dialectOf(profile).placeOf(address)
    const names = Object.entries(place)
      .map(([name, value]) => `${name} ${value}`)
      .sort()
      .join(', ')
    const key = JSON.stringify([line, names])
    const other = taken.get(key)
    const what = names === '' ? line : `${line}, ${names}`
    if (other !== undefined)
      return `${where}/address: ${what} đã là của ${other}, hãy cho mỗi thiết bị một địa chỉ riêng · ${what} is already ${other}; give each device an address of its own`
    taken.set(key, where)
  }
  return null
}
