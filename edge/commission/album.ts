import { randomBytes } from 'node:crypto'
import { err, ok, type Result } from '#core/base/result.ts'
import type { Phrase } from '#core/contract/words.ts'
import { sha256 } from '../shell/crypto.ts'
import type { Photo } from './document.ts'
import { both, disk, type Ground } from './needs.ts'
import { MOST_UPLOAD_BYTES, shrink } from './photos.ts'
import { MOST_PHOTOS } from './store.ts'

/** The photos of a draft. `isSigned`: a signed report names it, so that its file stays. */
export const openAlbum = ({ needs, store, access }: Ground, isSigned: (id: string) => boolean) => {
  const run = { busy: false }
  const drop = (id: string): Result<void, Phrase> => {
    const done = store.dropPhoto(id, isSigned(id))
    return done.ok ? ok(undefined) : err(disk(done.error))
  }
  const add = async (bytes: Uint8Array, by: { person: string; caption: string }): Promise<Result<void, Phrase>> => {
    const small = await shrink(bytes)
    if (!small.ok) return small
    const { jpeg, width, height } = small.value
    const id = randomBytes(8).toString('hex')
    const photo: Photo = {
      id,
      sha256: sha256(jpeg),
      bytes: jpeg.length,
      width,
      height,
      ...by,
      at: needs.clock.read().wall,
    }
    const done = store.addPhoto(photo, jpeg)
    if (done.ok) access(by.person, `photo ${id}, sha256 ${photo.sha256}`)
    return done.ok ? ok(undefined) : err(disk(done.error))
  }
  return {
    photo: store.photo,
    /** One at a time: each is decoded in memory, beside the picture of the screen. */
    addPhoto: async (bytes: Uint8Array, by: { person: string; caption: string }): Promise<Result<void, Phrase>> => {
      if (run.busy)
        return err(both('Đang xử lý một ảnh khác: thử lại sau.', 'Another photo is being worked on: try again.'))
      if (store.draft().photos.length >= MOST_PHOTOS)
        return err(both(`Nhiều nhất ${MOST_PHOTOS} ảnh.`, `${MOST_PHOTOS} photos at most.`))
      if (bytes.length > MOST_UPLOAD_BYTES) return err(both('Tệp quá lớn.', 'The file is too large.'))
      run.busy = true
      try {
        return await add(bytes, by)
      } finally {
        run.busy = false
      }
    },
    dropPhoto: (id: string, person: string): Result<void, Phrase> => {
      access(person, `photo ${id} dropped`)
      return drop(id)
    },
    /** Before everything begins anew: files that nobody names any more do not stay. */
    dropAll: (): void => {
      for (const { id } of store.draft().photos) drop(id)
    },
  }
}
