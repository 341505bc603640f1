import { existsSync, readFileSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Type } from 'typebox'
import { checkDocument, faultText } from '#core/base/check.ts'
import { err, ok, type Result } from '#core/base/result.ts'
import { Id } from '#core/base/schema.ts'
import type { CapSite } from '#core/emergency/cap/area.ts'
import { parseCapTime } from '#core/emergency/cap/time.ts'
import { readText } from '../files.ts'
import { readSenders, readUnits, type Senders, type Units } from './config.ts'
import { CAP_BOUNDS } from './xml.ts'

export type Io = {
  readonly out: (text: string) => void
  readonly err: (text: string) => void
  readonly now: () => number
}

export const COMMON = {
  json: { type: 'boolean', default: false },
  profile: { type: 'boolean', default: false },
  strict: { type: 'boolean', default: false },
  keys: { type: 'string' },
  sites: { type: 'string' },
  units: { type: 'string' },
  at: { type: 'string' },
  sender: { type: 'string', default: 'hub@bangtin.example' },
} as const

type Values = {
  readonly [K in keyof typeof COMMON]?: (typeof COMMON)[K]['type'] extends 'boolean' ? boolean : string
}
export type NamedSite = CapSite & { readonly name: string }
export type Common = {
  readonly json: boolean
  readonly profile: boolean
  readonly strict: boolean
  readonly senders: Senders | null
  readonly sites: readonly NamedSite[] | null
  readonly units: Units | null
  readonly now: number
  readonly sender: string
}
export type CapArgs = Common & { readonly files: readonly string[] }

const UNITS = fileURLToPath(new URL('../../../deploy/areas/lai-chau-2025.json', import.meta.url))
/** When no units are known at all. */
export const provinceOf = (units: Units | null): string => units?.province ?? '00'

export const usage = (io: Io, why: string): number => {
  io.err(`✗ ${why}\n  bangtin cap --help\n`)
  return 2
}

/** The options that several verbs share. */
export const readCommon = (values: Values, systemNow: number): Result<Common, string> => {
  const at = values.at === undefined ? undefined : parseCapTime(values.at)
  if (values.at !== undefined && at === undefined)
    return err(`--at ${values.at}: viết như · write like 2026-07-18T02:14:00+07:00`)
  const sender = values.sender ?? ''
  if (!/^[^\s,<&]{1,200}$/.test(sender))
    return err(`--sender ${sender}: không khoảng trắng, dấu phẩy · no white space, commas`)
  const senders = values.keys === undefined ? ok(null) : readSenders(values.keys)
  if (!senders.ok) return senders
  const sites = values.sites === undefined ? ok(null) : readSites(values.sites)
  if (!sites.ok) return sites
  const unitsFile = values.units ?? (existsSync(UNITS) ? UNITS : null)
  const units = unitsFile === null ? ok(null) : readUnits(unitsFile)
  if (!units.ok) return units
  return ok({
    json: values.json ?? false,
    profile: values.profile ?? false,
    strict: values.strict ?? false,
    senders: senders.value,
    sites: sites.value,
    units: units.value,
    now: at ?? systemNow,
    sender,
  })
}

/** A register may say much more of a cluster; this is what an area needs. */
const Sites = Type.Array(
  Type.Object({
    id: Id,
    name: Type.Optional(Type.String()),
    unitCode: Type.String({ pattern: '^\\d{5}$' }),
    lat: Type.Optional(Type.Union([Type.Number(), Type.Null()])),
    lon: Type.Optional(Type.Union([Type.Number(), Type.Null()])),
  }),
  { maxItems: 10_000 },
)

const readSites = (file: string): Result<readonly NamedSite[], string> => {
  const json = readJson(file)
  if (!json.ok) return json
  const checked = checkDocument(Sites, json.value)
  if (!checked.ok) return err(faultText(file, checked.error))
  return ok(
    checked.value.map(({ id, name, unitCode, lat, lon }) => ({
      id,
      name: name ?? id,
      unitCode,
      lat: lat ?? null,
      lon: lon ?? null,
    })),
  )
}

export const readJson = (file: string): Result<unknown, string> => {
  const text = readText(file)
  if (!text.ok) return text
  try {
    const value: unknown = JSON.parse(text.value)
    return ok(value)
  } catch (error) {
    return err(`${file}: /: not JSON: ${error instanceof Error ? error.message : String(error)} · không phải JSON`)
  }
}

/** A message's bytes; a file that is too large is not read. */
export const readBytes = (file: string): Result<Uint8Array, string> => {
  try {
    const { size } = statSync(file)
    if (size > CAP_BOUNDS.bytes)
      return err(`dài ${size} byte, tối đa ${CAP_BOUNDS.bytes} · has ${size} bytes, at most ${CAP_BOUNDS.bytes}`)
    return ok(readFileSync(file))
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    return err(`không đọc được · cannot be read (${code})`)
  }
}
