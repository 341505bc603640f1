import { accessSync, constants, existsSync, readFileSync, statSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { keyIdOf } from '#core/contract/verify.ts'
import { EMPTY_BOOK } from '#core/emergency/book.ts'
import type { EvidenceRecord } from '#core/evidence/record.ts'
import type { EdgeConfig } from '../config.ts'
import { checkFiles, VERSION } from '../ground.ts'
import { pairFromPem, sha256 } from '../shell/crypto.ts'
import { probeWrite } from '../shell/health.ts'
import { readMachine, readSome, spaceOf } from '../shell/machine.ts'
import { realFs } from '../shell/playlog-fs.ts'
import { STOPPED_FILE } from '../shell/playlog-recover.ts'
import { listSegments, parseRecord, segmentLines, verifyFolder } from '../shell/playlog-segments.ts'
import { openSnapshot } from '../shell/snapshot.ts'
import type { DoctorFacts, KeyFacts, StoppedFacts } from './facts.ts'
import { configKeys, EVIDENCE_LINES, fileFacts } from './live.ts'

/**
 * A diagnosis without a daemon: what lies on the disk, nothing changed but a probe file that goes again. `root` stands for `/`.
 * `probe`: whether to try the disk, which an operator who only looks at a copy may not.
 */
export const stoppedFacts = async (
  config: EdgeConfig,
  options: { readonly root: string; readonly at: number; readonly path: string },
): Promise<DoctorFacts> => {
  const { dataDir } = config
  const dataThere = existsSync(dataDir)
  const machine = readMachine({ root: options.root, dataDir, space: () => spaceOf(dataThere ? dataDir : '/') })
  const files = checkFiles(config)
  const log = playlogFacts(dataDir)
  return {
    at: options.at,
    offsetMinutes: files.ok ? files.value.policy.zone.offsetMinutes : 420,
    site: { id: config.site.id, name: config.site.name, version: VERSION },
    health: { machine, probe: dataThere ? await probeWrite(dataDir, options.at) : null },
    keys: keysOnDisk(config),
    evidence: log?.lines ?? [],
    state: {
      is: 'stopped',
      hungPid: holderOf(options.root, dataDir),
      config: files.ok ? null : files.error.detail,
      dataThere,
      hasHub: config.hub !== null,
      snapshot: snapshotFacts(dataDir),
      playlog: log?.facts ?? null,
      ports: portFacts(config),
      playerMissing: config.player.output !== 'onboard' && !onPath('mpv', options.path),
    },
  }
}

/** Who has the lock of the data folder, as the kernel says it: nothing is taken, so that a daemon that starts now is not disturbed. */
export const holderOf = (root: string, dataDir: string): number | null => {
  try {
    const { ino } = statSync(join(dataDir, 'lock'))
    const line = (readSome(join(root, 'proc/locks')) ?? '')
      .split('\n')
      .find((one) => one.includes('FLOCK') && one.includes(`:${ino} `))
    const pid = Number(line?.trim().split(/\s+/)[4])
    return line === undefined
      ? null
      : pid > 0
        ? pid
        : Number(readFileSync(join(dataDir, 'lock'), 'utf8').trim()) || null
  } catch {
    return null
  }
}

const snapshotFacts = (dataDir: string): StoppedFacts['snapshot'] => {
  if (!existsSync(join(dataDir, 'snapshot.json'))) return null
  const { durable, faults } = openSnapshot(dataDir, {
    v: 1,
    registry: null,
    schedule: null,
    orders: EMPTY_BOOK,
    receipts: [],
  })
  const orders = durable?.orders.entries.filter(({ state }) => state !== 'ended').length ?? 0
  return { faults, orders, schedule: durable?.schedule != null }
}

type Log = { readonly facts: NonNullable<StoppedFacts['playlog']>; readonly lines: readonly EvidenceRecord[] }
const playlogFacts = (dataDir: string): Log | null => {
  const dir = join(dataDir, 'plays')
  if (!existsSync(dir)) return null
  try {
    const segments = listSegments(realFs, dir)
    // The last two days: what a cut or a failing card breaks is at the end, and six months would take a minute (`bangtin playlog verify`).
    const recent = segments.slice(-2).map(({ file }) => file)
    const tail = { ...realFs, list: (folder: string) => realFs.list(folder).filter((name) => recent.includes(name)) }
    const { breaks } = verifyFolder(tail, dir, { sha256, seals: null })
    const [first] = breaks
    const lines = segments
      .slice(-2)
      .flatMap((segment) => segmentLines(realFs, dir, segment))
      .slice(-EVIDENCE_LINES)
      .flatMap((line) => parseRecord(line) ?? [])
      .reverse()
    return {
      lines,
      facts: {
        head: lines[0]?.seq ?? 0,
        lastAt: lines[0]?.at.wall ?? null,
        days: segments.length,
        bytes: segments.reduce((sum, { bytes }) => sum + bytes, 0),
        broken: first === undefined ? null : `${first.file}:${first.line}: ${first.why}`,
        cleanStop: readSome(join(dir, STOPPED_FILE))?.includes(`"seq":${(lines[0]?.seq ?? -1) + 1},`) ?? false,
      },
    }
  } catch (error) {
    const broken = error instanceof Error ? error.message : String(error)
    return { lines: [], facts: { head: 0, lastAt: null, days: 0, bytes: 0, broken, cleanStop: null } }
  }
}

const keysOnDisk = (config: EdgeConfig): KeyFacts => {
  const path = join(config.dataDir, 'device-key.pem')
  const file = fileFacts(path)
  const none = { registryVersion: 0, registryIssuedAt: null, registryKeys: 0, registryFirstEnd: null }
  return {
    deviceKey: file === null ? null : keyIdFrom(path),
    deviceKeyMade: file?.made ?? null,
    deviceKeyMode: file?.mode ?? null,
    enrolled: existsSync(join(config.dataDir, 'root-key.json')),
    ...none,
    ...configKeys(config),
  }
}

/** Null where it cannot be read: then the mode says why. */
const keyIdFrom = (path: string): string | null => {
  try {
    return keyIdOf(pairFromPem(readFileSync(path, 'utf8')).publicKey, sha256)
  } catch {
    return null
  }
}

/** Serial ports that are named and not there, or not ours to open. Nothing is opened. */
const portFacts = (config: EdgeConfig): StoppedFacts['ports'] =>
  [...(config.controller ? [{ name: 'display', link: config.controller.link }] : []), ...config.equipment].flatMap(
    ({ name, link }): StoppedFacts['ports'] => {
      if (link.kind !== 'serial') return []
      if (!existsSync(link.path)) return [{ device: name, at: link.path, trouble: 'không có · not there' }]
      try {
        accessSync(link.path, constants.R_OK | constants.W_OK)
        return [{ device: name, at: link.path, trouble: null }]
      } catch {
        return [{ device: name, at: link.path, trouble: 'không có quyền mở · may not be opened' }]
      }
    },
  )

const onPath = (program: string, path: string): boolean =>
  path.split(delimiter).some((folder) => folder !== '' && existsSync(join(folder, program)))
