import type { PlayAnswer } from '../contract/operations.ts'

/** Which plays somebody asks for. What is absent asks for nothing; all that is there must hold. */
export type PlayFilter = {
  readonly item?: string
  readonly category?: string
  readonly language?: string
  readonly supplier?: string
  readonly order?: string
  readonly document?: string
  readonly cause?: string
  /** True: only advertising; false: everything else. */
  readonly ads?: boolean
}

/** `vi` asks for Vietnamese in all its variants (`vi-VN`), as BCP 47 lookup does. */
const speaks = (languages: readonly string[], asked: string): boolean =>
  languages.some((tag) => tag === asked || tag.startsWith(`${asked}-`))

export const matches = (play: PlayAnswer, filter: PlayFilter): boolean =>
  (filter.item === undefined || play.item === filter.item) &&
  (filter.category === undefined || play.category === filter.category) &&
  (filter.language === undefined || speaks(play.languages, filter.language)) &&
  (filter.supplier === undefined || play.supplier === filter.supplier) &&
  (filter.order === undefined || play.order === filter.order) &&
  (filter.document === undefined || play.document === filter.document) &&
  (filter.cause === undefined || play.cause === filter.cause) &&
  (filter.ads === undefined || (play.category === 'A7_5_ADVERTISING') === filter.ads)
