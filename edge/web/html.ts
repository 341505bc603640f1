import type { Phrase } from '#core/contract/words.ts'

/** Text from anywhere, safe to stand in a page. */
export const escapeHtml = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')

/** Vietnamese first, English small beside it. */
export const two = (vi: string, en: string): string =>
  vi === en ? escapeHtml(vi) : `${escapeHtml(vi)} <small>${escapeHtml(en)}</small>`
/** A sentence of several figures: each language has its line, since word by word beside each other nobody reads them. */
export const lines = (vi: string, en: string): string =>
  `<span class="line">${escapeHtml(vi)}</span> <small class="line">${escapeHtml(en)}</small>`
export const named = (phrase: Phrase): string => two(phrase.vi, phrase.en)

export const known = (value: number | boolean | null, unit: string): string =>
  value === null
    ? '–'
    : typeof value === 'boolean'
      ? value
        ? two('có', 'yes')
        : two('không', 'no')
      : `${Math.round(value * 10) / 10}${unit}`
export const rows = (pairs: readonly (readonly [string, string])[]): string =>
  `<dl>${pairs.map(([name, value]) => `<div><dt>${name}</dt><dd>${value}</dd></div>`).join('')}</dl>`

/** A whole page. Nothing from outside, no script or style inline. */
export const page = (title: string, body: string): string => `<!doctype html>
<html lang="vi"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>${escapeHtml(title)}</title><link rel="stylesheet" href="/style.css"></head><body>${body}<script src="/app.js"></script></body></html>`

/** Whose page it is: the name for the head of the page, the token for its forms. */
type Signed = { readonly person: string; readonly csrf: string }

/** The hidden field that every form of a signed-in person carries. */
export const tokenOf = ({ csrf }: Signed): string => `<input type="hidden" name="csrf" value="${escapeHtml(csrf)}">`

/** The pages of the technician, in the order of the menu. */
export const MENU = {
  '/': { vi: 'Tình trạng', en: 'Status' },
  '/diagnose': { vi: 'Chẩn đoán', en: 'Diagnose' },
  '/commission': { vi: 'Nghiệm thu', en: 'Commission' },
  '/manual': { vi: 'Điều khiển tay', en: 'Manual control' },
} as const satisfies Readonly<Record<string, Phrase>>
type MenuPath = keyof typeof MENU

const menu = (at: MenuPath): string =>
  `<nav aria-label="Trang · Pages">${Object.entries(MENU)
    .map(([path, name]) => `<a href="${path}"${path === at ? ' aria-current="page"' : ''}>${named(name)}</a>`)
    .join('')}</nav>`

/** A page for somebody who signed in: head with the name and the way out, the menu with the place we are at (`at`), then `body` (a `main`). */
export const signedPage = (
  of: { readonly title: string; readonly at: MenuPath; readonly session: Signed },
  body: string,
): string =>
  page(
    of.title,
    `<header><h1>${escapeHtml(of.title)}</h1><form method="post" action="/logout">${tokenOf(of.session)}<span>${escapeHtml(of.session.person)}</span> <button>${two('Ra', 'Sign out')}</button></form></header>${menu(of.at)}
${body}`,
  )
