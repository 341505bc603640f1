import { createHash } from 'node:crypto'
import { WebSocket } from 'ws'
import { assert } from '#core/base/result.ts'
import { linkProofText } from '#core/contract/envelope.ts'
import { type HubMessage, LINK_VERSION, type Receipt } from '#core/contract/link.ts'
import { GENESIS } from '#core/evidence/record.ts'
import { makeKey, type OpenKey } from '../crypto/ed25519.ts'
import type { World } from './harness.ts'

/** A hang shows as a failed test that says what was waited for, not as a test that never ends. */
const HANG_MS = 90_000

export type FakeEdge = {
  readonly seen: readonly HubMessage[]
  readonly send: (message: object) => void
  /** The first message that fits and has not been taken yet. */
  readonly next: <T extends HubMessage['t']>(t: T) => Promise<Extract<HubMessage, { t: T }>>
  readonly closed: Promise<number>
  readonly close: () => Promise<void>
}

export const enrol = async (
  world: World,
  site: string,
  code: string,
): Promise<{ readonly key: OpenKey; readonly response: Response }> => {
  const key = makeKey()
  const response = await fetch(`${world.hub.url}/api/enrol`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ site, code, publicKey: key.publicKey }),
  })
  return { key, response }
}

export const enrolled = async (world: World, site: string): Promise<OpenKey> => {
  const { key, response } = await enrol(world, site, world.seed.enrolCodes[site] ?? '')
  assert(response.status === 200, `enrolment of ${site}: ${response.status}`)
  return key
}

/** Opens the socket and collects what comes. One that does not remember has no history, and says so by itself. */
export const dial = async (world: World, remembers = false): Promise<FakeEdge> => {
  const socket = new WebSocket(`${world.hub.url.replace('http', 'ws')}/edge`)
  const seen: HubMessage[] = []
  const waiting: (() => void)[] = []
  const taken = new Set<HubMessage>()
  const closed = new Promise<number>((resolve) => socket.on('close', resolve))
  socket.on('message', (data) => {
    const message = JSON.parse(data.toString()) as HubMessage
    if (message.t === 'ask' && message.what === 'history' && !remembers)
      return socket.send(JSON.stringify({ t: 'answer', id: message.id, ok: false, mime: 'text/plain', body: 'none' }))
    seen.push(message)
    for (const wake of waiting.splice(0)) wake()
  })
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
  return {
    seen,
    send: (message) => socket.send(JSON.stringify(message)),
    next: async (t) => {
      const limit = performance.now() + HANG_MS
      while (performance.now() < limit) {
        const found = seen.find((m) => m.t === t && !taken.has(m))
        if (found !== undefined) {
          taken.add(found)
          return found as Extract<HubMessage, { t: typeof t }>
        }
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, HANG_MS)
          waiting.push(() => {
            clearTimeout(timer)
            resolve()
          })
        })
      }
      throw new Error(`no ${t} came; came: ${seen.map((m) => m.t).join(', ')}`)
    },
    closed,
    close: async () => {
      socket.close()
      await closed
    },
  }
}

export const connect = async (
  world: World,
  site: string,
  key: OpenKey,
  have = { scheduleVersion: 0, registryVersion: 0 },
  remembers = false,
  v = LINK_VERSION,
) => {
  const edge = await dial(world, remembers)
  edge.send({ t: 'hello', v, site, bootId: 'b1', version: 'test', ...have })
  const { nonce } = await edge.next('challenge')
  edge.send({ t: 'auth', sig: key.signer.sign(linkProofText(nonce, site, 'b1')) })
  const welcome = await edge.next('welcome')
  return { edge, welcome }
}

export const receipt = (over: Partial<Receipt>): { t: 'receipt'; receipt: Receipt } => ({
  t: 'receipt',
  receipt: {
    order: 'L-1',
    stage: 'accepted',
    at: 0,
    quality: 'holdover',
    afterMs: 12,
    proof: null,
    reason: null,
    detail: '',
    ...over,
  },
})

const hashOf = (line: string) => createHash('sha256').update(line).digest('hex')

/** Lines of a chain that begins at record 1, made of the bodies given; `after` continues another chain. */
export const chainOf = (
  bodies: readonly object[],
  start = { seq: 1, prev: GENESIS, wall: 1_000_000 },
): readonly string[] => {
  let prev = start.prev
  return bodies.map((body, i) => {
    const at = { wall: start.wall + i * 1000, iso: '', mono: i * 1000, q: 'synced' }
    const line = JSON.stringify({ seq: start.seq + i, prev, at, boot: 'b1', ...body })
    prev = hashOf(line)
    return line
  })
}
export const lastHash = (lines: readonly string[]): string => hashOf(lines.at(-1) ?? '')

export const playOf = (play: string, item: string) => ({
  kind: 'open',
  play,
  item,
  title: `Tiêu đề ${item}`,
  hash: 'a'.repeat(64),
  category: 'A7_4_EXTERNAL_INFO',
  counts: true,
  languages: ['vi'],
  supplier: 'svhttdl',
  suppliedByLead: true,
  document: '1/CV',
  claim: 'slot',
  rank: 'normal',
  order: null,
  why: 'khung giờ buổi sáng',
})
