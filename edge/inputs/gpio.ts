import { type GpioFault, type GpioLines, type GpioPort, gpioFaultText } from '#controller/gpio/gpio.ts'
import type { Log, Wake } from '#core/base/ports.ts'
import { err, ok } from '#core/base/result.ts'
import { duration } from '#core/base/units.ts'
import type { SensorValue } from '#core/screen/sensor.ts'
import type { GpioConfig } from '../config.ts'
import type { Post } from '../shell/loop.ts'
import { GPIO_DEVICE } from './name.ts'

/** Pause before a chip that went away, or lines that could not be had, are asked for again, ms. */
const AGAIN_MS = duration(10_000)
/** Everything is said again this often, so that a change that was missed is not missed for ever, ms. */
const ROUND_MS = duration(60_000)

/** Contacts on pins of this machine as `equipment` events: at opening, at every change, and once a minute. */
export const watchGpio = (options: {
  readonly config: Pick<GpioConfig, 'inputs'>
  readonly port: GpioPort
  readonly wake: Wake
  readonly log: Log
  readonly post: Post
}): { readonly stop: () => Promise<void> } => {
  const { config, port, wake, log, post } = options
  let lines: GpioLines | null = null
  let stopped = false
  let failing = false
  let cancel = () => {}
  const later = (ms: typeof AGAIN_MS, then: () => Promise<void>) => {
    cancel()
    if (!stopped) cancel = wake(ms, () => void then())
  }
  const failed = (fault: GpioFault): void => {
    const { vi, en } = gpioFaultText(fault)
    // The first failure is news; the event repeats it for whoever looks later.
    if (!failing) log('error', 'the contacts cannot be read', { kind: fault.kind, detail: en })
    failing = true
    lines = null
    post({ event: 'equipment', device: GPIO_DEVICE, result: err({ kind: 'not-open', detail: `${vi} · ${en}` }) })
    later(AGAIN_MS, open)
  }
  const say = async (): Promise<void> => {
    const opened = lines
    if (opened === null) return
    const values: SensorValue[] = []
    for (const { what, line } of config.inputs) {
      const level = await opened.read(line.name)
      if (stopped || lines !== opened) return
      if (!level.ok) return failed(level.error)
      values.push({ what, where: line.name, value: level.value })
    }
    post({ event: 'equipment', device: GPIO_DEVICE, result: ok(values) })
    later(ROUND_MS, say)
  }
  const open = async (): Promise<void> => {
    const opened = await port.open(config.inputs.map(({ line }) => line))
    if (!opened.ok) return stopped ? undefined : failed(opened.error)
    if (stopped) return opened.value.close()
    failing = false
    lines = opened.value
    lines.onClosed(failed)
    lines.onEvent(() => void say())
    await say()
  }
  void open()
  return {
    stop: async () => {
      stopped = true
      cancel()
      await lines?.close()
    },
  }
}
