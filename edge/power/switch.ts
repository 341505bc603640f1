import type { DisplayDriver } from '#controller/driver/driver.ts'
import { createPowerSwitch, type PowerSwitch, type SequenceNews } from '#controller/sequence/run.ts'
import type { Clock, Log, Wake } from '#core/base/ports.ts'
import { duration } from '#core/base/units.ts'
import type { PowerSequence } from '#core/power/sequence-schema.ts'
import type { SequenceFault } from '#core/power/sequence-state.ts'
import { GPIO_DEVICE } from '../inputs/name.ts'
import type { Happening, Post } from '../shell/loop.ts'
import type { Places } from './places.ts'

/** Most time for the first look at relays, and then for the first word of every input, ms. After that the order is carried out as things stand. */
const LOOK_MS = duration(3_000)

/** The power of the display as effects see it: say what is wanted, and `power` events come back. */
export type PowerShell = {
  readonly want: (to: 'on' | 'off') => void
  /** Everything on its way to the inbox: contacts on pins of this machine are among it. */
  readonly heard: (happening: Happening) => void
  /** Relays on boards stay as they are: a daemon that restarts must not put out the screen. Pins are given back, which lets go of them. */
  readonly stop: () => Promise<void>
}

type Options = {
  readonly sequence: PowerSequence
  readonly places: Places
  readonly display: Pick<DisplayDriver, 'observe' | 'apply'> | null
  /** Is the picture to be black now? The engine decides, also while power comes up. */
  readonly blackout: () => boolean
  readonly clock: Clock
  readonly wake: Wake
  readonly log: Log
  readonly post: Post
}

/**
 * Looks whether anything has power, waits for the first word of every input, and then runs the sequence as the engine wants it. What is wanted
 * meanwhile waits, at most twice LOOK_MS.
 */
export const createPower = (options: Options): PowerShell => {
  const { places, clock, wake } = options
  const closing = new AbortController()
  const run = { wanted: null as 'on' | 'off' | null, power: null as PowerSwitch | null, ready: false }
  const voice = createVoice(options.post)
  const order = () => {
    if (run.power === null || !run.ready || run.wanted === null) return
    // The outcome comes as news; the promise is for those who wait.
    void run.power.switchTo(run.wanted, closing.signal)
    voice.phase(run.power.state().phase)
  }
  const pins: Happening[] = []
  const start = async (): Promise<void> => {
    const late = new AbortController()
    const cancel = wake(LOOK_MS, () => late.abort())
    const off = await places.allOff(AbortSignal.any([late.signal, closing.signal]))
    cancel()
    if (closing.signal.aborted) return
    const known = firstWords(options.sequence, wake)
    run.power = createPowerSwitch({
      ...options,
      ports: {
        setRelay: places.setRelay,
        display: options.display && shownAsWanted(options.display, options.blackout),
        watch: (tell) =>
          places.watch((name, value) => {
            tell(name, value)
            known.heard(name)
          }),
      },
      offSince: off ? clock.read().mono : null,
      onNews: voice.news,
    })
    // What the pins said before anybody listened.
    for (const one of pins.splice(0)) places.heard(one)
    if (off) voice.off()
    await known.all
    run.ready = true
    order()
  }
  void start()
  return {
    want: (to) => {
      run.wanted = to
      order()
    },
    heard: (happening) => {
      if (run.power !== null) return places.heard(happening)
      // The newest word of the pins says everything; nothing older is kept.
      if (happening.event === 'equipment' && happening.device === GPIO_DEVICE) pins.splice(0, pins.length, happening)
    },
    stop: async () => {
      closing.abort()
      run.power?.close()
      await places.close()
    },
  }
}

/** The end of a way up shows what the engine wants shown: light, or black when an order ended meanwhile. */
const shownAsWanted = (
  driver: Pick<DisplayDriver, 'observe' | 'apply'>,
  blackout: () => boolean,
): Pick<DisplayDriver, 'observe' | 'apply'> => ({
  observe: driver.observe,
  apply: (setting, signal) =>
    driver.apply(
      setting.set === 'blackout' && !setting.value ? { set: 'blackout', value: blackout() } : setting,
      signal,
    ),
})

/** Until every input of the sequence spoke, or LOOK_MS: an interlock that nobody asked yet is not an interlock that nobody knows. */
const firstWords = (sequence: PowerSequence, wake: Wake) => {
  const silent = new Set(sequence.inputs.map((one) => one.name))
  const { promise, resolve } = Promise.withResolvers<void>()
  const cancel = wake(LOOK_MS, resolve)
  const heard = (name: string) => {
    silent.delete(name)
    if (silent.size > 0) return
    cancel()
    resolve()
  }
  if (silent.size === 0) heard('')
  return { all: promise, heard }
}

/** What the sequence does, as events of the engine; each phase is said once. */
const createVoice = (post: Post) => {
  let said: 'rising' | 'falling' | 'on' | 'off' | null = null
  const say = (state: 'rising' | 'falling' | 'on' | 'off', detail: string) => {
    said = state
    post({ event: 'power', state, detail })
  }
  const phase = (now: SequenceNews['phase']) => {
    const word = now === 'pausing' || now === 'rising' ? 'rising' : now === 'falling' ? 'falling' : null
    if (word !== null && word !== said) say(word, now)
  }
  const failed = (way: 'on' | 'off', faults: readonly SequenceFault[]) => {
    const [first] = faults
    if (first === undefined) return
    const detail = faults.map((one, i) => (i === 0 ? one.detail : `${one.step}: ${one.detail}`)).join('; ')
    post({ event: 'power', state: 'failed', way, kind: first.kind, step: first.step, detail: detail.slice(0, 500) })
  }
  const news = ({ phase: now, action }: SequenceNews): void => {
    switch (action.do) {
      case 'relay':
      case 'display':
        return phase(now)
      case 'done':
        say(action.power, action.power === 'on' ? 'mọi bước đã xong' : 'mọi rơ-le đã nhả')
        return phase(now)
      case 'failed':
        failed('on', [action.fault])
        return phase(now)
      case 'report':
        return void post({ event: 'power', state: 'noted', ...action.fault })
      case 'not-off': {
        const stuck = action.troubles.filter((one) => one.kind !== 'no-answer')
        if (stuck.length > 0) {
          said = null
          return failed('off', stuck)
        }
        // Every relay let go; only the dying display did not answer. There is no power, so it is dark.
        say('off', 'mọi rơ-le đã nhả')
        return phase(now)
      }
    }
  }
  return { phase, news, off: () => say('off', 'mọi rơ-le đọc lại là nhả') }
}
