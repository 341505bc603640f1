import type { DocumentFault } from '#core/base/check.ts'
import { lcdRules } from '../lcd/rules.ts'
import type { MdcProfile } from './schema.ts'

/** Reply mark: a request with this command byte would look like a reply. */
const REPLY_MARK = 'FF'

export const mdcRules = (profile: MdcProfile): readonly DocumentFault[] => [
  ...lcdRules(profile, (command) => `${command.opcode} ${command.sub ?? ''}`),
  ...Object.entries(profile.commands).flatMap(([name, command]) => {
    const where = `/commands/${name}`
    const faults: DocumentFault[] = []
    if (command.opcode === REPLY_MARK) faults.push({ where: `${where}/opcode`, why: 'FF marks a reply' })
    if (command.fields.some((field) => 'word' in field.place))
      faults.push({ where: `${where}/fields`, why: 'MDC data has no words; give `at` and `size` in bytes' })
    if (command.direction === 'write' && command.fields.length === 0)
      faults.push({ where: `${where}/fields`, why: 'a write without data would be a read' })
    return faults
  }),
]
