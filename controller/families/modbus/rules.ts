import type { DocumentFault } from '#core/base/check.ts'
import type { ModbusCommand, ModbusField, ModbusProfile } from './schema.ts'

/** Most values of one request or reply: Modbus Application Protocol V1.1b3, sections 6.1 to 6.12. */
const MOST: Readonly<Record<number, number>> = { 1: 2000, 2: 2000, 3: 125, 4: 125, 5: 1, 6: 1, 15: 1968, 16: 123 }

/** What the schema cannot say about register maps. */
export const modbusRules = (profile: ModbusProfile): readonly DocumentFault[] => [
  ...linkRules(profile),
  ...unitRules(profile),
  ...Object.entries(profile.commands).flatMap(([name, command]) => commandRules(name, command)),
  ...overlapRules(profile),
  ...useRules(profile),
]

const linkRules = (profile: ModbusProfile): DocumentFault[] =>
  profile.links.flatMap((link, i) => {
    if (link.kind === 'udp') return [{ where: `/links/${i}/kind`, why: 'Modbus goes over serial lines and TCP' }]
    if (profile.framing === 'tcp' && link.kind === 'serial')
      return [{ where: `/links/${i}/kind`, why: 'Modbus TCP frames never go over a serial line: make an rtu profile' }]
    if (link.kind === 'serial' && link.dataBits !== 8)
      return [{ where: `/links/${i}/dataBits`, why: 'RTU needs 8 data bits' }]
    return []
  })

const unitRules = (profile: ModbusProfile): DocumentFault[] =>
  profile.unit.factory > profile.unit.maximum
    ? [{ where: '/unit/factory', why: `above the maximum ${profile.unit.maximum}` }]
    : []

const commandRules = (name: string, command: ModbusCommand): DocumentFault[] => {
  const where = `/commands/${name}`
  const faults: DocumentFault[] = []
  const reads = command.function <= 4
  if (reads !== (command.direction === 'read'))
    faults.push({ where: `${where}/direction`, why: `function ${command.function} ${reads ? 'reads' : 'writes'}` })
  const most = MOST[command.function] ?? 1
  if (command.count > most)
    faults.push({ where: `${where}/count`, why: `function ${command.function} takes at most ${most}` })
  const [, last] = rangeOf(command)
  if (last > 0xffff) faults.push({ where: `${where}/start`, why: `reaches ${last.toString(16)}, past FFFF` })
  const names = new Set<string>()
  for (const [i, field] of command.fields.entries()) {
    if (names.has(field.name) || (command.channel !== null && field.name === 'channel'))
      faults.push({ where: `${where}/fields/${i}/name`, why: `${field.name} is there twice` })
    names.add(field.name)
    faults.push(...fieldRules(command, field, `${where}/fields/${i}`))
  }
  return [...faults, ...coverRules(command, where)]
}

/** First and last address a command can touch. */
const rangeOf = (command: ModbusCommand): readonly [first: number, last: number] => {
  const first = Number.parseInt(command.start, 16)
  return [first, first + (command.channel?.maximum ?? 0) * (command.channel?.step ?? 0) + command.count - 1]
}

const BIT_FUNCTIONS: readonly number[] = [1, 2, 15]

const sizeOf = (field: ModbusField): number => (field.type === 'number' ? field.words : 1)
const placeOf = (field: ModbusField): number => (field.type === 'switch' ? 0 : field.at)

const fieldRules = (command: ModbusCommand, field: ModbusField, where: string): DocumentFault[] => {
  const faults: DocumentFault[] = []
  if (BIT_FUNCTIONS.includes(command.function) !== (field.type === 'bit'))
    faults.push({ where: `${where}/type`, why: `function ${command.function} does not carry ${field.type} fields` })
  if (placeOf(field) + sizeOf(field) > command.count)
    faults.push({ where: `${where}/at`, why: `past the ${command.count} that are transferred` })
  if (field.type === 'constant' && command.direction === 'read')
    faults.push({ where, why: 'a constant is written, never read' })
  if (field.type === 'switch' && field.on === field.off) faults.push({ where: `${where}/off`, why: 'same as on' })
  if (field.type === 'choice') {
    const codes = Object.values(field.choices)
    if (new Set(codes).size !== codes.length)
      faults.push({ where: `${where}/choices`, why: 'two meanings have one code' })
  }
  if (field.type === 'number') faults.push(...numberRules(field, where))
  return faults
}

