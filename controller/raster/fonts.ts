import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { err, ok, type Result } from '#core/base/result.ts'
import { scriptOf } from '#core/text/script.ts'
import { GlobalFonts } from './canvas.ts'
import { type Coverage, readCoverage } from './cmap.ts'
import type { RasterFault } from './message.ts'

/** The fonts this system draws with, each with the files that will do, best first, and the Debian package that brings it. */
const FONTS = {
  latin: { files: ['NotoSans-Bold.ttf'], package: 'fonts-noto-core' },
  han: { files: ['NotoSansCJK-Bold.ttc', 'NotoSansSC-Bold.otf'], package: 'fonts-noto-cjk' },
  'tai-viet': { files: ['NotoSansTaiViet-Bold.ttf', 'NotoSansTaiViet-Regular.ttf'], package: 'fonts-noto-core' },
} as const
export type FontName = keyof typeof FONTS

/** Where Debian, Fedora and Arch put Noto. Searched after the directories given by the caller. */
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
  /** Makes ready every font the text needs; refuses with the first character that none of them has. */
  readonly prepare: (text: string) => Result<readonly string[], RasterFault>
}

type Loaded = { readonly family: string; readonly coverage: Coverage }

/** Paths are configuration, never content: a message cannot name a font. `dirs` are searched first. */
export const createFonts = (dirs: readonly string[]): Fonts => {
  const loaded = new Map<FontName, Loaded>()
  const load = (name: FontName): Result<Loaded, RasterFault> => {
    const known = loaded.get(name)
    if (known !== undefined) return ok(known)
    const fresh = register(name, [...dirs, ...FONT_DIRS])
    if (fresh.ok) loaded.set(name, fresh.value)
    return fresh
  }
  const prepare = (text: string): Result<readonly string[], RasterFault> => {
    const latin = load('latin')
    if (!latin.ok) return latin
    const families = new Set([latin.value.family])
    let at = 0
    for (const character of text) {
      at += 1
      const codePoint = character.codePointAt(0) ?? 0
      if (character === '\n') continue
      const script = scriptOf(character)
      const wanted = script === 'han' || script === 'tai-viet' ? load(script) : latin
      if (!wanted.ok) return wanted
      if (!wanted.value.coverage.has(codePoint)) return err(noGlyph(character, at))
      families.add(wanted.value.family)
    }
    return ok([...families])
  }
  return {
    family: (name) => {
      const font = load(name)
      return font.ok ? ok(font.value.family) : font
    },
    prepare,
  }
}

const noGlyph = (character: string, at: number): RasterFault => {
  const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')
  return {
    kind: 'no-glyph',
    vi: `Không có phông chữ cho ký tự thứ ${at} (U+${code}).`,
    en: `No font here draws character ${at} (U+${code}).`,
  }
}

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
