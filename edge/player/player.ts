import { existsSync } from 'node:fs'
import type { Message } from '#controller/raster/message.ts'
import { messageOfOrder, messageOfText, standingMessage } from '#controller/raster/message-of.ts'
import { assert } from '#core/base/result.ts'
import type { SceneSource } from '#core/engine/scene-source.ts'
import type { Scene } from '#core/screen/scene.ts'
import type { Post } from '../shell/loop.ts'
import { createEyes, type Frame } from './eyes.ts'
import { createGuard } from './guard.ts'
import type { MpvEvent } from './ipc.ts'
import { type SupervisorOptions, superviseMpv } from './mpv.ts'
import type { Pages } from './pages.ts'
import type { Showing } from './showing.ts'

/** The picture path. Everything is told at once and answered by events; nothing waits. */
export type Player = {
  /** `source` is what `sceneSource` says of the scene. */
  readonly show: (scene: Scene, source: SceneSource) => void
  /** What is on the output now, as JPEG; null when there is no picture to be had. */
  readonly frame: () => Promise<Frame | null>
  readonly restarts: () => number
  /** From `show` to the first picture, milliseconds, of the last showing; null before the first. */
  readonly lastShowMs: () => number | null
  readonly pid: () => number | null
  readonly stop: () => Promise<void>
}

export type PlayerOptions = Pick<
  SupervisorOptions,
  'output' | 'display' | 'panel' | 'audio' | 'extraArgs' | 'log' | 'program'
> & {
  readonly pages: Pages
  readonly runDir: string
  /** Null: not here, or not what it was. */
  readonly assetPath: (sha256: string) => string | null
  readonly offsetMinutes: number
  readonly post: Post
  /** Milliseconds, monotonic. */
  readonly now: () => number
}

