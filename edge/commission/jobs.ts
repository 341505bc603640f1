import { spawn } from 'node:child_process'
import type { Clock, Wake } from '#core/base/ports.ts'
import { err, ok, type Result } from '#core/base/result.ts'
import { duration, percent, since } from '#core/base/units.ts'
import { ambient } from '#core/engine/house.ts'
import { desire } from '#core/engine/screen.ts'
import type { State } from '#core/engine/state.ts'
import { longestFall, longestRise } from '#core/power/sequence-plan.ts'
import type { PowerSequence } from '#core/power/sequence-schema.ts'
import { manualKey } from '#core/screen/manual.ts'
import { waveOf } from '../player/wave.ts'
import type { Post } from '../shell/loop.ts'
import type { PowerRun, SweepPoint } from './document.ts'

/** Trials that take a while. They ask by the same events as everything by hand, so an emergency ends them like any other. */
export type Trial = {
  readonly state: () => State
  readonly post: Post
  readonly clock: Clock
  readonly wake: Wake
  readonly signal: AbortSignal
  readonly person: string
  readonly tell: (doing: string) => void
}

const LOOK_MS = duration(200)
/** For one level to be set and read back, ms: two rounds of reading and a slow line. */
const LEVEL_MS = 20_000
/** Time limit of what a trial holds, ms: given back by itself when the trial dies. */
const HOLD_MS = 120_000
const LEVELS = [10, 25, 50, 75, 100] as const
/** Controllers of few steps answer with the nearest they have, percent. */
const NEAR = 3.5

/** Until `done`, at most `ms`; false: it did not come. */
const until = async (trial: Trial, ms: number, done: () => boolean): Promise<boolean> => {
  const from = trial.clock.read().mono
  while (!done()) {
    if (trial.signal.aborted || since(trial.clock.read().mono, from) >= ms) return false
    await new Promise<void>((resolve) => void trial.wake(LOOK_MS, resolve))
  }
  return true
}

const holds = (trial: Trial, key: string): boolean => trial.state().manual.some(({ wish }) => manualKey(wish) === key)

/** The levels of a sweep: never above the limit of the device, and the limit itself is one of them. */
export const sweepLevels = (limit: number): readonly number[] =>
  [...new Set([...LEVELS.filter((level) => level < limit), Math.floor(limit)])].filter((level) => level > 0)

/** Each level set and read back, then given back. Stops where somebody or something stronger takes the brightness away. */
export const sweep = async (trial: Trial): Promise<Result<readonly SweepPoint[], string>> => {
  const points: SweepPoint[] = []
  try {
    for (const level of sweepLevels(trial.state().site.brightnessLimit)) {
      const from = trial.clock.read().mono
      trial.tell(`${level} %`)
      trial.post({
        event: 'manual',
        person: trial.person,
        wish: { what: 'brightness', percent: percent(level) },
        forMs: HOLD_MS,
      })
      await until(trial, 2_000, () => holds(trial, 'brightness'))
      if (!holds(trial, 'brightness')) return err(INTERRUPTED)
      const readable = () => trial.state().display.holds.brightness?.readable !== false
      const settled = () => {
        const { display } = trial.state()
        const wanted = desire(trial.state()).brightness
        const { observed, inFlight } = display
        const hold = display.holds.brightness
        if (!readable()) return hold?.wish === wanted && hold.held !== null
        // A write comes back with what was read after it; where nothing had to be written, the next look says it.
        const fresh = hold?.wish === wanted || (observed !== null && observed.at.mono > from)
        const seen = observed?.brightness ?? null
        return inFlight === null && fresh && seen !== null && Math.abs(seen - wanted) <= NEAR
      }
      const done = await until(trial, LEVEL_MS, () => settled() || !holds(trial, 'brightness'))
      if (!holds(trial, 'brightness')) return err(INTERRUPTED)
      const state = trial.state()
      const readBack = readable() ? (state.display.observed?.brightness ?? null) : null
      points.push({ asked: level, wanted: desire(state).brightness, readBack, lux: ambient(state), ok: done })
    }
    return ok(points)
  } finally {
    trial.post({ event: 'manual-end', person: trial.person, key: 'brightness' })
  }
}

