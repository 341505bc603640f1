import { createHash } from 'node:crypto'
import { createReadStream, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** The files of the asset folder, asked calmly: a dying card answers with errors, and that is an answer, too. */

/** Null: it is not there. The change time cannot be set back by whoever writes to the file. */
export const stampOf = (path: string): { readonly text: string; readonly bytes: number } | null => {
  const stat = calmly(() => statSync(path, { bigint: true, throwIfNoEntry: false }), undefined)
  if (stat === undefined) return null
  return { text: `${stat.size}:${stat.ino}:${stat.ctimeNs}`, bytes: Number(stat.size) }
}

export const sizeOf = (path: string): number => stampOf(path)?.bytes ?? 0

/** A dying card gives errors instead of bytes. It must not end the daemon, which still has orders to show. */
const calmly = <T>(act: () => T, otherwise: T): T => {
  try {
    return act()
  } catch {
    return otherwise
  }
}
/** Null: it could not be read. That says nothing of its bytes: a daemon without a free file descriptor reads none, either. */
export const digestOf = (path: string): string | null =>
  calmly(() => createHash('sha256').update(readFileSync(path)).digest('hex'), null)
export const remove = (path: string): void => calmly(() => rmSync(path, { force: true }), undefined)

export const names = (root: string, which: RegExp): readonly string[] =>
  calmly(() => readdirSync(root), [])
    .filter((folder) => /^[0-9a-f]{2}$/.test(folder))
    .flatMap((folder) => calmly(() => readdirSync(join(root, folder)), []).filter((name) => which.test(name)))

/** The same beside everything else. */
export const hashFile = async (path: string): Promise<string | null> => {
  const hash = createHash('sha256')
  try {
    for await (const chunk of createReadStream(path)) hash.update(chunk)
    return hash.digest('hex')
  } catch {
    return null
  }
}
