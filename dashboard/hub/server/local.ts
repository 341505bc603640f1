import type { Receipt } from '#core/contract/link.ts'
import { PROOFS } from '#core/policy/policy.ts'
import type { LocalStage } from '../store/port.ts'

/** Older lines were held up on the way: what is on the screen now is not what was on it then, ms. */
const FRESH_MS = 60_000

/** What an order of the site itself would have been reported as, for the pictures in its report; null: nothing to take a picture of now. */
export const localReceipt = (told: LocalStage, now: number): Receipt | null => {
  const { stage, wall, order } = told
  if ((stage !== 'shown' && stage !== 'ended') || Math.abs(now - wall) > FRESH_MS) return null
  const proof = PROOFS.find((one) => one === told.detail) ?? null
  return { order, stage, at: wall, quality: 'synced', afterMs: 0, proof, reason: null, detail: '' }
}
