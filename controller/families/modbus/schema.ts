import { type Static, Type } from 'typebox'
import { closed, commandOf, commands, name, orNull, profileOf, record, text, vectors } from '../../profile/common.ts'

const Word = Type.String({ pattern: '^[0-9A-F]{4}$', description: 'Sixteen bits in hex, e.g. `FF00`.' })
const FAULT_CODE = Type.String({ pattern: '^([0-9A-F]{4}){1,2}$', description: 'The raw number in hex.' })

/** The meaning of what a command reads or writes. One codec goes both ways. */
const ModbusField = Type.Union([
  closed({
    type: Type.Literal('bit', { description: 'One coil or input of functions 01, 02 and 0F.' }),
    name: name('Field name.'),
    at: Type.Integer({ minimum: 0, maximum: 1999, description: 'Which one, counted from `start`.' }),
    inverted: Type.Boolean({ description: 'true: a 0 on the wire means true.' }),
  }),
  closed({
    type: Type.Literal('switch', { description: 'The value word of functions 05 and 06 when it means yes or no.' }),
    name: name('Field name.'),
    on: Word,
    off: Word,
  }),
  closed({
    type: Type.Literal('number'),
    name: name('Field name.'),
    at: Type.Integer({ minimum: 0, maximum: 124, description: 'First register, counted from `start`.' }),
    words: Type.Union([Type.Literal(1), Type.Literal(2)]),
    wordOrder: Type.Union([Type.Literal('high-first'), Type.Literal('low-first')], {
      description: 'Which of two registers has the upper half. Without meaning for one register.',
    }),
    signed: Type.Boolean(),
    scale: Type.Number({ exclusiveMinimum: 0, maximum: 100_000, description: 'One count is this much of the unit.' }),
    unit: orNull(
      Type.Union([
        Type.Literal('celsius'),
        Type.Literal('percent'),
        Type.Literal('lux'),
        Type.Literal('second'),
        Type.Literal('volt'),
      ]),
    ),
    minimum: Type.Number({ description: 'Smallest value that makes sense, in the unit. Below: no value.' }),
    maximum: Type.Number({ description: 'Largest value that makes sense, in the unit. Above: no value.' }),
    faults: Type.Array(FAULT_CODE, {
      maxItems: 8,
      description: 'Raw numbers by which a sensor says that it is broken.',
    }),
  }),
  closed({
    type: Type.Literal('choice'),
    name: name('Field name.'),
    at: Type.Integer({ minimum: 0, maximum: 124 }),
    choices: record('^[a-zA-Z0-9][A-Za-z0-9.-]{0,39}$', Word, 'Meaning → code.'),
  }),
  closed({
    type: Type.Literal('constant', { description: 'Written as it is; not a value anybody gives.' }),
    name: name('Field name.'),
    at: Type.Integer({ minimum: 0, maximum: 124 }),
    value: Word,
  }),
])

const Command = commandOf({
  function: Type.Union(
    [1, 2, 3, 4, 5, 6, 15, 16].map((code) => Type.Literal(code)),
    { description: 'Function code: 1 2 3 4 read coils, inputs, holding, input registers; 5 6 15 16 write.' },
  ),
  start: Type.String({ pattern: '^[0-9A-F]{4}$', description: 'First address on the wire, from 0, in hex.' }),
  count: Type.Integer({
    minimum: 1,
    maximum: 1968,
    description: 'Coils, inputs or registers; 1 for functions 5 and 6.',
  }),
  channel: orNull(
    closed({
      maximum: Type.Integer({ minimum: 0, maximum: 255, description: 'Parameter `channel` is 0 to this.' }),
      step: Type.Integer({ minimum: 1, maximum: 256, description: 'Addresses from one channel to the next.' }),
    }),
  ),
  to: Type.Union([Type.Literal('unit'), Type.Literal('only')], {
    description: 'only: sent to unit 0 and answered, because this is the only device on its line.',
  }),
  fields: Type.Array(ModbusField, { minItems: 1, maxItems: 64 }),
})

export const ModbusProfile = profileOf('modbus', {
  framing: Type.Union([Type.Literal('rtu'), Type.Literal('tcp')], {
    description:
      'rtu: with CRC, on a serial line or as it is inside a TCP connection. tcp: Modbus TCP, with MBAP head.',
  }),
  unit: closed({
    factory: Type.Integer({
      minimum: 1,
      maximum: 255,
      description: 'Address out of the box; used when a site gives none.',
    }),
    maximum: Type.Integer({ minimum: 1, maximum: 255, description: '247 by the standard.' }),
    set: text('How a technician changes it: switches, command, tool.'),
  }),
  commands: commands(Command),
  vectors,
})
export type ModbusProfile = Static<typeof ModbusProfile>
export type ModbusCommand = Static<typeof Command>
export type ModbusField = Static<typeof ModbusField>
