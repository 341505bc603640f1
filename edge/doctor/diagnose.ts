import { formatInstant } from '#core/base/time.ts'
import { instant } from '#core/base/units.ts'
import { answerOf } from './answer.ts'
import { causesOf } from './causes.ts'
import type { DoctorFacts } from './facts.ts'
import type { Report, Section } from './report.ts'
import { machineSections } from './sections-machine.ts'
import { clockSection, screenSections } from './sections-screen.ts'

/** What was gathered → what is wrong, what follows, and what to do. Pure: the same facts give the same report. */
export const diagnose = (facts: DoctorFacts): Report => {
  const { state } = facts
  const causes = causesOf(facts)
  const screen: readonly Section[] = state.is === 'live' ? screenSections(facts, state) : []
  return {
    v: 1,
    at: facts.at,
    when: formatInstant(instant(facts.at), facts.offsetMinutes),
    site: facts.site,
    running: state.is === 'live',
    ...answerOf(facts, causes),
    causes,
    sections: [...screen, clockSection(facts), ...machineSections(facts)],
  }
}
