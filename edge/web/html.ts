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
