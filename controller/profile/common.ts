import { type Static, type TProperties, type TSchema, Type } from 'typebox'
import { SENSOR_KINDS } from '#core/screen/sensor.ts'

/** The parts every firmware profile has, whatever its family. A profile is data only; nothing in it can be executed. */
export const closed = <P extends TProperties>(properties: P) => Type.Object(properties, { additionalProperties: false })
/** A map whose keys follow a pattern; any other key is refused. */
export const record = <V extends TSchema>(keys: string, value: V, description: string) =>
  Type.Record(Type.String({ pattern: keys }), value, { additionalProperties: false, description })
export const NAME = '^[a-z][A-Za-z0-9]{0,39}$'
export const text = (description: string) => Type.String({ minLength: 1, maxLength: 1000, description })
export const name = (description: string) => Type.String({ pattern: NAME, description })
export const orNull = <T extends TSchema>(value: T) => Type.Union([value, Type.Null()])
const milliseconds = (most: number, description: string) => Type.Integer({ minimum: 0, maximum: most, description })

export const HexBytes = Type.String({
  pattern: '^[0-9A-F]{2}( [0-9A-F]{2})*$',
  maxLength: 40_000,
  description: 'Bytes as they travel, upper-case hex, one space between: `55 AA 00`.',
})
export const HexNumber = Type.String({
  pattern: '^([0-9A-F]{2}){1,4}$',
  description: 'An unsigned number in hex, most significant digit first.',
})
export const Order = Type.Union([Type.Literal('le'), Type.Literal('be')], { description: 'Byte order.' })
export const Width = Type.Integer({ minimum: 1, maximum: 4, description: 'Bytes the field takes.' })
export const Confidence = Type.Union([Type.Literal('A'), Type.Literal('B'), Type.Literal('C')], {
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

const LinkChoice = Type.Union([
  closed({
    kind: Type.Literal('serial'),
    baudRate: Type.Integer({ minimum: 1200, maximum: 4_000_000 }),
    dataBits: Type.Union([Type.Literal(7), Type.Literal(8)]),
    parity: Type.Union([Type.Literal('none'), Type.Literal('even'), Type.Literal('odd')]),
    stopBits: Type.Union([Type.Literal(1), Type.Literal(2)]),
  }),
  closed({ kind: Type.Literal('tcp'), port: Type.Integer({ minimum: 1, maximum: 65535 }) }),
  closed({ kind: Type.Literal('udp'), port: Type.Integer({ minimum: 1, maximum: 65535 }) }),
])
export type LinkSpec = Static<typeof LinkChoice>

const Timing = closed({
  timeoutMs: Type.Integer({ minimum: 10, maximum: 10_000, description: 'Wait for one reply.' }),
  retries: Type.Integer({ minimum: 0, maximum: 10, description: 'Further attempts after the first.' }),
  gapMs: milliseconds(1000, 'Silence on the bus after each exchange.'),
  writeGapMs: milliseconds(30_000, 'This device is left alone for so long after a write.'),
  quarantineAfter: Type.Integer({ minimum: 1, maximum: 100, description: 'Failed exchanges in a row.' }),
  probeMs: Type.Integer({ minimum: 100, maximum: 60_000, description: 'Between probes of a quarantined device.' }),
  emergencyBoundMs: Type.Integer({ minimum: 1, maximum: 120_000, description: 'Promise checked by the linter.' }),
  source: name('Id in `sources`.'),
})

/** What every command has; a family adds its own keys with `commandOf`. */
export const commandHead = {
  title: text('What it does.'),
  confidence: Confidence,
  source: name('Id in `sources`.'),
  direction: Type.Union([Type.Literal('read'), Type.Literal('write')]),
  use: Type.Union([Type.Literal('any'), Type.Literal('technician')], {
    description: 'technician: wears or changes the device for good, so only a person at the site may ask for it.',
  }),
}

const Plain = Type.Union([Type.Number(), Type.Boolean(), Type.String()])
export const Parameters = record(NAME, Plain, 'Values by field or parameter name.')

const SettingUse = closed({
  write: Type.Array(name('Commands sent, in order; each takes the value under the name of the setting.'), {
    minItems: 1,
    maxItems: 4,
  }),
  readBack: orNull(name('Command that reads the same field.')),
})
const SETTING = Type.Union([
  Type.Literal('power'),
  Type.Literal('brightness'),
  Type.Literal('blackout'),
  Type.Literal('testPattern'),
  Type.Literal('freeze'),
  Type.Literal('input'),
])

const Display = closed({
  identify: orNull(name('Command with field `modelId`.')),
  firmware: orNull(name('Command with field `firmware`.')),
  signal: orNull(name('Command with field `signal`.')),
  temperature: orNull(name('Command with field `temperature`, in celsius.')),
  voltage: orNull(name('Command with field `voltage`, in volts.')),
  card: orNull(name('Command a present receiving card answers; takes `port` and `card`.')),
  power: orNull(SettingUse),
  brightness: orNull(SettingUse),
  blackout: orNull(SettingUse),
  testPattern: orNull(SettingUse),
  freeze: orNull(SettingUse),
  input: orNull(SettingUse),
  clock: orNull(name('Write command with field `clock`, local time as `2026-11-22T18:30:00`.')),
  emergency: Type.Array(SETTING, {
    minItems: 1,
    maxItems: 6,
    description: 'Settings an emergency may need in the worst case.',
  }),
})

const Telemetry = closed({
  what: Type.Enum([...SENSOR_KINDS]),
  where: Type.String({
    pattern: '^[a-z0-9][A-Za-z0-9 :/-]{0,39}$',
    description: 'Which one, short, for people and metrics.',
  }),
  command: name('Read command.'),
  parameters: Parameters,
  field: name('Its field; boolean for what is yes or no, a number in the unit of its kind for the rest.'),
})

const Relays = closed({
  count: Type.Integer({ minimum: 1, maximum: 64 }),
  write: name('Command with parameters `channel` (from 0) and `on`.'),
  readBack: orNull(name('Command with parameter `channel` and field `on`.')),
})

const ParameterMap = Type.Record(Type.String({ pattern: NAME }), Type.Union([Plain, Type.Null()]), {
  additionalProperties: false,
})
/** Vectors of all families but the oldest, which has its own. */
export const CommonVector = Type.Union([
  closed({
    kind: Type.Literal('exchange'),
    name: text('What the vector shows.'),
    source: name('Id in `sources`.'),
    command: name('Command.'),
    parameters: Parameters,
    address: Parameters,
    context: Parameters,
    token: Type.Integer({ minimum: 0, maximum: 255 }),
    request: HexBytes,
    reply: orNull(HexBytes),
    values: orNull(ParameterMap),
  }),
  closed({
    kind: Type.Literal('frame'),
    name: text('What the vector shows.'),
    source: name('Id in `sources`.'),
    side: Type.Union([Type.Literal('request'), Type.Literal('reply')]),
    bytes: HexBytes,
    says: record('^[A-Za-z][A-Za-z0-9 ]{0,39}$', Type.String(), 'Some fields of `explain`: name → what it says.'),
  }),
  closed({
    kind: Type.Literal('refused'),
    name: text('What the vector shows.'),
    source: name('Id in `sources`.'),
    side: Type.Union([Type.Literal('request'), Type.Literal('reply')]),
    bytes: HexBytes,
    because: Type.Union([Type.Literal('checksum'), Type.Literal('error-code'), Type.Literal('noise')]),
    command: orNull(name('For `error-code`: the command it answers.')),
    parameters: Parameters,
  }),
])
export type CommonVectorSpec = Static<typeof CommonVector>

/** The head of a profile: in this order in every file. */
const head = {
  id: Type.String({
    pattern: '^[a-z0-9]+(-[a-z0-9]+)*$',
    maxLength: 60,
    description: 'Same as the file name without `.json`.',
  }),
  vendor: text('Maker, or `generic`.'),
  model: text('Model as on its plate.'),
  modelIds: Type.Array(text('What the device says it is.'), { maxItems: 16 }),
  confidence: Confidence,
  confirmedOnHardware: orNull(text('By whom, when, which unit.')),
  sources: record(NAME, Source, 'Where our knowledge comes from, by a short id.'),
  links: Type.Array(LinkChoice, { minItems: 1, maxItems: 4 }),
  timing: Timing,
  limits: closed({
    brightnessPercent: Type.Number({ minimum: 1, maximum: 100, description: 'Never exceeded, whatever anyone asks.' }),
    reason: text('Why this limit.'),
  }),
  display: orNull(Display),
  relays: orNull(Relays),
  telemetry: Type.Array(Telemetry, { maxItems: 64 }),
  quirks: Type.Array(
    closed({
      name: name('Short name.'),
      reason: text('What the device does, and how we live with it.'),
      source: name('Id in `sources`.'),
    }),
    { maxItems: 32 },
  ),
}

/** The schema of one family: the common head, and what is its own (at least `commands` and `vectors`). */
export const profileOf = <P extends string, B extends TProperties>(protocol: P, body: B) =>
  closed({ $schema: Type.Literal('./schema.json'), protocol: Type.Literal(protocol), ...head, ...body })
/** A command of a family. */
export const commandOf = <B extends TProperties>(body: B) => closed({ ...commandHead, ...body })
export const commands = <V extends TSchema>(command: V) => record(NAME, command, 'Everything that is ever sent.')
export const vectors = Type.Array(CommonVector, { minItems: 1, maxItems: 300 })
