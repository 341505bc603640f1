import { type Static, Type } from 'typebox'
import { closed, commandOf, commands, HexNumber, name, orNull, profileOf, text, vectors } from '../../profile/common.ts'

/** Where a value stands: elements from inside `in` or `out`, then `@attribute`, or `#text` for the text of the last element. */
const Place = Type.String({
  pattern: '^([A-Za-z][A-Za-z0-9]{0,39}(/[A-Za-z][A-Za-z0-9]{0,39}){0,9})?(@[A-Za-z][A-Za-z0-9]{0,39}|#text)$',
  maxLength: 200,
  description:
    'Path, e.g. `default@value` or `screen/program/area@guid`; `@delay` is an attribute of the method itself.',
})
const at = { at: Place }

const Constant = closed({ kind: Type.Literal('constant'), ...at, value: Type.String({ maxLength: 200 }) })
const Integer = closed({
  kind: Type.Literal('integer'),
  name: name('Field name.'),
  ...at,
  min: Type.Integer({ minimum: 0 }),
  max: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
  times: Type.Integer({ minimum: 1, maximum: 1000, description: 'The device counts so many per unit of ours.' }),
  below: Type.Union([Type.Literal('refuse'), Type.Literal('raise')], {
    description: 'raise: a smaller value is sent as the smallest.',
  }),
})
const Flag = closed({
  kind: Type.Literal('flag'),
  name: name('Field name.'),
  ...at,
  yes: Type.String({ minLength: 1, maxLength: 40 }),
  no: Type.String({ minLength: 1, maxLength: 40 }),
})
const Text = closed({
  kind: Type.Literal('text'),
  name: name('Field name.'),
  ...at,
  form: Type.Union(
    [Type.Literal('any'), Type.Literal('guid'), Type.Literal('md5'), Type.Literal('file'), Type.Literal('host')],
    { description: 'What it must look like when we send it. Answers may hold anything.' },
  ),
  most: Type.Integer({ minimum: 1, maximum: 4000, description: 'Longest, in characters.' }),
})
const Clock = closed({
  kind: Type.Literal('clock'),
  name: name('Field name; local time as `2026-11-22T18:30:00`.'),
  ...at,
})
const Simple = Type.Union([Integer, Flag, Text, Clock])
const Rows = closed({
  kind: Type.Literal('rows'),
  name: name('Field name. One row a line, columns separated by tabs.'),
  at: Type.String({
    pattern: '^[A-Za-z][A-Za-z0-9]{0,39}(/[A-Za-z][A-Za-z0-9]{0,39}){0,9}$',
    maxLength: 200,
    description: 'The element that is there once for each row.',
  }),
  most: Type.Integer({ minimum: 1, maximum: 2000, description: 'Most rows sent or read.' }),
  columns: Type.Array(Type.Union([Constant, Simple]), { minItems: 1, maxItems: 16 }),
})
const BodyField = Type.Union([Constant, Integer, Flag, Text, Clock, Rows])
const Answer = closed({
  field: Type.Union([Integer, Flag, Text, Clock, Rows]),
  need: Type.Boolean({ description: 'Without it the answer is garbled; else the value is none.' }),
  onlyWhen: orNull(closed({ ...at, is: Type.String({ maxLength: 40 }) })),
})

const Method = Type.String({ pattern: '^[A-Z][A-Za-z0-9]{2,39}$', description: 'As in the maker’s SDK.' })
const HuiduCommand = Type.Union([
  commandOf({ do: Type.Literal('heartbeat') }),
  commandOf({ do: Type.Literal('version'), version: HexNumber }),
  commandOf({
    do: Type.Literal('xml'),
    method: Type.Union([
      Method,
      closed({ field: name('The method depends on this yes-or-no value.'), yes: Method, no: Method }),
    ]),
    session: Type.Union([Type.Literal('ask'), Type.Literal('held')], {
      description:
        'ask: the guid is literally `##GUID` and the answer carries the session’s. held: the guid of the session.',
    }),
    body: Type.Array(BodyField, { maxItems: 40 }),
    answer: Type.Array(Answer, { maxItems: 24 }),
  }),
  commandOf({
    do: Type.Literal('fileStart'),
    types: Type.Record(Type.String({ pattern: '^[a-z]{2,20}$' }), Type.Integer({ minimum: 0, maximum: 2 }), {
      additionalProperties: false,
      description: 'Name → file type. Types above 2 are firmware and settings: no profile can name them.',
    }),
    mostBytes: Type.Integer({ minimum: 1, maximum: 1_000_000_000 }),
  }),
  commandOf({ do: Type.Literal('fileContent') }),
  commandOf({ do: Type.Literal('fileEnd') }),
])

const Verdict = Type.Union([Type.Literal('fine'), Type.Literal('again'), Type.Literal('refused')])

export const HuiduProfile = profileOf('huidu', {
  handshake: Type.Array(name('Command asked after every opening, in this order.'), { minItems: 2, maxItems: 4 }),
  codes: Type.Array(
    closed({
      code: orNull(
        Type.Integer({
          minimum: 0,
          maximum: 65_535,
          description: 'Null where versions of the firmware number differently.',
        }),
      ),
      name: Type.String({ pattern: '^k[A-Z][A-Za-z0-9]{2,39}$' }),
      means: text('For people.'),
      verdict: Verdict,
    }),
    { minItems: 1, maxItems: 100, description: 'Numbers in packets; XML answers carry the name.' },
  ),
  neverSend: Type.Array(closed({ what: text('What.'), reason: text('Why not.') }), { minItems: 1, maxItems: 32 }),
  commands: commands(HuiduCommand),
  vectors,
})
export type HuiduProfile = Static<typeof HuiduProfile>
export type HuiduCommandSpec = HuiduProfile['commands'][string]
export type XmlCommandSpec = Extract<HuiduCommandSpec, { do: 'xml' }>
export type BodyFieldSpec = XmlCommandSpec['body'][number]
export type AnswerSpec = XmlCommandSpec['answer'][number]
export type ConstantSpec = Extract<BodyFieldSpec, { kind: 'constant' }>
export type RowsSpec = Extract<BodyFieldSpec, { kind: 'rows' }>
export type SimpleSpec = Exclude<BodyFieldSpec, ConstantSpec | RowsSpec>
