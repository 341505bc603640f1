import {
  chownSync,
  closeSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { err, ok, type Result } from '#core/base/result.ts'

/** Small files that matter: read with a reason when it fails, written whole or not at all. */

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : String(error)

/** The error names the file and why. */
export const readText = (file: string): Result<string, string> => {
  try {
    return ok(readFileSync(file, 'utf8'))
  } catch (error) {
    return err(`${file}: cannot be read (${codeOf(error)}) · không đọc được`)
  }
}

export type NewFile = {
  readonly text: string
  /** Permission bits, e.g. 0o600. */
  readonly mode: number
  /** True: put in the place of what is there. False: a file of this name that is there already stays, and that is an error. */
  readonly replace: boolean
}

/** Written beside it, flushed to disk, then given its name: a power cut leaves the old file or the new one, never half of one. */
export const writeWhole = (file: string, it: NewFile): Result<null, string> => {
  const part = `${file}.${process.pid}.part`
  try {
    const handle = openSync(part, 'wx', it.mode)
    try {
      writeSync(handle, it.text)
      fsyncSync(handle)
    } finally {
      closeSync(handle)
    }
    try {
      if (it.replace) renameSync(part, file)
      else linkSync(part, file)
    } finally {
      if (!it.replace) unlinkSync(part)
    }
    const folder = openSync(dirname(file), 'r')
    fsyncSync(folder)
    closeSync(folder)
    return ok(null)
  } catch (error) {
    return err(`${file}: cannot be written (${codeOf(error)}) · không ghi được`)
  }
}

/** Root made `files` in a folder that is another user's (the hub's): they become that user's, who must open them later. */
export const giveToOwner = (folder: string, files: readonly string[]): void => {
  if (process.geteuid?.() !== 0) return
  const { uid, gid } = statSync(folder)
  for (const file of files) if (statSync(file, { throwIfNoEntry: false }) !== undefined) chownSync(file, uid, gid)
}
