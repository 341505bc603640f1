import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { err, ok, type Result } from '#core/base/result.ts'
import { scriptOf } from '#core/text/script.ts'
import { GlobalFonts } from './canvas.ts'
import { type Coverage, readCoverage } from './cmap.ts'
import type { RasterFault } from './message.ts'

/**
 * The fonts this system draws with, each with the files that will do, best first, and the Debian package that brings it. Their order is
 * the fallback chain: a character is drawn by the first that has a glyph for it, which is also how the library picks.
 */
export const FONTS = {
  latin: { files: ['NotoSans-Bold.ttf'], package: 'fonts-noto-core' },
  han: { files: ['NotoSansCJK-Bold.ttc', 'NotoSansSC-Bold.otf'], package: 'fonts-noto-cjk' },
  'tai-viet': { files: ['NotoSansTaiViet-Bold.ttf', 'NotoSansTaiViet-Regular.ttf'], package: 'fonts-noto-core' },
} as const
export type FontName = keyof typeof FONTS

/** Where Debian, Fedora and Arch put Noto. Searched after the directories that the configuration names. */
export const FONT_DIRS = [
  '/usr/share/fonts/truetype/noto',
  '/usr/share/fonts/opentype/noto',
  '/usr/share/fonts/google-noto',
  '/usr/share/fonts/google-noto-sans-cjk-fonts',
  '/usr/share/fonts/noto',
  '/usr/share/fonts/noto-cjk',
  '/usr/local/share/fonts',
] as const

export type Fonts = {
  /** Registers a font on first use and gives the family name to draw with. */
  readonly family: (name: FontName) => Result<string, RasterFault>
  /** Makes ready every font the text needs; refuses with the characters that none of them draws, or whose font is not installed. */
  readonly prepare: (text: string) => Result<readonly string[], RasterFault>
}

type Loaded = { readonly family: string; readonly coverage: Coverage }

/** So many characters are named in a refusal. */
const MOST_NAMED = 8
const MARK = /^\p{M}$/u

/** Paths are configuration, never content: a message cannot name a font. `dirs` are searched before the usual places. */
export const createFonts = (dirs: readonly string[]): Fonts => createFontsIn([...dirs, ...FONT_DIRS])

/** Only these directories, in this order. */
export const createFontsIn = (dirs: readonly string[]): Fonts => {
  const loaded = new Map<FontName, Loaded>()
  const load = (name: FontName): Result<Loaded, RasterFault> => {
    const known = loaded.get(name)
    if (known !== undefined) return ok(known)
    const fresh = register(name, dirs)
    if (fresh.ok) loaded.set(name, fresh.value)
    return fresh
  }
  const prepare = (text: string): Result<readonly string[], RasterFault> => {
    const latin = load('latin')
    if (!latin.ok) return latin
    // A missing font is looked for once in each text, not for each of its letters.
    const tried = new Map<FontName, Result<Loaded, RasterFault>>([['latin', latin]])
    const get = (name: FontName): Result<Loaded, RasterFault> => {
      const font = tried.get(name) ?? load(name)
      tried.set(name, font)
      return font
    }
    const families = new Set([latin.value.family])
    const without = new Set<string>()
    const absent = new Set<string>()
    let fault: RasterFault | null = null
    let base: Loaded | null = null
    for (const character of text) {
      if (character === '\n') continue
      // A mark is placed on its letter by the letter's own font; from another it would stand beside it.
      if (MARK.test(character) && base !== null) {
        if (!has(base, character)) without.add(character)
        continue
      }
      const font = fontOf(character, get)
      if (!font.ok) {
        fault = fault ?? font.error
        if (font.error.vi === fault.vi) absent.add(character)
        continue
      }
      base = font.value
      if (base === null) without.add(character)
      else families.add(base.family)
    }
    if (fault !== null) return err(withCharacters(fault, [...absent]))
    return without.size > 0 ? err(noGlyph([...without])) : ok([...families])
  }
  return {
    family: (name) => {
      const font = load(name)
      return font.ok ? ok(font.value.family) : font
    },
    prepare,
  }
}

const has = (font: Loaded, character: string): boolean => font.coverage.has(character.codePointAt(0) ?? 0)

/** The font that draws a character; a fault when the one its script needs is missing; null when none has it. */
const fontOf = (
  character: string,
  get: (name: FontName) => Result<Loaded, RasterFault>,
): Result<Loaded | null, RasterFault> => {
  const script = scriptOf(character)
  const own = script === 'han' || script === 'tai-viet' ? script : 'latin'
  const first = get(own)
  if (!first.ok || has(first.value, character)) return first
  // A sign that the Latin font lacks (an arrow, a ticked box) may stand in the Chinese one; that one need not be installed for it.
  const other = get(own === 'latin' ? 'han' : 'latin')
  return ok(other.ok && has(other.value, character) ? other.value : null)
}

const codeOf = (character: string): string =>
  `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`

/** `ទ (U+1791), ឹ (U+17B9), …` */
const named = (characters: readonly string[]): string => {
  const shown = characters.slice(0, MOST_NAMED).map((c) => (MARK.test(c) ? codeOf(c) : `${c} (${codeOf(c)})`))
  return characters.length > shown.length ? `${shown.join(', ')}, …` : shown.join(', ')
}

const noGlyph = (characters: readonly string[]): RasterFault => ({
  kind: 'no-glyph',
  vi: `Không phông chữ nào ở đây vẽ được: ${named(characters)}. Hãy viết bằng chữ khác hoặc gửi dưới dạng ảnh.`,
  en: `No font here draws: ${named(characters)}. Write it in other letters or send it as a picture.`,
})

const withCharacters = (fault: RasterFault, characters: readonly string[]): RasterFault => ({
  kind: fault.kind,
  vi: `${fault.vi} Ký tự cần phông này: ${named(characters)}.`,
  en: `${fault.en} Characters that need it: ${named(characters)}.`,
})

const register = (name: FontName, dirs: readonly string[]): Result<Loaded, RasterFault> => {
  const font = FONTS[name]
  const path = font.files.flatMap((file) => dirs.map((dir) => join(dir, file))).find((p) => existsSync(p))
  if (path === undefined) {
    const names = font.files.join(' / ')
    return err({
      kind: 'font-missing',
      vi: `Thiếu phông chữ ${names}: hãy cài gói ${font.package}.`,
      en: `Font ${names} not found in ${dirs.join(', ')}: install the package ${font.package}.`,
    })
  }
  // The registry of the library is one per process, so the name carries the path: two directories never mix.
  const family = `bangtin-${name}-${path.replace(/[^A-Za-z0-9]+/g, '-')}`
  try {
    const coverage = readCoverage(path)
    if (GlobalFonts.has(family) || GlobalFonts.registerFromPath(path, family) !== null) return ok({ family, coverage })
    return err({ kind: 'font-missing', vi: `Không đọc được phông ${path}.`, en: `${path}: the font cannot be read.` })
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return err({ kind: 'font-missing', vi: `Phông chữ hỏng: ${why}.`, en: `Damaged font: ${why}.` })
  }
}
