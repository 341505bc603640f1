import { type Static, Type } from 'typebox'
import {
  closed,
  commandOf,
  commands,
  HexBytes,
  HexNumber,
  NAME,
  name,
  Order,
  orNull,
  profileOf,
  record,
  text,
  Width,
} from '../../profile/common.ts'

/**
 * Layout of a frame. Length, sequence and checksum are derived kinds: a profile can say where they are, never what
 * they hold.
 */
const FrameField = Type.Union([
  closed({ kind: Type.Literal('marker'), name: name('Field name.'), request: HexBytes, reply: HexBytes }),
  closed({ kind: Type.Literal('ack'), name: name('Field name.'), bytes: Type.Literal(1) }),
  closed({ kind: Type.Literal('sequence'), name: name('Field name.'), bytes: Type.Literal(1) }),
  closed({
    kind: Type.Literal('address'),
    name: name('Field name; a target gives its value.'),
    bytes: Width,
    order: Order,
    swapsWith: Type.Union([name('In a reply this field and the named one change places.'), Type.Null()]),
  }),
  closed({
    kind: Type.Literal('direction'),
    name: name('Field name.'),
    bytes: Type.Literal(1),
    read: HexNumber,
    write: HexNumber,
  }),
  closed({ kind: Type.Literal('reserved'), name: name('Field name; sent as zero.'), bytes: Width }),
  closed({ kind: Type.Literal('register'), name: name('Field name.'), bytes: Width, order: Order }),
  closed({
    kind: Type.Literal('length'),
    name: name('Field name; counts the data bytes asked for or sent.'),
    bytes: Width,
    order: Order,
  }),
  closed({ kind: Type.Literal('data'), name: name('Field name.') }),
  closed({
    kind: Type.Literal('checksum'),
    name: name('Field name.'),
    algorithm: Type.Literal('sum', { description: 'Sum of all bytes, modulo 2^(8·bytes).' }),
    bytes: Type.Integer({ minimum: 1, maximum: 2 }),
    order: Order,
    initial: HexNumber,
    from: name('First field counted.'),
    to: name('Last field counted.'),
  }),
])

const FrameLayout = closed({
  maxDataBytes: Type.Integer({
    minimum: 1,
    maximum: 1024,
    description: 'Most data bytes in one frame; a longer claim is noise.',
  }),
  dataIn: Type.Array(
    Type.Union([
      Type.Literal('read-request'),
      Type.Literal('write-request'),
      Type.Literal('read-reply'),
      Type.Literal('write-reply'),
    ]),
    {
      minItems: 1,
      maxItems: 4,
      description: 'Which frames carry data. In the others the length field is a wish, not a size.',
    },
  ),
  errorReplyData: Type.Union([Type.Literal('either'), Type.Literal('never'), Type.Literal('asCounted')], {
    description: 'Whether a reply with an error code carries the data its length field counts.',
  }),
  fields: Type.Array(FrameField, { minItems: 3, maxItems: 24 }),
})

const AckCode = closed({
  code: HexNumber,
  means: Type.Union([
    Type.Literal('ok'),
    Type.Literal('unreachable'),
    Type.Literal('checksum'),
    Type.Literal('refused'),
  ]),
  retry: Type.Boolean({ description: 'Is it worth asking again?' }),
  text: text('The maker’s meaning.'),
})

/** Fields of a command’s data. One codec reads them both ways. */
const DataField = Type.Union([
  closed({
    type: Type.Literal('percent'),
    name: name('Field name.'),
    full: HexNumber,
  }),
  closed({
    type: Type.Literal('flag'),
    name: name('Field name.'),
    on: HexNumber,
    off: HexNumber,
  }),
  closed({
    type: Type.Literal('mode'),
    name: name('Field name; yes or no, out of a register that knows more than two states.'),
    on: HexNumber,
    off: HexNumber,
  }),
  closed({
    type: Type.Literal('choice'),
    name: name('Field name.'),
    choices: record(
      '^[a-z][A-Za-z0-9-]{0,39}$',
      Type.Array(HexNumber, { minItems: 1, maxItems: 8 }),
      'Meaning → codes. The first code is the one sent; any of them is understood.',
    ),
  }),
  closed({ type: Type.Literal('constant'), name: name('Field name.'), value: HexBytes }),
  closed({ type: Type.Literal('hex'), name: name('Field name.'), bytes: Type.Integer({ minimum: 1, maximum: 64 }) }),
  closed({ type: Type.Literal('version'), name: name('Field name.'), bytes: Width }),
  closed({
    type: Type.Literal('number'),
    name: name('Field name; a whole number, read and written.'),
    bytes: Width,
    order: Order,
    minimum: Type.Integer({ minimum: 0 }),
    maximum: Type.Integer({ minimum: 0 }),
  }),
  closed({
    type: Type.Literal('bit'),
    name: name('Field name.'),
    mask: HexNumber,
    valid: Type.Union([HexNumber, Type.Null()], {
      description: 'Mask that must be set, else the device has no value.',
    }),
    whenSet: Type.Boolean({ description: 'The value while the bit is set.' }),
    last: Type.Boolean({ description: 'False: the next field reads the same byte.' }),
  }),
  closed({
    type: Type.Literal('anySet'),
    name: name('Field name; true while any bit of these bytes is set.'),
    bytes: Type.Integer({ minimum: 1, maximum: 64 }),
  }),
  closed({
    type: Type.Literal('presence'),
    name: name('Field name; true when the byte says that the part is fitted. If not, all later fields have no value.'),
    present: HexNumber,
  }),
  closed({
    type: Type.Literal('skip'),
    name: name('Why these bytes are not read, e.g. `reserved`.'),
    bytes: Type.Integer({ minimum: 1, maximum: 255 }),
  }),
  closed({
    type: Type.Literal('sum'),
    name: name('Field name; one byte, the sum of the data bytes before it, modulo 256.'),
    from: name('First field counted.'),
  }),
  closed({
    type: Type.Literal('measure'),
    name: name('Field name.'),
    bytes: Width,
    order: Order,
    valid: Type.Union([HexNumber, Type.Null()], {
      description: 'Mask that must be set, else the device has no value.',
    }),
    negative: Type.Union([HexNumber, Type.Null()], { description: 'Mask of the sign bit.' }),
    mask: HexNumber,
    scale: Type.Number({ exclusiveMinimum: 0, maximum: 100_000 }),
    unit: Type.Union([
      Type.Literal('celsius'),
      Type.Literal('volt'),
      Type.Literal('lux'),
      Type.Literal('percent'),
      Type.Literal('rpm'),
      Type.Literal('pixel'),
    ]),
    minimum: Type.Number({ description: 'Smallest value that makes sense, in the unit.' }),
    maximum: Type.Number(),
  }),
])

