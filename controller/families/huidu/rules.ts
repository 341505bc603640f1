import type { DocumentFault } from '#core/base/check.ts'
import type { AnswerSpec, BodyFieldSpec, HuiduCommandSpec, HuiduProfile, XmlCommandSpec } from './schema.ts'

/** What the schema cannot say about a Huidu profile. */
export const huiduRules = (profile: HuiduProfile): readonly DocumentFault[] => [
  ...handshakeRules(profile),
  ...codeRules(profile),
  ...fileRules(profile),
  ...displayRules(profile),
  ...Object.entries(profile.commands).flatMap(([name, command]) => commandRules(`/commands/${name}`, command)),
]

const only = (profile: HuiduProfile, kind: HuiduCommandSpec['do']): readonly string[] =>
  Object.entries(profile.commands).flatMap(([name, command]) => (command.do === kind ? [name] : []))

/** The version first, then the one command that is asked without a session and gives its guid. */
const handshakeRules = (profile: HuiduProfile): DocumentFault[] => {
  const faults = profile.handshake.flatMap((name, index): DocumentFault[] => {
    const command = profile.commands[name]
    const where = `/handshake/${index}`
    if (!command) return [{ where, why: `no command ${name}` }]
    if (command.direction !== 'read') return [{ where, why: `${name} is not a read: a handshake changes nothing` }]
    if (index === 0 && command.do !== 'version') return [{ where, why: `${name} is not the version packet` }]
    return []
  })
  const giving = Object.entries(profile.commands).filter(
    ([, command]) => command.do === 'xml' && command.session === 'ask',
  )
  const [giver] = giving
  if (giving.length !== 1 || !giver)
    return [...faults, { where: '/commands', why: `${giving.length} commands ask for a session, one must` }]
  return profile.handshake.includes(giver[0])
    ? faults
    : [...faults, { where: '/handshake', why: `${giver[0]}, which gives the session, is not asked` }]
}

const codeRules = (profile: HuiduProfile): DocumentFault[] => {
  const twice = (what: readonly (string | number | null)[]): DocumentFault[] =>
    what.flatMap((one, index) =>
      one === null || what.indexOf(one) === index ? [] : [{ where: `/codes/${index}`, why: `${one} is there twice` }],
    )
  const success = profile.codes.find((entry) => entry.code === 0)
  return [
    ...twice(profile.codes.map((entry) => entry.code)),
    ...twice(profile.codes.map((entry) => entry.name)),
    ...(success?.name === 'kSuccess' && success.verdict === 'fine'
      ? []
      : [{ where: '/codes', why: 'code 0 must be kSuccess and fine' }]),
  ]
}

/** Types that change the card for good: firmware, FPGA configuration, settings. */
const NEVER = [3, 4, 5]

const fileRules = (profile: HuiduProfile): DocumentFault[] => {
  const counts = (['fileStart', 'fileContent', 'fileEnd'] as const).map((kind) => only(profile, kind).length)
  const faults: DocumentFault[] =
    counts.every((count) => count === counts[0]) && (counts[0] ?? 0) <= 1
      ? []
      : [{ where: '/commands', why: 'fileStart, fileContent and fileEnd go together, one of each' }]
  const said = profile.neverSend.map((entry) => entry.what).join(' ')
  const missing = NEVER.filter((type) => !new RegExp(`file type ${type}\\b`).test(said))
  return missing.length === 0
    ? faults
    : [...faults, { where: '/neverSend', why: `file type ${missing.join(', ')} is not named` }]
}

const SETTINGS = ['power', 'brightness', 'blackout', 'testPattern', 'freeze', 'input'] as const

