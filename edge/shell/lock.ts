import { closeSync, ftruncateSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { err, ok, type Result } from '#core/base/result.ts'
import type { Libc } from './os.ts'

/** Held for the life of the daemon. The kernel lets go of it however the process ends, so nothing can be stale after kill -9. */
export type DataLock = { readonly release: () => void }

/** Takes the data folder (made with mode 0700 when absent). Refuses, naming the holder, when another daemon has it. */
export const lockDataFolder = (dataDir: string, libc: Pick<Libc, 'tryLock'>): Result<DataLock, string> => {
  const path = join(dataDir, 'lock')
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 })
    const fd = openSync(path, 'a+', 0o600)
    if (!libc.tryLock(fd)) {
      const holder = readFileSync(path, 'utf8').trim().slice(0, 20) || 'unknown'
      closeSync(fd)
      return err(`${dataDir}: in use by another daemon (process ${holder})`)
    }
    ftruncateSync(fd)
    // For people only; the lock itself is the kernel's.
    writeSync(fd, `${process.pid}\n`)
    return ok({ release: () => closeSync(fd) })
  } catch (error) {
    return err(`${path}: ${error instanceof Error ? error.message : String(error)}`)
  }
}
