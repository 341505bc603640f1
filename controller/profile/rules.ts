import type { DocumentFault } from '#core/base/check.ts'
import { emergencyLatency } from './latency.ts'
import { layoutRules } from './rule-layout.ts'
import { catalogueOfSources } from './rule-sources.ts'
import type { CommandSpec, DataFieldSpec, Profile } from './schema.ts'
import { sizeOfData } from './size.ts'

/**
 * What the schema cannot say: references that must exist, units and ranges, registers that must stay out of reach,
 * and the
 * promise about emergencies. Every fault names its place as a JSON pointer.
 */
export const checkProfile = (profile: Profile): readonly DocumentFault[] => {
  const layout = layoutRules(profile)
  return [
    ...layout,
    ...catalogueOfSources(profile),
    ...targetRules(profile),
    ...ackRules(profile),
    ...Object.entries(profile.commands).flatMap(([name, command]) => commandRules(profile, name, command)),
    ...displayRules(profile),
    ...vectorRules(profile),
    ...latencyRules(profile),
  ]
}

const targetRules = (profile: Profile): DocumentFault[] => {
  const addresses = profile.frame.fields.flatMap((f) => (f.kind === 'address' ? [f] : []))
  return Object.entries(profile.targets).flatMap(([name, target]) => {
    const where = `/targets/${name}`
    const missing = addresses
      .filter((a) => target[a.name] === undefined)
      .map((a) => ({ where, why: `has no value for address field ${a.name}` }))
    const unknown = Object.entries(target).flatMap(([key, value]) => {
      const field = addresses.find((a) => a.name === key)
      if (!field) return [{ where: `${where}/${key}`, why: 'no such address field in the frame' }]
      if (typeof value === 'string' && Number.parseInt(value, 16) >= 256 ** field.bytes)
        return [{ where: `${where}/${key}`, why: `${value} does not fit in ${field.bytes} byte(s)` }]
      return []
    })
    return [...missing, ...unknown]
  })
}

const ackRules = (profile: Profile): DocumentFault[] => {
  const codes = profile.acks.map((ack) => Number.parseInt(ack.code, 16))
  const faults = codes.flatMap((code, i) =>
    codes.indexOf(code) === i ? [] : [{ where: `/acks/${i}/code`, why: 'this code is given twice' }],
  )
  const good = profile.acks.filter((ack) => ack.means === 'ok')
  if (good.length !== 1 || Number.parseInt(good[0]?.code ?? 'FF', 16) !== 0)
    faults.push({ where: '/acks', why: 'exactly one code means ok, and it is 00' })
  return faults
}

const commandRules = (profile: Profile, name: string, command: CommandSpec): DocumentFault[] => {
  const where = `/commands/${name}`
  const faults: DocumentFault[] = []
  if (!profile.targets[command.target]) faults.push({ where: `${where}/target`, why: `no target ${command.target}` })
  const size = sizeOfData(command)
  if (size > profile.frame.maxDataBytes)
    faults.push({ where: `${where}/fields`, why: `${size} bytes, the frame takes ${profile.frame.maxDataBytes}` })
  const register = Number.parseInt(command.register, 16)
  const registerField = profile.frame.fields.find((f) => f.kind === 'register')
  if (registerField?.kind === 'register' && register >= 256 ** registerField.bytes)
    faults.push({ where: `${where}/register`, why: `does not fit in ${registerField.bytes} byte(s)` })
  if (command.direction === 'write')
    for (const never of profile.neverSend) {
      const start = Number.parseInt(never.register, 16)
      if (register < start + never.bytes && start < register + size)
        faults.push({
          where: `${where}/register`,
          why: `writes never-send register ${never.register}: ${never.reason}`,
        })
    }
  const names = new Set<string>()
  for (const [index, field] of command.fields.entries()) {
    if (names.has(field.name))
      faults.push({ where: `${where}/fields/${index}/name`, why: `${field.name} is there twice` })
    names.add(field.name)
    faults.push(...fieldRules(field, `${where}/fields/${index}`, command.direction === 'write'))
  }
  return faults
}