/** Each setting travels under its own name, and comes back under it. */
const displayRules = (profile: HuiduProfile): DocumentFault[] => {
  const { display } = profile
  if (display === null) return []
  const settings = SETTINGS.flatMap((setting): DocumentFault[] => {
    const use = display[setting]
    if (use === null) return []
    const where = `/display/${setting}`
    const written = use.write.map((name) => profile.commands[name])
    const read = use.readBack === null ? undefined : profile.commands[use.readBack]
    return [
      ...written.flatMap((command, index) =>
        command && !takes(command).includes(setting)
          ? [{ where: `${where}/write/${index}`, why: `${use.write[index]} takes no ${setting}` }]
          : [],
      ),
      ...(read && !gives(read).includes(setting)
        ? [{ where: `${where}/readBack`, why: `${use.readBack} gives no ${setting}` }]
        : []),
    ]
  })
  const readings = [
    ['identify', 'modelId'],
    ['firmware', 'firmware'],
  ] as const
  const said = readings.flatMap(([use, field]): DocumentFault[] => {
    const name = display[use]
    const command = name === null ? undefined : profile.commands[name]
    return command && !gives(command).includes(field)
      ? [{ where: `/display/${use}`, why: `${name} gives no ${field}` }]
      : []
  })
  const clock = display.clock === null ? undefined : profile.commands[display.clock]
  const timed =
    clock && !takes(clock).includes('clock')
      ? [{ where: '/display/clock', why: `${display.clock} takes no clock` }]
      : []
  return [...settings, ...said, ...timed]
}

const takes = (command: HuiduCommandSpec): readonly string[] => {
  if (command.do !== 'xml') return []
  const fields = command.body.flatMap((field) => (field.kind === 'constant' ? [] : [field.name]))
  return typeof command.method === 'string' ? fields : [...fields, command.method.field]
}

const gives = (command: HuiduCommandSpec): readonly string[] =>
  command.do === 'xml' ? command.answer.map(({ field }) => field.name) : []

const DIRECTION = {
  heartbeat: 'read',
  version: 'read',
  fileStart: 'write',
  fileContent: 'write',
  fileEnd: 'write',
} as const

const commandRules = (where: string, command: HuiduCommandSpec): DocumentFault[] => {
  if (command.do === 'xml') return xmlRules(where, command)
  const direction = DIRECTION[command.do]
  const faults: DocumentFault[] =
    command.direction === direction ? [] : [{ where: `${where}/direction`, why: `${command.do} is a ${direction}` }]
  if (command.do !== 'fileStart') return faults
  const codes = Object.values(command.types)
  return codes.length === new Set(codes).size && codes.length > 0
    ? faults
    : [...faults, { where: `${where}/types`, why: 'each file type once, and at least one' }]
}

const WRITES = /^(Set|Add|Update|Delete|Open|Close|Switch|Reboot|Clear|Reload)/

const xmlRules = (where: string, command: XmlCommandSpec): DocumentFault[] => {
  const methods = typeof command.method === 'string' ? [command.method] : [command.method.yes, command.method.no]
  const wrongWay = methods
    .filter((method) => WRITES.test(method) !== (command.direction === 'write'))
    .map((method) => ({ where: `${where}/direction`, why: `${method} is no ${command.direction}` }))
  return [
    ...wrongWay,
    ...twice(`${where}/body`, takes(command)),
    ...twice(`${where}/answer`, gives(command)),
    ...command.body.flatMap((field, index) => fieldRules(`${where}/body/${index}`, field)),
    ...command.answer.flatMap((answer, index) => answerRules(`${where}/answer/${index}`, answer)),
  ]
}

const twice = (where: string, names: readonly string[]): DocumentFault[] =>
  names.flatMap((name, index) => (names.indexOf(name) === index ? [] : [{ where, why: `${name} is there twice` }]))

const fieldRules = (where: string, field: BodyFieldSpec): DocumentFault[] => {
  if (field.kind === 'rows') {
    const names = field.columns.flatMap((column) => (column.kind === 'constant' ? [] : [column.name]))
    const inside = field.columns.flatMap((column, index) => fieldRules(`${where}/columns/${index}`, column))
    return names.length === 0
      ? [...inside, { where: `${where}/columns`, why: 'no column carries a value' }]
      : [...inside, ...twice(`${where}/columns`, names)]
  }
  if (field.at === '@method') return [{ where: `${where}/at`, why: 'the method is written by itself' }]
  return field.kind === 'integer' && field.min > field.max
    ? [{ where: `${where}/min`, why: `min ${field.min} is above max ${field.max}` }]
    : []
}

const answerRules = (where: string, answer: AnswerSpec): DocumentFault[] => {
  const { field } = answer
  const faults = fieldRules(`${where}/field`, field)
  if (field.kind !== 'rows') return faults
  return answer.need || answer.onlyWhen !== null
    ? faults
    : [...faults, { where: `${where}/need`, why: 'rows are always there, if only none' }]
}
