/** A number for each member of a record, as series with one label. */
export const seriesOfCounts = <L extends string, T extends string>(
  label: L,
  counts: Readonly<Partial<Record<T, number>>>,
) =>
  Object.entries<number | undefined>(counts).map(([value, n]) => ({
    labels: { [label]: value } as { readonly [K in L]: T },
    value: n ?? 0,
  }))
