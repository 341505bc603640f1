import { type Static, Type } from 'typebox'
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
  /** Names of the files of what was shown. Throws as node:fs does, as do the others. */
  readonly names: () => readonly string[]
  /** One of them; null where its bytes are not what its name says. */
  readonly read: (name: string) => Archived | null
  /** All of them at once: seconds for some thousand, so not for a daemon. */
  readonly documents: () => readonly Archived[]
  readonly list: () => readonly { readonly name: string; readonly bytes: number }[]
  /** Takes one away; the caller knows that it may go. The next play of it archives it again. */
  readonly remove: (name: string) => void
}

export type Archived = { readonly name: string; readonly document: ArchivedDocument }

export const createApprovals = (fs: PlaylogFs, dir: string): Approvals => {
  /** What has been archived already, by the object that it came in: schedules and orders are kept as they are. */
  const done = new WeakMap<Envelope, string>()
  /** Taken away by this run: what came in with them is written again. */
  const removed = new Set<string>()
  const names = (): readonly string[] =>
    fs
      .list(dir)
      .filter((file) => NAME.test(file))
      .map((file) => file.slice(0, 64))
  const read = (name: string): Archived | null => {
    const bytes = fs.readAll(`${dir}/${name}.json`)
    if (sha256(bytes) !== name) return null
    const parsed = parseDocument(Document, new TextDecoder().decode(bytes))
    return parsed.ok ? { name, document: withSums(parsed.value) } : null
  }
  return {
    keep: (document) => {
      const key = document.what === 'item' ? document.approval : document.envelope
      const known = done.get(key)
      if (known !== undefined && !removed.has(known)) return { ok: true, value: known }
      return tryDisk(dir, () => {
        const bytes = new TextEncoder().encode(`${canonicalJson(document)}\n`)
        const name = sha256(bytes)
        const file = `${document.what === 'registry' ? REGISTRY : ''}${name}.json`
        if (!fs.list(dir).includes(file)) replaceFile(fs, dir, file, bytes)
        done.set(key, name)
        removed.delete(name)
        return name
      })
    },
    names,
    read,
    documents: () => names().flatMap((name) => read(name) ?? []),
    list: () => names().map((name) => ({ name, bytes: fs.size(`${dir}/${name}.json`) })),
    remove: (name) => {
      removed.add(name)
      fs.unlink(`${dir}/${name}.json`)
    },
  }
}

const withSums = (document: Static<typeof Document>): ArchivedDocument =>
  document.what === 'item' ? { ...document, itemHash: sha256(canonicalItem(document.item)) } : document
