import type { Proof } from '#core/policy/policy.ts'

/** What mpv was told to show last, and what it made of it. */
export type Showing = {
  readonly play: string | null
  readonly files: readonly PictureFile[]
  /**
   * `pages` go round until something else is wanted; `slides` are shown once, each for its time; the others are one file.
   */
  readonly kind: 'dark' | 'still' | 'pages' | 'slides' | 'video'
  /** What an item's file is known by, when it ends the player again and again; null for what we draw. */
  readonly suspect: string | null
  /** The sound of the file itself, a sound file that goes with it, or silence. */
  readonly sound: 'own' | { readonly path: string } | null
  readonly toldAt: number
  /** Playlist entries of mpv that are ours, and which of the files each is. */
  readonly entries: Map<number, number>
  /** The file that was told last and the one that is on, by their place in `files`. */
  told: number
  at: number
  /** When and how often it was told to mpv; healing tells it again. */
  loadedAt: number
  loads: number
  /** The load that is being watched. */
  watched: number
  shown: boolean
  over: boolean
  /** What the engine was told last of how well it is shown. */
  proof: Proof | null
}
export type PictureFile = {
  readonly path: string
  readonly durationMs: number
  /** Of a slide: asked again when its turn comes, because a deck lasts minutes and its file may have been touched meanwhile. */
  readonly sha256?: string
}

/** How long all pages take to go round; nothing for one that stands. */
export const roundOf = ({ kind, files }: Pick<Showing, 'kind' | 'files'>): { readonly roundMs?: number } =>
  kind === 'pages' && files.length > 1 ? { roundMs: files.reduce((ms, { durationMs }) => ms + durationMs, 0) } : {}
