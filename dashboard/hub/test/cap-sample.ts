import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { instant } from '#core/base/units.ts'
import { checkCap } from '#core/emergency/cap/check.ts'
import type { CapFacts } from '#core/emergency/cap/check-text.ts'
import type { Finding } from '#core/emergency/cap/message.ts'
import { readMessage } from '../cap/read.ts'
import { signCap } from '../cap/signature.ts'

/** Who sends the sample messages of test/golden/cap. */
export const SENDER = 'canhbao@pctt.laichau.example'
export const sample = (name: string): string =>
  readFileSync(new URL(`../../../test/golden/cap/${name}.xml`, import.meta.url), 'utf8')

/** The message with other words in it; each must be there. */
export const changed = (text: string, ...changes: readonly (readonly [string | RegExp, string])[]): string =>
  changes.reduce((now, [from, to]) => {
    const next = now.replace(from, to)
    if (now.search(from) < 0 && !now.includes(String(from))) throw new Error(`${from} is not in the message`)
    return next
  }, text)

export const ecKeys = () => generateKeyPairSync('ec', { namedCurve: 'P-256' })
export const pem = (key: KeyObject): string =>
  key.export({ type: key.type === 'private' ? 'pkcs8' : 'spki', format: 'pem' }).toString()
export const sign = (text: string, key: KeyObject): string => signCap(text, { key, certificate: null })

export const FACTS: CapFacts = {
  now: instant(Date.parse('2026-11-22T02:20:00+07:00')),
  province: '12',
  units: new Set(['03445', '03466', '03433', '03388']),
  longestMs: 86_400_000,
  profile: true,
}

/** Every finding of a text, those of its elements included; throws when it is no message at all. */
export const findingsOf = (text: string, facts: Partial<CapFacts>): readonly Finding[] => {
  const read = readMessage(Buffer.from(text))
  if (!read.ok) throw new Error(`${read.error.code}: ${read.error.en}`)
  return [...read.value.findings, ...checkCap(read.value.message, { ...FACTS, ...facts })]
}
