import type { Prng } from '#core/base/prng.ts'
import type { Cut, VolatileDisk } from './disk.ts'
import type { Image } from './image.ts'
import { powerOn } from './machine.ts'
import type { GuestWord } from './words.ts'

/** What the host remembers over all cuts, as the world outside of the cluster does. */
export type Memory = {
  /** Records that were durable once: sequence number → sum. None may ever be missing or another. */
  readonly acked: Map<number, string>
  /** First sequence number the hub has not acknowledged. */
  hubNext: number
  readonly accepted: Set<string>
  /** Orders whose end some boot has found in the log: a boot reads only the newest days. */
  readonly ended: Set<string>
  boots: number
  /** What the guest's clock will say at the next power on, ms. */
  clock: number
  /** Records from here on were not compared yet. */
  compareFrom: number
  readonly faults: string[]
  readonly totals: {
    lost: number
    hands: number
    boots: number
    tear: number
    during: number
    unflushed: number
    kept: number
  }
}

export const newMemory = (clock: number): Memory => ({
  acked: new Map(),
  hubNext: 0,
  accepted: new Set(),
  ended: new Set(),
  boots: 0,
  clock,
  compareFrom: 0,
  faults: [],
  totals: { lost: 0, hands: 0, boots: 0, tear: 0, during: 0, unflushed: 0, kept: 0 },
})

export type CutPlan = {
  /** When the power goes: while the machine starts (after the disk is mounted), or under load. */
  readonly phase: 'start' | 'load'
  /** So long after the phase began, ms. */
  readonly afterMs: number
  /** Then at once, or at the n-th writing request to the disk that follows: in the middle of a commit. */
  readonly requests: number | null
  readonly how: Cut
}

const DAY_MS = 86_400_000
/** Việt Nam's midnight, in UTC. */
const MIDNIGHT_MS = 17 * 3_600_000
/** From power on to the first play, ms of the guest's clock: what an emulated machine needs. */
const START_MS = 18_000
const MOST_START_MS = 12_000
const MOST_LOAD_MS = 7_000
/** A boot that has not come up by then needs a hand. Long, because an emulated machine on a busy computer takes minutes. */
const UP_LIMIT_MS = 900_000
const OUTAGE_MS = 30_000

/** A third of the boots is put just before midnight, so that the day changes, and is sealed, around the cut. */
export const planOf = (memory: Memory, random: Prng): CutPlan => {
  const phase = memory.boots > 0 && random.below(5) === 0 ? 'start' : 'load'
  const afterMs = random.below(phase === 'start' ? MOST_START_MS : MOST_LOAD_MS)
  // A commit of the file system is two to six requests.
  const requests = random.below(3) === 0 ? null : 1 + random.below(8)
  const how = random.below(2) === 0 ? 'drop' : 'tear'
  if (random.below(3) === 0) {
    const midnight = Math.floor((memory.clock - MIDNIGHT_MS) / DAY_MS + 1) * DAY_MS + MIDNIGHT_MS
    const before = midnight - START_MS - random.below(6_000)
    memory.clock = before > memory.clock ? before : before + DAY_MS
  }
  return { phase, afterMs, requests, how }
}

type Watch = {
  readonly faults: string[]
  readonly log: Map<number, string>
  readonly done: { readonly resolve: (why: 'cut' | 'failed') => void }
  checked: Extract<GuestWord, { checked: unknown }>['checked'] | null
  upMs: number | null
  durable: number
}

export type CutOf = {
  readonly image: Image
  readonly socket: string
  readonly disk: VolatileDisk
  readonly memory: Memory
  readonly plan: CutPlan
  readonly random: Prng
}

