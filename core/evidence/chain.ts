import type { Sha256 } from '../base/bytes.ts'
import { err, ok, type Result } from '../base/result.ts'
import { canonicalJson } from '../content/item.ts'
import type { Ed25519Verify } from '../contract/verify.ts'
import { type EvidenceRecord, GENESIS, type StampedRecord } from './record.ts'

/**
 * The chain of the play log (design §4.2). A line is one JSON object with a fixed key order: `seq`, `prev`, `at`, `boot`, `kind`, the
 * body's keys sorted, and last `sum`, the first 16 hex digits of the SHA-256 of everything before it. `prev` is the SHA-256 of the
 * whole line before, without its newline. The chain finds what was changed before a line; `sum` finds a changed byte in the very last
 * one; the seal of a finished day, signed by the device, finds a chain that was computed anew.
 */
export type ChainPoint = {
  /** Sequence number of the next line. */
  readonly seq: number
  /** SHA-256 of the last line, or GENESIS. */
  readonly prev: string
  /** Lines since the last seal; null when nobody knows, and the next seal's count is then not checked. */
  readonly sinceSeal: number | null
}

export const CHAIN_START: ChainPoint = { seq: 0, prev: GENESIS, sinceSeal: 0 }

export type ChainBreak = {
  /** 1 for the first line given. */
  readonly line: number
  /** The sequence number that belongs there. */
  readonly seq: number
  readonly why: string
}

export type ChainHead = {
  readonly count: number
  readonly seals: number
  readonly next: ChainPoint
}

/** How seals are judged: `publicKeys` are the base64 keys that the device of this folder has had. */
export type SealJudge = {
  readonly site: string
  readonly publicKeys: readonly string[]
  readonly verify: Ed25519Verify
}

export type ChainTools = { readonly sha256: Sha256; readonly seals: SealJudge | null }

/** Longest line, in characters (LINK_LIMITS.evidence). A record never comes near. */
export const LONGEST_LINE = 65_536

/** Makes the line of a record. Deterministic: same record, same bytes. */
export const seal = (
  prev: string,
  seq: number,
  record: StampedRecord,
  sha256: Sha256,
): { readonly line: string; readonly hash: string } => {
  const text = `{"seq":${seq},"prev":"${prev}",${recordText(record)}`
  const line = `${text},"sum":"${sha256(text).slice(0, 16)}"}`
  return { line, hash: sha256(line) }
}

/** What of a line does not depend on its place in the chain. */
const recordText = (record: StampedRecord): string => {
  const { at, boot, kind } = record
  let text = `"at":{"wall":${at.wall},"iso":${JSON.stringify(at.iso)},"mono":${at.mono},"q":${JSON.stringify(at.q)}},"boot":${JSON.stringify(boot)},"kind":"${kind}"`
  const fields: Readonly<Record<string, unknown>> = record
  for (const key of bodyKeys(record)) text += `,"${key}":${canonicalJson(fields[key])}`
  return text
}

type Keys = { readonly given: readonly string[]; readonly sorted: readonly string[] }
/** For each kind how its keys came last, and the same sorted: records of a kind are nearly always built alike. */
const keysByKind = new Map<StampedRecord['kind'], Keys>()

const bodyKeys = (record: StampedRecord): readonly string[] => {
  const given = Object.keys(record)
  const last = keysByKind.get(record.kind)
  if (last !== undefined && last.given.length === given.length && given.every((key, i) => key === last.given[i]))
    return last.sorted
  const sorted = given.filter((key) => key !== 'at' && key !== 'boot' && key !== 'kind').sort()
  keysByKind.set(record.kind, { given, sorted })
  return sorted
}

const SUM = /^,"sum":"([0-9a-f]{16})"\}$/

/** Of `,"sum":"…"}` at the end of every line. */
const SUM_LENGTH = 26

const lineFault = (line: string, sha256: Sha256): string | null => {
  if (line.length > LONGEST_LINE) return `longer than ${LONGEST_LINE} characters`
  const at = line.length - SUM_LENGTH
  const match = SUM.exec(line.slice(at))
  if (match === null) return 'does not end in its sum'
  return sha256(line.slice(0, at)).slice(0, 16) === match[1] ? null : 'its sum does not match its bytes'
}

