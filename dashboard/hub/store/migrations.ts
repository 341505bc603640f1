/** One entry per `user_version`, in order. An entry that has shipped is never edited: a change is a new entry. */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE sites (id TEXT PRIMARY KEY, doc TEXT NOT NULL, last_seen INTEGER) STRICT, WITHOUT ROWID;
  CREATE TABLE orgs (id TEXT PRIMARY KEY, doc TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE accounts (user TEXT PRIMARY KEY, name TEXT NOT NULL, org TEXT NOT NULL, roles TEXT NOT NULL, password_hash TEXT NOT NULL)
    STRICT, WITHOUT ROWID;
  CREATE TABLE wrapped_keys (user TEXT PRIMARY KEY REFERENCES accounts (user), doc TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE failures (scope TEXT PRIMARY KEY, count INTEGER NOT NULL, locked_until INTEGER NOT NULL, last_at INTEGER NOT NULL)
    STRICT, WITHOUT ROWID;
  CREATE TABLE sessions (token_hash TEXT PRIMARY KEY, user TEXT NOT NULL REFERENCES accounts (user), csrf TEXT NOT NULL, expires_at INTEGER NOT NULL)
    STRICT, WITHOUT ROWID;
  CREATE TABLE devices (site TEXT PRIMARY KEY REFERENCES sites (id), public_key TEXT NOT NULL, enrolled_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE enrol_codes (hash TEXT PRIMARY KEY, site TEXT NOT NULL REFERENCES sites (id), expires_at INTEGER NOT NULL, used_at INTEGER)
    STRICT, WITHOUT ROWID;
  CREATE TABLE registry (version INTEGER PRIMARY KEY, envelope TEXT NOT NULL) STRICT;
  CREATE TABLE items (
    id TEXT PRIMARY KEY, doc TEXT NOT NULL, hash TEXT NOT NULL, sites TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('submitted', 'approved', 'rejected')), submitted_at INTEGER NOT NULL,
    approval TEXT, approved_by TEXT, approved_at INTEGER, reject_reason TEXT) STRICT, WITHOUT ROWID;
  CREATE TABLE assets (sha256 TEXT PRIMARY KEY, bytes INTEGER NOT NULL, mime TEXT NOT NULL, stored_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE schedules (site TEXT NOT NULL REFERENCES sites (id), version INTEGER NOT NULL, envelope TEXT NOT NULL, published_at INTEGER NOT NULL,
    PRIMARY KEY (site, version)) STRICT, WITHOUT ROWID;
  CREATE TABLE schedule_items (site TEXT NOT NULL, item TEXT NOT NULL, PRIMARY KEY (site, item)) STRICT, WITHOUT ROWID;
  CREATE TABLE orders (
    id TEXT PRIMARY KEY, doc TEXT NOT NULL, envelope TEXT NOT NULL, action TEXT NOT NULL, expires_at INTEGER NOT NULL,
    released_at INTEGER NOT NULL, state TEXT NOT NULL CHECK (state IN ('open', 'cancelled', 'superseded'))) STRICT, WITHOUT ROWID;
  CREATE INDEX orders_by_time ON orders (released_at);
  CREATE TABLE order_references (later TEXT NOT NULL REFERENCES orders (id), earlier TEXT NOT NULL, PRIMARY KEY (later, earlier)) STRICT, WITHOUT ROWID;
  CREATE INDEX order_references_back ON order_references (earlier);
  CREATE TABLE order_sites (
    order_id TEXT NOT NULL REFERENCES orders (id), site TEXT NOT NULL REFERENCES sites (id), sent_at INTEGER,
    accepted_at INTEGER, accepted_after INTEGER, shown_at INTEGER, shown_after INTEGER, proof TEXT,
    ended_at INTEGER, end_reason TEXT, refused TEXT, PRIMARY KEY (order_id, site)) STRICT, WITHOUT ROWID;
  CREATE INDEX order_sites_by_site ON order_sites (site);
  CREATE TABLE evidence (site TEXT NOT NULL, seq INTEGER NOT NULL, hash TEXT NOT NULL, line TEXT NOT NULL, PRIMARY KEY (site, seq)) STRICT, WITHOUT ROWID;
  CREATE TABLE plays (
    site TEXT NOT NULL, play TEXT NOT NULL, open_seq INTEGER NOT NULL, from_wall INTEGER NOT NULL, clock TEXT NOT NULL, doc TEXT NOT NULL,
    close_seq INTEGER, to_wall INTEGER, ms INTEGER, cause TEXT, proof TEXT NOT NULL, PRIMARY KEY (site, play)) STRICT, WITHOUT ROWID;
  CREATE INDEX plays_by_time ON plays (site, from_wall);
  CREATE INDEX plays_by_end ON plays (site, to_wall);
  CREATE TABLE screens (site TEXT NOT NULL, seq INTEGER NOT NULL, wall INTEGER NOT NULL, lit TEXT NOT NULL, PRIMARY KEY (site, seq)) STRICT, WITHOUT ROWID;
  CREATE INDEX screens_by_time ON screens (site, wall);
  CREATE TABLE refusals (site TEXT NOT NULL, seq INTEGER NOT NULL, item TEXT NOT NULL, reason TEXT NOT NULL, detail TEXT NOT NULL, wall INTEGER NOT NULL,
    PRIMARY KEY (site, seq)) STRICT, WITHOUT ROWID;
  CREATE TABLE audit (id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, person TEXT NOT NULL, action TEXT NOT NULL, subject TEXT NOT NULL,
    detail TEXT NOT NULL, address TEXT NOT NULL) STRICT;
  CREATE TRIGGER audit_keeps BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
  CREATE TRIGGER audit_stays BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
  CREATE TRIGGER evidence_keeps BEFORE UPDATE ON evidence BEGIN SELECT RAISE(ABORT, 'evidence is append-only'); END;
  CREATE TRIGGER evidence_stays BEFORE DELETE ON evidence BEGIN SELECT RAISE(ABORT, 'evidence is append-only'); END;
  `,
]
