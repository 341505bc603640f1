import type { DocumentFault } from '#core/base/check.ts'
import type { CommandSpec, DataFieldSpec, NovastarProfile } from './schema.ts'
import { codeSize, sizeOfData } from './size.ts'

/** Factory reset of the sender: any write loses the panel geometry. No profile may leave it out of `neverSend`. */
const FACTORY_RESET = 0x01000002
/** Store parameters: every write wears the flash. No profile may leave it out of `technicianOnly`. */
const STORE = 0x01000011

type Range = NovastarProfile['neverSend'][number]

/** What every command of a profile must hold to: its place in the register map, its index, its trigger, its fields. */
export const commandRules = (profile: NovastarProfile): readonly DocumentFault[] => [
  ...mustCover(profile.neverSend, '/neverSend', FACTORY_RESET),
  ...mustCover([...profile.technicianOnly, ...profile.neverSend], '/technicianOnly', STORE),
  ...Object.entries(profile.commands).flatMap(([name, command]) => [
    ...placeRules(profile, name, command),
    ...guardRules(profile, name, command),
    ...triggerRules(profile, name, command),
    ...fieldsRules(name, command),
  ]),
]

const mustCover = (ranges: readonly Range[], where: string, register: number): DocumentFault[] =>
  ranges.some((range) => overlaps(range, { start: register, end: register + 1 }))
    ? []
    : [{ where, why: `register ${register.toString(16).toUpperCase().padStart(8, '0')} must be listed` }]

type Span = { readonly start: number; readonly end: number }
const overlaps = (range: Range, span: Span): boolean => {
  const start = Number.parseInt(range.register, 16)
  return span.start < start + range.bytes && start < span.end
}

/** Every register a command can reach, over all its indices. */
const spansOf = (command: CommandSpec): readonly Span[] => {
  const first = Number.parseInt(command.register, 16)
  const { index } = command
  return Array.from({ length: index?.count ?? 1 }, (_, i) => {
    const start = first + i * (index?.step ?? 0)
    return { start, end: start + sizeOfData(command) }
  })
}

const placeRules = (profile: NovastarProfile, name: string, command: CommandSpec): DocumentFault[] => {
  const where = `/commands/${name}`
  const faults: DocumentFault[] = []
  if (!profile.targets[command.target]) faults.push({ where: `${where}/target`, why: `no target ${command.target}` })
  const size = sizeOfData(command)
  if (size > profile.frame.maxDataBytes)
    faults.push({ where: `${where}/fields`, why: `${size} bytes, the frame takes ${profile.frame.maxDataBytes}` })
  const registerField = profile.frame.fields.find((f) => f.kind === 'register')
  if (registerField?.kind === 'register' && spansOf(command).some((s) => s.start >= 256 ** registerField.bytes))
    faults.push({ where: `${where}/register`, why: `does not fit in ${registerField.bytes} byte(s)` })
  const { index } = command
  if (index !== null && index.step < size)
    faults.push({ where: `${where}/index`, why: `steps of ${index.step} overlap ${size} data bytes` })
  if (index !== null && command.fields.some((f) => f.name === index.parameter))
    faults.push({ where: `${where}/index`, why: `${index.parameter} is also the name of a field` })
  return faults
}

const guardRules = (profile: NovastarProfile, name: string, command: CommandSpec): DocumentFault[] => {
  if (command.direction !== 'write') return []
  const where = `/commands/${name}/register`
  const hits = (range: Range) => spansOf(command).some((span) => overlaps(range, span))
  return [
    ...profile.neverSend
      .filter(hits)
      .map((range) => ({ where, why: `writes never-send register ${range.register}: ${range.reason}` })),
    ...profile.technicianOnly
      .filter((range) => command.use === 'any' && hits(range))
      .map((range) => ({
        where,
        why: `writes register ${range.register}, so its use must be technician: ${range.reason}`,
      })),
  ]
}

const triggerRules = (profile: NovastarProfile, name: string, command: CommandSpec): DocumentFault[] => {
  if (command.trigger === null) return []
  const where = `/commands/${name}/trigger`
  const trigger = profile.commands[command.trigger]
  if (!trigger) return [{ where, why: `no command ${command.trigger}` }]
  const faults: DocumentFault[] = []
  if (command.direction !== 'read') faults.push({ where, why: 'only a read has a trigger' })
  if (trigger.direction !== 'write' || trigger.use !== 'any')
    faults.push({ where, why: `${command.trigger} must be a write of use any` })
  if (trigger.target !== command.target)
    faults.push({ where, why: `${command.trigger} goes to ${trigger.target}, the read to ${command.target}` })
  return faults
}

