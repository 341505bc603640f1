import { type Static, Type } from 'typebox'
import { closed, commandOf, commands, orNull, Parameters, profileOf, vectors } from '../../profile/common.ts'
import { LcdFields } from '../lcd/field.ts'

const Ask = Type.Union([
  closed({
    kind: Type.Literal('parameter'),
    opcode: Type.String({
      pattern: '^[0-9A-F]{4}$',
      description: 'Page and opcode. The data is the value, 4 hex digits.',
    }),
  }),
  closed({
    kind: Type.Literal('command'),
    request: Type.String({ pattern: '^[0-9A-F]{2,20}$', description: 'Text of the message before the data.' }),
    reply: Type.String({
      pattern: '^[0-9A-Fr]{2,20}$',
      description: 'Text of the reply before its data; `rr` stands for the result code.',
    }),
  }),
])

const Command = commandOf({
  ask: Ask,
  /** Values this model does not answer when it is sent them; `{}`: it never answers this command; null: it always does. */
  silentFor: orNull(Parameters),
  fields: LcdFields,
})

export const NecProfile = profileOf('nec', {
  defaultId: Type.Integer({ minimum: 1, maximum: 100, description: 'Monitor ID when the site gives none.' }),
  commands: commands(Command),
  vectors,
})
export type NecProfile = Static<typeof NecProfile>
export type NecCommand = Static<typeof Command>