/** Reads one line back and checks its own sum. It says nothing about the line's place in a chain. */
export const openLine = (line: string, sha256: Sha256): Result<EvidenceRecord, string> => {
  const why = lineFault(line, sha256)
  if (why !== null) return err(why)
  try {
    const { sum: _, ...record } = JSON.parse(line) as EvidenceRecord & { readonly sum: string }
    return ok(record as EvidenceRecord)
  } catch (error) {
    return err(`not JSON: ${(error as Error).message}`)
  }
}

/** Checks one line in its place and moves on. */
export const follow = (
  point: ChainPoint,
  line: string,
  tools: ChainTools,
): Result<{ readonly record: EvidenceRecord; readonly next: ChainPoint }, string> => {
  const opened = openLine(line, tools.sha256)
  if (!opened.ok) return opened
  const record = opened.value
  if (record.prev !== point.prev) return err('prev is not the hash of the line before')
  if (record.seq !== point.seq) return err(`seq is ${record.seq}`)
  if (record.kind === 'seal') {
    const why = sealFault(record, point, tools.seals)
    if (why !== null) return err(why)
  }
  const sinceSeal = record.kind === 'seal' ? 0 : point.sinceSeal === null ? null : point.sinceSeal + 1
  return ok({ record, next: { seq: point.seq + 1, prev: tools.sha256(line), sinceSeal } })
}

/** How every line begins, and how a seal tells itself: inside a JSON string its quotes would be escaped. */
const PLACE = /^\{"seq":(\d{1,15}),"prev":"([0-9a-f]{64})","at":\{/
const SEAL = ',"kind":"seal",'

/** As `follow`, without taking the record apart: half a year of lines is checked by their bytes alone, and only seals are parsed. */
const pass = (point: ChainPoint, line: string, tools: ChainTools): Result<ChainPoint, string> => {
  const place = PLACE.exec(line)
  if (place === null || line.includes(SEAL)) {
    const followed = follow(point, line, tools)
    return followed.ok ? ok(followed.value.next) : followed
  }
  const why = lineFault(line, tools.sha256)
  if (why !== null) return err(why)
  if (place[2] !== point.prev) return err('prev is not the hash of the line before')
  if (Number(place[1]) !== point.seq) return err(`seq is ${place[1]}`)
  const sinceSeal = point.sinceSeal === null ? null : point.sinceSeal + 1
  return ok({ seq: point.seq + 1, prev: tools.sha256(line), sinceSeal })
}

/** Verifies whole lines from a point on (CHAIN_START for a whole log). Stops at the first line that does not fit. */
export const verifyChain = (
  lines: Iterable<string>,
  tools: ChainTools,
  from: ChainPoint,
): Result<ChainHead, ChainBreak> => {
  let point = from
  let count = 0
  let seals = 0
  for (const line of lines) {
    const step = pass(point, line, tools)
    if (!step.ok) return err({ line: count + 1, seq: point.seq, why: step.error })
    // Only a seal begins the count anew.
    if (step.value.sinceSeal === 0) seals++
    point = step.value
    count++
  }
  return ok({ count, seals, next: point })
}

/** The text whose UTF-8 a device signs when a day is over. The site is in it, so a log cannot pass for another cluster's. */
export const sealText = (site: string, day: string, records: number, head: string): string =>
  `bangtin/1\nseal\n${site}\n${day}\n${records}\n${head}`

const sealFault = (
  record: EvidenceRecord & { readonly kind: 'seal' },
  point: ChainPoint,
  judge: SealJudge | null,
): string | null => {
  if (record.head !== point.prev) return 'the seal names another head'
  if (point.sinceSeal !== null && record.records !== point.sinceSeal)
    return `the seal counts ${record.records} records, there are ${point.sinceSeal}`
  if (judge === null) return null
  const text = sealText(judge.site, record.day, record.records, record.head)
  return judge.publicKeys.some((key) => judge.verify(key, text, record.sig))
    ? null
    : 'the seal is not signed by a key of this device'
}

/** Splits a segment's bytes: whole lines without their newlines, and how many bytes after the last newline are torn. */
export const readTail = (
  bytes: Uint8Array,
): { readonly wholeLines: readonly string[]; readonly wholeBytes: number; readonly tornBytes: number } => {
  const wholeBytes = bytes.lastIndexOf(0x0a) + 1
  // Bytes that are no UTF-8 become U+FFFD, and the line then fails its sum.
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes.subarray(0, wholeBytes))
  const wholeLines = wholeBytes === 0 ? [] : text.slice(0, -1).split('\n')
  return { wholeLines, wholeBytes, tornBytes: bytes.length - wholeBytes }
}
