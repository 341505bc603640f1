/**
 * A light scanner of TypeScript text. TypeScript 7 offers no parser to JavaScript, and the rules here need only three things: where
 * comments are, where strings are, and how deep the brackets go. Line breaks always survive, so line numbers stay true.
 */
export type Scanned = {
  /** The text without comments. */
  readonly code: string
  /** The text without comments and with everything inside strings, templates and regular expressions blanked. */
  readonly bare: string
}

type Piece = { readonly end: number; readonly keep: 'comment' | 'string' }

/** After these a slash begins a regular expression, not a division. */
const BEFORE_REGEX = /(?:^|[=(,:[!&|?{};+\-*%~^<>\n]|\b(?:return|typeof|case|in|of|do|else|await|yield|void))\s*$/

const blank = (text: string): string => text.replace(/[^\n]/g, ' ')

export const scan = (text: string): Scanned => {
  let code = ''
  let bare = ''
  /** For each open template expression, how many braces are open inside it. */
  const templates: number[] = []
  let at = 0
  const take = (end: number, keep: Piece['keep']): void => {
    const part = text.slice(at, end)
    code += keep === 'comment' ? blank(part) : part
    bare += blank(part)
    at = end
  }
  while (at < text.length) {
    const here = text.charAt(at)
    const piece = pieceAt(text, at, bare)
    if (piece !== undefined) {
      take(piece.end, piece.keep)
      continue
    }
    if (here === '`' || (here === '}' && templates.at(-1) === 0)) {
      if (here === '}') templates.pop()
      const end = templateEnd(text, at + 1)
      if (text.startsWith('${', end - 2)) templates.push(0)
      take(end, 'string')
      continue
    }
    const open = templates.length - 1
    if (open >= 0 && here === '{') templates[open] = (templates[open] ?? 0) + 1
    if (open >= 0 && here === '}') templates[open] = (templates[open] ?? 0) - 1
    code += here
    bare += here
    at += 1
  }
  return { code, bare }
}

const pieceAt = (text: string, at: number, bareBefore: string): Piece | undefined => {
  const here = text.charAt(at)
  if (here === '"' || here === "'") return { end: quoteEnd(text, at + 1, here), keep: 'string' }
  if (here !== '/') return undefined
  if (text.charAt(at + 1) === '/') return { end: orEnd(text, text.indexOf('\n', at)), keep: 'comment' }
  if (text.charAt(at + 1) === '*') {
    const close = text.indexOf('*/', at + 2)
    return { end: close < 0 ? text.length : close + 2, keep: 'comment' }
  }
  if (!BEFORE_REGEX.test(bareBefore.slice(-40))) return undefined
  return { end: regexEnd(text, at + 1), keep: 'string' }
}

const orEnd = (text: string, index: number): number => (index < 0 ? text.length : index)

/** A plain string cannot cross a line, which also keeps an apostrophe in JSX text from swallowing the rest of the file. */
const quoteEnd = (text: string, from: number, quote: string): number => {
  for (let at = from; at < text.length; at += 1) {
    const here = text.charAt(at)
    if (here === '\\') at += 1
    else if (here === quote) return at + 1
    else if (here === '\n') return at
  }
  return text.length
}

const regexEnd = (text: string, from: number): number => {
  let inClass = false
  for (let at = from; at < text.length; at += 1) {
    const here = text.charAt(at)
    if (here === '\\') at += 1
    else if (here === '[') inClass = true
    else if (here === ']') inClass = false
    else if (here === '\n') return from
    else if (here === '/' && !inClass) return at + 1
  }
  return from
}

/** Just behind the closing backtick or the `${` of the next expression, whichever comes first. */
const templateEnd = (text: string, from: number): number => {
  for (let at = from; at < text.length; at += 1) {
    const here = text.charAt(at)
    if (here === '\\') at += 1
    else if (here === '`') return at + 1
    else if (here === '$' && text.charAt(at + 1) === '{') return at + 2
  }
  return text.length
}

export type Import = { readonly specifier: string; readonly line: number }

const IMPORTS = [
  /(?:^|[;\n}])\s*(?:import|export)\b[^'"`;=()]*?\bfrom\s*(['"])([^'"\n]+)\1/g,
  /(?:^|[;\n}])\s*import\s*(['"])([^'"\n]+)\1/g,
  /\bimport\s*\(\s*(['"])([^'"\n]+)\1/g,
] as const

/** Every module a file names: static, side-effect-only, re-exported, `import()` in code and in types. */
export const importsOf = (scanned: Scanned): readonly Import[] =>
  IMPORTS.flatMap((pattern) =>
    [...scanned.code.matchAll(pattern)]
      // An `import` that stands inside a string is blanked in `bare`.
      .filter((match) => /\b(?:import|export)\b/.test(scanned.bare.slice(match.index, match.index + match[0].length)))
      .map((match) => ({
        specifier: match[2] ?? '',
        line: lineAt(scanned.code, match.index + match[0].length),
      })),
  )

/** Line number, from 1, of a place in a text. */
export const lineAt = (text: string, index: number): number => text.slice(0, index).split('\n').length

/** Lines of blanked text that stand outside every bracket: what runs when the module loads. */
export const topLevelLines = (bare: string): readonly { readonly line: number; readonly text: string }[] => {
  let depth = 0
  return bare.split('\n').flatMap((text, index) => {
    const outside = depth === 0
    for (const here of text) {
      if ('([{'.includes(here)) depth += 1
      else if (')]}'.includes(here)) depth -= 1
    }
    return outside ? [{ line: index + 1, text }] : []
  })
}
