import { standingMessage } from '#controller/raster/message-of.ts'
import type { SceneSource } from '#core/engine/scene-source.ts'
import type { Scene } from '#core/screen/scene.ts'
import type { Post } from '../shell/loop.ts'
import { createEyes, type Frame } from './eyes.ts'
import { filesOf } from './files.ts'
import { createFloor } from './floor.ts'
import { createGuard, PACES, type Paces } from './guard.ts'
import { createHealing, type HealthCounts } from './healing.ts'
import type { MpvEvent } from './ipc.ts'
import { loader } from './load.ts'
import { KEEP_WINDOW, type SupervisorOptions, superviseMpv } from './mpv.ts'
import { createOrderPictures, pictureOf } from './order-pictures.ts'
import type { Pages } from './pages.ts'
import type { Showing } from './showing.ts'
import { type SoundRules, soundOf, toneFile } from './sound.ts'

/** The picture path. Everything is told at once and answered by events; nothing waits. */
export type Player = {
  /** `source` is what `sceneSource` says of the scene. */
  readonly show: (scene: Scene, source: SceneSource) => void
  /** A file came in: the picture of the order that is on may be drawn now. */
  readonly arrived: (sha256: string) => void
  /** What is on the output now, as JPEG; null when there is no picture to be had. */
  readonly frame: () => Promise<Frame | null>
  readonly restarts: () => number
  /** From `show` to the first picture, milliseconds, of the last showing; null before the first. */
  readonly lastShowMs: () => number | null
  readonly pid: () => number | null
  /** What went wrong and was healed since the start. */
  readonly health: () => HealthCounts
  readonly stop: () => Promise<void>
}

export type PlayerOptions = Pick<
  SupervisorOptions,
  'output' | 'display' | 'panel' | 'extraArgs' | 'log' | 'program'
> & {
  readonly pages: Pages
  readonly runDir: string
  /** Null: not here, or not what it was. */
  readonly assetPath: (sha256: string) => string | null
  readonly offsetMinutes: number
  /** For the standing page, which mpv itself goes on to when it cannot show what it was told. */
  readonly siteName: string
  readonly sound: SoundRules
  readonly post: Post
  /** Other paces than the usual ones: for tests that cannot wait. */
  readonly paces?: Partial<Paces>
  /** Milliseconds, monotonic. */
  readonly now: () => number
}

/** A first picture that comes later than this is late, ms: p99 on two busy cores is below half a second. */
const LATE_MS = 1_500
/** Length of a reason in evidence, characters. */
const DETAIL_CHARS = 500

