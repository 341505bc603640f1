import type { DocumentFault } from '#core/base/check.ts'
import { lcdRules } from '../lcd/rules.ts'
import type { LgProfile } from './schema.ts'

export const lgRules = (profile: LgProfile): readonly DocumentFault[] => [
  ...lcdRules(profile, (command) => `${command.code} ${command.select ?? ''}`),
  ...sharedLetters(profile),
  ...Object.entries(profile.commands).flatMap(([name, command]) =>
    command.select !== null && command.direction === 'write'
      ? [{ where: `/commands/${name}/select`, why: 'only a read chooses' }]
      : [],
  ),
]

/** A reply repeats only the second letter, so `fz` and `tz` in one profile could answer for each other. */
const sharedLetters = (profile: LgProfile): readonly DocumentFault[] => {
  const codes = new Map<string, string>()
  return Object.entries(profile.commands).flatMap(([name, { code }]) => {
    const letter = code.slice(1)
    const before = codes.get(letter)
    codes.set(letter, before ?? code)
    return before === undefined || before === code
      ? []
      : [{ where: `/commands/${name}/code`, why: `its reply looks like that of ${before}: both begin with ${letter}` }]
  })
}