const fieldRules = (field: DataFieldSpec, where: string, written: boolean): DocumentFault[] => {
  const faults: DocumentFault[] = []
  const oneByte = (hex: string, key: string) => {
    if (Number.parseInt(hex, 16) > 0xff)
      faults.push({ where: `${where}/${key}`, why: `${hex} does not fit in one byte` })
  }
  if (field.type === 'percent') {
    oneByte(field.full, 'full')
    if (Number.parseInt(field.full, 16) < 1) faults.push({ where: `${where}/full`, why: 'full scale of zero' })
  } else if (field.type === 'flag') {
    oneByte(field.on, 'on')
    oneByte(field.off, 'off')
    if (field.on === field.off) faults.push({ where, why: 'on and off are the same code' })
  } else if (field.type === 'choice') {
    const codes = Object.values(field.choices).flat()
    for (const code of codes) oneByte(code, 'choices')
    const twice = codes.find((code, i) => codes.indexOf(code) !== i)
    if (twice !== undefined) faults.push({ where: `${where}/choices`, why: `code ${twice} has two meanings` })
    if (codes.length === 0) faults.push({ where: `${where}/choices`, why: 'no choices' })
  } else if (field.type === 'measure') {
    faults.push(...measureRules(field, where))
  }
  if (written && (field.type === 'measure' || field.type === 'version'))
    faults.push({ where: `${where}/type`, why: `${field.type} can only be read` })
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

const OBSERVED = [
  ['identify', 'modelId', 'hex'],
  ['firmware', 'firmware', 'version'],
  ['signal', 'signal', 'flag'],
  ['temperature', 'temperature', 'measure'],
  ['voltage', 'voltage', 'measure'],
] as const
const SETTINGS = {
  brightness: 'percent',
  blackout: 'flag',
  testPattern: 'choice',
  freeze: 'flag',
  input: 'choice',
} as const
const SETTING_NAMES = ['brightness', 'blackout', 'testPattern', 'freeze', 'input'] as const

const displayRules = (profile: Profile): DocumentFault[] => {
  const faults: DocumentFault[] = []
  const needs = (where: string, name: string | null, as: { field: string; type: string; direction: string }) => {
    if (name === null) return
    const command = profile.commands[name]
    if (!command) return void faults.push({ where, why: `no command ${name}` })
    if (command.direction !== as.direction) faults.push({ where, why: `${name} is not a ${as.direction}` })
    const field = command.fields.find((f) => f.name === as.field)
    if (!field) faults.push({ where, why: `${name} has no field ${as.field}` })
    else if (field.type !== as.type)
      faults.push({ where, why: `field ${as.field} of ${name} is ${field.type}, must be ${as.type}` })
  }
  for (const [use, field, type] of OBSERVED)
    needs(`/display/${use}`, profile.display[use], { field, type, direction: 'read' })
  if (profile.display.card !== null && !profile.commands[profile.display.card])
    faults.push({ where: '/display/card', why: `no command ${profile.display.card}` })
  for (const setting of SETTING_NAMES) {
    const use = profile.display[setting]
    const where = `/display/${setting}`
    if (use === null) {
      if (profile.display.emergency.includes(setting))
        faults.push({ where: '/display/emergency', why: `${setting} cannot be set` })
      continue
    }
    needs(`${where}/readBack`, use.readBack, { field: setting, type: SETTINGS[setting], direction: 'read' })
    const last = use.write.at(-1) ?? null
    needs(`${where}/write`, last, { field: setting, type: SETTINGS[setting], direction: 'write' })
    for (const [index, name] of use.write.slice(0, -1).entries())
      if (profile.commands[name]?.direction !== 'write')
        faults.push({ where: `${where}/write/${index}`, why: `no write command ${name}` })
  }
  return faults
}

const vectorRules = (profile: Profile): DocumentFault[] => {
  const faults: DocumentFault[] = []
  const shown = new Set<string>()
  for (const [index, vector] of profile.vectors.entries()) {
    const where = `/vectors/${index}`
    if (vector.kind !== 'exchange') continue
    shown.add(vector.command)
    const command = profile.commands[vector.command]
    if (!command) faults.push({ where: `${where}/command`, why: `no command ${vector.command}` })
    if (!profile.targets[vector.target]) faults.push({ where: `${where}/target`, why: `no target ${vector.target}` })
    if (command?.direction === 'read' && vector.reply !== null && vector.values === null)
      faults.push({ where: `${where}/values`, why: 'a read’s reply must say what it means' })
  }
  if (!profile.vectors.some((v) => v.kind === 'refused'))
    faults.push({ where: '/vectors', why: 'no vector of kind refused: nothing shows that wrong frames are rejected' })
  // A command of confidence A or B claims evidence at byte level; the vector is that evidence.
  for (const [name, command] of Object.entries(profile.commands))
    if (command.confidence !== 'C' && !shown.has(name))
      faults.push({ where: `/commands/${name}`, why: `confidence ${command.confidence} without a vector` })
  return faults
}

const latencyRules = (profile: Profile): DocumentFault[] =>
  profile.links.flatMap((link, index) => {
    const { worstMs } = emergencyLatency(profile, link)
    return worstMs <= profile.timing.emergencyBoundMs
      ? []
      : [
          {
            where: `/links/${index}`,
            why: `an emergency may take ${worstMs} ms on this link, promised ${profile.timing.emergencyBoundMs} ms`,
          },
        ]
  })
