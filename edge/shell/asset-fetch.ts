import { createHash, type Hash } from 'node:crypto'
import { createReadStream, existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { request as httpsRequest } from 'node:https'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { err, ok, type Result } from '#core/base/result.ts'
import { syncFolder } from './durable.ts'
import { httpRequest } from './http.ts'
import type { HubTls } from './hubtls.ts'

export type { WantedAsset as Wanted } from '#core/engine/effect.ts'

import type { WantedAsset as Wanted } from '#core/engine/effect.ts'

export type AssetSource = {
  readonly url: string
  readonly token: string
  readonly tls: HubTls
}

/** `window`: the hours for downloads ended under way; what arrived is kept. */
export type FetchFault = { readonly kind: 'cut' | 'changed' | 'refused' | 'no-room' | 'window'; readonly why: string }
export type Fetch = {
  readonly source: AssetSource
  readonly path: string
  readonly signal: AbortSignal
  /** Average speed; null: as fast as the link is. */
  readonly bitsPerSecond: number | null
  /** False: the hours for downloads are over. */
  readonly goOn: () => boolean
}

/** A server that sends nothing for this long is given up for this attempt, ms. */
const SILENCE_MS = 15_000
/** The slowest speed that may be asked for, bits per second: a piece of 64 KiB then takes half as long as a silence is borne. */
export const SLOWEST_BITS = 65_536

/** One attempt: takes up a `.part` where it stopped, hashes what is there first, then what arrives. */
export const fetchAsset = async (wish: Wanted, at: Fetch): Promise<Result<null, FetchFault>> => {
  const part = `${at.path}.part`
  try {
    mkdirSync(join(at.path, '..'), { recursive: true })
    const hash = createHash('sha256')
    let from = existsSync(part) ? statSync(part).size : 0
    if (from > wish.bytes) {
      rmSync(part)
      from = 0
    }
    if (from > 0) for await (const chunk of createReadStream(part)) hash.update(chunk)
    if (from < wish.bytes) {
      const got = await download(wish, { ...at, part, from, hash })
      if (!got.ok) return got
    }
    const digest = hash.digest('hex')
    if (digest !== wish.sha256) {
      rmSync(part, { force: true })
      return err({ kind: 'changed', why: `the hub sent other bytes (SHA-256 ${digest})` })
    }
    renameSync(part, at.path)
    syncFolder(join(at.path, '..'))
    return ok(null)
  } catch (error) {
    return err({ kind: 'cut', why: error instanceof Error ? error.message : String(error) })
  }
}

type Download = Fetch & { readonly part: string; readonly from: number; readonly hash: Hash }

const download = async (wish: Wanted, of: Download): Promise<Result<null, FetchFault>> => {
  const response = await ask(wish.sha256, of)
  const { status } = response
  if (status !== 206 && !(status === 200 && of.from === 0)) {
    response.body.destroy()
    // A server without ranges sends the whole file again: begin anew with the next attempt.
    if (status === 200 || status === 416) rmSync(of.part, { force: true })
    return err({ kind: status === 200 ? 'cut' : 'refused', why: `the hub answered ${status}` })
  }
  const file = await open(of.part, of.from === 0 ? 'w' : 'a', 0o600)
  let total = of.from
  const began = performance.now()
  try {
    for await (const chunk of response.body as AsyncIterable<Buffer>) {
      total += chunk.length
      if (total > wish.bytes) {
        rmSync(of.part, { force: true })
        return err({ kind: 'changed', why: `the hub sends more than the ${wish.bytes} bytes of the schedule` })
      }
      of.hash.update(chunk)
      await file.write(chunk)
      const early = earliness(total - of.from, performance.now() - began, of.bitsPerSecond)
      // While nothing is read the sender's window fills up and it pauses, too: no packet is sent in vain.
      if (early > 0) await pause(early, undefined, { signal: of.signal })
      if (total < wish.bytes && !of.goOn()) {
        await file.sync()
        response.body.destroy()
        return err({
          kind: 'window',
          why: `stopped at ${total} of ${wish.bytes} bytes: the hours for downloads are over`,
        })
      }
    }
    await file.sync()
  } finally {
    await file.close()
  }
  return total === wish.bytes ? ok(null) : err({ kind: 'cut', why: `cut at ${total} of ${wish.bytes} bytes` })
}

/** How many ms ahead of the allowed speed `bytes` after `ms` are; at most one silence, so that a pause is never taken for one. */
export const earliness = (bytes: number, ms: number, bitsPerSecond: number | null): number =>
  bitsPerSecond === null ? 0 : Math.min(SILENCE_MS / 2, Math.max(0, (bytes * 8_000) / bitsPerSecond - ms))

type Answer = { readonly status: number; readonly body: NodeJS.ReadableStream & { destroy: () => void } }

const ask = (sha: string, of: Download): Promise<Answer> => {
  const { source, from } = of
  const url = new URL(`/assets/${sha}`, source.url)
  const headers = { authorization: `Bearer ${source.token}`, ...(from > 0 ? { range: `bytes=${from}-` } : {}) }
  return new Promise((resolve, reject) => {
    const common = { headers, signal: of.signal, timeout: SILENCE_MS }
    const taken = (res: import('node:http').IncomingMessage) => resolve({ status: res.statusCode ?? 0, body: res })
    const req =
      url.protocol === 'https:'
        ? httpsRequest(url, { ...common, ...source.tls }, taken)
        : httpRequest(url, common, taken)
    req.on('timeout', () => req.destroy(new Error(`the hub sent nothing for ${SILENCE_MS} ms`)))
    req.on('error', reject)
    req.end()
  })
}
