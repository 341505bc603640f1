import type { DocumentFault } from '#core/base/check.ts'
import { lcdRules } from '../lcd/rules.ts'
import { PJLINK_HANDSHAKE, type PjlinkCommand, type PjlinkProfile } from './schema.ts'

const keyOf = ({ ask }: PjlinkCommand) => (ask.kind === 'greeting' ? 'greeting' : `${ask.class}${ask.body}`)
/** What the handshake must learn. */
const LEARNT = { greeting: ['auth', 'salt'], readClass: ['class'] } as const

export const pjlinkRules = (profile: PjlinkProfile): readonly DocumentFault[] => [
  ...lcdRules(profile, keyOf),
  ...PJLINK_HANDSHAKE.flatMap((name): readonly DocumentFault[] => {
    const where = `/commands/${name}`
    const command = profile.commands[name]
    if (!command) return [{ where: '/commands', why: `no command ${name}: every connection begins with it` }]
    const faults: DocumentFault[] = []
    if (command.direction !== 'read') faults.push({ where: `${where}/direction`, why: 'the handshake only reads' })
    if ((command.ask.kind === 'greeting') !== (name === 'greeting'))
      faults.push({ where: `${where}/ask`, why: 'greeting listens, readClass asks' })
    for (const field of LEARNT[name])
      if (!command.fields.some((f) => f.name === field))
        faults.push({ where: `${where}/fields`, why: `no field ${field}` })
    return faults
  }),
  ...Object.entries(profile.commands).flatMap(([name, command]) =>
    command.ask.kind === 'greeting' && name !== 'greeting'
      ? [{ where: `/commands/${name}/ask`, why: 'a device greets once; only the handshake can hear it' }]
      : [],
  ),
]
