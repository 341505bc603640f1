import type { DocumentFault } from '#core/base/check.ts'
import { unreachable } from '#core/base/result.ts'
import { huiduRules } from '../families/huidu/rules.ts'
import { lgRules } from '../families/lg/rules.ts'
import { mdcRules } from '../families/mdc/rules.ts'
import { modbusRules } from '../families/modbus/rules.ts'
import { necRules } from '../families/nec/rules.ts'
import { novastarRules } from '../families/novastar/rules.ts'
import { ntcipRules } from '../families/ntcip/rules.ts'
import { onbonRules } from '../families/onbon/rules.ts'
import { pjlinkRules } from '../families/pjlink/rules.ts'
import { emergencyLatency } from './latency.ts'
import { catalogueOfSources } from './rule-sources.ts'
import type { Profile } from './schema.ts'

/**
 * What the schema cannot say: references that must exist, units and ranges, commands that must stay out of reach, and the promise about
 * emergencies. Every fault names its place as a JSON pointer. Latency is only worked out for a profile with no other fault.
 */
export const checkProfile = (profile: Profile): readonly DocumentFault[] => {
  const faults = [
    ...catalogueOfSources(profile),
    ...familyRules(profile),
    ...displayRules(profile),
    ...equipmentRules(profile),
    ...vectorRules(profile),
  ]
  return faults.length > 0 ? faults : latencyRules(profile)
}

const familyRules = (profile: Profile): readonly DocumentFault[] => {
  switch (profile.protocol) {
    case 'novastar':
      return novastarRules(profile)
    case 'modbus':
      return modbusRules(profile)
    case 'onbon':
      return onbonRules(profile)
    case 'huidu':
      return huiduRules(profile)
    case 'mdc':
      return mdcRules(profile)
    case 'lg':
      return lgRules(profile)
    case 'nec':
      return necRules(profile)
    case 'pjlink':
      return pjlinkRules(profile)
    case 'ntcip':
      return ntcipRules(profile)
    default:
      return unreachable(profile)
  }
}

/** Settings of a display, in the order in which they are looked at. */
export const SETTINGS = ['power', 'brightness', 'blackout', 'testPattern', 'freeze', 'input'] as const
const READINGS = ['identify', 'firmware', 'signal', 'temperature', 'voltage', 'card'] as const

/** A command that the daemon itself uses: it exists, goes the right way, and is not kept for a technician. */
const uses = (
  profile: Profile,
  of: { readonly where: string; readonly command: string | null; readonly direction: 'read' | 'write' },
): DocumentFault[] => {
  const { where, command: name, direction } = of
  if (name === null) return []
  const command = profile.commands[name]
  if (!command) return [{ where, why: `no command ${name}` }]
  if (command.direction !== direction) return [{ where, why: `${name} is not a ${direction}` }]
  if (command.use === 'technician') return [{ where, why: `${name} is kept for a technician` }]
  return []
}

const displayRules = (profile: Profile): DocumentFault[] => {
  const { display } = profile
  if (display === null) return []
  const readings = READINGS.flatMap((use) =>
    uses(profile, { where: `/display/${use}`, command: display[use], direction: 'read' }),
  )
  const settings = SETTINGS.flatMap((setting): DocumentFault[] => {
    const use = display[setting]
    const where = `/display/${setting}`
    if (use === null)
      return display.emergency.includes(setting)
        ? [{ where: '/display/emergency', why: `${setting} cannot be set` }]
        : []
    return [
      ...use.write.flatMap((command, i) =>
        uses(profile, { where: `${where}/write/${i}`, command, direction: 'write' }),
      ),
      ...uses(profile, { where: `${where}/readBack`, command: use.readBack, direction: 'read' }),
    ]
  })
  const clock = uses(profile, { where: '/display/clock', command: display.clock, direction: 'write' })
  const dark = display.blackout === null ? [{ where: '/display/blackout', why: 'no way to make the screen dark' }] : []
  return [...readings, ...settings, ...clock, ...dark]
}

const equipmentRules = (profile: Profile): DocumentFault[] => {
  const { telemetry, relays } = profile
  const names = telemetry.map((t) => `${t.what} ${t.where}`)
  return [
    ...telemetry.flatMap((t, i) =>
      uses(profile, { where: `/telemetry/${i}/command`, command: t.command, direction: 'read' }),
    ),
    ...names.flatMap((name, i) =>
      names.indexOf(name) === i ? [] : [{ where: `/telemetry/${i}`, why: `${name} is there twice` }],
    ),
    ...(relays === null
      ? []
      : [
          ...uses(profile, { where: '/relays/write', command: relays.write, direction: 'write' }),
          ...uses(profile, { where: '/relays/readBack', command: relays.readBack, direction: 'read' }),
        ]),
    ...(profile.display === null && relays === null && telemetry.length === 0
      ? [{ where: '/', why: 'neither a display nor relays nor telemetry: nothing could use this profile' }]
      : []),
  ]
}

const vectorRules = (profile: Profile): DocumentFault[] => {
  const exchanges = profile.vectors.flatMap((vector, index) => (vector.kind === 'exchange' ? [{ vector, index }] : []))
  const shown = new Set(exchanges.map(({ vector }) => vector.command))
  const faults = exchanges.flatMap(({ vector, index }): DocumentFault[] => {
    const where = `/vectors/${index}`
    const command = profile.commands[vector.command]
    if (!command) return [{ where: `${where}/command`, why: `no command ${vector.command}` }]
    return command.direction === 'read' && vector.reply !== null && vector.values === null
      ? [{ where: `${where}/values`, why: 'a read’s reply must say what it means' }]
      : []
  })
  const refused = profile.vectors.some((v) => v.kind === 'refused')
    ? []
    : [{ where: '/vectors', why: 'no vector of kind refused: nothing shows that wrong frames are rejected' }]
  // A command of confidence A or B claims evidence at byte level; the vector is that evidence.
  const unproven = Object.entries(profile.commands).flatMap(([name, command]) =>
    command.confidence !== 'C' && !shown.has(name)
      ? [{ where: `/commands/${name}`, why: `confidence ${command.confidence} without a vector` }]
      : [],
  )
  return [...faults, ...refused, ...unproven]
}

const latencyRules = (profile: Profile): DocumentFault[] =>
  profile.links.flatMap((link, index) => {
    const { worstMs } = emergencyLatency(profile, link)
    const { emergencyBoundMs } = profile.timing
    return worstMs <= emergencyBoundMs
      ? []
      : [
          {
            where: `/links/${index}`,
            why: `an emergency may take ${worstMs} ms on this link, promised ${emergencyBoundMs} ms`,
          },
        ]
  })
