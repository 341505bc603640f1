import { fromHex } from '#core/base/bytes.ts'
import type { DocumentFault } from '#core/base/check.ts'
import { encodeFields, namesOf } from './fields.ts'
import { createFont } from './gbk.ts'
import { code } from './message.ts'
import type { FieldSpec, OnbonCommand, OnbonProfile } from './schema.ts'

/** Codes no profile may hold, whatever it says itself: they change the card for good or take its content. */
const NEVER: readonly (readonly [from: number, to: number, why: string])[] = [
  [0xa201, 0xa201, 'reset erases all files of the card but its firmware (maker’s SDK document)'],
  [0xa105, 0xa108, 'writes files, fonts or firmware'],
  [0xa405, 0xa405, 'changes the card’s network address'],
]

/** What the schema cannot say about an Onbon profile. */
export const onbonRules = (profile: OnbonProfile): readonly DocumentFault[] => [
  ...Object.entries(profile.commands).flatMap(([name, command]) => commandRules(profile, name, command)),
  ...overlapRules(profile),
  ...errorRules(profile),
  ...onboardRules(profile),
  ...neverRules(profile),
]

const commandRules = (profile: OnbonProfile, name: string, command: OnbonCommand): DocumentFault[] => {
  const where = `/commands/${name}`
  const faults: DocumentFault[] = []
  const add = (place: string, why: string) => faults.push({ where: `${where}${place}`, why })
  const group = Number.parseInt(command.group, 16)
  if (group < 0xa1 || group > 0xa4) add('/group', `${command.group} is not a group of requests (A1 to A4)`)
  for (const [from, to, why] of NEVER)
    if (code(command) >= from && code(command) <= to) add('/command', `may never be sent: ${why}`)
  if (profile.neverSend.some((one) => code(one) === code(command))) add('/command', 'is in neverSend')
  for (const key of ['payload', 'reply'] as const) {
    const names = command[key].map((field) => field.name)
    for (const [index, field] of command[key].entries()) {
      if (names.indexOf(field.name) !== index) add(`/${key}/${index}/name`, `${field.name} is there twice`)
      faults.push(...fieldRules(field, `${where}/${key}/${index}`))
    }
  }
  if (command.direction === 'read' && command.payload.some((field) => namesOf(field).length > 0))
    add('/payload', 'a read takes no values here')
  if (command.direction === 'write' && (command.reply.length > 0 || command.identifies))
    add('/reply', 'a write is only acknowledged')
  if (command.direction === 'read' && command.reply.length === 0 && !command.identifies)
    add('/reply', 'a read that tells nothing')
  if (command.replyNeeds > command.reply.length) add('/replyNeeds', `only ${command.reply.length} fields`)
  if (command.reply.some((field) => field.type === 'area')) add('/reply', 'no card answers with an area')
  return faults
}

const fieldRules = (field: FieldSpec, where: string): DocumentFault[] => {
  if (field.type === 'flag' && field.on === field.off) return [{ where, why: 'on and off are the same code' }]
  if (field.type === 'steps' && field.lowest >= field.highest) return [{ where, why: 'no steps between' }]
  if (field.type === 'number') {
    if (field.minimum > field.maximum) return [{ where, why: 'minimum above maximum' }]
    if (field.maximum >= 256 ** field.bytes)
      return [{ where, why: `${field.maximum} does not fit in ${field.bytes} byte(s)` }]
  }
  if (field.type === 'clock' && new Set(field.order).size !== field.order.length)
    return [{ where: `${where}/order`, why: 'a part of the clock is there twice' }]
  if (field.type === 'constant' && fromHex(field.value) === undefined) return [{ where, why: 'not hex' }]
  return []
}

/** Two commands with one code must be told apart by their constants, or a captured frame would have two meanings. */
const overlapRules = (profile: OnbonProfile): DocumentFault[] => {
  const seen = new Map<string, string>()
  return Object.entries(profile.commands).flatMap(([name, command]) => {
    const shape = command.payload.map((field) => (field.type === 'constant' ? field.value : field.type)).join('|')
    const key = `${command.group}${command.command}:${command.displayMode}:${shape}`
    const other = seen.get(key)
    seen.set(key, name)
    return other === undefined ? [] : [{ where: `/commands/${name}`, why: `is the same as ${other} on the wire` }]
  })
}

const errorRules = (profile: OnbonProfile): DocumentFault[] => {
  const codes = profile.errors.map((one) => one.code)
  return codes.flatMap((one, i) => {
    if (codes.indexOf(one) !== i) return [{ where: `/errors/${i}/code`, why: 'this code is given twice' }]
    return one === '00' ? [{ where: `/errors/${i}/code`, why: '00 is no error' }] : []
  })
}

const onboardRules = (profile: OnbonProfile): DocumentFault[] => {
  const { onboard, commands } = profile
  const faults: DocumentFault[] = []
  const add = (where: string, why: string) => faults.push({ where: `/onboard/${where}`, why })
  const show = commands[onboard.show]
  if (!show?.payload.some((field) => field.type === 'area')) add('show', `${onboard.show} is no command with an area`)
  for (const [index, name] of onboard.clear.entries()) {
    const clear = commands[name]
    const rules = { font: createFont(), horizontalUnit: onboard.horizontalUnit, mostPercent: 100 }
    if (clear === undefined || clear.direction !== 'write') add(`clear/${index}`, `${name} is no write command`)
    else if (!encodeFields(clear.payload, {}, rules).ok) add(`clear/${index}`, `${name} wants values`)
  }
  if (onboard.readBack !== null && !commands[onboard.readBack]?.reply.some((field) => field.name === 'areas'))
    add('readBack', `${onboard.readBack} has no field areas`)
  return faults
}

const neverRules = (profile: OnbonProfile): DocumentFault[] =>
  profile.neverSend.flatMap((one, i) =>
    profile.sources[one.source] ? [] : [{ where: `/neverSend/${i}/source`, why: `no source ${one.source}` }],
  )
