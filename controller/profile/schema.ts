import { type Static, type TProperties, type TSchema, Type } from 'typebox'

/**
 * The one source of what a firmware profile is: the static type, the run-time check and `firmware-profiles/schema.json`
 * all follow from the values below. A profile is data only; nothing in it can be executed.
 */
const closed = <P extends TProperties>(properties: P) => Type.Object(properties, { additionalProperties: false })
/** A map whose keys follow a pattern; any other key is refused. */
const record = <V extends TSchema>(keys: string, value: V, description: string) =>
  Type.Record(Type.String({ pattern: keys }), value, { additionalProperties: false, description })
const NAME = '^[a-z][A-Za-z0-9]{0,39}$'
const text = (description: string) => Type.String({ minLength: 1, maxLength: 1000, description })
const name = (description: string) => Type.String({ pattern: NAME, description })
const milliseconds = (most: number, description: string) => Type.Integer({ minimum: 0, maximum: most, description })

const HexBytes = Type.String({
  pattern: '^[0-9A-F]{2}( [0-9A-F]{2})*$',
  maxLength: 2048,
  description: 'Bytes as they travel, upper-case hex, one space between: `55 AA 00`.',
})
const HexNumber = Type.String({
  pattern: '^([0-9A-F]{2}){1,4}$',
  description: 'An unsigned number in hex, most significant digit first.',
})
const Order = Type.Union([Type.Literal('le'), Type.Literal('be')], { description: 'Byte order.' })
const Width = Type.Integer({ minimum: 1, maximum: 4, description: 'Bytes the field takes.' })
const Confidence = Type.Union([Type.Literal('A'), Type.Literal('B'), Type.Literal('C')], {
  description:
    'A: maker’s document and an independent implementation or capture agree at byte level. B: two independent implementations agree. C: one source only, or sources conflict.',
})

const Source = closed({
  title: text('What the source is, so that someone else can find it.'),
  kind: Type.Union(
    [
      Type.Literal('manual'),
      Type.Literal('capture'),
      Type.Literal('implementation'),
      Type.Literal('constructed'),
      Type.Literal('unverified'),
    ],
    {
      description: 'manual: maker’s document. capture: recorded from hardware. constructed: made by us from the rules.',
    },
  ),
})

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
  closed({ type: Type.Literal('flag'), name: name('Field name.'), on: HexNumber, off: HexNumber }),
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

const Command = closed({
  title: text('What it does.'),
  confidence: Confidence,
  source: name('Id in `sources`.'),
  direction: Type.Union([Type.Literal('read'), Type.Literal('write')]),
  target: name('Name in `targets`.'),
  register: HexNumber,
  fields: Type.Array(DataField, {
    minItems: 1,
    maxItems: 16,
    description: 'The data: sent by a write, answered to a read.',
  }),
})

const TargetValue = Type.Union([
  HexNumber,
  closed({ parameter: name('Given with each request, e.g. the card index.') }),
])
const SettingUse = closed({
  write: Type.Array(name('Commands sent, in order.'), { minItems: 1, maxItems: 4 }),
  readBack: Type.Union([name('Command that reads the same field.'), Type.Null()]),
})

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

const LinkChoice = Type.Union([
  closed({
    kind: Type.Literal('serial'),
    baudRate: Type.Integer({ minimum: 1200, maximum: 4_000_000 }),
    dataBits: Type.Union([Type.Literal(7), Type.Literal(8)]),
    parity: Type.Union([Type.Literal('none'), Type.Literal('even'), Type.Literal('odd')]),
    stopBits: Type.Union([Type.Literal(1), Type.Literal(2)]),
  }),
  closed({ kind: Type.Literal('tcp'), port: Type.Integer({ minimum: 1, maximum: 65535 }) }),
])

