import type { Result } from '#core/base/result.ts'
import type { LinkFault } from '#core/screen/display.ts'
import { openBus, type Traffic } from '../bus/bus.ts'
import { traceOf } from '../bus/meter.ts'
import { faultAdvice } from '../detect/advice.ts'
import { completed } from '../detect/first.ts'
import type { Dialect, Question, Values } from '../dialect/dialect.ts'
import { dialectOf } from '../dialect/open.ts'
import { lineName } from '../profile/line.ts'
import { SETTINGS } from '../profile/rules.ts'
import type { Profile } from '../profile/schema.ts'
import { commandGiven } from './commands.ts'
import { sayFault } from './fault.ts'
import { profileGiven } from './files.ts'
import { lineOf, PLACE_HELP, PLACE_OPTIONS, placeOf, placeText } from './place.ts'
import { addressesOf, VALUES_HELP, valuesOf } from './values.ts'
import { asJson, type Given, Misuse, refuse, Unusable, type Verb } from './verb.ts'
import type { Place, World } from './world.ts'

export const sendVerb: Verb = {
  vi: 'gửi một lệnh tới thiết bị thật',
  en: 'send one command to a real device',
  usage: '<hồ sơ> <lệnh> [tên=giá trị…] --port … | --tcp … | --udp …',
  help: `${PLACE_HELP}
--address <tên=giá trị>   thiết bị nào trên đường truyền · which device on the bus
--write          cho phép lệnh ghi; sẽ hỏi lại · allow a write; it is asked about once more
--yes            không hỏi lại · do not ask
--technician     cho phép lệnh chỉ dành cho kỹ thuật viên · allow commands kept for a technician
${VALUES_HELP}
Lệnh đọc được gửi ngay; sau lệnh ghi, giá trị được đọc lại nếu giao thức cho phép.
Reads are sent at once; after a write the value is read back where the protocol can.`,
  options: {
    ...PLACE_OPTIONS,
    address: { type: 'string', multiple: true },
    write: { type: 'boolean', default: false },
    yes: { type: 'boolean', default: false },
    technician: { type: 'boolean', default: false },
  },
  run: async (world, given) => send(world, given),
}

type Sending = {
  readonly profile: Profile
  readonly dialect: Dialect
  readonly command: string
  readonly parameters: Values
  readonly address: Values
}

const send = async (world: World, given: Given): Promise<0 | 1> => {
  const [name, named, ...pairs] = given.words
  if (name === undefined) throw new Misuse('Thiếu hồ sơ', 'profile missing')
  const loaded = profileGiven(name)
  if (!loaded.ok) return refuse(world, given, loaded.error)
  const profile = loaded.value
  const [spec, command] = commandGiven(profile, named)
  const [address = {}] = addressesOf(given.texts('address'), false)
  const place = placeOf(given)
  const dialect = dialectOf(profile)
  const parameters = completed(dialect, { command, parameters: valuesOf(pairs), address }) ?? valuesOf(pairs)
  const question = dialect.question({ command, parameters, address, context: {} })
  // What only the handshake learns may be missing still; then the bus says so.
  if (!question.ok && dialect.handshake.length === 0) throw new Unusable(command, question.error)
  const write = spec.direction === 'write' || (question.ok && question.value.write)
  const guard = await mayBeSent(world, given, {
    write,
    technician: spec.use === 'technician',
    text: textOf(dialect, question),
  })
  if (!guard) return 1
  return exchange(world, given, { place, sending: { profile, dialect, command, parameters, address } })
}

const textOf = (dialect: Dialect, question: Result<Question, string>): string =>
  question.ok ? `${question.value.text} [${traceOf(dialect, 'request', question.value.encode(0)).hex}]` : ''

/** False: a person said no. What is missing on the command line is a usage error. */
const mayBeSent = async (
  world: World,
  given: Given,
  of: { write: boolean; technician: boolean; text: string },
): Promise<boolean> => {
  if (of.technician && !given.flag('technician'))
    throw new Misuse(
      'Lệnh này làm hao mòn hoặc thay đổi thiết bị vĩnh viễn: thêm --technician',
      'this command wears or changes the device for good: add --technician',
    )
  if (!of.write) return true
  if (!given.flag('write')) throw new Misuse('Đây là lệnh ghi: thêm --write', 'this is a write: add --write')
  if (given.flag('yes')) return true
  if (world.ask === null) throw new Misuse('Không có ai để hỏi: thêm --yes', 'nobody is there to be asked: add --yes')
  const yes = await world.ask(`Ghi ${of.text} vào thiết bị thật? · write this to the real device?`)
  if (!yes) world.err('Không gửi gì. · Nothing was sent.')
  return yes
}

