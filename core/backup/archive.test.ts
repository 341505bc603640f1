import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Hasher, type Manifest, packed, type Read, type Source, unpack } from './archive.ts'
import { entryOf, headerOf, isEntryName } from './tar.ts'

const hasher: Hasher = () => {
  const hash = createHash('sha256')
  return { update: (bytes) => void hash.update(bytes), hex: () => hash.digest('hex') }
}
const ABOUT: Omit<Manifest, 'format' | 'files'> = {
  kind: 'edge',
  of: 'LC-MLT-01',
  version: '1',
  madeAt: 1_764_000_000_000,
  assets: [],
  left: [],
  head: null,
}
const source = (name: string, bytes: Uint8Array): Source => ({ name, bytes: bytes.length, chunks: () => [bytes] })
const archive = (sources: readonly Source[]): Uint8Array => Buffer.concat([...packed(ABOUT, sources, hasher)])
const reader =
  (bytes: Uint8Array): Read =>
  (at, length) =>
    bytes.subarray(at, at + length)
const nothing = () => undefined

test('what goes in comes out, whatever the bytes and however long', () => {
  const files = fc.uniqueArray(
    fc.tuple(
      fc.stringMatching(/^[a-z]{1,8}(\/[a-z0-9~.-]{1,8}x)?$/).filter(isEntryName),
      fc.uint8Array({ maxLength: 1_500 }),
    ),
    {
      selector: ([name]) => name,
      maxLength: 6,
    },
  )
  fc.assert(
    fc.property(files, (given) => {
      const out = new Map<string, Uint8Array>()
      const bytes = archive(given.map(([name, content]) => source(`f/${name}`, content)))
      const read = unpack(
        reader(bytes),
        hasher,
        (name, piece) => void out.set(name, Buffer.concat([out.get(name) ?? new Uint8Array(), piece])),
      )
      expect(read.ok).toBe(true)
      expect([...out].map(([name, content]) => [name, Buffer.from(content)])).toEqual(
        given.map(([name, content]) => [`f/${name}`, Buffer.from(content)]),
      )
    }),
    { numRuns: 60 },
  )
})

test('no byte of a file can be another one, no file be missing, and no end be early', () => {
  const bytes = archive([
    source('plays/2026-11-22.jsonl', Buffer.from('{"seq":0}\n')),
    source('config/edge.json', Buffer.from('{}')),
  ])
  expect(unpack(reader(bytes), hasher, nothing).ok).toBe(true)
  let changed = 0
  let padding = 0
  for (let at = 0; at < bytes.length; at++) {
    const other = Uint8Array.from(bytes)
    other[at] = (other[at] ?? 0) ^ 1
    // Zeros between the files and behind the last belong to no file, and a header's sum ends with a space.
    const empty = bytes[at] === 0 || bytes[at] === 0x20
    if (unpack(reader(other), hasher, nothing).ok) padding += empty ? 1 : 1_000_000
    else changed += 1
  }
  expect(changed).toBeGreaterThan(1_000)
  expect(padding).toBeLessThan(1_000_000)
  let cut = 0
  for (let end = 0; end < bytes.length - 1_024; end += 7) {
    expect(unpack(reader(bytes.subarray(0, end)), hasher, nothing).ok, `${end}`).toBe(false)
    cut += 1
  }
  expect(cut).toBeGreaterThan(100)
})

test('a file that changes while it is read makes no backup; no name leads out of the folder', () => {
  let readings = 0
  const moving: Source = { name: 'a', bytes: 1, chunks: () => [Uint8Array.of(readings++)] }
  expect(() => archive([moving])).toThrow('changed')
  const names = ['../x', '/etc/passwd', 'a/../b', '.hidden', 'a//b', 'a/', '', 'a\\b', 'x'.repeat(101), 'a b']
  for (const name of names) expect(isEntryName(name), name).toBe(false)
  expect(() => headerOf('../x', 0, 0)).toThrow()
  const block = headerOf('abc', 3, 0)
  expect(entryOf(block)).toEqual({ ok: true, value: { name: 'abc', size: 3 } })
  block[0] = 0x2f
  expect(entryOf(block).ok).toBe(false)
})
