import type { DocumentFault } from '#core/base/check.ts'
import { MOST_UNIT } from './frame.ts'
import { fieldsOf, holesOf } from './objects.ts'
import type { CommandSpec, NtcipProfile } from './schema.ts'

/** What the content path (`onboard.ts`) asks for, with the values each needs. */
const ONBOARD: Readonly<Record<string, readonly string[]>> = {
  requestModify: ['memory', 'number'],
  readControlMode: ['controlMode'],
  writeMessage: ['memory', 'number', 'multi', 'owner', 'priority'],
  writeMessageOptions: ['memory', 'number', 'beacon', 'pixelService'],
  requestValidate: ['memory', 'number'],
  readMessageStatus: ['memory', 'number', 'status', 'crc'],
  activate: ['minutes', 'activationPriority', 'memory', 'number', 'crc', 'requester'],
  readActivateError: ['error'],
  readMultiError: ['syntax', 'position'],
  readShown: ['memory', 'number', 'crc', 'minutes', 'sourceMode'],
  readEndDuration: ['memory', 'number', 'crc'],
  setCommLoss: ['minutes', 'memory', 'number', 'crc'],
  setPowerRecovery: ['memory', 'number', 'crc'],
  setResetMessage: ['memory', 'number', 'crc'],
  setEndDuration: ['memory', 'number', 'crc'],
}

/** What the schema cannot say about sign profiles. */
export const ntcipRules = (profile: NtcipProfile): readonly DocumentFault[] => [
  ...linkRules(profile),
  ...Object.entries(profile.commands).flatMap(([name, command]) => commandRules(profile, name, command)),
  ...overlapRules(profile),
  ...handshakeRules(profile),
  ...useRules(profile),
  ...onboardRules(profile),
  ...vectorRules(profile),
]

const linkRules = (profile: NtcipProfile): DocumentFault[] =>
  profile.links.flatMap((link, i) => {
    const right = profile.framing === 'udp' ? link.kind === 'udp' : link.kind !== 'udp'
    return right ? [] : [{ where: `/links/${i}/kind`, why: `${profile.framing} frames do not go over ${link.kind}` }]
  })

const commandRules = (profile: NtcipProfile, name: string, command: CommandSpec): DocumentFault[] => {
  const faults: DocumentFault[] = []
  const seen: string[] = []
  const conditions = new Set(command.objects.flatMap(({ when }) => (when === null ? [] : [when.field])))
  if (conditions.size > 1) faults.push({ where: `/commands/${name}/objects`, why: 'one condition field is enough' })
  for (const [i, object] of command.objects.entries()) {
    const where = `/commands/${name}/objects/${i}`
    const { value, when } = object
    if (when !== null && command.direction === 'read')
      faults.push({ where: `${where}/when`, why: 'only writes have conditions' })
    const readOnly = value.kind === 'any' || value.kind === 'flags' || value.kind === 'equals'
    if (readOnly && command.direction === 'write')
      faults.push({ where: `${where}/value`, why: `${value.kind} cannot be written` })
    if (value.kind === 'constant' && command.direction === 'read')
      faults.push({ where: `${where}/value`, why: 'a constant has nothing to read' })
    if (value.kind === 'integer' && value.least > value.most)
      faults.push({ where: `${where}/value/least`, why: 'above most' })
    if (value.kind === 'level' && !levelsKnown(profile, seen, value.levels))
      faults.push({
        where: `${where}/value/levels`,
        why: `${value.levels} is neither read before nor learnt in the handshake`,
      })
    const codes =
      value.kind === 'enum' ? Object.values(value.words) : value.kind === 'flags' ? Object.values(value.bits) : []
    if (new Set(codes).size !== codes.length) faults.push({ where: `${where}/value`, why: 'two names for one code' })
    seen.push(...fieldsOf(value))
  }
  if (command.absent === 'null' && command.direction === 'write')
    faults.push({ where: `/commands/${name}/absent`, why: 'a write that the sign does not know is a fault' })
  return faults
}

