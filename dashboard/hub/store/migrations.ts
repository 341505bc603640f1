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
  `
  CREATE TABLE tokens (
    id TEXT PRIMARY KEY, hash TEXT NOT NULL UNIQUE, name TEXT NOT NULL, scopes TEXT NOT NULL, created_by TEXT NOT NULL,
    created_at INTEGER NOT NULL, expires_at INTEGER NOT NULL, used_at INTEGER, revoked_at INTEGER) STRICT, WITHOUT ROWID;
  ALTER TABLE sessions ADD COLUMN seen_at INTEGER NOT NULL DEFAULT 0;
  CREATE TABLE known_devices (hash TEXT PRIMARY KEY, user TEXT NOT NULL REFERENCES accounts (user), since INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE INDEX known_devices_by_user ON known_devices (user, since);
  `,
  `
  ALTER TABLE orders ADD COLUMN signers TEXT NOT NULL DEFAULT '[]';
  ALTER TABLE orders ADD COLUMN cleared INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE orders ADD COLUMN document TEXT;
  ALTER TABLE orders ADD COLUMN document_due INTEGER;
  ALTER TABLE orders ADD COLUMN document_told INTEGER;
  ALTER TABLE orders ADD COLUMN review_due INTEGER;
  ALTER TABLE orders ADD COLUMN review_by TEXT;
  ALTER TABLE orders ADD COLUMN review_at INTEGER;
  ALTER TABLE orders ADD COLUMN review_note TEXT;
  ALTER TABLE orders ADD COLUMN review_told INTEGER;
  ALTER TABLE orders ADD COLUMN local INTEGER NOT NULL DEFAULT 0;
  CREATE INDEX orders_undocumented ON orders (document_due) WHERE document IS NULL AND document_due IS NOT NULL;
  CREATE INDEX orders_unreviewed ON orders (review_due) WHERE review_by IS NULL AND review_due IS NOT NULL;
  CREATE TABLE pending_orders (
    id TEXT PRIMARY KEY, doc TEXT NOT NULL, envelope TEXT NOT NULL, signers TEXT NOT NULL, lapses_at INTEGER NOT NULL, received_at INTEGER NOT NULL,
    draft TEXT, state TEXT NOT NULL CHECK (state IN ('waiting', 'released', 'withdrawn', 'lapsed')), withdrawn TEXT) STRICT, WITHOUT ROWID;
  CREATE INDEX pending_orders_by_time ON pending_orders (received_at);
  CREATE TABLE drafts (
    id TEXT PRIMARY KEY, doc TEXT NOT NULL, key TEXT UNIQUE, received_at INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'released', 'dropped')), order_id TEXT, closed TEXT) STRICT, WITHOUT ROWID;
  CREATE INDEX drafts_by_time ON drafts (received_at);
  CREATE TABLE order_frames (
    order_id TEXT NOT NULL REFERENCES orders (id), site TEXT NOT NULL REFERENCES sites (id),
    moment TEXT NOT NULL CHECK (moment IN ('before', 'during', 'after')), at INTEGER NOT NULL, mime TEXT NOT NULL, bytes INTEGER NOT NULL,
    sha256 TEXT NOT NULL, PRIMARY KEY (order_id, site, moment)) STRICT, WITHOUT ROWID;
  ALTER TABLE audit ADD COLUMN prev TEXT;
  ALTER TABLE audit ADD COLUMN sum TEXT;
  CREATE INDEX audit_by_subject ON audit (subject);
  `,
  `
  CREATE INDEX order_sites_open ON order_sites (site) WHERE ended_at IS NULL AND refused IS NULL;
  CREATE INDEX orders_by_end ON orders (expires_at);
  `,
  `
  CREATE TABLE cap_messages (
    key TEXT PRIMARY KEY, hash TEXT NOT NULL, outcome TEXT NOT NULL CHECK (outcome IN ('draft', 'remembered')), draft TEXT, at INTEGER NOT NULL)
    STRICT, WITHOUT ROWID;
  CREATE INDEX cap_messages_by_time ON cap_messages (at);
  CREATE TABLE cap_gone (
    key TEXT PRIMARY KEY, reason TEXT NOT NULL CHECK (reason IN ('cancelled', 'superseded')), at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE INDEX cap_gone_by_time ON cap_gone (at);
  `,
  `
  CREATE TABLE incidents (
    id TEXT PRIMARY KEY, site TEXT NOT NULL, what TEXT NOT NULL, type TEXT NOT NULL, cause TEXT NOT NULL, source TEXT NOT NULL,
    severity TEXT NOT NULL, title TEXT, detail TEXT NOT NULL, times INTEGER NOT NULL, opened_at INTEGER NOT NULL, arrived_at INTEGER NOT NULL,
    last_at INTEGER NOT NULL, cleared_at INTEGER, reported TEXT, acknowledged TEXT, escalations TEXT NOT NULL DEFAULT '[]', resolved TEXT,
    resolved_at INTEGER) STRICT, WITHOUT ROWID;
  CREATE INDEX incidents_unresolved ON incidents (site, what, last_at) WHERE resolved_at IS NULL;
  CREATE INDEX incidents_by_time ON incidents (opened_at);
  CREATE INDEX incidents_by_site ON incidents (site, opened_at);
  CREATE INDEX incidents_by_end ON incidents (resolved_at) WHERE resolved_at IS NOT NULL;
  CREATE TABLE stretches (
    site TEXT NOT NULL, from_wall INTEGER NOT NULL, to_wall INTEGER NOT NULL, why TEXT NOT NULL, detail TEXT NOT NULL,
    PRIMARY KEY (site, from_wall)) STRICT, WITHOUT ROWID;
  CREATE TABLE stretch_folds (site TEXT PRIMARY KEY, next_seq INTEGER NOT NULL, doc TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE link_outages (
    site TEXT NOT NULL, from_at INTEGER NOT NULL, to_at INTEGER, PRIMARY KEY (site, from_at)) STRICT, WITHOUT ROWID;
  CREATE INDEX link_outages_open ON link_outages (site) WHERE to_at IS NULL;
  CREATE TABLE play_heads (
    id INTEGER PRIMARY KEY, hash TEXT NOT NULL UNIQUE, item TEXT NOT NULL, title TEXT NOT NULL, plain TEXT NOT NULL, category TEXT,
    languages TEXT NOT NULL, supplier TEXT NOT NULL, order_id TEXT, rank TEXT NOT NULL) STRICT;
  ALTER TABLE plays ADD COLUMN head INTEGER;
  CREATE INDEX plays_unheaded ON plays (site, play) WHERE head IS NULL;
  CREATE INDEX plays_by_head ON plays (head, from_wall, site, open_seq);
  CREATE INDEX plays_by_all ON plays (from_wall, site, open_seq, head);
  CREATE INDEX plays_in_site ON plays (site, from_wall, open_seq, head);
  DROP INDEX plays_by_time;
  CREATE TABLE judged_days (
    site TEXT NOT NULL, date TEXT NOT NULL, policy TEXT NOT NULL, doc TEXT NOT NULL, PRIMARY KEY (site, date)) STRICT, WITHOUT ROWID;
  `,
  `
  CREATE TABLE chains (
    site TEXT NOT NULL, base INTEGER NOT NULL, device TEXT NOT NULL, opened_at INTEGER NOT NULL, PRIMARY KEY (site, base)) STRICT, WITHOUT ROWID;
  ALTER TABLE devices ADD COLUMN may_begin INTEGER NOT NULL DEFAULT 0;
  `,
  `
  ALTER TABLE order_sites ADD COLUMN again INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE order_sites ADD COLUMN again_at INTEGER;
  CREATE INDEX order_sites_refused ON order_sites (site) WHERE refused IS NOT NULL AND ended_at IS NULL;
  `,
]
