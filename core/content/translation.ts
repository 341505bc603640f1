import type { Sha256 } from '../base/bytes.ts'
import { canonicalJson, type Item } from './item.ts'

/**
 * Art. 13.4: an edited source makes its translations stale, and what is stale is not shown. A text names the hash of the text it was made
 * from; a clip or picture that translates another item names that item's revision. One judgement for the edge's gate, the hub and the
 * console, with the hash function as a port.
 */
type Text = Item['texts'][number]

/** What a translation of this text names as its source: SHA-256 of the canonical JSON of title and body. */
export const sourceHash = ({ title, body }: Pick<Text, 'title' | 'body'>, sha256: Sha256): string =>
  sha256(canonicalJson({ title, body }))

/**
 * Languages whose text no longer follows its source, in the order of the item. Stale is also what was translated from a stale text, from a
 * language that the item no longer has, or from itself.
 */
export const staleTexts = (item: Pick<Item, 'texts'>, sha256: Sha256): readonly string[] => {
  const textIn = (language: string) => item.texts.find((t) => t.language === language)
  const isFresh = (text: Text, above: readonly string[]): boolean => {
    const { translationOf } = text
    if (translationOf === undefined) return true
    if (above.includes(text.language)) return false
    const source = textIn(translationOf.language)
    if (source === undefined || sourceHash(source, sha256) !== translationOf.hash) return false
    return isFresh(source, [...above, text.language])
  }
  return item.texts.filter((text) => !isFresh(text, [])).map((t) => t.language)
}

/** Why an item that translates another one is stale; null while it is not. An unknown source cannot be compared and is not held against it. */
export const staleSource = (item: Item, find: (id: string) => Item | undefined): string | null => {
  const seen = new Set<string>()
  for (let one: Item | undefined = item; one?.translationOf !== undefined; one = find(one.translationOf.item)) {
    if (seen.has(one.id)) return `${item.id} is a translation of itself`
    seen.add(one.id)
    const { item: of, revision } = one.translationOf
    const source = find(of)
    if (source !== undefined && source.revision > revision)
      return `${one.id} was made from revision ${revision} of ${of}, which is now at ${source.revision}`
  }
  return null
}

export type Translations = {
  /** The item with what may be shown of it; null: nothing of it may. */
  readonly item: Item | null
  /** Languages that may not be shown, and why, in words for the log; null where all is well. */
  readonly stale: { readonly languages: readonly string[]; readonly detail: string } | null
}

/** What of an approved item may be shown. A text item whose main language (the first) is stale is not shown at all. */
export const translationsOf = (
  item: Item,
  using: { readonly sha256: Sha256; readonly find: (id: string) => Item | undefined },
): Translations => {
  const source = staleSource(item, using.find)
  if (source !== null) return { item: null, stale: { languages: item.languages, detail: source } }
  const languages = staleTexts(item, using.sha256)
  if (languages.length === 0) return { item, stale: null }
  const texts = item.texts.filter((t) => !languages.includes(t.language))
  const main = item.languages[0] ?? ''
  const left = item.languages.filter((l) => !languages.includes(l))
  const isDrawn = item.kind === 'text'
  if (isDrawn && (texts.length === 0 || languages.includes(main)))
    return {
      item: null,
      stale: { languages, detail: `stale: ${languages.join(', ')}; the main language ${main} has no text that holds` },
    }
  // What a clip or a picture says is in the file; only texts that we draw are left out.
  return {
    item: { ...item, texts, languages: isDrawn ? left : item.languages },
    stale: { languages, detail: `stale, the rest plays: ${languages.join(', ')}` },
  }
}