const levelsKnown = (profile: NtcipProfile, seen: readonly string[], levels: string): boolean =>
  seen.includes(levels) || profile.handshake.some((name) => hasFields(profile.commands[name], [levels]))

const hasFields = (command: CommandSpec | undefined, fields: readonly string[]): boolean => {
  const all = command?.objects.flatMap(({ oid, value, when }) => [
    ...holesOf(oid),
    ...fieldsOf(value),
    ...(when ? [when.field] : []),
  ])
  return all !== undefined && fields.every((field) => all.includes(field))
}

/** Two commands that put the same bytes on the wire could not be told apart in a capture. */
const overlapRules = (profile: NtcipProfile): DocumentFault[] => {
  const seen = new Map<string, string>()
  return Object.entries(profile.commands).flatMap(([name, { direction, objects }]) => {
    const shape = JSON.stringify([
      direction,
      objects.map(({ oid, value, when }) => [oid, direction === 'write' ? value : 0, when]),
    ])
    const other = seen.get(shape)
    seen.set(shape, name)
    return other === undefined ? [] : [{ where: `/commands/${name}/objects`, why: `the same as those of ${other}` }]
  })
}

const handshakeRules = (profile: NtcipProfile): DocumentFault[] =>
  profile.handshake.flatMap((name, i) => {
    const command = profile.commands[name]
    const where = `/handshake/${i}`
    if (command === undefined) return [{ where, why: `no command ${name}` }]
    if (command.direction === 'write') return [{ where, why: 'a handshake only reads' }]
    return command.objects.some(({ oid }) => holesOf(oid).length > 0)
      ? [{ where, why: `${name} needs parameters` }]
      : []
  })

const useRules = (profile: NtcipProfile): DocumentFault[] => {
  const faults: DocumentFault[] = []
  const need = (where: string, command: string | null, field: string) => {
    if (command !== null && !hasFields(profile.commands[command], [field]))
      faults.push({ where, why: `${command} has no field ${field}` })
  }
  const { display } = profile
  if (display !== null) {
    need('/display/identify', display.identify, 'modelId')
    need('/display/firmware', display.firmware, 'firmware')
    need('/display/temperature', display.temperature, 'temperature')
    need('/display/voltage', display.voltage, 'voltage')
    for (const setting of ['power', 'brightness', 'blackout', 'testPattern', 'freeze', 'input'] as const) {
      for (const command of display[setting]?.write ?? []) need(`/display/${setting}/write`, command, setting)
      need(`/display/${setting}/readBack`, display[setting]?.readBack ?? null, setting)
    }
  }
  for (const [i, { command, field }] of profile.telemetry.entries()) need(`/telemetry/${i}/field`, command, field)
  return faults
}

const onboardRules = (profile: NtcipProfile): DocumentFault[] => {
  const faults = Object.entries(ONBOARD).flatMap(([name, fields]) =>
    hasFields(profile.commands[name], fields)
      ? []
      : [{ where: `/commands/${name}`, why: `showing a message needs it, with ${fields.join(', ')}` }],
  )
  const text = profile.commands['writeMessage']?.objects.find(
    ({ value }) => value.kind === 'text' && value.field === 'multi',
  )
  if (text?.value.kind === 'text' && text.value.most < profile.message.mostBytes)
    faults.push({ where: '/message/mostBytes', why: `writeMessage takes only ${text.value.most}` })
  return faults
}

const vectorRules = (profile: NtcipProfile): DocumentFault[] =>
  profile.vectors.flatMap((vector, i) => {
    if (vector.kind !== 'exchange' || profile.framing === 'udp') return []
    const unit = vector.address['unit']
    return typeof unit === 'number' && unit >= 1 && unit <= MOST_UNIT
      ? []
      : [{ where: `/vectors/${i}/address/unit`, why: `a sign on a serial line has a number, 1 to ${MOST_UNIT}` }]
  })
