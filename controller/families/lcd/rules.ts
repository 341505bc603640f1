import type { DocumentFault } from '#core/base/check.ts'
import { SENSOR_UNITS } from '#core/screen/sensor.ts'
import type { Profile } from '../../profile/schema.ts'
import type { LcdCommand } from './dialect.ts'
import type { LcdField } from './field.ts'

type LcdProfile<C extends LcdCommand> = Pick<Profile, 'display' | 'telemetry'> & {
  readonly commands: Readonly<Record<string, C>>
}

/** What the schema cannot say about the data of LCD and projector commands. `keyOf`: what tells a request of this command from another’s. */
export const lcdRules = <C extends LcdCommand>(
  profile: LcdProfile<C>,
  keyOf: (command: C) => string,
): readonly DocumentFault[] => {
  const commands = Object.entries<C>(profile.commands)
  return [
    ...commands.flatMap(([name, command]) => commandRules(name, command)),
    ...overlaps(commands, keyOf),
    ...displayRules(profile),
    ...telemetryRules(profile),
  ]
}

const commandRules = (name: string, command: LcdCommand): readonly DocumentFault[] => {
  const faults: DocumentFault[] = []
  const names = new Set<string>()
  for (const [index, field] of command.fields.entries()) {
    const where = `/commands/${name}/fields/${index}`
    if (names.has(field.name)) faults.push({ where: `${where}/name`, why: `${field.name} is there twice` })
    names.add(field.name)
    faults.push(...codeRules(field, where))
    if (command.direction === 'write') faults.push(...writtenRules(field, where))
  }
  if (command.direction === 'write') faults.push(...placeRules(name, command))
  else if (command.fields.length === 0)
    faults.push({ where: `/commands/${name}/fields`, why: 'a read that reads nothing' })
  return faults
}

const codesOf = (field: LcdField): readonly string[] => {
  if (field.type === 'flag') return [...field.on, ...field.off, ...field.none]
  if (field.type === 'choice') return Object.values(field.choices).flat()
  return field.type === 'anyOf' ? field.codes : []
}

const codeRules = (field: LcdField, where: string): readonly DocumentFault[] => {
  const faults: DocumentFault[] = []
  const codes = codesOf(field).map((code) => code.toUpperCase())
  const twice = codes.find((code, i) => codes.indexOf(code) !== i)
  if (twice !== undefined) faults.push({ where, why: `code ${twice} has two meanings` })
  if (field.type === 'choice' && codes.length === 0) faults.push({ where: `${where}/choices`, why: 'no choices' })
  if (field.type === 'measure') {
    if (field.minimum >= field.maximum) faults.push({ where, why: 'the least value is not below the greatest' })
    if (field.signed && field.radix !== 'hex') faults.push({ where: `${where}/signed`, why: 'only hex has a sign bit' })
  }
  if (field.type === 'anyOf' && codes.some((code) => code.length !== field.width))
    faults.push({ where: `${where}/codes`, why: `a code is not ${field.width} characters` })
  return faults
}

const writtenRules = (field: LcdField, where: string): readonly DocumentFault[] => {
  if (field.type === 'text' || field.type === 'codes' || field.type === 'anyOf')
    return [{ where: `${where}/type`, why: `${field.type} can only be read` }]
  if ('word' in field.place) return [{ where: `${where}/place`, why: 'a word can only be read' }]
  if (field.type === 'flag' && (field.on.length === 0 || field.off.length === 0))
    return [{ where, why: 'a flag that is written needs a code for on and for off' }]
  if ((field.type === 'percent' || field.type === 'measure') && field.place.size === null)
    return [{ where: `${where}/place/size`, why: 'a number that is written has a fixed size' }]
  return []
}

/** Fields of a write follow each other without holes, so that every character sent has a meaning. */
const placeRules = (name: string, command: LcdCommand): readonly DocumentFault[] => {
  let next = 0
  for (const [index, { place }] of command.fields.entries()) {
    const where = `/commands/${name}/fields/${index}/place`
    if ('word' in place) continue
    if (place.at !== next) return [{ where, why: `begins at ${place.at}, the field before it ends at ${next}` }]
    if (place.size === null && index < command.fields.length - 1)
      return [{ where, why: 'only the last field may be open' }]
    next = place.at + (place.size ?? 0)
  }
  return []
}

