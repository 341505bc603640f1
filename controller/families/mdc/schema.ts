import { type Static, Type } from 'typebox'
import { commandOf, commands, HexBytes, orNull, profileOf, vectors } from '../../profile/common.ts'
import { LcdFields } from '../lcd/field.ts'

const Command = commandOf({
  opcode: Type.String({ pattern: '^[0-9A-F]{2}$', description: 'The command byte.' }),
  sub: orNull(HexBytes),
  fields: LcdFields,
})

export const MdcProfile = profileOf('mdc', {
  defaultId: Type.Integer({ minimum: 0, maximum: 253, description: 'Display id when the site gives none.' }),
  commands: commands(Command),
  vectors,
})
export type MdcProfile = Static<typeof MdcProfile>
export type MdcCommand = Static<typeof Command>
