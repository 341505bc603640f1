import type { Log } from '#core/base/ports.ts'
import { err, ok, type Result } from '#core/base/result.ts'
import type { EnrolAnswer, StatusReport } from '#core/contract/link.ts'
import type { Frame } from '../player/eyes.ts'
import type { AssetStore } from './assets.ts'
import type { EvidenceSource } from './backfill.ts'
import type { EdgeClock } from './clock.ts'
import { enrol } from './enrol.ts'
import type { Gate } from './gate.ts'
import { type HubLink, openHubLink } from './hublink.ts'
import type { Identity } from './identity.ts'
import type { Loop } from './loop.ts'

/** Enrols this device when it must, then keeps the link to the hub. */
export type HubMembership = {
  /** Null while the device is not enrolled. */
  readonly link: () => HubLink | null
  /** With a code that a person gives. One attempt; the error is for people. */
  readonly enrol: (code: string) => Promise<Result<void, string>>
  readonly stop: () => void
}

/** Between attempts to enrol at a hub that does not answer, ms: first and most. */
const AGAIN_MS = [1_000, 30_000] as const

export const joinHub = (options: {
  readonly url: string
  readonly fingerprint: string | null
  readonly enrolCode: string | null
  readonly site: string
  readonly bootId: string
  readonly version: string
  readonly identity: Identity
  readonly gate: Gate
  readonly loop: Loop
  readonly clock: EdgeClock
  readonly assets: AssetStore
  readonly log: Log
  readonly status: () => StatusReport
  readonly evidence: EvidenceSource
  readonly metrics: () => Promise<string>
  readonly history: (since: number) => Promise<Uint8Array>
  readonly frame: () => Promise<Frame | null>
}): HubMembership => {
  const { identity, loop, log, gate } = options
  const run = {
    link: null as HubLink | null,
    stopped: false,
    failures: 0,
    timer: undefined as NodeJS.Timeout | undefined,
  }
  const open = (): void => {
    run.link = openHubLink({
      ...options,
      sign: identity.sign,
      rootPublicKey: identity.rootPublicKey,
      state: loop.state,
      now: options.clock.read,
      post: loop.postFromHub,
      assets: options.assets.source,
      hubTime: options.clock.hubSays,
      random: Math.random,
    })
  }
  const ask = (code: string) => {
    const { url, fingerprint, site } = options
    return enrol({ url, fingerprint, site, code, publicKey: identity.publicKey })
  }
  const join = async (code: string): Promise<void> => {
    const answer = await ask(code)
    if (run.stopped || run.link !== null) return
    if (!answer.ok) {
      const refused = answer.error.kind !== 'away'
      log('error', 'this device could not be enrolled', { ...answer.error })
      loop.post({ event: 'hub', link: refused ? 'rejected' : 'down', detail: answer.error.detail.slice(0, 300) })
      // A refused code stays refused; the technician gives a new one in the configuration and starts again.
      if (refused) return
      run.timer = setTimeout(() => void join(code), Math.min(AGAIN_MS[1], AGAIN_MS[0] * 2 ** run.failures))
      run.failures = Math.min(run.failures + 1, 10)
      return
    }
    admitted(answer.value)
  }
  const admitted = (answer: EnrolAnswer): Result<void, string> => {
    const { url } = options
    const pinned = identity.pin(answer.rootPublicKey)
    if (!pinned.ok) {
      log('error', 'the root key could not be pinned', { detail: pinned.error })
      return pinned
    }
    const view = { rootPublicKey: identity.rootPublicKey(), registry: null, schedule: null, at: options.clock.read() }
    const happening = gate.registry(answer.registry, view)
    if (happening !== null) loop.post(happening)
    loop.post({ event: 'access', person: 'system', what: 'enrolled', detail: `${url}, device key ${identity.keyId}` })
    log('info', 'this device is enrolled', { hub: url, key: identity.keyId })
    open()
    return ok(undefined)
  }
  if (identity.rootPublicKey() !== null) open()
  else if (options.enrolCode !== null) void join(options.enrolCode)
  else {
    log(
      'error',
      'this device is not enrolled and has no code: give it on the technician’s page (/commission/enrol), or as /hub/enrolCode',
      {},
    )
    loop.post({ event: 'hub', link: 'rejected', detail: 'not enrolled: /hub/enrolCode is missing' })
  }
  return {
    link: () => run.link,
    enrol: async (code) => {
      if (identity.rootPublicKey() !== null) return err('đã đăng ký rồi · enrolled already')
      const answer = await ask(code)
      if (!answer.ok) return err(`${answer.error.kind}: ${answer.error.detail}`)
      if (run.stopped || run.link !== null) return err('đã đăng ký rồi · enrolled already')
      clearTimeout(run.timer)
      return admitted(answer.value)
    },
    stop: () => {
      run.stopped = true
      clearTimeout(run.timer)
      run.link?.stop()
    },
  }
}
