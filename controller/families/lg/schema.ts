import { type Static, Type } from 'typebox'
import { commandOf, commands, orNull, profileOf, vectors } from '../../profile/common.ts'
import { LcdFields } from '../lcd/field.ts'

const Command = commandOf({
  code: Type.String({ pattern: '^[a-z]{2}$', description: 'Both command letters. A reply repeats only the second.' }),
  select: orNull(
    Type.String({ pattern: '^[0-9A-F]{1,2}$', description: 'First data word of a read that chooses among several.' }),
  ),
  fields: LcdFields,
})

export const LgProfile = profileOf('lg', {
  idDigits: Type.Union([Type.Literal(2), Type.Literal(3)], {
    description: 'Hex digits of the set ID; some models take 3.',
  }),
  defaultId: Type.Integer({ minimum: 1, maximum: 255, description: 'Set ID when the site gives none.' }),
  readData: Type.String({ pattern: '^[0-9A-F]{1,2}$', description: 'Data that asks instead of sets.' }),
  commands: commands(Command),
  vectors,
})
export type LgProfile = Static<typeof LgProfile>
export type LgCommand = Static<typeof Command>
