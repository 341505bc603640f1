import type { MpvIpc } from './ipc.ts'
import type { Showing } from './showing.ts'

/** Tells mpv what to show. */
export type Loader = {
  /** From its beginning, or a deck from the slide that was told last. */
  readonly whole: (showing: Showing) => void
  readonly slide: (showing: Showing, index: number) => void
}

/**
 * Behind everything that is one file stands the standing page: mpv goes on to it by itself when the file fails, and never to an empty window,
 * which is black. It stays for the moment until the engine says what comes instead. A file that ends is held on its last frame
 * (`keep-open` for this file), so that the page does not appear then.
 *
 * Sound is off unless a file turns it on for itself. An option of a file begins with the file and ends with it: what was loud is never heard
 * under what comes next, and what comes next never opens the sound of what was muted. A file without sound has no audio track at all.
 */
export const loader = (of: {
  readonly ipc: () => MpvIpc | null
  /** The standing page; null when it cannot be drawn. */
  readonly hold: () => string | null
  readonly fail: (showing: Showing, why: string) => void
  readonly now: () => number
}): Loader => {
  const put = (showing: Showing, index: number, flags: 'replace' | 'append'): void => {
    const file = showing.files[index]
    if (file === undefined) return
    const round = isRound(showing)
    const options = {
      ...(round ? { 'image-display-duration': String(file.durationMs / 1000) } : { 'keep-open': 'always' }),
      ...soundOptions(showing, index),
    }
    of.ipc()?.tell({ name: 'loadfile', url: file.path, flags, options }, (answer) => {
      if (answer.ok) {
        const entry = (answer.value as { playlist_entry_id?: unknown } | null)?.playlist_entry_id
        if (typeof entry === 'number') showing.entries.set(entry, index)
      } else if (flags === 'replace' && answer.error !== 'closed' && answer.error !== 'timeout') {
        of.fail(showing, `mpv: ${answer.error}`)
      }
    })
  }
  const single = (showing: Showing, index: number): void => {
    put(showing, index, 'replace')
    const hold = showing.kind === 'dark' ? null : of.hold()
    if (hold !== null) void of.ipc()?.command({ name: 'loadfile', url: hold, flags: 'append', options: { aid: 'no' } })
  }
  const told = (showing: Showing, index: number): void => {
    Object.assign(showing, { told: index, loadedAt: of.now(), shown: false })
  }
  return {
    whole: (showing) => {
      const ipc = of.ipc()
      showing.loads += 1
      told(showing, showing.kind === 'slides' ? showing.told : 0)
      void ipc?.command(['set_property', 'loop-playlist', isRound(showing) ? 'inf' : 'no'])
      // At the end of a clip mpv holds its last frame by pausing, and would hold the next file, too.
      void ipc?.command(['set_property', 'pause', false])
      if (!isRound(showing)) return single(showing, showing.told)
      showing.files.forEach((_, index) => {
        put(showing, index, index === 0 ? 'replace' : 'append')
      })
    },
    slide: (showing, index) => {
      told(showing, index)
      void of.ipc()?.command(['set_property', 'pause', false])
      single(showing, index)
    },
  }
}

const isRound = (showing: Showing): boolean => showing.kind === 'pages' && showing.files.length > 1

const soundOptions = ({ sound }: Showing, index: number): Readonly<Record<string, string>> => {
  if (sound === 'own') return { mute: 'no' }
  return sound !== null && index === 0 ? { mute: 'no', aid: '1', 'audio-files': sound.path } : { aid: 'no' }
}
