import { type Db, text, textOrNull } from './db.ts'
import type { CapOutcomeRow, Store } from './port.ts'

/** CAP messages, and those that others ended, remembered; the newest. A message lasts a day, so this is a long time. */
export const MOST_CAP_REMEMBERED = 10_000

const OUTCOMES = ['draft', 'remembered'] as const
const REASONS = ['cancelled', 'superseded'] as const

export const capStore = (db: Db): Store['cap'] => ({
  seen: async (key) => {
    const row = db.one('SELECT * FROM cap_messages WHERE key = ?', key)
    if (row === undefined) return null
    const outcome: CapOutcomeRow['outcome'] = OUTCOMES.find((o) => o === text(row, 'outcome')) ?? 'remembered'
    return { key, hash: text(row, 'hash'), outcome, draft: textOrNull(row, 'draft') }
  },
  gone: async (key) => {
    const row = db.one('SELECT reason FROM cap_gone WHERE key = ?', key)
    return row === undefined ? null : (REASONS.find((r) => r === text(row, 'reason')) ?? null)
  },
  take: async (row, { at, gone, audit }) =>
    db.commit(() => {
      db.run(
        'INSERT INTO cap_messages (key, hash, outcome, draft, at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
        row.key,
        row.hash,
        row.outcome,
        row.draft,
        at,
      )
      for (const { key, reason } of gone)
        db.run(
          `INSERT INTO cap_gone (key, reason, at) VALUES (?, ?, ?)
           ON CONFLICT DO UPDATE SET reason = CASE WHEN excluded.reason = 'cancelled' THEN 'cancelled' ELSE reason END`,
          key,
          reason,
          at,
        )
      db.run(
        'DELETE FROM cap_messages WHERE key IN (SELECT key FROM cap_messages ORDER BY at DESC, key LIMIT -1 OFFSET ?)',
        MOST_CAP_REMEMBERED,
      )
      db.run(
        'DELETE FROM cap_gone WHERE key IN (SELECT key FROM cap_gone ORDER BY at DESC, key LIMIT -1 OFFSET ?)',
        MOST_CAP_REMEMBERED,
      )
      db.audit(audit)
    }),
})
