import type { Device } from '#controller/bus/bus.ts'
import { createSensors } from '#controller/driver/sensors.ts'
import type { Wake } from '#core/base/ports.ts'
import { err, type Result } from '#core/base/result.ts'
import { duration } from '#core/base/units.ts'
import type { LinkFault } from '#core/screen/display.ts'
import type { SensorValue } from '#core/screen/sensor.ts'
import type { Post } from '../shell/loop.ts'

/** A device answers within its profile's bound; this is the last line, for a bug in it, ms. */
const LONGEST_MS = 60_000

/** A device beside the display that is read at its own pace. */
export type Polled = { readonly device: Device; readonly everyMs: number }

/**
 * Reads every device of the configuration in turn, each at its own pace, and says what it said. A round begins when the one before is over,
 * so a slow device is read less often and no rounds pile up. A device that is away costs one probe; the bus sees to that.
 */
export const watchEquipment = (options: {
  readonly devices: readonly Polled[]
  readonly wake: Wake
  readonly post: Post
}): { readonly stop: () => void } => {
  const closing = new AbortController()
  const cancels = new Map<string, () => void>()
  for (const { device, everyMs } of options.devices) {
    const sensors = createSensors(device)
    const round = async (): Promise<void> => {
      const result = await readOnce(() =>
        sensors.read(null, AbortSignal.any([closing.signal, AbortSignal.timeout(LONGEST_MS)])),
      )
      if (closing.signal.aborted) return
      options.post({ event: 'equipment', device: device.name, result })
      cancels.set(
        device.name,
        options.wake(duration(everyMs), () => void round()),
      )
    }
    void round()
  }
  return {
    stop: () => {
      closing.abort()
      for (const cancel of cancels.values()) cancel()
    },
  }
}

type Reading = Result<readonly SensorValue[], LinkFault>

const readOnce = (read: () => Promise<Reading>): Promise<Reading> =>
  read().catch((error: unknown) =>
    err({ kind: 'aborted', detail: error instanceof Error ? error.message : String(error) }),
  )
