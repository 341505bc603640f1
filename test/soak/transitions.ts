import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CLIP_SECONDS, type Clip, makeClips } from '../support/clips.ts'
import type { Sampled } from '../support/sampler-control.ts'
import { openSampler } from '../support/screen.ts'
import { openStage, STAGE_PANEL } from './stage.ts'

/** What was counted over all transitions. */
export type TransitionCounts = {
  readonly transitions: number
  readonly samples: number
  /** Transitions during which every point was black at some look, and those during which a part was. */
  readonly black: number
  readonly partly: number
  readonly blackSamples: number
  readonly longestMs: number
  /** From being told to the first picture, milliseconds, sorted. */
  readonly shownMs: readonly number[]
  readonly worst: readonly string[]
}

/** The middle of the screen, which every picture covers whatever its shape. */
const POINTS = [0.46, 0.5, 0.54].flatMap((x) =>
  [0.1, 0.5, 0.9].map((y) => ({ x: Math.round(STAGE_PANEL.width * x), y: Math.round(STAGE_PANEL.height * y) })),
)
/** At the end black is asked for, to see that the sampler sees it, ms. */
const CONTROL_MS = 1_000
/** After the first picture the sampling goes on for so long, then comes the next. Each fourth is watched past the end of a clip. */
const AFTER_MS = 60
const PAST_END_MS = CLIP_SECONDS * 1000 + 200

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Plays `transitions` changes between pictures and clips of all sizes on a real mpv and a real X screen, and looks at every one of them. */
export const countTransitions = async (
  transitions: number,
  say: (line: string) => void = () => {},
): Promise<TransitionCounts> => {
  const folder = mkdtempSync(join(tmpdir(), 'bangtin-transitions-'))
  const clips = await makeClips(folder)
  const stage = await openStage({ clips, folder, say })
  const sampler = await openSampler(stage.screen.file, POINTS)
  try {
    const { player, show } = stage
    const counts = await walk({ transitions, clips, show, sampler, say, lastShowMs: player.lastShowMs })
    sampler.start()
    player.show({ scene: 'dark' }, { source: 'dark' })
    await pause(CONTROL_MS)
    const control = await sampler.stop()
    if (control.black === 0) throw new Error('the sampler saw no black when black was asked for: it proves nothing')
    return counts
  } finally {
    await sampler.close()
    await stage.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

const walk = async (of: {
  readonly transitions: number
  readonly clips: readonly Clip[]
  readonly show: (clip: Clip) => Promise<void>
  readonly sampler: { readonly start: () => void; readonly stop: () => Promise<Sampled> }
  readonly say: (line: string) => void
  readonly lastShowMs: () => number | null
}): Promise<TransitionCounts> => {
  const { transitions, clips, sampler } = of
  const first = clips[0]
  if (first === undefined) throw new Error('there are no clips')
  await of.show(first)
  await pause(300)
  const all: { readonly name: string; readonly sampled: Sampled; readonly ms: number }[] = []
  let last = 0
  for (let n = 1; n <= transitions; n++) {
    // Every step width in turn, so that in time each follows each.
    const step = 1 + (Math.floor(n / clips.length) % (clips.length - 1))
    const next = (last + step) % clips.length
    const [from, to] = [clips[last], clips[next]]
    if (from === undefined || to === undefined) throw new Error('counted past the end')
    last = next
    sampler.start()
    await of.show(to)
    await pause(n % 4 === 0 && to.kind === 'video' ? PAST_END_MS : AFTER_MS)
    const sampled = await sampler.stop()
    all.push({ name: `${from.name} -> ${to.name}`, sampled, ms: of.lastShowMs() ?? 0 })
    if (n % 50 === 0) of.say(`  ${n} of ${transitions}`)
  }
  const sum = (of: (sampled: Sampled) => number): number => all.reduce((total, { sampled }) => total + of(sampled), 0)
  const dark = all.filter(({ sampled }) => sampled.black + sampled.partly > 0)
  dark.sort((a, b) => b.sampled.longestMs - a.sampled.longestMs)
  return {
    transitions: all.length,
    samples: sum((s) => s.samples),
    black: all.filter(({ sampled }) => sampled.black > 0).length,
    partly: all.filter(({ sampled }) => sampled.partly > 0).length,
    blackSamples: sum((s) => s.black + s.partly),
    longestMs: Math.max(0, ...all.map(({ sampled }) => sampled.longestMs)),
    shownMs: all.map(({ ms }) => ms).sort((a, b) => a - b),
    worst: dark.slice(0, 8).map(({ name, sampled }) => `${name}: ${sampled.longestMs.toFixed(1)} ms`),
  }
}

const DEFAULT_TRANSITIONS = 200

/** `npm run soak -- --only transitions [count]`: prints the counts; 0 when no frame was black, 1 when one was, 2 for bad usage. */
export const run = async (args: readonly string[], say: (line: string) => void): Promise<number> => {
  const wanted = Number(args[0] ?? DEFAULT_TRANSITIONS)
  if (!Number.isInteger(wanted) || wanted < 1) {
    say(`transitions: "${args[0]}" is no number of transitions; give a whole number from 1`)
    return 2
  }
  const counts = await countTransitions(wanted, say)
  const at = (share: number): number => counts.shownMs[Math.floor((counts.shownMs.length - 1) * share)] ?? 0
  say(`transitions ${counts.transitions}, looks ${counts.samples}`)
  say(`with a black frame ${counts.black}, with a partly black one ${counts.partly}`)
  say(`black looks ${counts.blackSamples}, longest ${counts.longestMs.toFixed(1)} ms`)
  say(`first picture after ms: p50 ${at(0.5)}, p95 ${at(0.95)}, most ${at(1)}`)
  for (const line of counts.worst) say(`  ${line}`)
  return counts.black + counts.partly === 0 ? 0 : 1
}
