import { createHash } from 'node:crypto'
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { err, ok } from '#core/base/result.ts'
import type { AuditView, OrderReport } from '#core/contract/api.ts'
import { HUB } from '#core/metrics/catalogue.ts'
import { hubCommand } from '../cli.ts'
import { MOST_SITES_OF_ORDER, makeFrames } from '../server/frames.ts'
import { MIGRATIONS } from '../store/migrations.ts'
import { openSqliteStore } from '../store/sqlite.ts'
import { connect, enrolled, type FakeEdge, receipt } from './edge.ts'
import {
  login,
  makeSeed,
  NOW,
  orderOf,
  type Person,
  PNG,
  type Signer,
  sealOrder,
  signerOf,
  startWorld,
  type World,
} from './harness.ts'

const SITE = 'LC-MLT-01'
let world: World
let duty: Person
let signer: Signer
let edge: FakeEdge
beforeAll(async () => {
  world = await startWorld(await makeSeed())
  duty = await login(world, 'tructinh')
  signer = await signerOf(world, 'tructinh')
  edge = (await connect(world, SITE, await enrolled(world, SITE))).edge
})
afterAll(async () => {
  await edge.close()
  await world.close()
})

const pictureOf = (n: number) => Buffer.concat([PNG, Buffer.from([n])])
const answerFrame = async (n: number): Promise<void> => {
  const { id } = await edge.next('ask')
  edge.send({ t: 'answer', id, ok: true, mime: 'image/png', body: pictureOf(n).toString('base64') })
}
const release = (over: Parameters<typeof orderOf>[0]) =>
  duty.post('/api/orders', { envelope: sealOrder(signer, orderOf(over)) })
const reportOf = async (id: string, who = duty) => (await (await who.get(`/api/orders/${id}`)).json()) as OrderReport

describe('the report of an order', () => {
  it('names every hand, every time and every picture there is', async () => {
    const texts = orderOf({}).texts
    const { class: c, status, hazard, severity, riskLevel, expiresAt } = orderOf({})
    const draft = { kind: 'order', class: c, status, hazard, severity, riskLevel, authority: 'BCH', expiresAt, texts }
    expect((await duty.post('/api/preview', { site: SITE, draft })).status).toBe(200)
    expect((await duty.post('/api/orders/frames', { targets: [SITE, 'LC-MT-01', 'LC-la'] })).status).toBe(202)
    await answerFrame(1)
    await world.hub.hub.frames.idle()
    expect((await release({ id: 'R-1' })).status).toBe(200)
    await edge.next('order')
    edge.send(receipt({ order: 'R-1' }))
    edge.send(receipt({ order: 'R-1', stage: 'shown', afterMs: 140, proof: 'read-back' }))
    await answerFrame(2)
    for (let i = 0; i < 2; i++) await edge.next('receipt-ack')
    await world.hub.hub.frames.idle()
    await release({ id: 'R-2', action: 'cancel', references: ['R-1'], texts: [], issuedAt: NOW + 1 })

    const report = await reportOf('R-1', await login(world, 'kiemtra'))
    expect(report.view).toMatchObject({ state: 'cancelled', sites: [{ shownAfterMs: 140, proof: 'read-back' }] })
    expect(report.view.sites[0]?.contact?.phone).toMatch(/^0900 000 \d{3}$/)
    expect(report.audit.map((a) => `${a.person} ${a.action} ${a.detail}`)).toEqual([
      `tructinh order.previewed ${SITE}`,
      `tructinh order.release emergency actual → ${SITE}; ✎ tructinh`,
      'tructinh order.ended cancelled ← R-2',
    ])
    expect(report.related.map((o) => o.order.id)).toEqual(['R-2'])
    const payload = sealOrder(signer, orderOf({ id: 'R-1' })).payload
    expect(report.signed).toEqual({ hash: createHash('sha256').update(payload).digest('hex'), keys: [signer.key] })
    expect(report.frames.map((f) => [f.site, f.moment])).toEqual([
      [SITE, 'before'],
      [SITE, 'during'],
    ])
    for (const [moment, n] of [
      ['before', 1],
      ['during', 2],
    ] as const) {
      const picture = await duty.get(`/api/orders/R-1/frames/${SITE}/${moment}`)
      expect([picture.status, picture.headers.get('content-type')]).toEqual([200, 'image/png'])
      expect(Buffer.from(await picture.arrayBuffer())).toEqual(pictureOf(n))
    }
    for (const path of [`R-1/frames/${SITE}/after`, `R-1/frames/${SITE}/x`, 'R-x', `R-x/frames/${SITE}/before`])
      expect((await duty.get(`/api/orders/${path}`)).status).toBe(404)
  })

  it('takes the picture of afterwards when it has ended, from those that answer, of a bounded number of clusters', async () => {
    await release({ id: 'R-3' })
    await edge.next('order')
    const { store, assets, log, now } = world.hub.hub
    const asked: string[] = []
    const ask = async (site: string) => {
      asked.push(site)
      if (site !== SITE) return err('timeout' as const)
      return ok({ mime: 'image/png', body: pictureOf(3).toString('base64') })
    }
    const edges = { ask, state: world.hub.hub.edges.state }
    const frames = makeFrames({ store, assets, log, now, edges, afterMs: 0 })
    frames.receipt(SITE, receipt({ order: 'R-3', stage: 'ended', reason: 'expired' }).receipt)
    frames.receipt('LC-MLT-02', receipt({ order: 'R-3', stage: 'shown' }).receipt)
    frames.receipt(SITE, receipt({ order: 'R-3', stage: 'accepted' }).receipt)
    const kept = async () => (await store.frames.of('R-3')).map((f) => `${f.site} ${f.moment}`)
    await vi.waitFor(async () => expect(await kept()).toContain(`${SITE} after`))
    await frames.idle()
    expect(asked.sort()).toEqual([SITE, 'LC-MLT-02'])
    // A province of thousands: no more are asked than are kept.
    for (let i = 0; i < 1000; i++) frames.receipt(`S-${i}`, receipt({ order: 'R-9', stage: 'shown' }).receipt)
    await frames.idle()
    expect(asked.length).toBe(2 + MOST_SITES_OF_ORDER)
    await frames.close()
    await world.hub.hub.frames.idle()
    // What was on the screen before is known from the order just before this one.
    expect(await kept()).toEqual([`${SITE} before`, `${SITE} after`])
  })
})