/** Two commands that send the same bytes could not be told apart in a trace, and one of them is not needed. */
const overlaps = <C extends LcdCommand>(
  commands: readonly (readonly [string, C])[],
  keyOf: (command: C) => string,
): readonly DocumentFault[] => {
  const owners = new Map<string, string>()
  return commands.flatMap(([name, command]) =>
    samples(command).flatMap((data) => {
      const key = `${command.direction} ${keyOf(command)} ${data}`
      const owner = owners.get(key)
      owners.set(key, name)
      return owner === undefined || owner === name
        ? []
        : [{ where: `/commands/${name}`, why: `sends the same as ${owner}: ${key}` }]
    }),
  )
}

const samples = (command: LcdCommand): readonly string[] => {
  const [field] = command.fields
  if (command.direction === 'read' || field === undefined) return ['']
  if (command.fields.length > 1) return ['*']
  if (field.type === 'constant') return [field.code]
  const codes = codesOf(field)
  return codes.length === 0 ? ['*'] : codes
}

const USES = [
  ['identify', 'modelId', ['text', 'choice']],
  ['firmware', 'firmware', ['text']],
  ['signal', 'signal', ['flag', 'anyOf']],
  ['temperature', 'temperature', ['measure']],
] as const
const SETTINGS = {
  power: ['flag'],
  brightness: ['percent'],
  blackout: ['flag'],
  freeze: ['flag'],
  input: ['choice'],
} as const
const SETTING_NAMES = ['power', 'brightness', 'blackout', 'freeze', 'input'] as const

const displayRules = <C extends LcdCommand>({ display, commands }: LcdProfile<C>): readonly DocumentFault[] => {
  if (display === null) return []
  const faults: DocumentFault[] = []
  const needs = (
    where: string,
    name: string | null,
    as: { field: string; types: readonly string[]; direction: string },
  ) => {
    if (name === null) return
    const command = Object.hasOwn(commands, name) ? commands[name] : undefined
    if (!command) return void faults.push({ where, why: `no command ${name}` })
    if (command.direction !== as.direction) faults.push({ where, why: `${name} is not a ${as.direction}` })
    const field = command.fields.find((f) => f.name === as.field)
    if (!field) faults.push({ where, why: `${name} has no field ${as.field}` })
    else if (!as.types.includes(field.type))
      faults.push({ where, why: `field ${as.field} of ${name} is ${field.type}, must be ${as.types.join(' or ')}` })
  }
  for (const [use, field, types] of USES) needs(`/display/${use}`, display[use], { field, types, direction: 'read' })
  for (const key of ['voltage', 'card', 'testPattern', 'clock'] as const)
    if (display[key] !== null) faults.push({ where: `/display/${key}`, why: 'this family has no such thing' })
  for (const setting of SETTING_NAMES) {
    const use = display[setting]
    const as = { field: setting, types: SETTINGS[setting] }
    if (use === null) {
      if (display.emergency.includes(setting))
        faults.push({ where: '/display/emergency', why: `${setting} cannot be set` })
      continue
    }
    for (const [index, name] of use.write.entries())
      needs(`/display/${setting}/write/${index}`, name, { ...as, direction: 'write' })
    needs(`/display/${setting}/readBack`, use.readBack, { ...as, direction: 'read' })
  }
  return faults
}

const telemetryRules = <C extends LcdCommand>({ telemetry, commands }: LcdProfile<C>): readonly DocumentFault[] =>
  telemetry.flatMap((entry, index) => {
    const where = `/telemetry/${index}`
    const command = Object.hasOwn(commands, entry.command) ? commands[entry.command] : undefined
    if (!command) return [{ where: `${where}/command`, why: `no command ${entry.command}` }]
    if (command.direction !== 'read') return [{ where: `${where}/command`, why: `${entry.command} is not a read` }]
    const field = command.fields.find((f) => f.name === entry.field)
    if (!field) return [{ where: `${where}/field`, why: `${entry.command} has no field ${entry.field}` }]
    const unit = SENSOR_UNITS[entry.what]
    if (unit === null)
      return field.type === 'flag' || field.type === 'anyOf'
        ? []
        : [{ where: `${where}/field`, why: `${entry.what} is yes or no, ${entry.field} is ${field.type}` }]
    return field.type === 'measure' && field.unit === unit
      ? []
      : [{ where: `${where}/field`, why: `${entry.what} is measured in ${unit}` }]
  })
