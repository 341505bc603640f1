import type { LinkFault } from '#core/screen/display.ts'
import { faultAdvice } from '../detect/advice.ts'
import type { Place, World } from './world.ts'

/** What failed, what it means, and what to look at next, in both languages. */
export const sayFault = (world: World, fault: LinkFault, kind: Place['kind']): void => {
  const { means, steps } = faultAdvice(fault, kind)
  world.err(`lỗi · fault ${fault.kind}: ${means}\n  ${fault.detail}`)
  for (const step of steps) world.err(`  - ${step}`)
}
