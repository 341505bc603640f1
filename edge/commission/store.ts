import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { parseDocument } from '#core/base/check.ts'
import type { Log } from '#core/base/ports.ts'
import { err, ok, type Result } from '#core/base/result.ts'
import { replaceFile } from '../shell/durable.ts'
import { Draft, EMPTY_DRAFT, type Photo } from './document.ts'

/** What commissioning keeps, in the folder `commissioning` of the data folder. Each file is replaced whole; what a cut leaves is whole. */
export type CommissionStore = {
  readonly draft: () => Draft
  /** Changes it and keeps it. The error is what the disk says. */
  readonly change: (change: (draft: Draft) => Draft) => Result<Draft, string>
  readonly addPhoto: (photo: Photo, jpeg: Uint8Array) => Result<void, string>
  /** `keepFile`: a signed report names its hash. */
  readonly dropPhoto: (id: string, keepFile: boolean) => Result<void, string>
  /** Null: there is none of that name. */
  readonly photo: (id: string) => Uint8Array | null
  /** Numbers of the signed reports, oldest first. */
  readonly reports: () => readonly number[]
  readonly report: (number: number) => string | null
  readonly putReport: (number: number, text: string) => Result<void, string>
  readonly putProposal: (text: string) => Result<string, string>
}

export const MOST_PHOTOS = 12
/** Kept for good: a site is accepted once and looked at again some times. */
export const MOST_REPORTS = 200

export const openCommissionStore = (dataDir: string, log: Log): CommissionStore => {
  const folder = join(dataDir, 'commissioning')
  const draftFile = join(folder, 'draft.json')
  const photoFile = (id: string) => join(folder, 'photos', `${id}.jpg`)
  const reportFile = (number: number) => join(folder, `report-${String(number).padStart(3, '0')}.json`)
  const state = { draft: readDraft(draftFile, log) }
  const written = <T>(act: () => T): Result<T, string> => {
    try {
      mkdirSync(join(folder, 'photos'), { recursive: true, mode: 0o700 })
      return ok(act())
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error)
      log('error', 'commissioning could not be kept', { detail })
      return err(detail)
    }
  }
  const change: CommissionStore['change'] = (how) => {
    const next = how(state.draft)
    const done = written(() => replaceFile(draftFile, `${JSON.stringify(next)}\n`, 0o600))
    if (!done.ok) return done
    state.draft = next
    return ok(next)
  }
  return {
    draft: () => state.draft,
    change,
    addPhoto: (photo, jpeg) => {
      const kept = written(() => replaceFile(photoFile(photo.id), jpeg, 0o600))
      if (!kept.ok) return kept
      const done = change((draft) => ({ ...draft, photos: [...draft.photos, photo] }))
      if (!done.ok) written(() => rmSync(photoFile(photo.id), { force: true }))
      return done.ok ? ok(undefined) : done
    },
    dropPhoto: (id, keepFile) => {
      const done = change((draft) => ({ ...draft, photos: draft.photos.filter((one) => one.id !== id) }))
      if (done.ok && !keepFile) written(() => rmSync(photoFile(id), { force: true }))
      return done.ok ? ok(undefined) : done
    },
    photo: (id) => {
      if (!/^[0-9a-f]{16}$/.test(id)) return null
      return read(photoFile(id))
    },
    reports: () => numbersIn(folder),
    report: (number) => read(reportFile(number))?.toString('utf8') ?? null,
    putReport: (number, text) => written(() => replaceFile(reportFile(number), text, 0o644)),
    putProposal: (text) =>
      written(() => {
        const path = join(folder, 'config-proposal.json')
        replaceFile(path, text, 0o644)
        return path
      }),
  }
}

const read = (path: string): Buffer | null => {
  try {
    return readFileSync(path)
  } catch {
    return null
  }
}

const numbersIn = (folder: string): readonly number[] => {
  try {
    return readdirSync(folder)
      .flatMap((name) => /^report-(\d{3,6})\.json$/.exec(name)?.[1] ?? [])
      .map(Number)
      .sort((a, b) => a - b)
  } catch {
    return []
  }
}

/** A draft that cannot be read is put aside, never believed in part. */
const readDraft = (file: string, log: Log): Draft => {
  const text = read(file)?.toString('utf8')
  if (text === undefined) return EMPTY_DRAFT
  const parsed = parseDocument(Draft, text)
  if (parsed.ok) return parsed.value
  log('error', 'what commissioning had is damaged and begins anew', { file, why: parsed.error[0]?.why ?? '' })
  try {
    renameSync(file, `${file}.damaged`)
  } catch {
    // It stays where it is, and the next change replaces it.
  }
  return EMPTY_DRAFT
}
