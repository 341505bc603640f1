/** What is to happen, by true time; equal times keep the order in which they were given. A binary heap: a week has a million of them. */
export type Queue = {
  readonly at: (ms: number, act: () => void) => void
  /** True time of the next one; infinity when nothing is left. */
  readonly next: () => number
  readonly take: () => (() => void) | null
}

type Due = { readonly at: number; readonly order: number; readonly act: () => void }

export const createQueue = (): Queue => {
  const heap: Due[] = []
  const count = { given: 0 }
  const before = (a: Due, b: Due): boolean => a.at < b.at || (a.at === b.at && a.order < b.order)
  const swap = (i: number, j: number): void => {
    const [a, b] = [heap[i], heap[j]]
    if (a === undefined || b === undefined) return
    heap[i] = b
    heap[j] = a
  }
  const isBefore = (i: number, j: number): boolean => {
    const [a, b] = [heap[i], heap[j]]
    return a !== undefined && b !== undefined && before(a, b)
  }
  const rise = (from: number): void => {
    for (let i = from; i > 0; ) {
      const parent = (i - 1) >> 1
      if (!isBefore(i, parent)) return
      swap(i, parent)
      i = parent
    }
  }
  const sink = (): void => {
    for (let i = 0; ; ) {
      const left = 2 * i + 1
      const least = isBefore(left + 1, left) ? left + 1 : left
      if (!isBefore(least, i)) return
      swap(i, least)
      i = least
    }
  }
  return {
    at: (ms, act) => {
      count.given += 1
      heap.push({ at: ms, order: count.given, act })
      rise(heap.length - 1)
    },
    next: () => heap[0]?.at ?? Number.POSITIVE_INFINITY,
    take: () => {
      const first = heap[0]
      const last = heap.pop()
      if (first === undefined || last === undefined) return null
      if (first !== last) {
        heap[0] = last
        sink()
      }
      return first.act
    },
  }
}
