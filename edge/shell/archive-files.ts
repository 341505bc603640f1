import { Type } from 'typebox'
import { parseDocument } from '#core/base/check.ts'
import type { Result } from '#core/base/result.ts'
import { canonicalItem, canonicalJson, Item } from '#core/content/item.ts'
import { type Envelope, EnvelopeSchema } from '#core/contract/envelope.ts'
import { sha256 } from './crypto.ts'
import { type DiskFault, type PlaylogFs, replaceFile, tryDisk } from './playlog-fs.ts'

const Strict = { additionalProperties: false } as const

/** One file of `<data>/approvals`: what was shown, with the signatures that allowed it, exactly as they came. */
const Document = Type.Union([
  Type.Object({ v: Type.Literal(1), what: Type.Literal('item'), item: Item, approval: EnvelopeSchema }, Strict),
  Type.Object({ v: Type.Literal(1), what: Type.Literal('order'), envelope: EnvelopeSchema }, Strict),
  Type.Object({ v: Type.Literal(1), what: Type.Literal('registry'), envelope: EnvelopeSchema }, Strict),
])

type Signed = { readonly v: 1; readonly envelope: Envelope }
export type ArchivedDocument =
  | {
      readonly v: 1
      readonly what: 'item'
      readonly item: Item
      readonly approval: Envelope
      readonly itemHash?: string
    }
  | (Signed & { readonly what: 'order' })
  | (Signed & { readonly what: 'registry' })

/** Who held which key is kept for as long as anything is: it is small, and every approval needs it. */
const REGISTRY = 'registry-'
const NAME = /^[0-9a-f]{64}\.json$/

export type Approvals = {
  /** Durable when it returns. Answers its name: the SHA-256 of the file's bytes. Written once; asking again costs a look-up. */
  readonly keep: (document: ArchivedDocument) => Result<string, DiskFault>
  /** Those whose bytes are what their name says. Throws as node:fs does. */
  readonly documents: () => readonly { readonly name: string; readonly document: ArchivedDocument }[]
  readonly list: () => readonly { readonly name: string; readonly bytes: number }[]
}

export const createApprovals = (fs: PlaylogFs, dir: string): Approvals => {
  /** What has been archived already, by the object that it came in: schedules and orders are kept as they are. */
  const done = new WeakMap<Envelope, string>()
  return {
    keep: (document) => {
      const key = document.what === 'item' ? document.approval : document.envelope
      const known = done.get(key)
      if (known !== undefined) return { ok: true, value: known }
      return tryDisk(dir, () => {
        const bytes = new TextEncoder().encode(`${canonicalJson(document)}\n`)
        const name = sha256(bytes)
        const file = `${document.what === 'registry' ? REGISTRY : ''}${name}.json`
        if (!fs.list(dir).includes(file)) replaceFile(fs, dir, file, bytes)
        done.set(key, name)
        return name
      })
    },
    documents: () =>
      fs
        .list(dir)
        .filter((file) => NAME.test(file))
        .flatMap((file) => {
          const name = file.slice(0, 64)
          const bytes = fs.readAll(`${dir}/${file}`)
          if (sha256(bytes) !== name) return []
          const parsed = parseDocument(Document, new TextDecoder().decode(bytes))
          if (!parsed.ok) return []
          const document: ArchivedDocument =
            parsed.value.what === 'item'
              ? { ...parsed.value, itemHash: sha256(canonicalItem(parsed.value.item)) }
              : parsed.value
          return [{ name, document }]
        }),
    list: () =>
      fs
        .list(dir)
        .filter((file) => NAME.test(file))
        .map((file) => ({ name: file.slice(0, 64), bytes: fs.size(`${dir}/${file}`) })),
  }
}