export const createPlayer = (options: PlayerOptions): Player => {
  const { post, log, pages } = options
  const run = { showing: null as Showing | null, entry: -1, lastShowMs: null as number | null, stopped: false }
  const supervisor = superviseMpv({
    ...options,
    up: () => {
      void supervisor.ipc()?.command(['observe_property', 1, 'eof-reached'])
      post({ event: 'player', what: 'up' })
    },
    down: (detail, missing) => {
      run.showing = null
      post({ event: 'player', what: 'down', detail, missing })
    },
    event: (event) => onEvent(event),
  })
  const eyes = createEyes({ runDir: options.runDir, ipc: supervisor.ipc, panel: options.panel, now: options.now })
  const guard = createGuard({ supervisor, showing: () => run.showing, log, now: options.now })

  const fail = (play: string | null, detail: string): void => {
    log('error', 'the player could not show it', { play, detail })
    if (play !== null) post({ event: 'player', what: 'failed', play, detail: detail.slice(0, 500) })
  }
  const onEvent = (event: MpvEvent): void => {
    const { showing } = run
    const entry = typeof event['playlist_entry_id'] === 'number' ? event['playlist_entry_id'] : null
    if (event.event === 'start-file' && entry !== null) run.entry = entry
    if (showing === null || showing.over) return
    if (event.event === 'end-file' && entry !== null && showing.entries.has(entry) && event['reason'] === 'error') {
      showing.over = true
      return fail(showing.play, `mpv: ${String(event['file_error'] ?? 'cannot be played')}`)
    }
    if (event.event === 'playback-restart' && showing.entries.has(run.entry) && !showing.shown)
      return void begun(showing)
    if (event.event === 'property-change' && event['name'] === 'eof-reached' && event['data'] === true) onEnd(showing)
  }
  /** mpv also "plays" a file of which it could decode no picture; only a decoded one counts. */
  const begun = async (showing: Showing): Promise<void> => {
    showing.shown = true
    const width = await supervisor.ipc()?.command(['get_property', 'video-params/w'])
    if (run.showing !== showing || showing.over || width === undefined) return
    if (width.ok && typeof width.value === 'number' && width.value > 0) return onShown(showing)
    if (!width.ok && width.error === 'closed') return
    showing.over = true
    fail(showing.play, 'mpv: no picture could be decoded from the file')
  }
  const onShown = (showing: Showing): void => {
    const ms = Math.round(options.now() - showing.toldAt)
    run.lastShowMs = ms
    const { play } = showing
    if (play === null) return
    post({ event: 'player', what: 'shown', play, proof: 'acknowledged', how: `mpv playback-restart after ${ms} ms` })
    void eyes
      .check(showing, () => run.showing === showing && !showing.over)
      .then((seen) => {
        if (seen === null || run.stopped || run.showing !== showing) return
        if (seen.proof === 'contradicted')
          log('error', 'the output does not show what it should', { play, how: seen.how })
        post({ event: 'player', what: 'shown', play, proof: seen.proof, how: seen.how })
      })
  }
  const onEnd = (showing: Showing): void => {
    if (showing.kind !== 'video' || !showing.entries.has(run.entry) || !showing.shown) return
    showing.over = true
    if (showing.play !== null) post({ event: 'player', what: 'ended', play: showing.play })
  }

  const filesOf = (
    source: SceneSource,
  ): { readonly files: Showing['files']; readonly kind: Showing['kind'] } | string => {
    switch (source.source) {
      case 'dark': {
        const black = pages.black()
        return black.ok ? { kind: 'dark', files: [{ path: black.value, durationMs: 0 }] } : black.error
      }
      case 'file': {
        const path = options.assetPath(source.sha256)
        if (path === null || !existsSync(path))
          return `${source.item.id}: the file ${source.sha256} is not here or not what it was`
        return { kind: source.item.kind === 'video' ? 'video' : 'still', files: [{ path, durationMs: 0 }] }
      }
      case 'slides': {
        const files = source.slides.map(({ sha256, durationMs }) => ({ path: options.assetPath(sha256), durationMs }))
        const missing = files.findIndex(({ path }) => path === null || !existsSync(path))
        return missing >= 0
          ? `${source.item.id}: slide ${missing + 1} is not here or not what it was`
          : {
              kind: 'pages',
              files: files.flatMap(({ path, durationMs }) => (path === null ? [] : [{ path, durationMs }])),
            }
      }
      case 'standing':
      case 'text':
      case 'order': {
        const drawn = pages.draw(messageFor(source, options.offsetMinutes))
        return drawn.ok ? { kind: 'pages', files: drawn.value } : drawn.error
      }
    }
  }
  const load = (showing: Showing): void => {
    const ipc = supervisor.ipc()
    if (ipc === null) return
    const several = showing.files.length > 1
    void ipc.command(['set_property', 'loop-playlist', several ? 'inf' : 'no'])
    showing.files.forEach((file, i) => {
      const named = { name: 'loadfile', url: file.path, flags: i === 0 ? 'replace' : 'append' }
      const seconds = { 'image-display-duration': String(file.durationMs / 1000) }
      ipc.tell(several ? { ...named, options: seconds } : named, (answer) => {
        if (answer.ok) {
          const entry = (answer.value as { playlist_entry_id?: unknown } | null)?.playlist_entry_id
          if (typeof entry === 'number') showing.entries.add(entry)
        } else if (i === 0 && run.showing === showing && answer.error !== 'closed') {
          showing.over = true
          fail(showing.play, `mpv: ${answer.error}`)
        }
      })
    })
  }

  return {
    show: (scene, source) => {
      const toldAt = options.now()
      const play = scene.scene === 'dark' ? null : scene.play
      const made = filesOf(source)
      if (typeof made === 'string') return fail(play, made)
      const showing: Showing = { play, ...made, toldAt, entries: new Set(), shown: false, over: false }
      run.showing = showing
      const ipc = supervisor.ipc()
      void ipc?.command(['set_property', 'mute', isMute(source) || !options.audio])
      // At the end of a clip mpv holds its last frame by pausing, and would hold the next file, too.
      void ipc?.command(['set_property', 'pause', false])
      load(showing)
    },
    frame: () => eyes.frame(),
    restarts: supervisor.restarts,
    lastShowMs: () => run.lastShowMs,
    pid: supervisor.pid,
    stop: async () => {
      run.stopped = true
      guard.stop()
      await supervisor.stop()
    },
  }
}

const isMute = (source: SceneSource): boolean =>
  source.source === 'file' ? source.mute || !source.item.audio : source.source !== 'dark'

/** What is drawn for a scene without a file; the same on every kind of output. */
export const messageFor = (
  source: Extract<SceneSource, { source: 'standing' | 'text' | 'order' }>,
  offsetMinutes: number,
): Message => {
  if (source.source === 'order') {
    const message = messageOfOrder({ ...source.order, authority: source.order.authority.name }, offsetMinutes)
    assert(message !== null, `order ${source.order.id} draws nothing and is no scene`)
    return message
  }
  return source.source === 'text'
    ? messageOfText(source.item.texts.filter((t) => source.languages.includes(t.language)))
    : standingMessage(source.siteName)
}
