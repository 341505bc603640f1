import { readFile } from 'node:fs/promises'
import { ok } from '#core/base/result.ts'
import { type Answer, type Call, notFound, type Route } from './answer.ts'

/** The runbook of this version, beside the code it belongs to. */
const FILE = new URL('../../../deploy/RUNBOOK.md', import.meta.url)
const MOST_CHARS = 1_000_000

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

const inline = (text: string): string =>
  escaped(text)
    .replace(/`([^`]+)`/g, '<code>$1</code>')
    .replace(/\*\*([^*]+)\*\*/g, '<b>$1</b>')
    .replace(/\*([^*]+)\*/g, '<i>$1</i>')

/**
 * The runbook's own Markdown as a page: headings with their name as anchor, lists, paragraphs; nothing else is in it. Every text is escaped.
 */
export const runbookPage = (markdown: string): string => {
  const body = markdown
    .slice(0, MOST_CHARS)
    .split(/\n{2,}/)
    .map((block) => {
      const heading = /^(#{1,3}) `?([^`\n]+)`?$/.exec(block.trim())
      if (heading !== null) {
        const level = heading[1]?.length ?? 2
        const name = heading[2] ?? ''
        const anchor = /^[a-z][a-z-]*$/.test(name) ? ` id="${name}"` : ''
        return `<h${level}${anchor}>${inline(name)}</h${level}>`
      }
      if (!block.startsWith('- ')) return block.trim() === '' ? '' : `<p>${inline(block)}</p>`
      return `<ul>${block
        .split(/\n(?=- )/)
        .map((item) => `<li>${inline(item.replace(/^- /, ''))}</li>`)
        .join('')}</ul>`
    })
    .join('\n')
  return `<!doctype html><html lang="vi"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark"><title>Sổ tay vận hành · Runbook</title></head><body><main>${body}</main></body></html>\n`
}

/** Where the link of each alert leads. Nothing of it is secret, and whoever is woken by an alert shall not have to log in first. */
export const runbookRoutes = (): readonly Route[] => {
  const page = async (call: Call): Answer => {
    const text = await readFile(FILE, 'utf8').catch(() => null)
    if (text === null) return notFound('sổ tay vận hành / runbook in this installation')
    return ok(call.reply.type('text/html; charset=utf-8').send(runbookPage(text)))
  }
  return [{ method: 'GET', url: '/docs/RUNBOOK.md', need: 'anyone', handle: page }]
}