/** One boot with its load, up to the cut. What the boot found on the disk is compared with all that was acknowledged before. */
export const cutOnce = async (of: CutOf): Promise<{ readonly line: string; readonly faults: readonly string[] }> => {
  const { memory, plan, disk } = of
  const began = performance.now()
  memory.boots++
  const done = Promise.withResolvers<'cut' | 'failed'>()
  const watch: Watch = { faults: [], log: new Map(), done, checked: null, upMs: null, durable: 0 }
  const words = `power.boot=${memory.boots} power.next=${memory.hubNext} power.from=${memory.compareFrom} power.play=5000`
  const timers: NodeJS.Timeout[] = []
  const cut = (): void => done.resolve('cut')
  const strike = (): void => (plan.requests === null ? cut() : disk.arm(plan.requests, cut))
  const soon = (): void => void timers.push(setTimeout(strike, plan.afterMs))
  const machine = powerOn(
    { image: of.image, data: { nbd: of.socket }, clock: new Date(memory.clock), words, prepare: false },
    (word) => {
      take(word, memory, watch)
      if (('fsck' in word && plan.phase === 'start') || ('checked' in word && plan.phase === 'load')) soon()
    },
  )
  void machine.ended.then(() => done.resolve('failed'))
  timers.push(setTimeout(() => done.resolve('failed'), UP_LIMIT_MS))
  const how = await done.promise
  await machine.kill()
  for (const timer of timers) clearTimeout(timer)
  const ms = Math.round(performance.now() - began)
  if (how === 'failed') {
    memory.totals.hands++
    watch.faults.push(`the machine did not come up by itself:\n${machine.console.slice(-20).join('\n')}`)
  }
  const report = disk.cut(plan.how, of.random)
  memory.totals.unflushed += report.unflushed
  memory.totals.kept += report.kept
  if (plan.how === 'tear') memory.totals.tear++
  if (plan.phase === 'start') memory.totals.during++
  memory.clock += ms + OUTAGE_MS
  memory.faults.push(...watch.faults)
  const found =
    watch.checked === null ? 'not looked at' : `${watch.checked.records} records, ${watch.checked.seals} seals`
  const line =
    `${plan.phase} +${plan.afterMs} ms${plan.requests === null ? '' : ` +${plan.requests} requests`}, ${plan.how}: ${report.unflushed} sectors unflushed, ${report.kept} kept; ` +
    `up in ${watch.upMs ?? '-'} ms, found ${found}; ${watch.durable} new durable; ${memory.acked.size} acknowledged, ${(ms / 1000).toFixed(0)} s`
  return { line, faults: watch.faults }
}

const take = (word: GuestWord, memory: Memory, watch: Watch): void => {
  const fault = (why: string): void => void watch.faults.push(why)
  if ('fsck' in word) {
    // 0 clean, 1 mended by itself; 2 and more is a machine that waits for someone.
    if (word.fsck <= 1) return
    memory.totals.hands++
    fault(`e2fsck -p ended with ${word.fsck}`)
  } else if ('mount' in word) {
    memory.totals.hands++
    fault(`mount ended with ${word.mount}`)
  } else if ('durable' in word) {
    for (const [seq, sum] of word.durable) {
      const was = memory.acked.get(seq)
      if (was !== undefined && was !== sum) {
        memory.totals.lost++
        fault(`record ${seq} was acknowledged as ${was} and is written again as ${sum}`)
      }
      memory.acked.set(seq, sum)
      watch.durable++
    }
  } else if ('hub' in word) memory.hubNext = Math.max(memory.hubNext, word.hub)
  else if ('receipt' in word) {
    if (word.receipt[1] === 'accepted') memory.accepted.add(word.receipt[0])
  } else if ('up' in word) watch.upMs = word.up.ms
  else if ('log' in word) for (const [seq, sum] of word.log) watch.log.set(seq, sum)
  else if ('failed' in word) {
    memory.totals.hands++
    fault(`the daemon ended: ${word.failed}`)
  } else if ('checked' in word) {
    watch.checked = word.checked
    compare(word.checked, memory, watch)
  }
}

type Checked = Extract<GuestWord, { checked: unknown }>['checked']

const compare = (checked: Checked, memory: Memory, watch: Watch): void => {
  const { totals } = memory
  totals.boots++
  for (const why of checked.breaks) watch.faults.push(`the chain: ${why}`)
  let newest = memory.compareFrom
  for (const [seq, sum] of memory.acked) {
    if (seq < memory.compareFrom) continue
    newest = Math.max(newest, seq)
    const found = watch.log.get(seq)
    if (found === sum) continue
    totals.lost++
    watch.faults.push(
      `record ${seq} (${sum}) was acknowledged and ${found === undefined ? 'is not there' : `is ${found}`}`,
    )
  }
  if (memory.hubNext > checked.records)
    watch.faults.push(`the hub has ${memory.hubNext} records, the disk ${checked.records}`)
  // Some are compared twice, so that none is left out where one boot told less than another.
  memory.compareFrom = Math.max(0, newest - 20)
  compareOrders(checked, memory, watch)
}

/** "Accepted" says that no cut takes the order away: it is in force until its end is in the log, and a cancel stays a cancel. */
const compareOrders = (checked: Checked, memory: Memory, watch: Watch): void => {
  const inForce = new Set(checked.inForce)
  for (const id of checked.ended) memory.ended.add(id)
  for (const id of [...memory.accepted].filter((one) => !one.endsWith('c')).slice(-20)) {
    const cancelled = memory.accepted.has(`${id}c`)
    if (cancelled && inForce.has(id)) watch.faults.push(`the order ${id} was cancelled and is in force again`)
    if (!cancelled && !inForce.has(id) && !memory.ended.has(id)) {
      memory.totals.lost++
      watch.faults.push(`the order ${id} was accepted and is gone`)
    }
  }
}