type Answer = {
  readonly result: Result<Values, LinkFault>
  readonly tookMs: number
  readonly traffic: readonly Traffic[]
}

const exchange = async (world: World, given: Given, of: { place: Place; sending: Sending }): Promise<0 | 1> => {
  const { profile, dialect, command, parameters, address } = of.sending
  const line = lineOf(given, of.place, profile)
  world.err(`${placeText(of.place)} (${lineName(line)}): ${command} …`)
  const bus = openBus({ ...world, link: world.openLink(of.place, line), log: () => {} })
  const device = bus.attach({ name: profile.id, dialect, address })
  const ask = async (name: string, values: Values): Promise<Answer> => {
    const traffic: Traffic[] = []
    const stop = bus.onTraffic((one) => void (traffic.length < MOST_TRAFFIC && traffic.push(one)))
    const began = world.clock.read().mono
    const result = await device.ask({ command: name, parameters: values, urgent: true, signal: world.signal })
    stop()
    return { result, tookMs: world.clock.read().mono - began, traffic }
  }
  try {
    const answer = await ask(command, parameters)
    const back = answer.result.ok ? readBackOf(of.sending) : null
    const seen = back === null ? null : await ask(back.command, back.parameters)
    const agrees =
      seen === null || back === null || agreesWith(dialect, { ...of.sending, read: seen.result, field: back.field })
    report(world, given, { dialect, answer, seen, agrees, command, kind: of.place.kind })
    return answer.result.ok && agrees ? 0 : 1
  } finally {
    await bus.close()
  }
}

/** Most frames of one exchange that are kept to be shown. */
const MOST_TRAFFIC = 300

/** The read that proves a write, where the profile has one; of many cards the first. */
const readBackOf = (sending: Sending) => {
  const { dialect, profile, command, parameters, address } = sending
  const { display, relays } = profile
  const setting = SETTINGS.find((name) => display?.[name]?.write.at(-1) === command)
  const channel = parameters['channel']
  const [read, field, given] =
    setting === undefined
      ? relays?.write === command && channel !== undefined
        ? ([relays.readBack, 'on', { channel }] as const)
        : ([null, '', {}] as const)
      : ([display?.[setting]?.readBack ?? null, setting, {}] as const)
  if (read === null) return null
  return {
    command: read,
    field,
    parameters: completed(dialect, { command: read, parameters: given, address }) ?? given,
  }
}

const agreesWith = (
  dialect: Dialect,
  of: Sending & { readonly read: Result<Values, LinkFault>; readonly field: string },
): boolean => {
  if (!of.read.ok) return false
  const { command, parameters, address, field } = of
  const wanted = dialect.holds({ command, parameters, address, context: {} }, field) ?? parameters[field]
  return wanted === undefined || of.read.value[field] === wanted
}

type Report = {
  readonly dialect: Dialect
  readonly command: string
  readonly answer: Answer
  readonly seen: Answer | null
  readonly agrees: boolean
  readonly kind: Place['kind']
}

const report = (world: World, given: Given, of: Report): void => {
  const { dialect, answer, seen, agrees } = of
  if (given.json) {
    const told = (one: Answer) => ({
      ...(one.result.ok
        ? { values: one.result.value }
        : { fault: one.result.error, nextSteps: faultAdvice(one.result.error, of.kind).steps }),
      tookMs: one.tookMs,
      traffic: one.traffic.map(({ direction, is, bytes }) => ({
        direction,
        is,
        hex: traceOf(dialect, direction === 'sent' ? 'request' : 'reply', bytes).hex,
      })),
    })
    const ok = answer.result.ok && agrees
    return asJson(world, { ok, ...told(answer), readBack: seen === null ? null : { ...told(seen), agrees } })
  }
  const show = (one: Answer) => {
    for (const { direction, is, bytes } of one.traffic) {
      const sent = direction === 'sent'
      const { hex, text } = traceOf(dialect, sent ? 'request' : 'reply', bytes)
      world.out(`${sent ? '→' : '←'} ${hex}`)
      world.out(`    ${is === 'frame' ? text : is}`)
    }
    if (one.result.ok)
      for (const [key, value] of Object.entries(one.result.value)) world.out(`${key} = ${value ?? 'không có · none'}`)
    else sayFault(world, one.result.error, of.kind)
    world.out(`${one.tookMs} ms`)
  }
  show(answer)
  if (seen === null) return
  world.out(agrees ? 'đọc lại · read back:' : 'đọc lại KHÔNG khớp · read back does NOT agree:')
  show(seen)
}