export const INTERRUPTED =
  'bị ngắt: có lệnh khẩn cấp, hết giờ, hoặc có người trả lại · interrupted: an emergency, its time, or somebody gave it back'

/** Down and up again, once, with the times it took. */
export const runPower = async (
  trial: Trial,
  { sequence, offAfterMs }: { readonly sequence: PowerSequence; readonly offAfterMs: number },
): Promise<PowerRun> => {
  const phase = () => trial.state().switching?.phase ?? 'unknown'
  if (phase() !== 'on')
    return {
      offMs: null,
      onMs: null,
      fault: `nguồn đang ${phase()}, hãy đợi đến khi màn hình sáng · power is ${phase()}: wait until the display is lit`,
    }
  const slack = 15_000
  const fallMs = offAfterMs + longestFall(sequence) + slack
  const riseMs = sequence.minimumOffMs + sequence.startOffsetMs + longestRise(sequence) + slack
  const faultNow = (): string | null => {
    const fault = trial.state().switching?.fault ?? null
    return fault === null ? null : `${fault.step}: ${fault.kind}: ${fault.detail}`.slice(0, 300)
  }
  const from = trial.clock.read().mono
  trial.tell('tắt · off')
  trial.post({ event: 'manual', person: trial.person, wish: { what: 'power-off' }, forMs: fallMs + 60_000 })
  await until(trial, 2_000, () => holds(trial, 'power-off'))
  const down = await until(trial, fallMs, () => phase() === 'off' || phase() === 'stuck' || !holds(trial, 'power-off'))
  const held = holds(trial, 'power-off')
  const offMs = down && phase() === 'off' ? Math.round(since(trial.clock.read().mono, from)) : null
  const downFault = faultNow()
  trial.post({ event: 'manual-end', person: trial.person, key: 'power-off' })
  if (!held) return { offMs: null, onMs: null, fault: INTERRUPTED }
  if (offMs === null)
    return { offMs, onMs: null, fault: downFault ?? 'không tắt hẳn trong thời hạn · did not go off in time' }
  const up = trial.clock.read().mono
  trial.tell('bật · on')
  const risen = await until(trial, riseMs, () => phase() === 'on' || faultNow() !== null)
  const onMs = risen && phase() === 'on' ? Math.round(since(trial.clock.read().mono, up)) : null
  return {
    offMs,
    onMs,
    fault: onMs === null ? (faultNow() ?? 'không bật lên trong thời hạn · did not come up in time') : null,
  }
}

export type Side = 'left' | 'right' | 'both'
const SECONDS = 1
const HERTZ = 880
const LEVEL = 12_000

/** The tone on one side, silence on the other. */
export const toneOf = (side: Side): Buffer =>
  waveOf({
    seconds: SECONDS,
    level: LEVEL,
    channels: [() => (side === 'right' ? null : HERTZ), () => (side === 'left' ? null : HERTZ)],
  })

/** By a player of its own, so that the one that holds the screen is not touched. Ends by itself, at the latest after 10 s. */
export const playTone = (side: Side, args: readonly string[]): Promise<Result<void, string>> =>
  new Promise((resolve) => {
    const child = spawn(
      'mpv',
      ['--no-config', '--no-video', '--no-terminal', '--audio-channels=stereo', ...args, '-'],
      {
        stdio: ['pipe', 'ignore', 'ignore'],
        timeout: 10_000,
      },
    )
    child.on('error', (error) => resolve(err(error.message)))
    child.on('exit', (code, signal) =>
      resolve(code === 0 ? ok(undefined) : err(`mpv: ${signal ?? code}: không phát được · could not be played`)),
    )
    child.stdin.on('error', () => {})
    child.stdin.end(toneOf(side))
  })
