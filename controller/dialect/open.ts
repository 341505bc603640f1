import { err, unreachable } from '#core/base/result.ts'
import { huiduDialect } from '../families/huidu/dialect.ts'
import { lgDialect } from '../families/lg/dialect.ts'
import { mdcDialect } from '../families/mdc/dialect.ts'
import { modbusDialect } from '../families/modbus/dialect.ts'
import { necDialect } from '../families/nec/dialect.ts'
import { novastarDialect } from '../families/novastar/dialect.ts'
import { ntcipDialect } from '../families/ntcip/dialect.ts'
import { onbonDialect } from '../families/onbon/dialect.ts'
import { pjlinkDialect } from '../families/pjlink/dialect.ts'
import type { Profile } from '../profile/schema.ts'
import type { Call, Dialect } from './dialect.ts'

const familyOf = (profile: Profile): Dialect => {
  switch (profile.protocol) {
    case 'novastar':
      return novastarDialect(profile)
    case 'modbus':
      return modbusDialect(profile)
    case 'onbon':
      return onbonDialect(profile)
    case 'huidu':
      return huiduDialect(profile)
    case 'mdc':
      return mdcDialect(profile)
    case 'lg':
      return lgDialect(profile)
    case 'nec':
      return necDialect(profile)
    case 'pjlink':
      return pjlinkDialect(profile)
    case 'ntcip':
      return ntcipDialect(profile)
    default:
      return unreachable(profile)
  }
}

/** Names for people, the same in both languages. */
const listed = (names: readonly string[]): string => names.join(', ')

/** An address that is mistyped would leave the factory’s own in force, and the order would go to another device. */
const strangeAddress = ({ addressKeys }: Dialect, { address }: Call): string | undefined => {
  const strange = Object.keys(address).find((key) => !addressKeys.includes(key))
  if (strange === undefined) return undefined
  return addressKeys.length === 0
    ? `địa chỉ không có “${strange}”; thiết bị này không cần địa chỉ · no address “${strange}”; this device takes none`
    : `địa chỉ không có “${strange}”; thiết bị này dùng: ${listed(addressKeys)} · no address “${strange}”; this device takes: ${listed(addressKeys)}`
}

const SETTINGS = ['power', 'brightness', 'blackout', 'testPattern', 'freeze', 'input'] as const

/** One setting may take several commands, and each is given the value though only one may need it. */
const settingsOf = ({ display }: Profile, command: string): readonly string[] =>
  display === null ? [] : SETTINGS.filter((name) => display[name]?.write.includes(command))

const strangeParameter = (family: Dialect, { command, parameters }: Call): string | undefined => {
  const known = family.parameterKeys(command)
  const strange = Object.keys(parameters).filter((key) => !known.includes(key))
  if (strange.length === 0) return undefined
  const driven = settingsOf(family.profile, command)
  const first = strange.find((key) => !driven.some((setting) => setting === key))
  if (first === undefined) return undefined
  return known.length === 0
    ? `${command}: không có tham số “${first}”; lệnh này không nhận tham số · no parameter “${first}”; this command takes none`
    : `${command}: không có tham số “${first}”; lệnh này nhận: ${listed(known)} · no parameter “${first}”; this command takes: ${listed(known)}`
}

/** What is no percentage is a mistake of the caller, and cutting it would report success for something nobody asked for. */
const strangeBrightness = ({ parameters: { brightness } }: Call): string | undefined =>
  typeof brightness === 'number' && !(brightness >= 0 && brightness <= 100)
    ? `brightness phải từ 0 đến 100, không phải ${brightness} · brightness must be 0 to 100, not ${brightness}`
    : undefined

/**
 * The dialect of a profile that passed the linter. Here, so that nobody above can get around it and no family forgets it: brightness is cut
 * to the profile’s limit, and a name or an address that the device does not know is refused.
 */
export const dialectOf = (profile: Profile): Dialect => {
  const family = familyOf(profile)
  const limited = (call: Call): Call => {
    const { brightness } = call.parameters
    return typeof brightness === 'number' && brightness <= 100 && brightness > profile.limits.brightnessPercent
      ? { ...call, parameters: { ...call.parameters, brightness: profile.limits.brightnessPercent } }
      : call
  }
  return {
    ...family,
    question: (call) => {
      const elsewhere = strangeAddress(family, call)
      if (elsewhere !== undefined) return err(elsewhere)
      // The family knows the limits of its own fields better, so its reason comes first.
      const question = family.question(limited(call))
      if (!question.ok) return question
      const after = strangeBrightness(call) ?? strangeParameter(family, call)
      return after === undefined ? question : err(after)
    },
    holds: (call, field) => (strangeBrightness(call) === undefined ? family.holds(limited(call), field) : undefined),
  }
}
