import { ok } from '#core/base/result.ts'
import type { Hub } from '../hub.ts'
import { type Answer, type Call, notFound, param, problem, type Route } from './answer.ts'
import { bearerOf, personOf } from './guard.ts'

type Span = { readonly from: number; readonly to: number }

/** One range of RFC 9110 §14; several at once are answered with the whole file, which is allowed. `bad`: not in the file. */
export const rangeOf = (header: string | undefined, size: number): Span | 'all' | 'bad' => {
  if (header === undefined) return 'all'
  const match = /^bytes=(\d{0,16})-(\d{0,16})$/.exec(header.trim())
  if (match === null || (match[1] === '' && match[2] === '')) return 'all'
  if (match[1] === '') {
    const last = Number(match[2])
    return last === 0 ? 'bad' : { from: Math.max(0, size - last), to: size - 1 }
  }
  const from = Number(match[1])
  const to = match[2] === '' ? size - 1 : Math.min(Number(match[2]), size - 1)
  return from >= size || to < from ? 'bad' : { from, to }
}

/** Sends a stored file, whole or the asked part of it, so that a cut download goes on where it stopped. */
export const sendAsset = async (hub: Hub, call: Call, sha256: string): Answer => {
  const asset = /^[0-9a-f]{64}$/.test(sha256) ? await hub.store.content.asset(sha256) : null
  if (asset === null || !(await hub.assets.has(sha256))) return notFound('tệp này / such file')
  const { headers } = call.request
  const etag = `"${sha256}"`
  const reply = call.reply
    .header('accept-ranges', 'bytes')
    .header('etag', etag)
    .header('cache-control', 'private, max-age=31536000, immutable')
    .header('content-security-policy', "default-src 'none'; sandbox")
    .type(asset.mime)
  if (headers['if-none-match'] === etag) return ok(reply.code(304).send())
  const fresh = headers['if-range'] === undefined || headers['if-range'] === etag
  const range = fresh ? rangeOf(headers.range, asset.bytes) : 'all'
  if (range === 'bad') {
    reply.header('content-range', `bytes */${asset.bytes}`)
    return problem(
      416,
      'range',
      { vi: 'Đoạn yêu cầu nằm ngoài tệp.', en: 'The asked range is not in the file.' },
      'range',
    )
  }
  if (range === 'all')
    return ok(reply.header('content-length', asset.bytes).send(hub.assets.read(sha256, 0, asset.bytes - 1)))
  reply
    .code(206)
    .header('content-range', `bytes ${range.from}-${range.to}/${asset.bytes}`)
    .header('content-length', range.to - range.from + 1)
  return ok(reply.send(hub.assets.read(sha256, range.from, range.to)))
}

export const assetRoutes = (hub: Hub): readonly Route[] => {
  const handle = async (call: Call): Answer => {
    const bearer = bearerOf(call.request)
    const edge = bearer === null ? null : hub.edges.tokenSite(bearer)
    const allowed = edge !== null || (await personOf(hub, call.request)) !== null
    if (!allowed)
      return problem(
        401,
        'not-logged-in',
        { vi: 'Cần đăng nhập hoặc mã của cụm đang kết nối.', en: "Log in, or use a connected edge's token." },
        'authorization',
      )
    return sendAsset(hub, call, param(call, 'sha256'))
  }
  return [{ method: 'GET', url: '/assets/:sha256', need: 'person-or-edge', handle }]
}
