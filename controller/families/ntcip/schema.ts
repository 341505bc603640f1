import { type Static, Type } from 'typebox'
import {
  closed,
  commandOf,
  commands,
  HexBytes,
  NAME,
  name,
  orNull,
  profileOf,
  text,
  vectors,
} from '../../profile/common.ts'

/** Where an object is. `{memory}` stands for a parameter of the command; scalars end in `.0`. */
const Oid = Type.String({
  pattern: '^1\\.3(\\.([0-9]{1,10}|\\{[a-z][A-Za-z0-9]{0,39}\\})){2,40}$',
  description: 'Object identifier of one instance; `{name}` is filled with a parameter.',
})

/** A piece of an OCTET STRING that has a structure of its own (activation code, message id code). */
const Part = Type.Union([
  closed({ as: Type.Literal('constant'), bytes: HexBytes }),
  closed({
    as: Type.Literal('number'),
    field: name('Unsigned, most significant byte first.'),
    width: Type.Integer({ minimum: 1, maximum: 4 }),
  }),
  closed({
    as: Type.Literal('hex'),
    field: name('As hex text in the order the bytes travel: a checksum.'),
    width: Type.Integer({ minimum: 1, maximum: 16 }),
  }),
  closed({ as: Type.Literal('address'), field: name('IPv4 address, `10.0.0.5`.') }),
])

const whole = { minimum: -2_147_483_648, maximum: 2_147_483_647 }
const Kind = Type.Union([
  closed({ kind: Type.Literal('constant'), value: Type.Integer(whole) }),
  closed({
    kind: Type.Literal('integer'),
    field: name('A number.'),
    least: Type.Integer(whole),
    most: Type.Integer(whole),
    divide: Type.Integer({ minimum: 1, maximum: 1000, description: 'Raw ÷ this is the value in its unit.' }),
  }),
  closed({
    kind: Type.Literal('enum'),
    field: name('A word.'),
    words: Type.Record(Type.String({ pattern: NAME }), Type.Integer(whole), { additionalProperties: false }),
  }),
  closed({
    kind: Type.Literal('level'),
    field: name('Percent of the sign’s own number of levels.'),
    raw: name('The same as the sign counts it, 0 is dark.'),
    levels: name('How many levels the sign has: in the same reply, from the handshake, or configured in the address.'),
  }),
  closed({ kind: Type.Literal('any'), field: name('True when the number is not zero.') }),
  closed({
    kind: Type.Literal('flags'),
    bits: Type.Record(Type.String({ pattern: NAME }), Type.Integer({ minimum: 0, maximum: 30 }), {
      additionalProperties: false,
      description: 'Field → bit, true when set.',
    }),
  }),
  closed({
    kind: Type.Literal('hexNumber'),
    field: name('The number as upper-case hex text.'),
    width: Type.Integer({ minimum: 1, maximum: 4, description: 'Bytes.' }),
  }),
  closed({
    kind: Type.Literal('text'),
    field: name('Text; each byte is one character (ISO 8859-1).'),
    most: Type.Integer({ minimum: 1, maximum: 1200, description: 'Bytes.' }),
  }),
  closed({ kind: Type.Literal('octets'), parts: Type.Array(Part, { minItems: 1, maxItems: 16 }) }),
  closed({ kind: Type.Literal('equals'), field: name('True when the octets are exactly these.'), bytes: HexBytes }),
  closed({ kind: Type.Literal('address'), field: name('IPv4 address.') }),
])

const ObjectSpec = closed({
  name: Type.String({ pattern: '^[a-z][A-Za-z0-9]{0,59}$', description: 'As the MIB calls it.' }),
  oid: Oid,
  value: Kind,
  when: orNull(closed({ field: name('A boolean parameter.'), is: Type.Boolean() })),
})

export const NtcipProfile = profileOf('ntcip', {
  framing: Type.Union([Type.Literal('udp'), Type.Literal('pmpp')], {
    description: 'udp: one SNMP message is one datagram. pmpp: HDLC frames on a serial line.',
  }),
  handshake: Type.Array(name('Read command whose values the later ones need.'), { maxItems: 4 }),
  message: closed({
    memory: Type.Integer({ minimum: 3, maximum: 4, description: '3 changeable (survives a power loss), 4 volatile.' }),
    number: Type.Integer({ minimum: 1, maximum: 65535, description: 'The row of the message table that is ours.' }),
    mostBytes: Type.Integer({ minimum: 16, maximum: 1200, description: 'Longest MULTI text.' }),
    pages: Type.Integer({ minimum: 1, maximum: 16 }),
    reason: text('Why this row and these limits.'),
  }),
  commands: commands(
    commandOf({
      absent: Type.Union([Type.Literal('fault'), Type.Literal('null')], {
        description: 'What “the sign has no such object” means: a refusal, or a value it does not have.',
      }),
      objects: Type.Array(ObjectSpec, { minItems: 1, maxItems: 16 }),
    }),
  ),
  vectors,
})
export type NtcipProfile = Static<typeof NtcipProfile>
export type CommandSpec = NtcipProfile['commands'][string]
export type ObjectSpec = Static<typeof ObjectSpec>
export type ValueSpec = Static<typeof Kind>
export type PartSpec = Static<typeof Part>
