import type { DocumentFault } from '#core/base/check.ts'
import { lcdRules } from '../lcd/rules.ts'
import type { NecCommand, NecProfile } from './schema.ts'

const keyOf = ({ ask }: NecCommand) => (ask.kind === 'parameter' ? `parameter ${ask.opcode}` : `command ${ask.request}`)

export const necRules = (profile: NecProfile): readonly DocumentFault[] => [
  ...lcdRules(profile, keyOf),
  ...Object.entries(profile.commands).flatMap(([name, command]) => commandRules(`/commands/${name}`, command)),
]

const commandRules = (where: string, command: NecCommand): readonly DocumentFault[] => {
  const faults: DocumentFault[] = []
  const { ask, silentFor, fields, direction } = command
  if (ask.kind === 'command' && !/^[^r]*(rr)?[^r]*$/.test(ask.reply))
    faults.push({ where: `${where}/ask/reply`, why: 'the result code is one pair of r' })
  if (ask.kind === 'parameter')
    for (const [index, { place }] of fields.entries())
      if (!('at' in place) || place.at !== 0 || place.size !== 4)
        faults.push({ where: `${where}/fields/${index}/place`, why: 'the value of a parameter is 4 digits at 0' })
  if (silentFor === null) return faults
  if (direction === 'read') faults.push({ where: `${where}/silentFor`, why: 'a read without a reply reads nothing' })
  for (const name of Object.keys(silentFor))
    if (!fields.some((field) => field.name === name))
      faults.push({ where: `${where}/silentFor/${name}`, why: 'no such field' })
  return faults
}
