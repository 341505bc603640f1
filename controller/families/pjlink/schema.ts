import { type Static, Type } from 'typebox'
import { closed, commandOf, commands, profileOf, vectors } from '../../profile/common.ts'
import { LcdFields } from '../lcd/field.ts'

/** Asked after every opening: what the device says first, and the one line that may carry the digest. */
export const PJLINK_HANDSHAKE = ['greeting', 'readClass'] as const

const Ask = Type.Union([
  closed({
    kind: Type.Literal('greeting', { description: 'Nothing is sent; the answer is what the device says first.' }),
  }),
  closed({
    kind: Type.Literal('line'),
    class: Type.Union([Type.Literal('1'), Type.Literal('2')], { description: 'Class digit behind the %.' }),
    body: Type.String({ pattern: '^[A-Z0-9]{4}$', description: 'Four letters of the command.' }),
  }),
])
const Command = commandOf({ ask: Ask, fields: LcdFields })

export const PjlinkProfile = profileOf('pjlink', {
  commands: commands(Command),
  vectors,
})
export type PjlinkProfile = Static<typeof PjlinkProfile>
export type PjlinkCommand = Static<typeof Command>
