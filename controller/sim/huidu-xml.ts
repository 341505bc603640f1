/** The simulated card’s own reading of XML: as much as its requests need, written apart from the reader that it is an opponent of. */
export type SimElement = {
  readonly tag: string
  readonly attributes: ReadonlyMap<string, string>
  readonly kids: readonly SimElement[]
  readonly text: string
}

type Growing = { tag: string; attributes: Map<string, string>; kids: SimElement[]; text: string }
const ENTITIES: ReadonlyMap<string, string> = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
])
const plain = (text: string): string =>
  text.replace(/&(\w+|#\d+);/g, (whole, name: string) =>
    name.startsWith('#') ? String.fromCodePoint(Number(name.slice(1))) : (ENTITIES.get(name) ?? whole),
  )
export const quoted = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

/** Null for what is no document. */
export const parseSimXml = (text: string): SimElement | null => {
  const top: Growing = { tag: '', attributes: new Map(), kids: [], text: '' }
  const stack: Growing[] = [top]
  for (const token of text.split(/(<[^<>]*>)/)) {
    const here = stack.at(-1)
    if (!here) return null
    if (!token.startsWith('<')) {
      here.text += plain(token)
      continue
    }
    if (token.startsWith('<?')) continue
    const closing = /^<\/(\w+)\s*>$/.exec(token)
    if (closing) {
      if (here.tag !== closing[1] || stack.length < 2) return null
      stack.pop()
      continue
    }
    const opening = /^<(\w+)([^<>]*?)(\/?)>$/.exec(token)
    if (!opening?.[1]) return null
    const made: Growing = { tag: opening[1], attributes: new Map(), kids: [], text: '' }
    for (const [, name = '', double, single] of (opening[2] ?? '').matchAll(/(\w+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g))
      made.attributes.set(name, plain(double ?? single ?? ''))
    here.kids.push(made)
    if (opening[3] !== '/') stack.push(made)
    if (stack.length > 40) return null
  }
  return stack.length === 1 && top.kids.length === 1 ? (top.kids[0] ?? null) : null
}

export const kid = (of: SimElement | undefined, ...path: readonly string[]): SimElement | undefined =>
  path.reduce<SimElement | undefined>((from, tag) => from?.kids.find((one) => one.tag === tag), of)
export const kids = (of: SimElement | undefined, tag: string): readonly SimElement[] =>
  of?.kids.filter((one) => one.tag === tag) ?? []
