import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { at, closeOf, openOf, reading, screenOf, stamped } from '../airtime/samples.ts'
import { instant, mono } from '../base/units.ts'
import { CHAIN_START, openLine, readTail, seal, sealText, verifyChain } from './chain.ts'
import type { RecordBody } from './record.ts'

const sha256 = (data: Uint8Array | string) => createHash('sha256').update(data).digest('hex')
const tools = { sha256, seals: null }

const bodies: readonly RecordBody[] = [
  screenOf('lit', true),
  openOf('p1', { title: 'Nhận biết dấu hiệu sạt lở "quanh nhà"\n', languages: ['vi', 'blt'] }),
  { kind: 'proof', play: 'p1', proof: 'acknowledged', how: 'player' },
  { kind: 'heartbeat', play: 'p1' },
  closeOf('p1', { ms: 60_000 }),
  { kind: 'gap', cause: 'power-cut', fromWall: 1, toWall: 2, lostBytes: 0, detail: 'ꪎꪳ ꪼꪕ 越中' },
]
const chain = (list: readonly RecordBody[]): readonly string[] => {
  let point = { seq: 0, prev: CHAIN_START.prev }
  return list.map((body, i) => {
    const now = reading(instant(at('2026-11-22 08:00') + i * 1000), { mono: mono(i * 1000) })
    const { line, hash } = seal(point.prev, point.seq, stamped(now, body), sha256)
    point = { seq: point.seq + 1, prev: hash }
    return line
  })
}
const LINES = chain(bodies)
const BYTES = new TextEncoder().encode(LINES.map((l) => `${l}\n`).join(''))
const verifyBytes = (bytes: Uint8Array) => {
  const tail = readTail(bytes)
  return { tail, result: verifyChain(tail.wholeLines, tools, CHAIN_START) }
}

test('a line has a fixed key order and reads back as what it was', () => {
  const line = LINES[4] ?? ''
  expect(line).toMatch(
    /^\{"seq":4,"prev":"[0-9a-f]{64}","at":\{"wall":\d+,"iso":"[^"]+","mono":4000,"q":"synced"\},"boot":"boot-1","kind":"close","cause":"ended","ms":60000,"play":"p1","proof":"acknowledged","sum":"[0-9a-f]{16}"\}$/,
  )
  const read = openLine(line, sha256)
  expect(read.ok && read.value).toMatchObject({ seq: 4, kind: 'close', ms: 60_000 })
})

test('the whole chain verifies', () => {
  const { result } = verifyBytes(BYTES)
  expect(result.ok && [result.value.count, result.value.next.seq]).toEqual([6, 6])
})

test('cut at every byte, what is left verifies and the torn bytes are counted', () => {
  let checked = 0
  for (let cut = 0; cut <= BYTES.length; cut++) {
    const { tail, result } = verifyBytes(BYTES.subarray(0, cut))
    expect(result.ok, `cut at ${cut}`).toBe(true)
    expect(tail.wholeBytes + tail.tornBytes).toBe(cut)
    checked++
  }
  expect(checked).toBe(BYTES.length + 1)
})

test('every single changed bit is found, in the very last line too', () => {
  let checked = 0
  for (let i = 0; i < BYTES.length; i++)
    for (const bit of [0, 1, 3, 5, 7]) {
      const changed = BYTES.slice()
      changed[i] = (changed[i] ?? 0) ^ (1 << bit)
      const { tail, result } = verifyBytes(changed)
      // Only the last newline of all can look like a write that was cut off instead.
      expect(!result.ok || tail.tornBytes > 0, `byte ${i} bit ${bit}`).toBe(true)
      checked++
    }
  expect(checked).toBe(BYTES.length * 5)
})

test('a line left out, doubled or moved is found, with its place', () => {
  fc.assert(
    fc.property(fc.nat(4), fc.constantFrom('drop', 'double', 'swap'), (i, how) => {
      const lines = [...LINES]
      if (how === 'drop') lines.splice(i, 1)
      if (how === 'double') lines.splice(i, 0, LINES[i] ?? '')
      if (how === 'swap') lines.splice(i, 2, LINES[i + 1] ?? '', LINES[i] ?? '')
      const result = verifyChain(lines, tools, CHAIN_START)
      expect(!result.ok && result.error.line).toBe(how === 'double' ? i + 2 : i + 1)
    }),
  )
})

test('a seal must name the head, count its records and be signed by this device', () => {
  const verify = (key: string, text: string, sig: string) => sig === sha256(`${key} ${text}`)
  const judge = { sha256, seals: { site: 'LC-MLT-01', publicKeys: ['K'], verify } }
  const head = sha256(LINES[5] ?? '')
  const sealed = (over: Partial<RecordBody & { kind: 'seal' }>): readonly string[] => {
    const body = { kind: 'seal' as const, day: '2026-11-22', records: 6, head, key: 'k', sig: '', ...over }
    const text = sealText('LC-MLT-01', body.day, body.records, body.head)
    const record = stamped(reading(at('2026-11-22 09:00')), { ...body, sig: over.sig ?? sha256(`K ${text}`) })
    return [...LINES, seal(head, 6, record, sha256).line]
  }
  const why = (over: Partial<RecordBody & { kind: 'seal' }>) => {
    const result = verifyChain(sealed(over), judge, CHAIN_START)
    return result.ok ? result.value.seals : result.error.why
  }
  expect(why({})).toBe(1)
  expect(why({ records: 5 })).toContain('counts 5')
  expect(why({ head: 'f'.repeat(64) })).toContain('another head')
  expect(why({ sig: 'x' })).toContain('not signed')
})
