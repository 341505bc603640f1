import type { DocumentFault } from '#core/base/check.ts'
import { commandRules } from './rule-commands.ts'
import { layoutRules } from './rule-layout.ts'
import { useRules } from './rule-uses.ts'
import type { NovastarProfile } from './schema.ts'

/** What the schema cannot say of a NovaStar profile: the frame, targets, codes, registers that must stay out of reach. */
export const novastarRules = (profile: NovastarProfile): readonly DocumentFault[] => {
  const layout = layoutRules(profile)
  return [
    ...layout,
    ...targetRules(profile),
    ...ackRules(profile),
    ...commandRules(profile),
    ...displayRules(profile),
    ...useRules(profile),
    ...vectorRules(profile),
  ]
}

const targetRules = (profile: NovastarProfile): DocumentFault[] => {
  const addresses = profile.frame.fields.flatMap((f) => (f.kind === 'address' ? [f] : []))
  return Object.entries(profile.targets).flatMap(([name, target]) => {
    const where = `/targets/${name}`
    const missing = addresses
      .filter((a) => target[a.name] === undefined)
      .map((a) => ({ where, why: `has no value for address field ${a.name}` }))
    const unknown = Object.entries(target).flatMap(([key, value]) => {
      const field = addresses.find((a) => a.name === key)
      if (!field) return [{ where: `${where}/${key}`, why: 'no such address field in the frame' }]
      const fixed = typeof value === 'string' ? value : 'otherwise' in value ? value.otherwise : '00'
      if (Number.parseInt(fixed, 16) >= 256 ** field.bytes)
        return [{ where: `${where}/${key}`, why: `${fixed} does not fit in ${field.bytes} byte(s)` }]
      return []
    })
    return [...missing, ...unknown]
  })
}

const ackRules = (profile: NovastarProfile): DocumentFault[] => {
  const codes = profile.acks.map((ack) => Number.parseInt(ack.code, 16))
  const faults = codes.flatMap((code, i) =>
    codes.indexOf(code) === i ? [] : [{ where: `/acks/${i}/code`, why: 'this code is given twice' }],
  )
  const good = profile.acks.filter((ack) => ack.means === 'ok')
  if (good.length !== 1 || Number.parseInt(good[0]?.code ?? 'FF', 16) !== 0)
    faults.push({ where: '/acks', why: 'exactly one code means ok, and it is 00' })
  return faults
}

const OBSERVED = [
  ['identify', 'modelId', 'hex'],
  ['firmware', 'firmware', 'version'],
  ['signal', 'signal', 'flag'],
  ['temperature', 'temperature', 'measure'],
  ['voltage', 'voltage', 'measure'],
] as const
const SETTINGS = [
  ['brightness', 'percent'],
  ['blackout', 'flag'],
  ['testPattern', 'choice'],
  ['freeze', 'flag'],
  ['input', 'choice'],
] as const

/** The commands the display part names carry the field that is meant, in the kind that is meant. */
const displayRules = (profile: NovastarProfile): DocumentFault[] => {
  const { display } = profile
  if (display === null) return []
  const carries = (where: string, name: string | null, field: { name: string; type: string }): DocumentFault[] => {
    const command = name === null ? undefined : profile.commands[name]
    if (!command) return []
    const found = command.fields.find((f) => f.name === field.name)
    if (!found) return [{ where, why: `${name} has no field ${field.name}` }]
    // One state of a register with several is as good as a register of its own.
    if (found.type === field.type || (field.type === 'flag' && found.type === 'mode')) return []
    return [{ where, why: `field ${field.name} of ${name} is ${found.type}, must be ${field.type}` }]
  }
  return [
    ...OBSERVED.flatMap(([use, name, type]) => carries(`/display/${use}`, display[use], { name, type })),
    ...SETTINGS.flatMap(([name, type]) => {
      const use = display[name]
      if (use === null) return []
      return [
        ...carries(`/display/${name}/readBack`, use.readBack, { name, type }),
        ...carries(`/display/${name}/write`, use.write.at(-1) ?? null, { name, type }),
      ]
    }),
  ]
}

const vectorRules = (profile: NovastarProfile): DocumentFault[] =>
  profile.vectors.flatMap((vector, index) =>
    vector.kind === 'exchange' && !profile.targets[vector.target]
      ? [{ where: `/vectors/${index}/target`, why: `no target ${vector.target}` }]
      : [],
  )
