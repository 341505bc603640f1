import { ROLES } from '#core/contract/can.ts'
import { type Db, int, intOrNull, type Row, stored, text } from './db.ts'
import type { Account, Device, EnrolOutcome, Store } from './port.ts'

const account = (row: Row): Account => {
  const held = stored<readonly string[]>(text(row, 'roles'))
  return {
    user: text(row, 'user'),
    name: text(row, 'name'),
    org: text(row, 'org'),
    roles: ROLES.filter((r) => held.includes(r)),
    passwordHash: text(row, 'password_hash'),
  }
}
const device = (row: Row): Device => ({
  site: text(row, 'site'),
  publicKey: text(row, 'public_key'),
  enrolledAt: int(row, 'enrolled_at'),
})

export const accountStore = (db: Db): Store['accounts'] => ({
  get: async (user) => {
    const row = db.one('SELECT * FROM accounts WHERE user = ?', user)
    return row === undefined ? null : account(row)
  },
  all: async () => db.all('SELECT * FROM accounts ORDER BY user').map(account),
  put: async (a, key, audit) =>
    db.commit(() => {
      db.run(
        `INSERT INTO accounts (user, name, org, roles, password_hash) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET name = excluded.name, org = excluded.org, roles = excluded.roles, password_hash = excluded.password_hash`,
        a.user,
        a.name,
        a.org,
        JSON.stringify(a.roles),
        a.passwordHash,
      )
      if (key !== null)
        db.run('INSERT OR REPLACE INTO wrapped_keys (user, doc) VALUES (?, ?)', a.user, JSON.stringify(key))
      db.audit(audit)
    }),
  shut: async (user, passwordHash, audit) =>
    db.commit(() => {
      db.run("UPDATE accounts SET roles = '[]', password_hash = ? WHERE user = ?", passwordHash, user)
      db.run('DELETE FROM wrapped_keys WHERE user = ?', user)
      db.run('DELETE FROM sessions WHERE user = ?', user)
      db.run('DELETE FROM known_devices WHERE user = ?', user)
      db.audit(audit)
    }),
  dropKey: async (user) => void db.run('DELETE FROM wrapped_keys WHERE user = ?', user),
  wrappedKey: async (user) => {
    const row = db.one('SELECT doc FROM wrapped_keys WHERE user = ?', user)
    return row === undefined ? null : stored(text(row, 'doc'))
  },
  failures: async (scope) => {
    const row = db.one('SELECT * FROM failures WHERE scope = ?', scope)
    return row === undefined
      ? { count: 0, lockedUntil: 0, lastAt: 0 }
      : { count: int(row, 'count'), lockedUntil: int(row, 'locked_until'), lastAt: int(row, 'last_at') }
  },
  setFailures: async (scope, f) => {
    if (f === null) db.run('DELETE FROM failures WHERE scope = ?', scope)
    else
      db.run(
        'INSERT OR REPLACE INTO failures (scope, count, locked_until, last_at) VALUES (?, ?, ?, ?)',
        scope,
        f.count,
        f.lockedUntil,
        f.lastAt,
      )
  },
})

export const sessionStore = (db: Db): Store['sessions'] => ({
  open: async (s, audit) =>
    db.commit(() => {
      db.run(
        'INSERT INTO sessions (token_hash, user, csrf, expires_at, seen_at) VALUES (?, ?, ?, ?, ?)',
        s.tokenHash,
        s.user,
        s.csrf,
        s.expiresAt,
        s.seenAt,
      )
      db.audit(audit)
    }),
  get: async (tokenHash) => {
    const row = db.one('SELECT * FROM sessions WHERE token_hash = ?', tokenHash)
    if (row === undefined) return null
    return {
      tokenHash,
      user: text(row, 'user'),
      csrf: text(row, 'csrf'),
      expiresAt: int(row, 'expires_at'),
      seenAt: int(row, 'seen_at'),
    }
  },
  close: async (tokenHash, audit) =>
    db.commit(() => {
      db.run('DELETE FROM sessions WHERE token_hash = ?', tokenHash)
      db.audit(audit)
    }),
  seen: async (tokenHash, at) => void db.run('UPDATE sessions SET seen_at = ? WHERE token_hash = ?', at, tokenHash),
  knowsDevice: async (hash, user, since) =>
    db.one('SELECT 1 AS known FROM known_devices WHERE hash = ? AND user = ? AND since >= ?', hash, user, since) !==
    undefined,
  rememberDevice: async (hash, { user, at, most }) =>
    db.commit(() => {
      db.run('INSERT OR REPLACE INTO known_devices (hash, user, since) VALUES (?, ?, ?)', hash, user, at)
      db.run(
        `DELETE FROM known_devices WHERE user = ? AND hash NOT IN (
           SELECT hash FROM known_devices WHERE user = ? ORDER BY since DESC, hash LIMIT ?)`,
        user,
        user,
        most,
      )
    }),
  endAll: async (user) =>
    db.commit(() => {
      db.run('DELETE FROM sessions WHERE user = ?', user)
      db.run('DELETE FROM known_devices WHERE user = ?', user)
    }),
  prune: async (now) => {
    db.run('DELETE FROM sessions WHERE expires_at <= ?', now)
    // A lock that ended a day ago says nothing any more; without this the table would grow with every address that ever failed.
    db.run('DELETE FROM failures WHERE last_at < ? AND locked_until < ?', now - 86_400_000, now)
  },
})

export const deviceStore = (db: Db): Store['devices'] => ({
  all: async () => db.all('SELECT * FROM devices ORDER BY site').map(device),
  get: async (site) => {
    const row = db.one('SELECT * FROM devices WHERE site = ?', site)
    return row === undefined ? null : device(row)
  },
  putCode: async (code, audit) =>
    db.commit(() => {
      db.run(
        'INSERT INTO enrol_codes (hash, site, expires_at, used_at) VALUES (?, ?, ?, NULL)',
        code.hash,
        code.site,
        code.expiresAt,
      )
      db.audit(audit)
    }),
  enrol: async (ask, audit) =>
    db.commit((): EnrolOutcome => {
      const code = db.one('SELECT * FROM enrol_codes WHERE hash = ?', ask.codeHash)
      const outcome: EnrolOutcome =
        code === undefined
          ? 'unknown-code'
          : intOrNull(code, 'used_at') !== null
            ? 'used'
            : int(code, 'expires_at') <= audit.at
              ? 'expired'
              : text(code, 'site') !== ask.site
                ? 'wrong-site'
                : 'enrolled'
      if (outcome === 'enrolled') {
        db.run('UPDATE enrol_codes SET used_at = ? WHERE hash = ?', audit.at, ask.codeHash)
        // Another device than the one whose records are here may have lost its disk, too: then they begin anew (chains.ts).
        db.run(
          `INSERT OR REPLACE INTO devices (site, public_key, enrolled_at, may_begin) VALUES (?1, ?2, ?3,
             EXISTS (SELECT 1 FROM evidence WHERE site = ?1) AND NOT EXISTS (SELECT 1 FROM devices WHERE site = ?1 AND public_key = ?2 AND may_begin = 0))`,
          ask.site,
          ask.publicKey,
          audit.at,
        )
      }
      db.audit({ ...audit, detail: outcome })
      return outcome
    }),
})