export const createPlayer = (options: PlayerOptions): Player => {
  const { post, log, pages } = options
  const run = {
    showing: null as Showing | null,
    /** Where `showing` came from, and whether it is to be drawn anew once its words are up. */
    source: null as SceneSource | null,
    redraw: false,
    entry: -1,
    lastShowMs: null as number | null,
    hold: null as string | null,
    dark: true,
    windowed: false,
    slide: undefined as NodeJS.Timeout | undefined,
    stopped: false,
  }
  const supervisor = superviseMpv({
    ...options,
    audio: options.sound.audio,
    up: () => {
      void supervisor.ipc()?.command(['observe_property', 1, 'eof-reached'])
      const hold = pages.keep(standingMessage(options.siteName))
      run.hold = hold.ok ? hold.value : null
      post({ event: 'player', what: 'up' })
      floor?.lay(run.dark ? null : run.hold)
    },
    down: (detail, missing) => {
      healing.died(run.showing)
      run.showing = null
      run.windowed = false
      clearTimeout(run.slide)
      post({ event: 'player', what: 'down', detail, missing })
    },
    event: (event) => onEvent(event),
  })
  const display = options.output === 'x11' ? (options.display ?? process.env['DISPLAY'] ?? null) : null
  const floor = display === null ? null : createFloor(display, log)
  const eyes = createEyes({ ...options, display, ipc: supervisor.ipc })
  const fail = (showing: Showing, detail: string): void => {
    showing.over = true
    refuse(showing.play, detail)
  }
  const refuse = (play: string | null, detail: string): void => {
    log('error', 'the player could not show it', { play, detail })
    if (play !== null) post({ event: 'player', what: 'failed', play, detail: detail.slice(0, DETAIL_CHARS) })
  }
  const load = loader({
    ipc: supervisor.ipc,
    hold: () => run.hold,
    fail: (showing, why) => run.showing === showing && fail(showing, why),
    now: options.now,
  })
  const paces = { ...PACES, ...options.paces }
  const healing = createHealing({
    ...options,
    paces,
    eyes,
    display,
    showing: () => run.showing,
    reload: load.whole,
    fail,
    kill: supervisor.kill,
  })
  const guard = createGuard({ ...options, paces, supervisor, showing: () => run.showing, ...healing })

  const onEvent = (event: MpvEvent): void => {
    const { showing } = run
    const entry = typeof event['playlist_entry_id'] === 'number' ? event['playlist_entry_id'] : null
    if (event.event === 'start-file' && entry !== null) run.entry = entry
    if (showing === null || showing.over) return
    const of = showing.entries.get(entry ?? run.entry)
    if (of === undefined) return
    if (event.event === 'end-file' && event['reason'] === 'error') {
      const which = showing.kind === 'slides' ? `trang · slide ${of + 1} / ${showing.files.length}: ` : ''
      return fail(showing, `${which}mpv: ${String(event['file_error'] ?? 'cannot be played')}`)
    }
    if (event.event === 'playback-restart') {
      showing.at = of
      if (!showing.shown) return void begun(showing)
    }
    if (event.event === 'property-change' && event['name'] === 'eof-reached' && event['data'] === true) onEnd(showing)
  }
  /** mpv also "plays" a file of which it could decode no picture; only a decoded one counts. */
  const begun = async (showing: Showing): Promise<void> => {
    showing.shown = true
    const width = await supervisor.ipc()?.command(['get_property', 'video-params/w'])
    if (run.showing !== showing || showing.over || width === undefined) return
    if (width.ok && typeof width.value === 'number' && width.value > 0) return onShown(showing)
    if (!width.ok && width.error === 'closed') return
    // Not to wait for the engine with an empty window, or with sound that nobody approved alone.
    void supervisor.ipc()?.command(['playlist-next', 'force'])
    fail(showing, 'mpv: no picture could be decoded from the file')
  }
  const onShown = (showing: Showing): void => {
    const ms = Math.round(options.now() - showing.toldAt)
    const first = showing.proof === null
    if (!run.windowed) void supervisor.ipc()?.command(KEEP_WINDOW)
    run.windowed = true
    if (first) run.lastShowMs = ms
    healing.shown(showing, { late: first && ms > LATE_MS ? ms : null })
    const late = ms > LATE_MS ? `; muộn, quá ${LATE_MS} ms · late` : ''
    healing.prove(showing, { proof: 'acknowledged', how: `mpv playback-restart after ${ms} ms${late}` })
    healing.watch(showing)
    if (run.redraw) redraw()
  }
  /** The same order with its picture, which came after its words. Its play, its proof and the silence after its tone stay. */
  const redraw = (): void => {
    const { showing, source } = run
    if (showing === null || showing.over || source === null || run.stopped) return
    run.redraw = !showing.shown
    if (run.redraw) return
    const made = filesOf(source, { ...options, pictures })
    if (!made.ok) return log('error', 'drawn without its picture', { play: showing.play, detail: made.error })
    const { play, proof } = showing
    const next = { play, ...made.value, sound: null, toldAt: options.now(), ...FRESH, proof, entries: new Map() }
    run.showing = next
    load.whole(next)
  }
  const pictures = createOrderPictures({
    ...options,
    ready: (sha256) => {
      if (run.source !== null && pictureOf(run.source) === sha256) redraw()
    },
    broken: (order, detail) => {
      log('error', 'the picture of an order cannot be drawn', { order: order.id, detail })
      post({ event: 'picture', order: order.id, detail: detail.slice(0, DETAIL_CHARS) })
    },
  })
  const onEnd = (showing: Showing): void => {
    if (showing.kind !== 'video' || !showing.shown) return
    showing.over = true
    if (showing.play !== null) post({ event: 'player', what: 'ended', play: showing.play })
  }
  /** Slides go by our own clock from when they were asked for, so that sixty of them end when the engine says and not a second off. */
  const nextSlide = (showing: Showing): void => {
    const due = showing.files.slice(0, showing.told + 1).reduce((sum, { durationMs }) => sum + durationMs, 0)
    const wait = Math.max(0, showing.toldAt + due - options.now())
    run.slide = setTimeout(() => {
      if (run.showing !== showing || showing.over || run.stopped) return
      const next = showing.files[showing.told + 1]
      if (next !== undefined) {
        if (next.sha256 !== undefined && options.assetPath(next.sha256) !== next.path)
          return fail(showing, `slide ${showing.told + 2} is not what it was any more`)
        load.slide(showing, showing.told + 1)
        return nextSlide(showing)
      }
      showing.over = true
      if (showing.play !== null) post({ event: 'player', what: 'ended', play: showing.play })
    }, wait)
  }

  /** Only when it changes: between two items nothing is laid. */
  const lay = (dark: boolean): void => {
    if (run.dark !== dark) floor?.lay(dark ? null : run.hold)
    run.dark = dark
  }

  return {
    show: (scene, source) => {
      const toldAt = options.now()
      const play = scene.scene === 'dark' ? null : scene.play
      const made = filesOf(source, { ...options, pictures })
      if (!made.ok) return refuse(play, made.error)
      const doubt = healing.doubt(made.value.suspect)
      if (doubt !== null) return refuse(play, doubt)
      healing.leave(run.showing)
      const sound = soundOf(source, options.sound, () => toneFile(options.runDir))
      const showing: Showing = { play, ...made.value, sound, toldAt, ...FRESH, entries: new Map() }
      Object.assign(run, { showing, source, redraw: false })
      clearTimeout(run.slide)
      load.whole(showing)
      lay(showing.kind === 'dark')
      if (showing.kind === 'slides') nextSlide(showing)
    },
    arrived: (sha256) => {
      const { source } = run
      if (source?.source === 'order' && pictureOf(source) === sha256) pictures.of(source.order)
    },
    frame: () => eyes.frame(),
    restarts: supervisor.restarts,
    lastShowMs: () => run.lastShowMs,
    pid: supervisor.pid,
    health: healing.counts,
    stop: async () => {
      run.stopped = true
      clearTimeout(run.slide)
      healing.stop()
      pictures.stop()
      guard.stop()
      floor?.close()
      await supervisor.stop()
    },
  }
}

const FRESH = { told: 0, at: 0, loadedAt: 0, loads: 0, watched: 0, shown: false, over: false, proof: null } as const
