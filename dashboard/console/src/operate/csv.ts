/**
 * A table as other programs read it: UTF-8 with a mark at its head, because Excel reads Vietnamese wrongly without; fields in quotes; a text that
 * a spreadsheet would take for a formula gets an apostrophe before it.
 */
export const csvOf = (head: readonly string[], rows: readonly (readonly (string | number | null)[])[]): string => {
  const field = (value: string | number | null): string => {
    if (value === null) return ''
    if (typeof value === 'number') return String(value)
    const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value
    return /[",\r\n']/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
  }
  return `\uFEFF${[head, ...rows].map((row) => row.map(field).join(',')).join('\r\n')}\r\n`
}

/** Gives a file to the person at the browser. */
export const download = (name: string, text: string): void => {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/csv;charset=utf-8' }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  // The browser has taken it by the next turn; the address would keep the text in memory.
  setTimeout(() => URL.revokeObjectURL(url), 1_000)
}
