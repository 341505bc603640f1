import type { State } from '#core/engine/state.ts'
import type { Playlog } from '#edge/shell/playlog.ts'
import type { Judge } from './judge.ts'

/** Every list the engine keeps, with the most it may hold (as the code states it), looked at after every step. */
export const judgeBounds = (judge: Judge, state: State, log: Playlog | null): void => {
  const { orders, ledger, display, schedule } = state
  const items = Object.keys(schedule?.items ?? {}).length
  const live = orders.entries.filter((e) => e.state !== 'ended').length
  const over =
    most('receipts', state.receipts.length, 1_000) ??
    most('orders in force', live, 5 * 20) ??
    most('orders remembered', orders.entries.length - live, 200) ??
    most('tombstones', orders.tombstones.length, 200) ??
    most('turns remembered', Object.keys(state.share.had).length, 20) ??
    most('broken', Object.keys(state.broken).length, items + 100 + 200 + 1) ??
    most('pauses', Object.keys(state.pauses).length, 100 + 200 + 1) ??
    most('reported', state.reported.size, items * 16 + 200) ??
    most('contradictions', display.contradictions.length, 50) ??
    most('written meanwhile', display.writtenMeanwhile.length, 64) ??
    most('holds', Object.keys(display.holds).length, 6) ??
    most('days', ledger.days.length, 40) ??
    most('closed plays', ledger.closed.length, 64) ??
    most('boots', ledger.boots.length, 8) ??
    most('orders of the ledger', Object.keys(ledger.orders).length, 64) ??
    most('time that waits for proof', ledger.open?.pending.length ?? 0, 9) ??
    most('sensors', Object.keys(state.chatter).length, 64) ??
    most('cursor', Object.keys(state.cursor).length, 400) ??
    most('lines that wait for the disk', log?.state().pending ?? 0, 5_000)
  judge.hold('bounds', over === null, () => over ?? '')
}

const most = (what: string, has: number, bound: number): string | null =>
  has <= bound ? null : `${what}: ${has} of at most ${bound}`
