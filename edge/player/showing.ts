/** What mpv was told to show last, and what it made of it. */
export type Showing = {
  readonly play: string | null
  readonly files: readonly { readonly path: string; readonly durationMs: number }[]
  readonly kind: 'dark' | 'still' | 'pages' | 'video'
  readonly toldAt: number
  /** Playlist entries of mpv that are ours. */
  readonly entries: Set<number>
  shown: boolean
  over: boolean
}
