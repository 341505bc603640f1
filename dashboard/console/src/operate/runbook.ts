/**
 * What deploy/RUNBOOK.md says of each fault, for the pages: read when the console is built (vite.config.ts), so that there is one text. Pure, because
 * the build and its test read it alike.
 */
export type Advice = { readonly meaning: string; readonly look: string; readonly act: string }
export type Runbook = { readonly [id: string]: { readonly vi: Advice; readonly en: Advice } }

const LABELS = {
  vi: { meaning: 'Nghĩa là', look: 'Xem gì', act: 'Làm gì' },
  en: { meaning: 'Meaning', look: 'Look at', act: 'Do' },
} as const

/** The points of one section: `- **Label**: text`, with lines that go on below it. */
const pointOf = (section: string, label: string): string => {
  const lines = section.split('\n')
  const start = lines.findIndex((line) => line.startsWith(`- **${label}**`))
  if (start < 0) return ''
  const rest = lines.slice(start + 1)
  const end = rest.findIndex((line) => line.trim() === '' || line.startsWith('- ') || line.startsWith('#'))
  const text = [lines[start] ?? '', ...rest.slice(0, end < 0 ? rest.length : end)].map((line) => line.trim()).join(' ')
  return text.replace(/^- \*\*[^*]+\*\*:?\s*/, '').replaceAll('**', '')
}

const adviceOf = (section: string, lang: 'vi' | 'en'): Advice => ({
  meaning: pointOf(section, LABELS[lang].meaning),
  look: pointOf(section, LABELS[lang].look),
  act: pointOf(section, LABELS[lang].act),
})

/** Sections are headed by an id and nothing else (test/house/docs.test.ts). One without any advice is left out. */
export const runbookOf = (markdown: string): Runbook => {
  const found: { [id: string]: { vi: Advice; en: Advice } } = {}
  for (const part of markdown.split(/^## /m).slice(1)) {
    const id = part.split('\n')[0]?.trim() ?? ''
    const advice = { vi: adviceOf(part, 'vi'), en: adviceOf(part, 'en') }
    if (/^[a-z0-9-]+$/.test(id) && advice.vi.act !== '') found[id] = advice
  }
  return found
}
