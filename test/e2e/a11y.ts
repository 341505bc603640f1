import type { Page } from 'playwright-core'

/**
 * What a person with a screen reader, a keyboard or weak eyes would stumble over, looked for in the page itself: names of controls and pictures,
 * one heading, ids, order of the keyboard, contrast (WCAG 2.1 AA, 1.4.3: 4.5, large text 3), nothing wider than the window. Gives each trouble as a
 * sentence, and how much was looked at: a check of nothing must not pass.
 */
export type Looked = { readonly problems: readonly string[]; readonly controls: number; readonly texts: number }

/** Runs in the page, where this file's types do not reach. */
const LOOK = `(() => {
  const problems = []
  const say = (el) => '<' + el.tagName.toLowerCase() + (el.dataset.testid ? ' ' + el.dataset.testid : '') + '> "' +
    (el.textContent || '').trim().slice(0, 40) + '"'
  const seen = (el) => {
    const box = el.getBoundingClientRect()
    return el.checkVisibility({ visibilityProperty: true, opacityProperty: true }) && box.width > 1 && box.height > 1
  }
  const nameOf = (el) => {
    const by = el.getAttribute('aria-labelledby')
    const labelled = by ? by.split(' ').map((id) => document.getElementById(id)?.textContent || '').join(' ') : ''
    const label = el.labels ? [...el.labels].map((l) => l.textContent).join(' ') : ''
    const field = ['INPUT', 'SELECT', 'TEXTAREA'].includes(el.tagName)
    return (el.getAttribute('aria-label') || labelled || label || (field ? '' : el.textContent) || el.title || '').trim()
  }
  const controls = [...document.querySelectorAll('a[href],button,input,select,textarea,[tabindex]:not([tabindex="-1"]),summary,[role=slider]')]
    .filter((el) => seen(el) && !el.closest('[aria-hidden=true]'))
  for (const el of controls) {
    if (nameOf(el) === '') problems.push('no name: ' + say(el))
    if (el.tabIndex > 0) problems.push('a tabindex above 0: ' + say(el))
  }
  for (const el of document.querySelectorAll('img')) if (!el.hasAttribute('alt')) problems.push('no alt: ' + el.src)
  for (const el of document.querySelectorAll('[role=img]')) if (nameOf(el) === '') problems.push('no name: ' + say(el))
  const ids = [...document.querySelectorAll('[id]')].map((el) => el.id)
  for (const id of new Set(ids.filter((id, n) => ids.indexOf(id) !== n))) problems.push('id twice: ' + id)
  for (const el of document.querySelectorAll('[aria-describedby],[aria-labelledby]'))
    for (const id of (el.getAttribute('aria-describedby') || el.getAttribute('aria-labelledby')).split(' '))
      if (!document.getElementById(id)) problems.push('points to no ' + id + ': ' + say(el))
  const h1 = document.querySelectorAll('h1').length
  if (h1 !== 1) problems.push(h1 + ' headings of the first rank')
  if (!document.documentElement.lang) problems.push('no language')
  for (const table of document.querySelectorAll('table'))
    if (table.querySelectorAll('th[scope=col]').length === 0) problems.push('a table without heads: ' + say(table))
  if (document.documentElement.scrollWidth > innerWidth) problems.push('wider than the window: ' + document.documentElement.scrollWidth)

  const canvas = document.createElement('canvas')
  canvas.width = canvas.height = 1
  const ink = canvas.getContext('2d', { willReadFrequently: true })
  const rgba = (color) => {
    ink.clearRect(0, 0, 1, 1)
    ink.fillStyle = color
    ink.fillRect(0, 0, 1, 1)
    return [...ink.getImageData(0, 0, 1, 1).data]
  }
  const over = (top, under) => {
    const a = top[3] / 255
    return [0, 1, 2].map((n) => top[n] * a + under[n] * (1 - a)).concat(255)
  }
  const light = ([r, g, b]) => {
    const part = (v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4)
    return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b)
  }
  // A picture or a pattern behind a text has no one colour: null, and not judged.
  const behind = (el) => {
    const layers = []
    for (let at = el; at; at = at.parentElement) {
      const style = getComputedStyle(at)
      if (style.backgroundImage !== 'none') return null
      const color = rgba(style.backgroundColor)
      layers.push(color)
      if (color[3] === 255) break
    }
    return layers.reverse().reduce((under, top) => over(top, under), rgba('Canvas'))
  }
  let texts = 0
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  while (walk.nextNode()) {
    const el = walk.currentNode.parentElement
    if (!walk.currentNode.textContent.trim() || !seen(el) || el.closest('svg, :disabled, option, .visually-hidden')) continue
    const style = getComputedStyle(el)
    const back = behind(el)
    if (back === null) continue
    texts++
    let opacity = 1
    for (let at = el; at; at = at.parentElement) opacity *= Number(getComputedStyle(at).opacity)
    const color = rgba(style.color)
    color[3] = Math.round(color[3] * opacity)
    const [a, b] = [light(over(color, back)), light(back)].sort((x, y) => y - x)
    const size = parseFloat(style.fontSize)
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700)
    const contrast = (a + 0.05) / (b + 0.05)
    if (contrast < (large ? 3 : 4.5)) problems.push('contrast ' + contrast.toFixed(2) + ': ' + say(el))
  }
  return { problems: [...new Set(problems)], controls: controls.length, texts }
})()`

export const lookAt = (page: Page): Promise<Looked> => page.evaluate<Looked>(LOOK)