describe('the audit log', () => {
  it('is read by who may, by subject, and without the addresses people came from', async () => {
    const inspector = await login(world, 'kiemtra')
    const lines = (await (await inspector.get('/api/audit?subject=R-1')).json()) as AuditView[]
    expect(lines.map((l) => l.action)).toEqual(['order.ended', 'order.release', 'order.previewed'])
    expect(Object.keys(lines[0] ?? {}).sort()).toEqual(['action', 'at', 'detail', 'person', 'subject'])
    expect(((await (await inspector.get('/api/audit')).json()) as AuditView[]).length).toBeGreaterThan(20)
    expect((await (await login(world, 'btv')).get('/api/audit')).status).toBe(403)
  })

  /** A copy of the database as it is now, with `change` done to it by somebody who can write the file. */
  const tampered = async (change: (sqlite: DatabaseSync) => void) => {
    const dir = mkdtempSync(join(tmpdir(), 'hub-audit-'))
    const file = join(dir, 'hub.sqlite')
    const source = new DatabaseSync(join(world.dir, 'hub.sqlite'))
    source.exec('PRAGMA wal_checkpoint(TRUNCATE)')
    source.close()
    copyFileSync(join(world.dir, 'hub.sqlite'), file)
    const sqlite = new DatabaseSync(file)
    sqlite.exec('DROP TRIGGER audit_keeps; DROP TRIGGER audit_stays')
    change(sqlite)
    sqlite.close()
    const store = openSqliteStore(file)
    const found = { ...(await store.audit.verify()), store, dir }
    return found
  }
  const faultsAfter = async (change: (sqlite: DatabaseSync) => void) => {
    const { faults, store, dir } = await tampered(change)
    await store.close()
    rmSync(dir, { recursive: true })
    return faults
  }

  it('shows each edit of the file: a changed word, a line taken out, put in, or cut off the end, sums thrown away', async () => {
    const sql = (text: string) => (sqlite: DatabaseSync) => sqlite.exec(text)
    expect(await faultsAfter(sql(''))).toEqual([])
    const cases = [
      ["UPDATE audit SET detail = 'không' WHERE id = 7", [7, /was changed/]],
      ["UPDATE audit SET person = 'duyet' WHERE id = 9", [9, /was changed/]],
      ['DELETE FROM audit WHERE id = 5', [6, /follows line 4/]],
      ['DELETE FROM audit WHERE id = (SELECT max(id) FROM audit)', [Number.NaN, /is gone/]],
      ['UPDATE audit SET prev = NULL, sum = NULL WHERE id = 8', [8, /has lost its sum/]],
    ] as const
    for (const [text, [id, why]] of cases) {
      const faults = await faultsAfter(sql(text))
      expect(faults[0]?.why, text).toMatch(why)
      if (!Number.isNaN(id)) expect(faults[0]?.id, text).toBe(id)
    }
    const inserted = await faultsAfter(
      sql(`UPDATE audit SET id = id + 1000 WHERE id > 10; UPDATE audit SET id = id - 999 WHERE id > 1000;
        INSERT INTO audit (id, at, person, action, subject, detail, address, prev, sum)
          SELECT 11, at, 'x', action, subject, detail, address, prev, sum FROM audit WHERE id = 12`),
    )
    expect(inserted.length).toBeGreaterThan(0)
  })

  it('a database of the first version comes along: its orders have their signer, its log is vouched for', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'hub-old-'))
    const old = new DatabaseSync(join(dir, 'hub.sqlite'))
    old.exec(`${MIGRATIONS[0]}; PRAGMA user_version = 1`)
    const order = orderOf({ id: 'A-1' })
    const envelope = sealOrder(signer, order)
    old.prepare('INSERT INTO sites (id, doc) VALUES (?, ?)').run(SITE, '{}')
    old
      .prepare("INSERT INTO orders VALUES ('A-1', ?, ?, 'release', ?, ?, 'superseded')")
      .run(JSON.stringify(order), JSON.stringify(envelope), order.expiresAt, NOW)
    for (const action of ['login', 'order.release'])
      old
        .prepare("INSERT INTO audit (at, person, action, subject, detail, address) VALUES (?, 'x', ?, 'A-1', '', '')")
        .run(NOW, action)
    old.close()
    const store = openSqliteStore(join(dir, 'hub.sqlite'))
    expect(await store.orders.get('A-1')).toMatchObject({
      state: 'superseded',
      signers: [{ user: 'tructinh', at: NOW }],
      documentDue: null,
      review: null,
      local: false,
    })
    await store.audit.append({ at: NOW, person: 'x', action: 'logout', subject: '', detail: '', address: '' })
    expect(await store.audit.verify()).toMatchObject({ lines: 4, last: 4, faults: [] })
    await store.close()
    rmSync(dir, { recursive: true })
  })

  it('vouches for lines from before there were sums, and goes on from them', async () => {
    const old = await tampered((sqlite) => sqlite.exec('UPDATE audit SET prev = NULL, sum = NULL'))
    expect(old.faults).toEqual([])
    const line = { at: NOW, person: 'x', action: 'thu', subject: 's', detail: '', address: '' }
    // Another process writes to the same log meanwhile (`bangtin keys install`).
    const other = openSqliteStore(join(old.dir, 'hub.sqlite'))
    for (const store of [old.store, other, other, old.store, other]) await store.audit.append(line)
    await other.close()
    const after = await old.store.audit.verify()
    expect([after.faults, after.lines]).toEqual([[], old.lines + 5])
    await old.store.close()
    const sqlite = new DatabaseSync(join(old.dir, 'hub.sqlite'))
    sqlite.exec("UPDATE audit SET detail = 'khác' WHERE id = 3")
    sqlite.close()
    const store = openSqliteStore(join(old.dir, 'hub.sqlite'))
    expect((await store.audit.verify()).faults.map((f) => f.id)).toEqual([old.last])
    await store.close()
    rmSync(old.dir, { recursive: true })
  })

  it('is read at the start: a change is in the journal, in the metric, and in the log itself; the hub works on', async () => {
    expect(await world.hub.hub.metrics.expose()).toContain(`${HUB.auditIntact.name} 1`)
    const config = join(world.dir, 'hub.json')
    const port = { host: '127.0.0.1', port: 0 }
    writeFileSync(config, JSON.stringify({ listen: port, dataDir: world.dir, tls: null, behindProxy: false }))
    const command = async (...args: string[]) => {
      const out: string[] = []
      const spies = (['stdout', 'stderr'] as const).map((s) =>
        vi.spyOn(process[s], 'write').mockImplementation((text) => out.push(String(text)) > 0),
      )
      const code = await hubCommand(['audit', ...args])
      for (const spy of spies) spy.mockRestore()
      return { code, out: out.join('') }
    }
    const good = await command('verify', '--config', config, '--json')
    const state = JSON.parse(good.out) as { intact: boolean; last: number; head: string }
    expect([good.code, state.intact]).toEqual([0, true])
    expect((await command('verify', '--config', config, '--head', `${state.last}:${state.head}`)).code).toBe(0)
    const other = await command('verify', '--config', config, '--head', `${state.last}:${'0'.repeat(64)}`)
    expect([other.code, /made anew/.test(other.out)]).toEqual([1, true])
    for (const bad of [['verify'], ['xem', '--config', config], ['verify', '--config', config, '--head', 'x']])
      expect((await command(...bad)).code).toBe(2)

    const sqlite = new DatabaseSync(join(world.dir, 'hub.sqlite'))
    sqlite.exec("DROP TRIGGER audit_keeps; UPDATE audit SET subject = 'R-9' WHERE action = 'order.ended'")
    sqlite.close()
    const bad = await command('verify', '--config', config)
    expect([bad.code, /đã bị sửa/.test(bad.out)]).toEqual([1, true])
    await edge.close()
    await world.restart()
    await vi.waitFor(() => expect(world.hub.hub.trail.intact()).toBe(false))
    expect(await world.hub.hub.metrics.expose()).toContain(`${HUB.auditIntact.name} 0`)
    await vi.waitFor(async () =>
      expect((await world.hub.hub.store.audit.newest(5)).map((a) => a.action)).toContain('audit.broken'),
    )
    expect(world.logged.some((l) => l.startsWith('error the audit log has been changed'))).toBe(true)
    duty = await login(world, 'tructinh')
    expect((await release({ id: 'R-8' })).status).toBe(200)
  })
})
