import { type Static, Type } from 'typebox'
import { HuiduProfile } from '../families/huidu/schema.ts'
import { LgProfile } from '../families/lg/schema.ts'
import { MdcProfile } from '../families/mdc/schema.ts'
import { ModbusProfile } from '../families/modbus/schema.ts'
import { NecProfile } from '../families/nec/schema.ts'
import { NovastarProfile } from '../families/novastar/schema.ts'
import { NtcipProfile } from '../families/ntcip/schema.ts'
import { OnbonProfile } from '../families/onbon/schema.ts'
import { PjlinkProfile } from '../families/pjlink/schema.ts'

/**
 * The one source of what a firmware profile is: the static type, the run-time check and `firmware-profiles/schema.json`
 * all follow from the values below.
 */
export const ProfileSchema = Type.Union([
  NovastarProfile,
  ModbusProfile,
  OnbonProfile,
  HuiduProfile,
  MdcProfile,
  LgProfile,
  NecProfile,
  PjlinkProfile,
  NtcipProfile,
])

export type Profile = Static<typeof ProfileSchema>
export type Protocol = Profile['protocol']
