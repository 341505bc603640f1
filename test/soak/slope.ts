/** One look at something that must not grow: when, in hours, and how much. */
export type Look = { readonly hours: number; readonly value: number }

/** Growth per hour by least squares; 0 for fewer than two looks. */
export const slopeOf = (looks: readonly Look[]): number => {
  const n = looks.length
  const mean = (of: (look: Look) => number): number => looks.reduce((sum, look) => sum + of(look), 0) / n
  const [x, y] = [mean((l) => l.hours), mean((l) => l.value)]
  const spread = looks.reduce((sum, l) => sum + (l.hours - x) ** 2, 0)
  return n < 2 || spread === 0 ? 0 : looks.reduce((sum, l) => sum + (l.hours - x) * (l.value - y), 0) / spread
}
