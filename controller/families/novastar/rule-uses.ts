import type { DocumentFault } from '#core/base/check.ts'
import { SENSOR_UNITS } from '#core/screen/sensor.ts'
import type { DataFieldSpec, NovastarProfile } from './schema.ts'

const YES_NO: ReadonlySet<DataFieldSpec['type']> = new Set(['flag', 'mode', 'bit', 'anySet', 'presence'])

/** Telemetry and relays name commands whose fields carry what is meant, in the unit that is meant. */
export const useRules = (profile: NovastarProfile): readonly DocumentFault[] => [
  ...telemetryRules(profile),
  ...relayRules(profile),
]

const telemetryRules = (profile: NovastarProfile): DocumentFault[] =>
  profile.telemetry.flatMap((entry, index) => {
    const command = profile.commands[entry.command]
    // A command that is not there is found by the rules common to all families.
    if (!command) return []
    const where = `/telemetry/${index}/field`
    const field = command.fields.find((f) => f.name === entry.field)
    if (!field) return [{ where, why: `${entry.command} has no field ${entry.field}` }]
    const unit = SENSOR_UNITS[entry.what]
    if (unit === null)
      return YES_NO.has(field.type)
        ? []
        : [{ where, why: `${entry.what} is yes or no, ${field.name} is ${field.type}` }]
    const found = field.type === 'measure' ? field.unit : field.type
    return found === unit ? [] : [{ where, why: `${entry.what} is in ${unit}, ${field.name} is ${found}` }]
  })

const relayRules = (profile: NovastarProfile): DocumentFault[] => {
  const { relays } = profile
  if (relays === null) return []
  return [relays.write, ...(relays.readBack === null ? [] : [relays.readBack])].flatMap((name) => {
    const command = profile.commands[name]
    if (!command) return []
    const where = `/commands/${name}`
    const faults: DocumentFault[] = []
    if (command.index?.parameter !== 'channel' || command.index.count < relays.count)
      faults.push({ where: `${where}/index`, why: `must count at least ${relays.count} by parameter channel` })
    const on = command.fields.find((field) => field.name === 'on')
    if (on?.type !== 'flag') faults.push({ where: `${where}/fields`, why: 'must have a flag named on' })
    return faults
  })
}
