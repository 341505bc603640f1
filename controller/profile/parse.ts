import { type DocumentFault, parseDocument } from '#core/base/check.ts'
import { err, type Result } from '#core/base/result.ts'
import { type Profile, ProfileSchema } from './schema.ts'

/** One thing wrong with a profile file: where (JSON pointer) and why. `file` is as the caller named it. */
export type ProfileFault = DocumentFault & { readonly file: string }

/** Longest profile text read, in characters. A real one has about 20 000. */
export const MOST_PROFILE_TEXT = 500_000

/**
 * Text of a profile file → profile, or every reason why it is none (at most 20). Unknown keys are refused everywhere.
 */
export const parseProfile = (file: string, text: string): Result<Profile, readonly ProfileFault[]> => {
  if (text.length > MOST_PROFILE_TEXT)
    return err([{ file, where: '/', why: `longer than ${MOST_PROFILE_TEXT} characters` }])
  const parsed = parseDocument(ProfileSchema, text)
  return parsed.ok ? parsed : err(parsed.error.map((fault) => ({ file, ...fault })))
}