export const ProfileSchema = closed({
  $schema: Type.Literal('./schema.json'),
  id: Type.String({
    pattern: '^[a-z0-9]+(-[a-z0-9]+)*$',
    maxLength: 60,
    description: 'Same as the file name without `.json`.',
  }),
  vendor: text('Maker.'),
  model: text('Model as on its plate.'),
  modelIds: Type.Array(HexBytes, {
    minItems: 1,
    maxItems: 16,
    description: 'What the device says it is, as it travels.',
  }),
  confidence: Confidence,
  confirmedOnHardware: Type.Union([text('By whom, when, which unit.'), Type.Null()]),
  sources: record(NAME, Source, 'Where our knowledge comes from, by a short id.'),
  links: Type.Array(LinkChoice, { minItems: 1, maxItems: 4 }),
  topology: closed({
    ports: Type.Integer({ minimum: 1, maximum: 32, description: 'Outputs polled for cards.' }),
    cardsPerPort: Type.Integer({ minimum: 1, maximum: 256, description: 'Most cards polled on one output.' }),
  }),
  timing: closed({
    timeoutMs: Type.Integer({ minimum: 10, maximum: 10_000, description: 'Wait for one reply.' }),
    retries: Type.Integer({ minimum: 0, maximum: 10, description: 'Further attempts after the first.' }),
    gapMs: milliseconds(1000, 'Silence after each exchange.'),
    writeGapMs: milliseconds(1000, 'Silence after a write.'),
    quarantineAfter: Type.Integer({ minimum: 1, maximum: 100, description: 'Failed exchanges in a row.' }),
    probeMs: Type.Integer({ minimum: 100, maximum: 60_000, description: 'Between probes of a quarantined device.' }),
    emergencyBoundMs: Type.Integer({ minimum: 1, maximum: 120_000, description: 'Promise checked by the linter.' }),
    source: name('Id in `sources`.'),
  }),
  limits: closed({
    brightnessPercent: Type.Number({ minimum: 1, maximum: 100, description: 'Never exceeded, whatever anyone asks.' }),
    reason: text('Why this limit.'),
  }),
  frame: FrameLayout,
  acks: Type.Array(AckCode, { minItems: 1, maxItems: 32 }),
  targets: record(NAME, record(NAME, TargetValue, 'Value of every address field.'), 'Whom a command is for.'),
  commands: record(NAME, Command, 'Everything that is ever sent.'),
  neverSend: Type.Array(
    closed({
      register: HexNumber,
      bytes: Type.Integer({ minimum: 1, maximum: 65536 }),
      reason: text('What would go wrong.'),
    }),
    { minItems: 1, maxItems: 64, description: 'Registers no command may write.' },
  ),
  display: closed({
    identify: name('Command with field `modelId`.'),
    firmware: Type.Union([name('Command with field `firmware`.'), Type.Null()]),
    signal: Type.Union([name('Command with field `signal`.'), Type.Null()]),
    temperature: Type.Union([name('Command with field `temperature`, in celsius.'), Type.Null()]),
    voltage: Type.Union([name('Command with field `voltage`, in volts.'), Type.Null()]),
    card: Type.Union([name('Command a present card answers.'), Type.Null()]),
    brightness: Type.Union([SettingUse, Type.Null()]),
    blackout: Type.Union([SettingUse, Type.Null()]),
    testPattern: Type.Union([SettingUse, Type.Null()]),
    freeze: Type.Union([SettingUse, Type.Null()]),
    input: Type.Union([SettingUse, Type.Null()]),
    emergency: Type.Array(
      Type.Union([
        Type.Literal('brightness'),
        Type.Literal('blackout'),
        Type.Literal('testPattern'),
        Type.Literal('freeze'),
        Type.Literal('input'),
      ]),
      {
        minItems: 1,
        maxItems: 5,
        description: 'Settings an emergency may need in the worst case.',
      },
    ),
  }),
  quirks: Type.Array(
    closed({
      name: name('Short name.'),
      reason: text('What the device does, and how we live with it.'),
      source: name('Id in `sources`.'),
    }),
    {
      maxItems: 32,
    },
  ),
  vectors: Type.Array(Vector, { minItems: 1, maxItems: 200 }),
})

export type Profile = Static<typeof ProfileSchema>
export type FrameFieldSpec = Static<typeof FrameField>
export type DataFieldSpec = Static<typeof DataField>
export type CommandSpec = Static<typeof Command>
export type VectorSpec = Static<typeof Vector>
export type LinkSpec = Static<typeof LinkChoice>
export type AckSpec = Static<typeof AckCode>
