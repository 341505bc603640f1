import { Type } from 'typebox'
import { parseDocument } from '#core/base/check.ts'
import { assetsOf } from '#core/content/item.ts'
import type { KeptMedia } from '#core/evidence/keep.ts'
import type { OpenRecord } from '#core/evidence/record.ts'
import type { ArchivedDocument } from './archive-files.ts'
import { sha256 } from './crypto.ts'

/** Which archived documents a play needs, and what is to be kept for it. */

type Play = Pick<OpenRecord, 'item' | 'hash' | 'order'>

const Named = Type.Object({ id: Type.String() })

/** The id that an order gives itself in its signed text; null where it cannot be read. */
export const orderIdOf = (payload: string): string | null => {
  const parsed = parseDocument(Named, payload)
  return parsed.ok ? parsed.value.id : null
}

/** Was the order itself the picture? Under one that extends frames it is items that play, and they need their own approvals, too. */
const showsOrder = (play: Play): boolean => play.item.startsWith('order:')

/** Is this what the play was of, or the order under which it had the screen? */
export const namesPlay = (document: ArchivedDocument, play: Play): boolean => {
  if (document.what === 'registry') return false
  if (document.what === 'order') {
    if (play.order === null) return false
    const { payload } = document.envelope
    return showsOrder(play) ? sha256(payload) === play.hash : orderIdOf(payload) === play.order
  }
  if (document.item.id !== play.item) return false
  return document.itemHash === play.hash || assetsOf(document.item).some((a) => a.sha256 === play.hash)
}

/**
 * What a play makes us keep: its item with files and approval (or the order, where that was the picture), and beside it the order that gave it
 * the screen. `documents`: those that name it, with null for a name where the disk did not take one. The standing page needs nothing.
 */
export const mediaOf = (
  open: Play,
  documents: readonly { readonly name: string | null; readonly document: ArchivedDocument }[],
  at: number | null,
): readonly KeptMedia[] => {
  const time = { first: at, last: at }
  const shown = documents.flatMap(({ name, document }): readonly KeptMedia[] => {
    if (document.what === 'registry' || (document.what === 'order') !== showsOrder(open)) return []
    const assets = document.what === 'item' ? assetsOf(document.item).map((a) => a.sha256) : []
    return [{ item: open.item, hash: open.hash, assets, approval: name, ...time }]
  })
  const bare = { item: open.item, hash: open.hash, assets: bareAsset(open), approval: null, ...time }
  if (showsOrder(open)) return shown.length === 0 ? [bare] : shown
  const under = documents.flatMap(({ name, document }): readonly KeptMedia[] =>
    document.what === 'order'
      ? [{ item: `order:${open.order}`, hash: sha256(document.envelope.payload), assets: [], approval: name, ...time }]
      : [],
  )
  if (open.item === 'standing') return under
  return [...(shown.length === 0 ? [bare] : shown), ...under]
}

/** Without its approval at hand, what a play of an item names may be the file itself. */
const bareAsset = (open: Play): readonly string[] =>
  !showsOrder(open) && /^[0-9a-f]{64}$/.test(open.hash) ? [open.hash] : []
