import { constants } from 'node:fs'
import { mkdir, open, readdir, rename, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { err, ok, type Result } from '#core/base/result.ts'
import type { Base } from '../base.ts'
import type { Desk, Refused, Taken } from './desk.ts'
import { CAP_BOUNDS } from './xml.ts'

/** A file counts when it has its last name: whoever writes one gives it another (`.part`, a leading dot) until it is whole. */
const NAME = /^[^.][^/]{0,199}\.(xml|cap)$/i
/** Files taken in one round. */
export const MOST_FILES = 50
/** Files kept in done/ and in refused/ each; the oldest names leave. */
export const MOST_KEPT = 1_000

export type FolderNeeds = Pick<Base, 'log' | 'now'> & { readonly path: string; readonly desk: Desk }

/**
 * One look at the folder. A file is moved only after what it says is in the database, so that after a power cut it is met again, and then is a
 * message that is known. What cannot be decided now stays where it is. Returns how many files were moved.
 */
export const folderRound = async (needs: FolderNeeds, signal: AbortSignal): Promise<number> => {
  const { path, desk, log } = needs
  for (const name of ['', 'done', 'refused']) await mkdir(join(path, name), { recursive: true, mode: 0o750 })
  const names = (await readdir(path, { withFileTypes: true })).filter((e) => e.isFile() && NAME.test(e.name))
  const moved = { count: 0 }
  for (const { name } of names.sort((a, b) => (a.name < b.name ? -1 : 1)).slice(0, MOST_FILES)) {
    if (signal.aborted) return moved.count
    const read = await readBounded(join(path, name))
    const source = { kind: 'folder' as const, name: 'cap-folder', address: name }
    const taken: Taken | string = read.ok ? await desk.takeIn(read.value, source) : read.error
    if (typeof taken !== 'string' && taken.kind === 'later') {
      log('warn', 'CAP file waits', { file: name, why: taken.why })
      return moved.count
    }
    const why = typeof taken === 'string' ? taken : taken.kind === 'refused' ? reasonText(taken) : null
    await put(needs, name, why)
    moved.count += 1
  }
  if (moved.count > 0) for (const name of ['done', 'refused']) await prune(join(path, name))
  return moved.count
}

/** Never more than a message may have; no link is followed to another file. */
const readBounded = async (file: string): Promise<Result<Uint8Array, string>> => {
  try {
    const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    try {
      const { size } = await handle.stat()
      if (size > CAP_BOUNDS.bytes)
        return err(`Dài ${size} byte, tối đa ${CAP_BOUNDS.bytes}. · Has ${size} bytes, at most ${CAP_BOUNDS.bytes}.\n`)
      const buffer = Buffer.alloc(CAP_BOUNDS.bytes + 1)
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0)
      return ok(buffer.subarray(0, bytesRead))
    } finally {
      await handle.close()
    }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    return err(`Không đọc được (${code}). · Cannot be read (${code}).\n`)
  }
}

/** For whoever put the file there: what is wrong, where, and what now. */
export const reasonText = (refused: Refused): string =>
  [
    `${refused.code}: ${refused.vi}`,
    `${refused.code}: ${refused.en}`,
    ...refused.findings
      .filter((f) => f.severity === 'error')
      .map((f) => `${f.line ?? '?'}:${f.column ?? '?'} ${f.path || '/'}: ${f.vi} · ${f.en}`),
    'Sửa rồi đặt lại vào thư mục với identifier mới; kiểm trước bằng “bangtin cap check TỆP”.',
    'Correct it and put it here again under a new identifier; check it first with “bangtin cap check FILE”.',
    '',
  ].join('\n')

const put = async ({ path, now }: FolderNeeds, name: string, why: string | null): Promise<void> => {
  const folder = join(path, why === null ? 'done' : 'refused')
  // A name can come again; the time keeps the two apart, and sorts them for `prune`.
  const kept = `${new Date(now()).toISOString().replace(/[:.]/g, '-')}_${name}`
  if (why !== null) await writeFile(join(folder, `${kept}.txt`), why, { mode: 0o640 })
  await rename(join(path, name), join(folder, kept))
}

const prune = async (folder: string): Promise<void> => {
  const names = (await readdir(folder)).filter((n) => !n.endsWith('.txt')).sort()
  for (const name of names.slice(0, Math.max(0, names.length - MOST_KEPT))) {
    await unlink(join(folder, name))
    await unlink(join(folder, `${name}.txt`)).catch(() => undefined)
  }
}
