import type { GpioPort } from '#controller/gpio/gpio.ts'
import type { Clock, Log, Wake } from '#core/base/ports.ts'
import { desire } from '#core/engine/screen.ts'
import { longestFall, longestRise } from '#core/power/sequence-plan.ts'
import type { EdgeConfig, GpioConfig } from '../config.ts'
import type { Devices } from '../devices.ts'
import type { Loop } from '../shell/loop.ts'
import { openPlaces } from './places.ts'
import type { PowerPlan } from './plan.ts'
import { createPower, type PowerShell } from './switch.ts'

/** The contactors of this site, if it has any. Null: nobody switches its power. */
export const openPower = (of: {
  readonly plan: PowerPlan | null
  readonly config: Pick<EdgeConfig, 'gpio'>
  readonly devices: Pick<Devices, 'polled' | 'display'>
  readonly pins: (config: GpioConfig) => GpioPort
  readonly clock: Clock
  readonly wake: Wake
  readonly log: Log
  readonly loop: Pick<Loop, 'post' | 'state'>
}): PowerShell | null => {
  const { plan, devices, loop, clock, wake, log } = of
  if (plan === null) return null
  const { gpio } = of.config
  const { sequence } = plan
  const places = openPlaces({
    plan,
    devices: devices.polled.map(({ device }) => device),
    gpio: gpio && gpio.outputs.length > 0 ? { port: of.pins(gpio), outputs: gpio.outputs } : null,
    wake,
  })
  // How long an emergency waits at worst for a screen without power; the sequence’s own steps and the cooling of its supplies.
  log('info', 'the display hangs on contactors', {
    onWithinMs: sequence.minimumOffMs + sequence.startOffsetMs + longestRise(sequence),
    offWithinMs: longestFall(sequence),
  })
  const blackout = () => desire(loop.state()).blackout
  return createPower({ sequence, places, display: devices.display, blackout, clock, wake, log, post: loop.post })
}