const fieldsRules = (name: string, command: CommandSpec): DocumentFault[] => {
  const faults: DocumentFault[] = []
  const { fields } = command
  for (const [index, field] of fields.entries()) {
    const where = `/commands/${name}/fields/${index}`
    if (fields.findIndex((f) => f.name === field.name) !== index)
      faults.push({ where: `${where}/name`, why: `${field.name} is there twice` })
    if (field.type === 'sum' && fields.findIndex((f) => f.name === field.from) >= index)
      faults.push({ where: `${where}/from`, why: `${field.from} is not before it` })
    if (field.type === 'sum' && !fields.some((f) => f.name === field.from))
      faults.push({ where: `${where}/from`, why: `no field ${field.from}` })
    if (field.type === 'bit' && !field.last && fields[index + 1]?.type !== 'bit')
      faults.push({ where: `${where}/last`, why: 'no other bit follows in the same byte' })
    if (command.direction === 'write' && READ_ONLY.has(field.type))
      faults.push({ where: `${where}/type`, why: `${field.type} can only be read` })
    faults.push(...fieldRules(field, where))
  }
  return faults
}

const READ_ONLY: ReadonlySet<DataFieldSpec['type']> = new Set([
  'measure',
  'version',
  'bit',
  'anySet',
  'presence',
  'skip',
])

const fieldRules = (field: DataFieldSpec, where: string): DocumentFault[] => {
  const faults: DocumentFault[] = []
  const oneByte = (hex: string, key: string) => {
    if (Number.parseInt(hex, 16) > 0xff || codeSize(hex) > 1)
      faults.push({ where: `${where}/${key}`, why: `${hex} does not fit in one byte` })
  }
  if (field.type === 'percent') {
    oneByte(field.full, 'full')
    if (Number.parseInt(field.full, 16) < 1) faults.push({ where: `${where}/full`, why: 'full scale of zero' })
  } else if (field.type === 'flag' || field.type === 'mode') {
    if (codeSize(field.on) !== codeSize(field.off)) faults.push({ where, why: 'on and off differ in length' })
    if (field.on === field.off) faults.push({ where, why: 'on and off are the same code' })
  } else if (field.type === 'choice') {
    const codes = Object.values(field.choices).flat()
    const twice = codes.find((code, i) => codes.indexOf(code) !== i)
    if (twice !== undefined) faults.push({ where: `${where}/choices`, why: `code ${twice} has two meanings` })
    if (codes.some((code) => code.length !== codes[0]?.length))
      faults.push({ where: `${where}/choices`, why: 'codes differ in length' })
    if (codes.length === 0) faults.push({ where: `${where}/choices`, why: 'no choices' })
  } else if (field.type === 'presence') oneByte(field.present, 'present')
  else if (field.type === 'bit') {
    oneByte(field.mask, 'mask')
    const mask = Number.parseInt(field.mask, 16)
    if (mask === 0) faults.push({ where: `${where}/mask`, why: 'an empty mask' })
    if (field.valid !== null && (Number.parseInt(field.valid, 16) & mask) !== 0)
      faults.push({ where, why: 'masks overlap' })
  } else if (field.type === 'number') {
    if (field.minimum > field.maximum || field.maximum >= 256 ** field.bytes)
      faults.push({ where, why: `${field.minimum} to ${field.maximum} does not fit in ${field.bytes} byte(s)` })
  } else if (field.type === 'measure') faults.push(...measureRules(field, where))
  return faults
}

const UNIT_RANGES = {
  celsius: [-60, 150],
  volt: [0, 400],
  lux: [0, 200_000],
  percent: [0, 100],
  rpm: [0, 20_000],
  pixel: [0, 65_535],
} as const

const measureRules = (field: Extract<DataFieldSpec, { type: 'measure' }>, where: string): DocumentFault[] => {
  const faults: DocumentFault[] = []
  const masks = [
    field.mask,
    ...(field.valid === null ? [] : [field.valid]),
    ...(field.negative === null ? [] : [field.negative]),
  ]
  const bits = masks.map((mask) => BigInt(`0x${mask}`))
  if (bits.some((b) => b >= 256n ** BigInt(field.bytes)))
    faults.push({ where, why: `a mask is wider than ${field.bytes} byte(s)` })
  if (bits.some((b) => b === 0n)) faults.push({ where, why: 'an empty mask' })
  if (bits.some((b, i) => bits.some((c, j) => j < i && (b & c) !== 0n))) faults.push({ where, why: 'masks overlap' })
  const [least, most] = UNIT_RANGES[field.unit]
  if (field.minimum < least || field.maximum > most || field.minimum >= field.maximum)
    faults.push({
      where,
      why: `range ${field.minimum} to ${field.maximum} is not within ${least} to ${most} ${field.unit}`,
    })
  return faults
}
