import type { Device } from '#controller/bus/bus.ts'
import { type GpioLines, type GpioPort, gpioFaultText } from '#controller/gpio/gpio.ts'
import type { GpioOutput } from '#controller/gpio/line.ts'
import { type InputPlace, inputsOnBus } from '#controller/sequence/inputs.ts'
import { type RelayPlace, relaysOnBus } from '#controller/sequence/relays.ts'
import type { SequencePorts } from '#controller/sequence/run.ts'
import type { Wake } from '#core/base/ports.ts'
import { assert, err, ok, type Result } from '#core/base/result.ts'
import { duration } from '#core/base/units.ts'
import type { LinkFault } from '#core/screen/display.ts'
import { GPIO_DEVICE } from '../inputs/name.ts'
import type { Happening } from '../shell/loop.ts'
import type { PowerPlan } from './plan.ts'

/** Pause between two rounds over the inputs on buses: smoke is felt within this and one exchange, ms. */
const EVERY_MS = duration(100)
/** Rounds without an answer before an input counts as unknown: one lost frame is no lost sensor. */
const MISSES = 3

/** Relays and inputs of a sequence where they really are. */
export type Places = Pick<SequencePorts, 'setRelay' | 'watch'> & {
  /** True when every relay was read and is off: then nothing has power. A board that cannot be read leaves it open. */
  readonly allOff: (signal: AbortSignal) => Promise<boolean>
  /** Contacts on pins of this machine come as events, like everything that `inputs/gpio.ts` says. */
  readonly heard: (happening: Happening) => void
  readonly close: () => Promise<void>
}

export const openPlaces = (options: {
  readonly plan: PowerPlan
  readonly devices: readonly Device[]
  /** Null where no relay is a pin of this machine. */
  readonly gpio: { readonly port: GpioPort; readonly outputs: readonly GpioOutput[] } | null
  readonly wake: Wake
}): Places => {
  const { plan, devices, gpio, wake } = options
  const deviceOf = (name: string): Device => {
    const device = devices.find((one) => one.name === name)
    assert(device, `the plan was checked, and there is no device ${name}`)
    return device
  }
  const boards = new Map<string, RelayPlace>()
  for (const [name, place] of plan.relays)
    if ('device' in place) boards.set(name, { device: deviceOf(place.device), channel: place.channel })
  const onBoards = relaysOnBus(boards)
  const pins = gpio && openPins(gpio.port, gpio.outputs)
  const inputs = new Map<string, InputPlace>()
  const lines = new Map<string, string>()
  for (const [name, place] of plan.inputs) {
    if ('gpio' in place) lines.set(place.gpio, name)
    else
      inputs.set(name, {
        device: deviceOf(place.device),
        command: place.read.command,
        parameters: place.read.parameters,
        field: place.read.field,
      })
  }
  let tellPin: Parameters<SequencePorts['watch']>[0] = () => {}
  return {
    setRelay: (name, on, signal) => {
      const place = plan.relays.get(name)
      if (place === undefined || 'device' in place) return onBoards(name, on, signal)
      assert(pins, 'the plan was checked: this relay is a pin')
      return pins.set(place.gpio, on)
    },
    watch: (tell) => {
      tellPin = tell
      const stop =
        inputs.size === 0 ? () => {} : inputsOnBus({ places: inputs, every: EVERY_MS, misses: MISSES, wake })(tell)
      return () => {
        tellPin = () => {}
        stop()
      }
    },
    allOff: async (signal) => {
      for (const { device, channel } of boards.values()) if (!(await isOff(device, channel, signal))) return false
      // A pin is off from the moment it is ours; one that cannot be had is not ours.
      for (const place of plan.relays.values())
        if ('gpio' in place && !(await pins?.set(place.gpio, false))?.ok) return false
      return true
    },
    heard: (happening) => {
      if (happening.event !== 'equipment' || happening.device !== GPIO_DEVICE) return
      const { result } = happening
      for (const [line, name] of lines) {
        const value = result.ok ? result.value.find((one) => one.where === line)?.value : null
        tellPin(name, value ?? null)
      }
    },
    close: async () => {
      await pins?.close()
    },
  }
}

const isOff = async (device: Device, channel: number, signal: AbortSignal): Promise<boolean> => {
  const command = device.dialect.profile.relays?.readBack ?? null
  if (command === null) return false
  const seen = await device.ask({ command, parameters: { channel }, urgent: true, signal })
  return seen.ok && seen.value['on'] === false
}

/** Outputs of this machine, taken when they are first needed and again after their chip went away. */
const openPins = (port: GpioPort, outputs: readonly GpioOutput[]) => {
  let opened: Promise<Result<GpioLines, LinkFault>> | null = null
  let closed = false
  const open = async (): Promise<Result<GpioLines, LinkFault>> => {
    const lines = await port.open(outputs)
    if (lines.ok) {
      lines.value.onClosed(() => {
        opened = null
      })
      return lines
    }
    opened = null
    const { vi, en } = gpioFaultText(lines.error)
    return err({ kind: 'not-open', detail: `${vi} · ${en}` })
  }
  return {
    set: async (name: string, on: boolean): Promise<Result<void, LinkFault>> => {
      if (closed) return err({ kind: 'aborted', detail: 'the lines are given back' })
      opened ??= open()
      const lines = await opened
      if (!lines.ok) return lines
      const done = await lines.value.set(name, on)
      return done.ok ? ok(undefined) : err({ kind: 'not-open', detail: gpioFaultText(done.error).en })
    },
    close: async () => {
      closed = true
      const lines = await opened
      if (lines?.ok) await lines.value.close()
    },
  }
}
