/**
 * Small writes that come together are one commit, since a commit costs the same for one row as for hundreds: a thousand edges answer one
 * order within the same tenth of a second. What is promised stays: `add` resolves only after the commit is on disk.
 */
export type Group = {
  /** Rejects with what `work` threw, or with what kept the commit from the disk; then nothing of it is stored. */
  readonly add: <T>(work: () => T) => Promise<T>
  /** Commits what waits, now. */
  readonly flush: () => void
}

/** A group is committed when it has this many works, */
export const MOST_GROUPED = 500
/** or when its first work has waited for this long, ms: as long as the last commit took, so that no more than half of the time goes there. */
export const GROUP_MS = { least: 4, most: 20 } as const

type Work = { readonly run: () => void; readonly done: () => void; readonly fail: (why: unknown) => void }

/** `commit`: all of the work or nothing, throws when it could not be stored. `clock`: monotonic, ms. */
export const makeGroup = (commit: (work: () => void) => void, clock: () => number): Group => {
  const held = { works: [] as Work[], timer: undefined as NodeJS.Timeout | undefined, waitMs: GROUP_MS.least as number }
  const store = (works: readonly Work[]): void => {
    const run = { began: false, all: false }
    try {
      commit(() => {
        run.began = true
        for (const work of works) work.run()
        run.all = true
      })
    } catch (error) {
      // One that cannot be stored must not take the others with it: each is tried once more, alone. A database that is locked or full takes
      // none: each would wait for it as long again.
      const isOneBad = !run.all && run.began
      if (works.length > 1 && isOneBad) for (const work of works) store([work])
      else for (const work of works) work.fail(error)
      return
    }
    for (const work of works) work.done()
  }
  const flush = (): void => {
    clearTimeout(held.timer)
    held.timer = undefined
    const works = held.works.splice(0)
    if (works.length === 0) return
    const began = clock()
    store(works)
    held.waitMs = Math.min(GROUP_MS.most, Math.max(GROUP_MS.least, clock() - began))
  }
  return {
    add: <T>(work: () => T) =>
      new Promise<T>((resolve, reject) => {
        let result: { readonly value: T } | undefined
        held.works.push({
          run: () => {
            result = { value: work() }
          },
          done: () => {
            if (result !== undefined) resolve(result.value)
          },
          fail: reject,
        })
        if (held.works.length >= MOST_GROUPED) flush()
        else held.timer ??= setTimeout(flush, held.waitMs)
      }),
    flush,
  }
}
