import { Agent } from 'node:https'
import type { TLSSocket } from 'node:tls'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import WebSocket from 'ws'
import { type DocumentFault, parseDocument } from '#core/base/check.ts'
import type { Log } from '#core/base/ports.ts'
import { unreachable } from '#core/base/result.ts'
import { linkProofText } from '#core/contract/envelope.ts'
import {
  type EdgeMessage,
  HubMessage,
  LINK_LIMITS,
  LINK_PACKED_SINCE,
  LINK_VERSION,
  METRICS_MIME,
  METRICS_PACKED_MIME,
  type Receipt,
  type StatusReport,
} from '#core/contract/link.ts'
import type { Ed25519Sign } from '#core/contract/verify.ts'
import type { State } from '#core/engine/state.ts'
import { createBackfill, type EvidenceSource } from './backfill.ts'
import type { Gate, GateView } from './gate.ts'
import { type HubTls, hubTls } from './hubtls.ts'
import type { LinkState } from './linkstate.ts'
import type { Happening } from './loop.ts'
import { createRefusals, prognosisOf } from './refusals.ts'

/** The edge's side of the link to the hub: dials out, proves who it is, takes orders and documents, gives evidence and status. */
export type HubLink = {
  readonly sendReceipt: (receipt: Receipt) => void
  /** Something changed: the status goes out soon, together with whatever else changes in the next moment. */
  readonly changed: () => void
  /** New lines are in the play log. */
  readonly logged: () => void
  /** First sequence number the hub has not confirmed; 0 while it never said. */
  readonly uploaded: () => number
  /** What keeps the log from reaching the hub until a person has looked. */
  readonly faults: () => readonly { readonly id: 'playlog-damaged'; readonly detail: string }[]
  /** How the connection is doing, for whoever diagnoses. */
  readonly state: () => LinkState
  readonly stop: () => void
}

export type HubLinkOptions = {
  readonly url: string
  readonly fingerprint: string | null
  readonly site: string
  readonly bootId: string
  readonly version: string
  readonly sign: Ed25519Sign
  readonly gate: Gate
  readonly rootPublicKey: () => string | null
  readonly state: () => State
  readonly now: () => State['now']
  /** False: the inbox has no room; the link closes and the hub sends again. */
  readonly post: (happening: Happening) => boolean
  readonly status: () => StatusReport
  readonly evidence: EvidenceSource
  readonly metrics: () => Promise<string>
  /** What was sampled from an instant on (wall clock, ms), as lines packed with gzip; at most `HISTORY_LIMITS.answerBytes`. */
  readonly history: (since: number) => Promise<Uint8Array>
  readonly frame: () => Promise<{ readonly mime: string; readonly bytes: Uint8Array } | null>
  /** Where assets come from while the link is up; null when it is not. */
  readonly assets: (source: { readonly url: string; readonly token: string; readonly tls: HubTls } | null) => void
  readonly hubTime: (wall: number) => void
  readonly log: Log
  /** 0 ≤ n < 1, for the jitter between dials. */
  readonly random: () => number
}

/** Status goes out this often, ms, and `SETTLE_MS` after a change. */
const STATUS_MS = 2_000
const SETTLE_MS = 50
/** Receipts that the hub has not confirmed are sent again after this, ms. */
const RECEIPT_AGAIN_MS = 10_000
/** Messages in a row on one connection that are not in the contract; then the link closes. */
const MOST_MALFORMED = 20
/** The link must be up (welcome) within this after dialling, ms. */
const WELCOME_MS = 15_000
/** Unsent bytes above which status messages are left out (they are stale at once anyway). */
const BUFFER_BYTES = 1_048_576

/** Asks of the hub that are answered at once; it asks for one picture after the other. */
const MOST_ASKS = 4

type Ask = Extract<HubMessage, { t: 'ask' }>
const packed = promisify(gzip)

