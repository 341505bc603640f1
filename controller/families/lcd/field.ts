import { type Static, Type } from 'typebox'
import { closed, name, orNull, record } from '../../profile/common.ts'

/**
 * Fields of the data that LCD and projector protocols carry. These protocols differ in their frames; what is inside is always the same: short
 * codes with a meaning, levels, measurements, words. The data is looked at as text in the protocol’s own notation: characters for LG, NEC
 * and PJLink, two hex digits per byte for Samsung MDC. `at` and `size` count characters, or bytes for MDC.
 */
const Place = Type.Union([
  closed({
    at: Type.Integer({ minimum: 0, maximum: 250, description: 'First character (MDC: byte), from 0.' }),
    size: orNull(Type.Integer({ minimum: 1, maximum: 250, description: 'null: all that follows.' })),
  }),
  closed({
    word: Type.Integer({
      minimum: 0,
      maximum: 31,
      description: 'Which word between spaces, from 0; absent: no value.',
    }),
  }),
])
const Code = Type.String({
  pattern: '^[0-9A-Za-z*-]{1,16}$',
  description: 'As on the wire; MDC: two hex digits per byte.',
})
const Codes = Type.Array(Code, { maxItems: 64 })
const Radix = Type.Union([Type.Literal('decimal'), Type.Literal('hex')])
const here = { name: name('Field name.'), place: Place }

export const LcdField = Type.Union([
  closed({
    type: Type.Literal('flag'),
    ...here,
    on: Codes,
    off: Codes,
    none: Type.Array(Code, { maxItems: 16, description: 'Codes that say: there is no such thing, or not now.' }),
    rest: Type.Union([Type.Literal('fault'), Type.Literal('on'), Type.Literal('off')], {
      description: 'What every other code means. The first of `on` and of `off` is the one sent.',
    }),
  }),
  closed({
    type: Type.Literal('choice'),
    ...here,
    choices: record(
      '^[a-z][A-Za-z0-9-]{0,39}$',
      Type.Array(Code, { minItems: 1, maxItems: 8 }),
      'Meaning → codes. The first code is sent, any is understood; others read as `code <code>`.',
    ),
  }),
  closed({
    type: Type.Literal('percent'),
    ...here,
    radix: Radix,
    full: Type.Integer({ minimum: 1, maximum: 65_535, description: 'What the device calls 100 %.' }),
  }),
  closed({
    type: Type.Literal('measure'),
    ...here,
    radix: Radix,
    signed: Type.Boolean({ description: 'Two’s complement over the digits of the field; hex only.' }),
    scale: Type.Number({ exclusiveMinimum: 0, maximum: 1000 }),
    unit: Type.Union([Type.Literal('celsius'), Type.Literal('hour'), Type.Literal('rpm'), Type.Literal('none')]),
    minimum: Type.Number({ description: 'Smallest value that makes sense, in the unit; anything else reads as none.' }),
    maximum: Type.Number(),
  }),
  closed({
    type: Type.Literal('text'),
    ...here,
    encoding: Type.Union([Type.Literal('plain'), Type.Literal('hex')], {
      description: 'hex: two digits per character.',
    }),
  }),
  closed({
    type: Type.Literal('codes'),
    ...here,
    width: Type.Integer({ minimum: 1, maximum: 8, description: 'Characters of one code; they follow each other.' }),
    meanings: record('^[0-9A-F]{1,8}$', Type.String({ minLength: 1, maxLength: 80 }), 'Code → the maker’s meaning.'),
  }),
  closed({
    type: Type.Literal('anyOf'),
    ...here,
    width: Type.Integer({ minimum: 1, maximum: 8, description: 'Characters of one code; they follow each other.' }),
    codes: Type.Array(Code, { minItems: 1, maxItems: 32, description: 'Looked for among them.' }),
    found: Type.Boolean({ description: 'The value when one is found; the opposite when none is.' }),
  }),
  closed({ type: Type.Literal('constant'), ...here, code: Code }),
])
export type LcdField = Static<typeof LcdField>
export type LcdPlace = Static<typeof Place>

export const LcdFields = Type.Array(LcdField, {
  maxItems: 24,
  description: 'The data: sent by a write, answered to a read.',
})
