import type { Clock, Log, Wake } from '#core/base/ports.ts'
import { assert } from '#core/base/result.ts'
import { openBus } from '../bus/bus.ts'
import type { Values } from '../dialect/dialect.ts'
import { dialectOf } from '../dialect/open.ts'
import type { Link } from '../link/link.ts'
import type { Profile } from '../profile/schema.ts'
import { type DisplayDriver, openDriver } from './driver.ts'

/** A display alone on its link. Opens the link with the first question, not before. The profile must describe a display. */
export const openDisplay = (options: {
  readonly profile: Profile
  readonly address: Values
  readonly link: Link
  readonly clock: Clock
  readonly wake: Wake
  readonly log: Log
}): DisplayDriver & { readonly close: () => Promise<void> } => {
  const bus = openBus(options)
  const { profile, address } = options
  const driver = openDriver(bus.attach({ name: 'display', dialect: dialectOf(profile), address }))
  assert(driver, `profile ${profile.id} describes no display`)
  return { ...driver, close: bus.close }
}
