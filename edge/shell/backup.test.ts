import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { CHAIN_START, seal } from '#core/evidence/chain.ts'
import { memoryLog, temporary } from '../test/support.ts'
import { backupEdge, restoreEdge, verifyEdge } from './backup.ts'
import { newPem, pairFromPem, sha256 } from './crypto.ts'
import { openPlaylog } from './playlog.ts'

const NOW = Date.UTC(2026, 10, 23, 3)
const at = { wall: NOW, iso: '2026-11-23T10:00:00+07:00', mono: 1, q: 'synced' } as const

/** A data folder as a daemon leaves it: a log in two days, the newest with a torn line, and everything that must stay behind. */
const aCluster = () => {
  const dataDir = temporary()
  mkdirSync(join(dataDir, 'plays'))
  mkdirSync(join(dataDir, 'approvals', '2026'), { recursive: true })
  const one = seal(CHAIN_START.prev, 0, { at, boot: 'b', kind: 'heartbeat', play: null }, sha256)
  const two = seal(one.hash, 1, { at, boot: 'b', kind: 'heartbeat', play: null }, sha256)
  writeFileSync(join(dataDir, 'plays', '2026-11-22.jsonl'), `${one.line}\n`)
  writeFileSync(join(dataDir, 'plays', '2026-11-23.jsonl'), `${two.line}\n{"seq":2,"prev":"torn`)
  const { publicKey } = pairFromPem(newPem())
  writeFileSync(
    join(dataDir, 'plays', 'identity.json'),
    JSON.stringify({ site: 'LC-MLT-01', publicKey, earlierKeys: [] }),
  )
  writeFileSync(join(dataDir, 'plays', 'ballast.bin'), 'x'.repeat(1000))
  writeFileSync(join(dataDir, 'approvals', '2026', 'a.json'), '{}')
  for (const name of ['device-key.pem', 'root-key.json', 'pairing-code.txt', 'snapshot.json', 'counters.json'])
    writeFileSync(join(dataDir, name), 'SECRET')
  const configFile = join(temporary(), 'LC-MLT-01.json')
  writeFileSync(configFile, '{"site":1}')
  return { dataDir, configFile, head: { seq: 1, hash: two.hash }, whole: `${two.line}\n` }
}
const ask = (of: ReturnType<typeof aCluster>, out: string) => ({
  ...{ site: 'LC-MLT-01', dataDir: of.dataDir, configFile: of.configFile, others: [], out, version: 't', now: NOW },
})

test('holds the evidence up to its last whole line, and nothing that would make a second device of the same name', () => {
  const cluster = aCluster()
  const out = join(temporary(), 'edge.tar')
  const made = backupEdge(ask(cluster, out))
  if (!made.ok) throw new Error(made.error)
  expect(made.value.manifest.head).toEqual(cluster.head)
  expect(made.value.manifest.files.map((f) => f.name)).toEqual([
    'plays/2026-11-22.jsonl',
    'plays/2026-11-23.jsonl',
    'plays/identity.json',
    'approvals/2026/a.json',
    'config/edge.json',
  ])
  expect(readFileSync(out, 'utf8')).not.toContain('SECRET')
  expect(backupEdge(ask(cluster, out)).ok).toBe(false)
  // It grows while it is read: what was there when it began is in it.
  appendFileSync(join(cluster.dataDir, 'plays', '2026-11-23.jsonl'), '…more')
  expect(verifyEdge(out).ok).toBe(true)
})

test('restored, the old evidence stands beside where the daemon writes, so that no number is ever given twice', () => {
  const cluster = aCluster()
  const out = join(temporary(), 'edge.tar')
  expect(backupEdge(ask(cluster, out)).ok).toBe(true)
  const to = join(temporary(), 'data')
  const done = restoreEdge(out, to)
  if (!done.ok) throw new Error(done.error)
  expect(done.value.plays).toBe(join(to, 'before-2026-11-23', 'plays'))
  expect(readFileSync(join(done.value.plays, '2026-11-23.jsonl'), 'utf8')).toBe(cluster.whole)
  expect(existsSync(join(to, 'plays'))).toBe(false)
  expect(readdirSync(to).sort()).toEqual(['approvals', 'before-2026-11-23', 'config'])
  expect(restoreEdge(out, to)).toMatchObject({ ok: false, error: expect.stringContaining('not empty') })
  const device = pairFromPem(newPem())
  const options = {
    dir: join(to, 'plays'),
    site: 'LC-MLT-01',
    zone: { offsetMinutes: 420 },
    sha256,
    log: memoryLog().log,
  }
  const log = openPlaylog({ ...options, device: { key: 'k', publicKey: device.publicKey, sign: device.sign } })
  if (!log.ok) throw new Error(log.error.detail)
  expect(log.value.head()).toBe(-1)
  log.value.close()
})

test('a damaged archive restores nothing', () => {
  const out = join(temporary(), 'edge.tar')
  expect(backupEdge(ask(aCluster(), out)).ok).toBe(true)
  const bytes = readFileSync(out)
  const where = bytes.indexOf('"kind":"heartbeat"')
  bytes[where + 10] = 0x41
  writeFileSync(out, bytes)
  const to = join(temporary(), 'data')
  expect(restoreEdge(out, to)).toMatchObject({ ok: false, error: expect.stringContaining('plays/2026-11-22.jsonl') })
  expect(existsSync(to)).toBe(false)
})
