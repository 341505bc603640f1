import { decodePicture, type PictureMime, pictureMime } from '#controller/raster/picture.ts'
import { ok, type Result } from '#core/base/result.ts'
import { MOST_PICTURE_BYTES, type Order } from '#core/emergency/order.ts'
import type { Hub } from '../hub.ts'
import { type Answer, auditOf, type PersonCall, type Problem, problem, type Route } from './answer.ts'

const PER_MINUTE = 30
/** Decoded one after another: each may take 67 MB for a moment. So many may wait. */
const MOST_WAITING = 4
/** What a decoded picture is scaled to here: nothing is drawn. */
const CHECKED_AT = { width: 64, height: 64 } as const

/**
 * `POST /api/pictures`: the picture of an order, before the order is signed. Taken in only when all of it can be decoded, because an edge shows
 * what was signed and nobody looks at it there first.
 */
export const pictureRoutes = (hub: Hub): readonly Route[] => {
  const run = { waiting: 0, last: Promise.resolve() as Promise<unknown> }
  const checked = async (bytes: Buffer): Promise<Result<PictureMime, Problem>> => {
    const mime = pictureMime(bytes)
    if (!mime.ok) return refused(mime.error)
    const decoded = await decodePicture(bytes, { panel: CHECKED_AT, strict: true })
    if (!decoded.ok) return refused(decoded.error)
    decoded.value.release()
    return mime
  }
  const inTurn = async (bytes: Buffer): Promise<Result<PictureMime, Problem>> => {
    if (run.waiting >= MOST_WAITING)
      return problem(
        503,
        'busy',
        {
          vi: 'Máy chủ đang kiểm tra các ảnh khác. Thử lại sau ít giây.',
          en: 'Other pictures are being checked. Try again.',
        },
        null,
      )
    run.waiting += 1
    const mine = run.last.then(() => checked(bytes))
    run.last = mine.catch(() => {})
    return mine.finally(() => {
      run.waiting -= 1
    })
  }
  const take = async (call: PersonCall): Answer => {
    const { body } = call.request
    if (!Buffer.isBuffer(body)) return notAPicture
    const mime = await inTurn(body)
    if (!mime.ok) return mime
    const stored = await hub.assets.put(once(body), MOST_PICTURE_BYTES)
    if (!stored.ok || stored.value.mime !== mime.value) return notAPicture
    const { sha256, bytes } = stored.value
    await hub.store.content.putAsset(stored.value, hub.now())
    const detail = `${mime.value}, ${bytes} byte`
    await hub.store.audit.append(auditOf(call, hub.now(), { action: 'picture.upload', subject: sha256, detail }))
    return ok({ sha256, bytes, mime: mime.value })
  }
  return [
    {
      method: 'POST',
      url: '/api/pictures',
      need: { action: 'order.propose' },
      limitPerMinute: PER_MINUTE,
      handle: take,
    },
  ]
}

/** Media types that a request may carry as bytes; every other body of `POST /api/pictures` is answered with 415 or 422. */
export const PICTURE_BODIES = { types: ['image/png', 'image/jpeg'], bytes: MOST_PICTURE_BYTES }

async function* once(bytes: Buffer): AsyncGenerator<Uint8Array> {
  yield bytes
}

const refused = (fault: { readonly vi: string; readonly en: string }) =>
  problem(422, 'picture', { vi: `Không nhận ảnh: ${fault.vi}`, en: `The picture is refused: ${fault.en}` }, null)

const notAPicture = problem(
  415,
  'picture',
  { vi: 'Gửi ảnh PNG hoặc JPEG (image/png, image/jpeg).', en: 'Send a PNG or JPEG picture (image/png, image/jpeg).' },
  'content-type',
)

/** The picture that an order names must be here, with the size and kind that it says: edges fetch it from us, and ask for nothing else. */
export const pictureFault = async (
  hub: Pick<Hub, 'store' | 'assets'>,
  order: Pick<Order, 'picture'>,
): Promise<Result<null, Problem>> => {
  const { picture } = order
  if (picture === undefined) return ok(null)
  const asset = await hub.store.content.asset(picture.sha256)
  const here = asset !== null && (await hub.assets.has(picture.sha256))
  if (here && asset.bytes === picture.bytes && asset.mime === picture.mime) return ok(null)
  return problem(
    422,
    'picture-missing',
    {
      vi: 'Trung tâm chưa có ảnh mà lệnh nêu, hoặc ảnh khác loại hay dung lượng. Tải ảnh lên lại.',
      en: 'The picture that the order names is not at the hub, or is of another kind or size. Upload it again.',
    },
    '/picture',
  )
}
