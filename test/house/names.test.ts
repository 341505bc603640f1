import { describe, expect, it } from 'vitest'
import { lineAt, scan } from './scan.ts'
import { filesIn, isTest, textOf } from './tree.ts'

/**
 * Agencies merge, split and change their names while the program runs on. Logic knows roles; the policy and the sample data bind roles
 * to organisations, with dates.
 */
const WHY =
  'agencies are renamed and merged: write a role, and bind it to an organisation in deploy/policies or deploy/sample'
const AGENCIES = [
  /(?<!\p{L})Sở\s+\p{Lu}/gu,
  /\bUBND\b/g,
  /\b(?:BQL|Ban Quản lý)\s+(?:KKT|Khu kinh tế)/g,
  /(?<!\p{L})(?:Công an|Bộ đội Biên phòng|Bộ CHQS|Bộ Chỉ huy)\s+(?:tỉnh|xã|\p{Lu})/gu,
  /\b(?:svhttdl|skhcn|sngv|stc|bqlkkt)\b/gi,
]

const LOGIC = ['core/', 'controller/', 'edge/', 'dashboard/', 'firmware-profiles/', 'scripts/', 'bangtin.ts']
const READ = /\.(?:tsx?|mjs|json|css|html|svg)$/

const FILES = filesIn('').filter(
  (path) =>
    LOGIC.some((prefix) => path.startsWith(prefix)) && READ.test(path) && !isTest(path) && !path.includes('/test/'),
)

/** Comments may cite: they explain where a rule comes from. */
const withoutComments = (path: string): string =>
  /\.(?:tsx?|mjs)$/.test(path) ? scan(textOf(path)).code : textOf(path)

describe('agency names', () => {
  it('stand in policies, sample data, documents and tests only', () => {
    const found = FILES.flatMap((path) => {
      const text = withoutComments(path)
      return AGENCIES.flatMap((pattern) =>
        [...text.matchAll(pattern)].map((match) => `${path}:${lineAt(text, match.index)} says "${match[0]}": ${WHY}`),
      )
    })
    expect(found).toEqual([])
    expect(FILES.length).toBeGreaterThan(40)
  })

  it('would be noticed', () => {
    const guilty = ['Sở Ngoại vụ', 'UBND tỉnh', 'Ban Quản lý Khu kinh tế', 'Công an tỉnh', 'svhttdl']
    expect(guilty.length).toBe(AGENCIES.length)
    guilty.forEach((name, index) => {
      expect(name.search(AGENCIES[index] ?? /^$/)).toBe(0)
    })
    for (const pattern of AGENCIES) expect('chủ sở hữu, cơ sở, công an nhân dân'.search(pattern)).toBe(-1)
  })
})
