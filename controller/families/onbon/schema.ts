import { type Static, Type } from 'typebox'
import { closed, commandOf, commands, HexBytes, name, orNull, profileOf, text, vectors } from '../../profile/common.ts'

const Byte = Type.String({ pattern: '^[0-9A-F]{2}$', description: 'One byte, hex.' })

/** Part of a clock as the card sends or takes it: two binary-coded decimal digits in one byte. */
const ClockPart = Type.Union([
  Type.Literal('yearLow'),
  Type.Literal('yearHigh'),
  Type.Literal('month'),
  Type.Literal('day'),
  Type.Literal('hour'),
  Type.Literal('minute'),
  Type.Literal('second'),
  Type.Literal('weekday'),
])
export type ClockPart = Static<typeof ClockPart>

/** One field of a payload. The same codec writes and reads it. */
const Field = Type.Union([
  closed({ type: Type.Literal('constant'), name: name('Field name.'), value: HexBytes }),
  closed({ type: Type.Literal('flag'), name: name('Field name.'), on: Byte, off: Byte }),
  closed({
    type: Type.Literal('steps'),
    name: name('Field name; a percentage for us, one of a few steps for the card.'),
    lowest: Type.Integer({ minimum: 0, maximum: 254, description: 'The step that is 0 %.' }),
    highest: Type.Integer({ minimum: 1, maximum: 255, description: 'The step that is 100 %.' }),
  }),
  closed({
    type: Type.Literal('number'),
    name: name('Field name.'),
    bytes: Type.Union([Type.Literal(1), Type.Literal(2)], { description: 'Low byte first.' }),
    minimum: Type.Integer({ minimum: 0, maximum: 65535 }),
    maximum: Type.Integer({ minimum: 0, maximum: 65535 }),
  }),
  closed({
    type: Type.Literal('clock'),
    name: name('Field name; `2026-11-22T18:30:00`, local time.'),
    order: Type.Array(ClockPart, { minItems: 8, maxItems: 8, description: 'One byte each, in this order.' }),
  }),
  closed({
    type: Type.Literal('ascii'),
    name: name('Field name.'),
    bytes: Type.Integer({ minimum: 1, maximum: 16 }),
  }),
  closed({
    type: Type.Literal('list'),
    name: name('Field name; numbers with commas. A count byte, then one byte each.'),
  }),
  closed({ type: Type.Literal('area'), name: name('A whole dynamic area; its parts are values of their own.') }),
])
export type FieldSpec = Static<typeof Field>

const Command = commandOf({
  group: Byte,
  command: Byte,
  displayMode: Type.Union([Type.Literal('normal'), Type.Literal('dynamicFirst')], {
    description: 'dynamicFirst: dynamic areas come before the programs stored in the card.',
  }),
  identifies: Type.Boolean({
    description: 'The device type byte of the answer becomes `modelId`; FE (any) becomes “has none”.',
  }),
  payload: Type.Array(Field, { maxItems: 8, description: 'Sent after the two bytes.' }),
  reply: Type.Array(Field, { maxItems: 16, description: 'Comes back after the two reserved bytes.' }),
  replyNeeds: Type.Integer({
    minimum: 0,
    maximum: 16,
    description: 'So many fields of the reply must be there; the card may leave out later ones.',
  }),
})
export type OnbonCommand = Static<typeof Command>

const Frame = closed({
  deviceType: Byte,
  version: Byte,
  receiveBuffer: Type.Integer({
    minimum: 64,
    maximum: 1024,
    description: 'Most bytes of a whole frame as it travels, escapes counted.',
  }),
  lengthAfterFlag: Type.Union([Type.Literal('payload'), Type.Literal('zero')], {
    description:
      'What the two bytes after the response flag hold: the length of the payload, or 00 00. Cards take both.',
  }),
  unchecked: Type.Union([Type.Literal('refused'), Type.Literal('accepted')], {
    description:
      'What becomes of replies that say of themselves that they carry no checksum (FF FF, or check mode 02).',
  }),
})

export const OnbonProfile = profileOf('onbon', {
  frame: Frame,
  errors: Type.Array(
    closed({
      code: Byte,
      again: Type.Boolean({ description: 'Is it worth asking again?' }),
      text: text('The maker’s meaning.'),
    }),
    { minItems: 1, maxItems: 32 },
  ),
  neverSend: Type.Array(
    closed({ group: Byte, command: Byte, reason: text('What it would do.'), source: name('Id in `sources`.') }),
    { maxItems: 32 },
  ),
  onboard: closed({
    show: name('Command that takes a whole area with `text`.'),
    clear: Type.Array(name('Commands that take everything away, in order.'), { minItems: 1, maxItems: 4 }),
    readBack: orNull(
      name('Command whose field `areas` lists the areas that are there; null where that is not proven.'),
    ),
    lineHeight: Type.Integer({ minimum: 8, maximum: 64, description: 'Pixels of one line of the font used.' }),
    cellWidth: Type.Integer({
      minimum: 4,
      maximum: 32,
      description: 'Pixels of a Latin letter; a Chinese one takes two.',
    }),
    horizontalUnit: Type.Union([Type.Literal('eightPixels'), Type.Literal('pixels')], {
      description: 'How X and width travel: in units of eight pixels, or in pixels with bit 15 set.',
    }),
  }),
  commands: commands(Command),
  vectors,
})
export type OnbonProfile = Static<typeof OnbonProfile>
