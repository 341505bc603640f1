import { unreachable } from '#core/base/result.ts'
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

/** The dialect of a profile that passed the linter. Brightness is cut to the profile’s limit here, so nobody above can get around it. */
export const dialectOf = (profile: Profile): Dialect => {
  const family = familyOf(profile)
  const limited = (call: Call): Call => {
    const { brightness } = call.parameters
    return typeof brightness === 'number' && brightness > profile.limits.brightnessPercent
      ? { ...call, parameters: { ...call.parameters, brightness: profile.limits.brightnessPercent } }
      : call
  }
  return {
    ...family,
    question: (call) => family.question(limited(call)),
    holds: (call, field) => family.holds(limited(call), field),
  }
}