type Connection = {
  readonly socket: WebSocket
  readonly tls: HubTls
  /** How far the two have introduced themselves. */
  turn: 'new' | 'challenged' | 'up'
  asks: number
  /** The version of the link that the hub speaks; 0 before it has said so. */
  speaks: number
  up: boolean
  heard: number
  malformed: number
  rejected: boolean
  /** Wall time of the welcome; null before. */
  since: number | null
  /** When the last ping went out, and how long its answer took, monotonic ms. */
  pingedAt: number | null
  roundTripMs: number | null
}

/** One challenge, one welcome, then everything else: a second welcome would set the clock and the backfill anew as often as it comes. */
const inTurn = ({ t }: HubMessage, { turn }: Connection): boolean =>
  t === 'rejected' || turn === (t === 'challenge' ? 'new' : t === 'welcome' ? 'challenged' : 'up')

const faultsOf = (faults: readonly DocumentFault[]): string => faults.map((f) => `${f.where}: ${f.why}`).join('; ')

export const openHubLink = (options: HubLinkOptions): HubLink => {
  const { log } = options
  const run = {
    stopped: false,
    failures: 0,
    connection: null as Connection | null,
    redial: undefined as NodeJS.Timeout | undefined,
    settle: undefined as NodeJS.Timeout | undefined,
    receiptsAt: 0,
    dials: 0,
    lastError: null as LinkState['lastError'],
    certificateUntil: null as number | null,
  }
  const send = (message: EdgeMessage): void => {
    if (run.connection?.socket.readyState === WebSocket.OPEN) run.connection.socket.send(JSON.stringify(message))
  }
  const backfill = createBackfill({ source: options.evidence, send, log })
  const sendStatus = (): void => {
    clearTimeout(run.settle)
    run.settle = undefined
    if (!run.connection?.up || run.connection.socket.bufferedAmount > BUFFER_BYTES) return
    send({ t: 'status', status: options.status() })
  }
  const view = (): GateView => {
    const { registry, schedule } = options.state()
    return { rootPublicKey: options.rootPublicKey(), registry, schedule, at: options.now() }
  }
  const refusals = createRefusals(
    () => performance.now(),
    (order) => prognosisOf(order, options.state(), options.now()),
  )
  const post = (given: Happening | null): void => {
    for (const happening of given === null ? [] : refusals.admit(given)) {
      if (happening.event === 'refused')
        log('error', `refused a ${happening.what}`, { reason: happening.reason, detail: happening.detail })
      if (!options.post(happening)) run.connection?.socket.close(1013, 'inbox full')
    }
  }

  const take = (message: HubMessage, connection: Connection): void => {
    switch (message.t) {
      case 'challenge': {
        connection.turn = 'challenged'
        const sig = options.sign(linkProofText(message.nonce, options.site, options.bootId))
        return send({ t: 'auth', sig })
      }
      case 'welcome':
        if (message.v !== LINK_VERSION)
          log('warn', 'the hub speaks another version of the link', { ours: LINK_VERSION, theirs: message.v })
        connection.turn = 'up'
        connection.speaks = message.v
        connection.up = true
        connection.since = options.now().wall
        run.failures = 0
        options.hubTime(message.time)
        post({ event: 'hub', link: 'up', detail: '' })
        run.receiptsAt = performance.now()
        options.assets({ url: options.url, token: message.assetToken, tls: connection.tls })
        backfill.start(message.next)
        return sendStatus()
      case 'rejected':
        connection.rejected = true
        log('error', 'the hub rejects this device', { reason: message.reason })
        post({ event: 'hub', link: 'rejected', detail: message.reason })
        return connection.socket.close(1000)
      case 'evidence-ack':
        return backfill.acked(message.next)
      case 'receipt-ack':
        return post({ event: 'receipt-acked', order: message.order, stage: message.stage })
      case 'ask':
        return void answer(message, connection)
      case 'registry':
        return takeRegistry(message.envelope)
      case 'schedule':
        return post(options.gate.schedule(message.envelope, view()))
      case 'order':
        return post(options.gate.order(message.envelope, view()))
    }
    return unreachable(message)
  }
  const takeRegistry = (envelope: Parameters<Gate['registry']>[0]): void => {
    const happening = options.gate.registry(envelope, view())
    post(happening)
    const { registry, schedule } = options.state()
    if (happening?.event !== 'registry' || registry === null || schedule === null) return
    // A key that left the registry takes its approvals with it, so the schedule is judged once more under the new one.
    const again = options.gate.again(
      { registry: registry.envelope, schedule: schedule.envelope },
      { rootPublicKey: options.rootPublicKey(), at: options.now() },
    )
    if (again.schedule) return post({ event: 'schedule', schedule: again.schedule })
    const [no] = again.refused
    post(no?.event === 'refused' ? { ...no, voids: true } : null)
  }
  const answer = async ({ id, what, since }: Ask, connection: Connection): Promise<void> => {
    const said = (mime: string, body: string) => send({ t: 'answer', id, ok: true, mime, body })
    const failed = (why: string) => send({ t: 'answer', id, ok: false, mime: 'text/plain', body: why.slice(0, 500) })
    // A hub that asks without end gets no pictures without end: each costs a screenshot and its bytes in our memory.
    if (connection.socket.bufferedAmount > BUFFER_BYTES) return
    if (connection.asks >= MOST_ASKS) return failed('busy')
    connection.asks += 1
    try {
      if (what === 'metrics') {
        const text = await options.metrics()
        if (connection.speaks < LINK_PACKED_SINCE) return said(METRICS_MIME, text)
        return said(METRICS_PACKED_MIME, (await packed(text)).toString('base64'))
      }
      if (what === 'history')
        return said(METRICS_PACKED_MIME, Buffer.from(await options.history(since ?? 0)).toString('base64'))
      const frame = await options.frame()
      if (frame === null) return failed('no picture')
      if (frame.bytes.length > LINK_LIMITS.frameBytes)
        return failed(`picture of ${frame.bytes.length} bytes is too large`)
      return said(frame.mime, Buffer.from(frame.bytes).toString('base64'))
    } catch (error) {
      return failed(error instanceof Error ? error.message : String(error))
    } finally {
      connection.asks -= 1
    }
  }

  const received = (data: WebSocket.RawData, binary: boolean, connection: Connection): void => {
    connection.heard = performance.now()
    if (connection !== run.connection) return
    const parsed = binary ? null : parseDocument(HubMessage, data.toString())
    if (parsed?.ok && inTurn(parsed.value, connection)) return take(parsed.value, connection)
    connection.malformed += 1
    const why = parsed === null ? 'binary' : parsed.ok ? `${parsed.value.t} out of turn` : faultsOf(parsed.error)
    log('error', 'refused a message of the hub that is not in the contract', { why: why.slice(0, 500) })
    if (connection.malformed >= MOST_MALFORMED) connection.socket.close(1008, 'not in the contract')
  }
  const dial = async (): Promise<void> => {
    run.dials += 1
    const tls = await hubTls(options.url, options.fingerprint)
    if (run.stopped) return
    if (!tls.ok) return lost(tls.error, false)
    const url = `${options.url.replace(/^http/, 'ws')}/edge`
    const socket = new WebSocket(url, {
      ...(url.startsWith('wss:') ? { agent: new Agent(tls.value) } : {}),
      maxPayload: LINK_LIMITS.messageBytes,
      perMessageDeflate: false,
      handshakeTimeout: WELCOME_MS,
    })
    const connection: Connection = {
      socket,
      tls: tls.value,
      turn: 'new',
      asks: 0,
      speaks: 0,
      up: false,
      heard: performance.now(),
      malformed: 0,
      rejected: false,
      since: null,
      pingedAt: null,
      roundTripMs: null,
    }
    run.connection = connection
    socket.on('upgrade', ({ socket: raw }) => {
      const until = 'getPeerCertificate' in raw ? (raw as TLSSocket).getPeerCertificate().valid_to : undefined
      run.certificateUntil = until === undefined ? null : Date.parse(until)
    })
    const reason = { text: '' }
    socket.on('open', () => {
      connection.heard = performance.now()
      const { schedule, registry } = options.state()
      const versions = {
        scheduleVersion: schedule?.document.version ?? 0,
        registryVersion: registry?.registry.version ?? 0,
      }
      send({
        t: 'hello',
        v: LINK_VERSION,
        site: options.site,
        bootId: options.bootId,
        version: options.version,
        ...versions,
      })
    })
    socket.on('message', (data, binary) => received(data, binary, connection))
    socket.on('pong', () => {
      connection.heard = performance.now()
      if (connection.pingedAt !== null) connection.roundTripMs = connection.heard - connection.pingedAt
      connection.pingedAt = null
    })
    socket.on('ping', () => {
      connection.heard = performance.now()
    })
    socket.on('error', (error) => {
      reason.text = error.message
    })
    socket.on('close', (code, text) => {
      if (run.connection !== connection) return
      run.connection = null
      lost(reason.text || `closed (${code} ${text.toString()})`, connection.rejected)
    })
  }
  /** Called once per lost or failed connection; dials again after the back-off. */
  const lost = (why: string, rejected: boolean): void => {
    options.assets(null)
    backfill.stop()
    if (run.stopped) return
    run.lastError = { at: options.now().wall, why: why.slice(0, 300) }
    const state = options.state()
    if (!rejected && (state.hub !== 'down' || run.failures === 0)) {
      log('warn', 'no link to the hub', { why })
      options.post({ event: 'hub', link: 'down', detail: why.slice(0, 300) })
    }
    const [first, most] = LINK_LIMITS.redialMs
    const delay = rejected ? most : Math.min(most, first * 2 ** Math.min(run.failures, 10))
    run.failures += 1
    // Half of it is chance, so that a province of edges does not dial in step after the hub was away.
    run.redial = setTimeout(() => void dial(), delay / 2 + options.random() * (delay / 2))
  }
  const second = setInterval(() => {
    const { connection } = run
    if (connection === null) return
    const now = performance.now()
    if (now - connection.heard > (connection.up ? LINK_LIMITS.silenceMs : WELCOME_MS))
      return connection.socket.terminate()
    if (connection.socket.readyState === WebSocket.OPEN) {
      connection.pingedAt = now
      connection.socket.ping()
    }
    const { logWritable } = options.state()
    const receipts = options.state().receipts.filter((r) => logWritable || r.stage !== 'accepted')
    if (connection.up && receipts.length > 0 && now - run.receiptsAt > RECEIPT_AGAIN_MS) {
      run.receiptsAt = now
      for (const receipt of receipts) send({ t: 'receipt', receipt })
    }
    backfill.kick()
  }, LINK_LIMITS.pingMs)
  const beat = setInterval(sendStatus, STATUS_MS)
  void dial()

  return {
    sendReceipt: (receipt) => {
      if (run.connection?.up) send({ t: 'receipt', receipt })
    },
    changed: () => {
      run.settle ??= setTimeout(sendStatus, SETTLE_MS)
    },
    logged: () => backfill.kick(),
    uploaded: () => backfill.confirmed(),
    faults: () => {
      const detail = backfill.trouble()
      return detail === null ? [] : [{ id: 'playlog-damaged', detail }]
    },
    state: () => ({
      since: run.connection?.since ?? null,
      redials: Math.max(0, run.dials - 1),
      lastError: run.lastError,
      roundTripMs: run.connection?.roundTripMs ?? null,
      bufferedBytes: run.connection?.socket.bufferedAmount ?? 0,
      certificateUntil: run.certificateUntil,
    }),
    stop: () => {
      run.stopped = true
      for (const timer of [run.redial, run.settle]) clearTimeout(timer)
      clearInterval(second)
      clearInterval(beat)
      backfill.stop()
      run.connection?.socket.close(1001)
      const { connection } = run
      run.connection = null
      if (connection && connection.socket.readyState !== WebSocket.CLOSED)
        setTimeout(() => connection.socket.terminate(), 500).unref()
    },
  }
}