const Command = commandOf({
  target: name('Name in `targets`.'),
  register: HexNumber,
  index: orNull(
    closed({
      parameter: name('Which of several equal registers; counted from 0.'),
      count: Type.Integer({ minimum: 2, maximum: 256 }),
      step: Type.Integer({ minimum: 1, maximum: 256, description: 'From one register to the next.' }),
    }),
  ),
  trigger: orNull(
    name('Write command sent right before this read, with the same parameters: the device has no answer without it.'),
  ),
  fields: Type.Array(DataField, {
    minItems: 1,
    maxItems: 48,
    description: 'The data: sent by a write, answered to a read.',
  }),
})

const TargetValue = Type.Union([
  HexNumber,
  closed({ parameter: name('Given with each request, e.g. the card index.') }),
  closed({
    address: name('From the site’s configuration, e.g. the sender’s place on the daisy chain.'),
    otherwise: HexNumber,
  }),
])
const Vector = Type.Union([
  closed({
    kind: Type.Literal('exchange'),
    name: text('What the vector shows.'),
    source: name('Id in `sources`.'),
    command: name('Command.'),
    target: name('Target used by the vector (may differ from the command’s own).'),
    sequence: Type.Integer({ minimum: 0, maximum: 255 }),
    parameters: record(
      NAME,
      Type.Union([Type.Number(), Type.Boolean(), Type.String()]),
      'Values encoded into the request, and parameters of its target.',
    ),
    request: HexBytes,
    reply: Type.Union([HexBytes, Type.Null()]),
    values: Type.Union([
      record(
        NAME,
        Type.Union([Type.Number(), Type.Boolean(), Type.String(), Type.Null()]),
        'What the reply means; null when it carries no data.',
      ),
      Type.Null(),
    ]),
  }),
  closed({
    kind: Type.Literal('frame'),
    name: text('What the vector shows.'),
    source: name('Id in `sources`.'),
    side: Type.Union([Type.Literal('request'), Type.Literal('reply')]),
    bytes: HexBytes,
    ack: HexNumber,
    sequence: Type.Integer({ minimum: 0, maximum: 255 }),
    direction: Type.Union([Type.Literal('read'), Type.Literal('write')]),
    address: record(NAME, HexNumber, 'Value of each address field, as in a request.'),
    register: HexNumber,
    length: Type.Integer({ minimum: 0, maximum: 1024 }),
    data: Type.Union([HexBytes, Type.Null()]),
  }),
  closed({
    kind: Type.Literal('refused'),
    name: text('What the vector shows.'),
    source: name('Id in `sources`.'),
    side: Type.Union([Type.Literal('request'), Type.Literal('reply')]),
    bytes: HexBytes,
    because: Type.Union([Type.Literal('checksum'), Type.Literal('ack')]),
  }),
])

export const NovastarProfile = profileOf('novastar', {
  topology: closed({
    ports: Type.Integer({ minimum: 1, maximum: 32, description: 'Outputs polled for cards.' }),
    cardsPerPort: Type.Integer({ minimum: 1, maximum: 256, description: 'Most cards polled on one output.' }),
  }),
  frame: FrameLayout,
  acks: Type.Array(AckCode, { minItems: 1, maxItems: 32 }),
  targets: record(NAME, record(NAME, TargetValue, 'Value of every address field.'), 'Whom a command is for.'),
  commands: commands(Command),
  neverSend: Type.Array(
    closed({
      register: HexNumber,
      bytes: Type.Integer({ minimum: 1, maximum: 65536 }),
      reason: text('What would go wrong.'),
    }),
    { minItems: 1, maxItems: 64, description: 'Registers no command may write.' },
  ),
  technicianOnly: Type.Array(
    closed({
      register: HexNumber,
      bytes: Type.Integer({ minimum: 1, maximum: 65536 }),
      reason: text('Why only a person at the site may ask for it.'),
    }),
    { minItems: 1, maxItems: 64, description: 'Registers only a command of use `technician` may write.' },
  ),
  vectors: Type.Array(Vector, { minItems: 1, maxItems: 200 }),
})

export type NovastarProfile = Static<typeof NovastarProfile>
export type TargetValueSpec = Static<typeof TargetValue>
export type FrameFieldSpec = Static<typeof FrameField>
export type DataFieldSpec = Static<typeof DataField>
export type CommandSpec = Static<typeof Command>
export type VectorSpec = Static<typeof Vector>
export type AckSpec = Static<typeof AckCode>
