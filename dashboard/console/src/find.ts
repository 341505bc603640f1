/** Vietnamese without its accents, small letters: whoever is in a hurry types "muong te". */
export const plain = (text: string): string =>
  text.normalize('NFD').replaceAll(/\p{M}/gu, '').replaceAll('đ', 'd').replaceAll('Đ', 'D').toLowerCase()

/** Is every word of `query` somewhere in `text`, with or without accents? An empty query finds everything. */
export const isFoundIn = (text: string, query: string): boolean => {
  const words = plain(query)
    .split(/\s+/)
    .filter((word) => word !== '')
  const where = plain(text)
  return words.every((word) => where.includes(word))
}
