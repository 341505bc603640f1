import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import type { Dialect, Judgement, Values } from '#controller/dialect/dialect.ts'
import { dialectOf } from '#controller/dialect/open.ts'
import { createScanner } from '#controller/dialect/scan.ts'
import { loadProfile } from '#controller/profile/catalogue.ts'
import type { Profile } from '#controller/profile/schema.ts'
import { fromHex, toHex } from '#core/base/bytes.ts'
import { assert } from '#core/base/result.ts'

const FOLDER = fileURLToPath(new URL('../../firmware-profiles/', import.meta.url))

const profiles: readonly Profile[] = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.json') && file !== 'schema.json')
  .map((file) => {
    const loaded = loadProfile(file, readFileSync(`${FOLDER}${file}`, 'utf8'))
    assert(loaded.ok, loaded.ok ? '' : loaded.error.map((f) => `${f.file}: ${f.where}: ${f.why}`).join('\n'))
    return loaded.value
  })

type Vector = Profile['vectors'][number]
type Of<K extends Vector['kind']> = Extract<Vector, { kind: K }>

const bytesOf = (hex: string): Uint8Array => {
  const bytes = fromHex(hex)
  assert(bytes, hex)
  return bytes
}

/** A whole stream of the bytes: exactly one good frame comes out, and it is these bytes. */
const isOneFrame = (dialect: Dialect, side: 'request' | 'reply', bytes: Uint8Array): void => {
  const found = createScanner(dialect.reader(side)).push(bytes)
  expect(found.map((f) => `${f.is} ${toHex(f.bytes, ' ')}`)).toEqual([`frame ${toHex(bytes, ' ')}`])
  expect(dialect.reencode(side, bytes)).toEqual({ ok: true, value: bytes })
  expect(dialect.explain(side, bytes).length).toBeGreaterThan(0)
  expect(dialect.describe(side, bytes)).not.toBe('')
}

const exchange = (dialect: Dialect, vector: Of<'exchange'>): void => {
  // The oldest family has vectors of its own: a serial number, and a target that need not be the command’s.
  if ('sequence' in vector && dialect.profile.protocol === 'novastar') {
    const own = dialect.profile.commands[vector.command]?.target
    if (own !== vector.target) return void isOneFrame(dialect, 'request', bytesOf(vector.request))
  }
  const token = 'sequence' in vector ? vector.sequence : vector.token
  const { address, context } = 'sequence' in vector ? { address: {}, context: {} } : vector
  const question = dialect.question({ command: vector.command, parameters: vector.parameters, address, context })
  assert(question.ok, question.ok ? '' : question.error)
  expect(toHex(question.value.encode(token), ' ')).toBe(vector.request)
  isOneFrame(dialect, 'request', bytesOf(vector.request))
  expect(dialect.commandOf(bytesOf(vector.request))?.command).toBe(vector.command)
  if (vector.reply === null) return
  isOneFrame(dialect, 'reply', bytesOf(vector.reply))
  const judged: Judgement = question.value.judge(bytesOf(vector.reply), [token], [])
  const values: Values = vector.values ?? {}
  expect(judged).toEqual({ is: 'values', values })
}

const refused = (dialect: Dialect, vector: Of<'refused'>): void => {
  const bytes = bytesOf(vector.bytes)
  const found = createScanner(dialect.reader(vector.side)).push(bytes)
  if (vector.because === 'checksum') expect(found.map((f) => f.is)).toContain('checksum')
  if (vector.because === 'checksum' || vector.because === 'noise')
    return expect(found.filter((f) => f.is === 'frame' && f.bytes.length === bytes.length)).toEqual([])
  expect(found.map((f) => f.is)).toEqual(['frame'])
  if (!('command' in vector) || vector.command === null) return
  const { command, parameters } = vector
  // Of which device it is, the bytes say and the vector does not: one of those the profile speaks of must take it as a refusal.
  const judged = sessionsOf(dialect).flatMap((session) => {
    const question = dialect.question({ command, parameters, ...session })
    return question.ok ? [question.value.judge(bytes, ALL_TOKENS, []).is] : []
  })
  expect(judged.some((is) => is === 'fault' || is === 'again')).toBe(true)
  expect(judged).not.toContain('values')
}

const ALL_TOKENS = Array.from({ length: 256 }, (_, i) => i)
/** Addresses and sessions of the exchanges of the profile; a refusal needs a question to refuse. */
const sessionsOf = (dialect: Dialect): readonly { readonly address: Values; readonly context: Values }[] => {
  const talks = dialect.profile.vectors.flatMap((v) =>
    'address' in v && v.kind === 'exchange' ? [{ address: v.address, context: v.context }] : [],
  )
  return talks.length === 0 ? [{ address: {}, context: {} }] : talks
}

describe.each(profiles)('$id', (profile) => {
  const dialect = dialectOf(profile)
  test.each<Vector>(profile.vectors)('$kind: $name', (vector) => {
    if (vector.kind === 'exchange') exchange(dialect, vector)
    else if (vector.kind === 'frame') isOneFrame(dialect, vector.side, bytesOf(vector.bytes))
    else refused(dialect, vector)
  })
})
