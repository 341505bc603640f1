import { describe, expect, it } from 'vitest'
import { importsOf, scan, topLevelLines } from './scan.ts'

describe('the scanner the house tests stand on', () => {
  it('blanks comments, strings, templates and regular expressions, and keeps the lines', () => {
    const text = [
      "const a = 'Date.now()' // Date.now()",
      // biome-ignore lint/suspicious/noTemplateCurlyInString: this is the text to scan.
      'const b = `x ${Date.parse(`in ${c}`)} Math.random()` /* console.',
      'log */ const d = /[/"]console\\.log/.test(e) ? 1 / 2 : 4 / 2',
    ].join('\n')
    const { code, bare } = scan(text)
    expect(bare.split('\n').map((line) => line.length)).toEqual(text.split('\n').map((line) => line.length))
    expect(code).toContain("'Date.now()'")
    expect(code).not.toContain('// Date')
    expect(bare).not.toMatch(/Date\.now|Math\.random|console/)
    expect(bare).toContain('Date.parse(')
    expect(bare).toContain('.test(e) ? 1 / 2 : 4 / 2')
  })

  it('finds every way of naming a module, and none in comments', () => {
    const text = [
      "import { a } from './a.ts'",
      'import type {\n  B,\n} from "#core/b.ts"',
      "import './c.ts'",
      "export { d } from './d.ts'",
      "export * from './e.ts'",
      "const f = async () => await import('./f.ts')",
      "type G = import('./g.ts').G",
      "// import './no.ts'",
      "export const from = 'x'",
    ].join('\n')
    const found = importsOf(scan(text))
    expect(found.map((one) => one.specifier).sort()).toEqual(
      ['#core/b.ts', './a.ts', './c.ts', './d.ts', './e.ts', './f.ts', './g.ts'].sort(),
    )
    expect(found.find((one) => one.specifier === '#core/b.ts')?.line).toBe(4)
  })

  it('tells what stands at the top level of a module', () => {
    const lines = topLevelLines(scan('let a = 1\nconst f = () => {\n  let b = 2\n}\nlet c = [\n  1,\n]').bare)
    expect(lines.filter((one) => one.text.trimStart().startsWith('let')).map((one) => one.line)).toEqual([1, 5])
  })
})
