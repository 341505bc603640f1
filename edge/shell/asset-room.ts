/**
 * What of the asset folder may go when room is needed, in this order: downloads that nobody wants any more, then files that no schedule wants
 * and no evidence needs. Never: what the schedule in force wants, and what a kept play names (Art. 10.1.a, reading A6). `stored` are names
 * in the folder, `<sha256>` or `<sha256>.part`.
 */
export const evictable = (
  stored: readonly string[],
  of: { readonly wanted: ReadonlySet<string>; readonly mayEvict: (sha256: string) => boolean },
): readonly string[] => {
  const unwanted = stored.filter((name) => !of.wanted.has(name.slice(0, 64)))
  const parts = unwanted.filter((name) => name.endsWith('.part'))
  return [...parts, ...unwanted.filter((name) => !name.endsWith('.part') && of.mayEvict(name))]
}