const numberRules = (field: Extract<ModbusField, { type: 'number' }>, where: string): DocumentFault[] => {
  const span = 65_536 ** field.words
  const lowest = field.signed ? (-span / 2) * field.scale : 0
  const highest = (field.signed ? span / 2 - 1 : span - 1) * field.scale
  const faults: DocumentFault[] = []
  if (field.minimum >= field.maximum) faults.push({ where: `${where}/minimum`, why: 'not below maximum' })
  if (field.minimum < lowest) faults.push({ where: `${where}/minimum`, why: `the registers hold ${lowest} at least` })
  if (field.maximum > highest + field.scale / 2)
    faults.push({ where: `${where}/maximum`, why: `the registers hold ${highest} at most` })
  for (const [i, code] of field.faults.entries())
    if (code.length !== field.words * 4)
      faults.push({ where: `${where}/faults/${i}`, why: `must have ${field.words * 4} digits` })
  return faults
}

/** A write must say what goes into each coil or register it touches: nothing is set to zero by silence. */
const coverRules = (command: ModbusCommand, where: string): DocumentFault[] => {
  if (command.direction === 'read') return []
  const owners = new Array<number>(command.count).fill(0)
  for (const field of command.fields)
    for (let i = placeOf(field); i < placeOf(field) + sizeOf(field); i++) owners[i] = (owners[i] ?? 0) + 1
  const bad = owners.findIndex((n) => n !== 1)
  if (bad < 0) return []
  return [{ where: `${where}/fields`, why: `${bad} from start is written by ${owners[bad] ?? 0} fields` }]
}

/** A request on the wire must mean one command: same function and count, ranges apart. */
const overlapRules = (profile: ModbusProfile): DocumentFault[] => {
  const all = Object.entries(profile.commands)
  return all.flatMap(([name, command], i) =>
    all.slice(i + 1).flatMap(([other, rival]) => {
      if (command.function !== rival.function || command.count !== rival.count || command.to !== rival.to) return []
      const [first, last] = rangeOf(command)
      const [from, till] = rangeOf(rival)
      return first <= till && from <= last
        ? [{ where: `/commands/${other}/start`, why: `cannot be told apart from ${name} on the wire` }]
        : []
    }),
  )
}

/** Relays and telemetry must use commands that have what they need. */
const useRules = (profile: ModbusProfile): DocumentFault[] => {
  const faults: DocumentFault[] = []
  const { relays } = profile
  if (relays !== null) {
    for (const [key, name] of [['write', relays.write] as const, ['readBack', relays.readBack] as const]) {
      if (name === null) continue
      const command = profile.commands[name]
      const where = `/relays/${key}`
      if (command === undefined) faults.push({ where, why: `no command ${name}` })
      else if (command.channel === null || command.channel.maximum !== relays.count - 1)
        faults.push({ where, why: `${name} must take channel 0 to ${relays.count - 1}` })
      else if (!command.fields.some((f) => f.name === 'on' && (f.type === 'bit' || f.type === 'switch')))
        faults.push({ where, why: `${name} has no yes-or-no field on` })
      else if ((command.direction === 'write') !== (key === 'write'))
        faults.push({ where, why: `${name} goes the wrong way` })
    }
  }
  for (const [i, one] of profile.telemetry.entries()) {
    const command = profile.commands[one.command]
    const where = `/telemetry/${i}`
    if (command === undefined) faults.push({ where: `${where}/command`, why: `no command ${one.command}` })
    else if (command.direction !== 'read') faults.push({ where: `${where}/command`, why: `${one.command} writes` })
    else if (!command.fields.some((f) => f.name === one.field))
      faults.push({ where: `${where}/field`, why: `${one.command} has no field ${one.field}` })
  }
  return faults
}
