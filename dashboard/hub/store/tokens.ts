import { TOKEN_SCOPES } from '#core/contract/api.ts'
import { type Db, int, intOrNull, type Row, stored, text } from './db.ts'
import type { Store, TokenOutcome, TokenRow } from './port.ts'

/** Tokens that are alive at once: each is a program somebody answers for. */
export const MOST_TOKENS = 200

const tokenRow = (row: Row): TokenRow => {
  const held = stored<readonly string[]>(text(row, 'scopes'))
  return {
    id: text(row, 'id'),
    hash: text(row, 'hash'),
    name: text(row, 'name'),
    scopes: TOKEN_SCOPES.filter((s) => held.includes(s)),
    by: text(row, 'created_by'),
    createdAt: int(row, 'created_at'),
    expiresAt: int(row, 'expires_at'),
    lastUsedAt: intOrNull(row, 'used_at'),
    revokedAt: intOrNull(row, 'revoked_at'),
  }
}

const ALIVE = 'revoked_at IS NULL AND expires_at > ?'

export const tokenStore = (db: Db): Store['tokens'] => {
  const byId = (id: string): TokenRow | null => {
    const row = db.one('SELECT * FROM tokens WHERE id = ?', id)
    return row === undefined ? null : tokenRow(row)
  }
  return {
    add: async (t, audit) =>
      db.commit((): TokenOutcome => {
        const alive = db.all(`SELECT name FROM tokens WHERE ${ALIVE}`, t.createdAt).map((r) => text(r, 'name'))
        if (alive.includes(t.name)) return 'name-taken'
        if (alive.length >= MOST_TOKENS) return 'full'
        db.run(
          'INSERT INTO tokens (id, hash, name, scopes, created_by, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?)',
          t.id,
          t.hash,
          t.name,
          JSON.stringify(t.scopes),
          t.by,
          t.createdAt,
          t.expiresAt,
        )
        db.audit(audit)
        return 'added'
      }),
    byHash: async (hash) => {
      const row = db.one('SELECT * FROM tokens WHERE hash = ?', hash)
      return row === undefined ? null : tokenRow(row)
    },
    list: async (limit) => db.all('SELECT * FROM tokens ORDER BY created_at DESC, id LIMIT ?', limit).map(tokenRow),
    revoke: async (id, audit) =>
      db.commit(() => {
        if (db.run('UPDATE tokens SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL', audit.at, id) === 1)
          db.audit(audit)
        return byId(id)
      }),
    used: async (id, at) => void db.run('UPDATE tokens SET used_at = ? WHERE id = ?', at, id),
  }
}
