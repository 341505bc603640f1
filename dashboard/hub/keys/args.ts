import { type Static, type TSchema, Type } from 'typebox'
import { checkDocument, faultText, parseDocument } from '#core/base/check.ts'
import { err, ok, type Result } from '#core/base/result.ts'
import { DAY, dateOf, instantOfDate, startOfDay } from '#core/base/time.ts'
import { instant } from '#core/base/units.ts'
import { ROLES, type Role } from '#core/contract/can.ts'
import { RIGHTS, type Right } from '#core/contract/keys.ts'
import { gateText, textFaultText } from '#core/text/gate.ts'
import { readText } from '../files.ts'
import { OrgRecord, SiteRecord } from '../store/types.ts'
import { UserName } from './folder.ts'

/** What people type, checked: the error names the option and what may stand there. */

/** Việt Nam has one zone; a day written in a key's validity is a day there. */
const OFFSET_MINUTES = 420
const VALID_YEARS = 2
const DATE = /^\d{4}-\d{2}-\d{2}$/

const listOf = <T extends string>(
  option: string,
  text: string,
  allowed: readonly T[],
): Result<readonly T[], string> => {
  const words = [...new Set(text.split(',').map((w) => w.trim()))].filter((w) => w !== '')
  const unknown = words.find((w) => !allowed.some((a) => a === w))
  if (unknown !== undefined)
    return err(`${option}: "${unknown}" is none of: ${allowed.join(', ')} · không có trong danh sách`)
  return ok(allowed.filter((a) => words.includes(a)))
}

export const rightsOf = (text: string): Result<readonly Right[], string> => listOf('--rights', text, RIGHTS)
export const rolesOf = (text: string): Result<readonly Role[], string> => listOf('--roles', text, ROLES)

/** The forms that whoever holds these rights needs. */
export const rolesFor = (rights: readonly Right[]): readonly Role[] => {
  const approves = rights.some((r) => r === 'approve' || r === 'schedule')
  const orders = rights.some((r) => r !== 'approve' && r !== 'schedule')
  return [...(approves ? (['approver'] as const) : []), ...(orders ? (['officer'] as const) : [])]
}

export const areasOf = (text: string): Result<readonly string[], string> => {
  const areas = [...new Set(text.split(',').map((a) => a.trim()))].filter((a) => a !== '')
  const wrong = areas.find((a) => !/^(\d{2}|\d{5})$/.test(a))
  if (wrong !== undefined)
    return err(
      `--areas: "${wrong}" is neither the province's two digits nor a commune's five · mã tỉnh 2 số hoặc mã xã 5 số`,
    )
  return areas.length === 0 ? err('--areas: names no area · chưa nêu địa bàn') : ok(areas)
}

export const provinceOf = (text: string): Result<string, string> =>
  /^\d{2}$/.test(text) ? ok(text) : err(`--province: "${text}" is not two digits · mã tỉnh là hai chữ số`)

export const userOf = (option: string, text: string): Result<string, string> =>
  checkDocument(UserName, text).ok
    ? ok(text)
    : err(
        `${option}: "${text}" must be 1 to 64 letters (without marks), digits, dots, dashes · chỉ chữ không dấu, số, . _ -`,
      )

export const nameOf = (text: string): Result<string, string> => {
  const gated = gateText(text, { most: 200, lines: 1 })
  if (gated.ok) return ok(gated.value.text)
  const words = textFaultText(gated.error)
  return err(`--name: ${words.en} · ${words.vi}`)
}

const dayOf = (option: string, text: string): Result<number, string> => {
  const at = DATE.test(text) ? instantOfDate(text, OFFSET_MINUTES) : instant(Number.NaN)
  if (Number.isFinite(at) && dateOf(at, OFFSET_MINUTES) === text) return ok(at)
  return err(`${option}: "${text}" is no date like 2026-12-31 · ngày phải dạng 2026-12-31`)
}

/** Both days included; from today for two years when nothing is said. */
export const windowOf = (
  from: string | undefined,
  to: string | undefined,
  now: number,
): Result<{ readonly validFrom: number; readonly validTo: number }, string> => {
  const today = startOfDay(instant(now), OFFSET_MINUTES)
  const first = from === undefined ? ok(today) : dayOf('--from', from)
  if (!first.ok) return first
  const last = to === undefined ? ok(first.value + VALID_YEARS * 365 * DAY) : dayOf('--to', to)
  if (!last.ok) return last
  const validTo = last.value + DAY
  if (validTo <= first.value || validTo <= now)
    return err(`--to: ${to ?? ''} is over before the key can be used · đã qua`)
  return ok({ validFrom: first.value, validTo })
}

/** A week at most: a code that lies about is an open door. */
export const minutesOf = (text: string): Result<number, string> => {
  const minutes = Number(text)
  return Number.isInteger(minutes) && minutes >= 1 && minutes <= 10_080
    ? ok(minutes)
    : err(`--minutes: "${text}" is not a whole number from 1 to 10080 · số phút từ 1 đến 10080`)
}

const readList = <S extends TSchema>(file: string, schema: S): Result<readonly Static<S>[], string> => {
  const text = readText(file)
  if (!text.ok) return text
  const parsed = parseDocument(Type.Array(schema, { maxItems: 5000 }), text.value)
  return parsed.ok ? ok(parsed.value as readonly Static<S>[]) : err(faultText(file, parsed.error))
}

export type Register = { readonly sites: readonly SiteRecord[]; readonly orgs: readonly OrgRecord[] }

/** The asset register and its organisations; what the schema cannot say is checked here. Undefined: none given. */
export const readRegister = (sitesFile: string | undefined, orgsFile: string | undefined): Result<Register, string> => {
  const sites = sitesFile === undefined ? ok([]) : readList(sitesFile, SiteRecord)
  if (!sites.ok) return sites
  const orgs = orgsFile === undefined ? ok([]) : readList(orgsFile, OrgRecord)
  if (!orgs.ok) return orgs
  for (const [i, site] of sites.value.entries()) {
    const fault = (place: string, why: string) => err(`${sitesFile}: /${i}${place}: ${site.id}: ${why}`)
    if (sites.value.findIndex((s) => s.id === site.id) !== i) return fault('/id', 'is there twice · trùng mã cụm')
    if (site.fleet && site.panel === null)
      return fault('/panel', 'a cluster with an edge needs its size in pixels · thiếu kích thước')
    if (site.fleet && site.plan === null)
      return fault('/plan', 'a cluster with an edge needs a plan of the day · thiếu khung giờ')
  }
  return ok({ sites: sites.value, orgs: orgs.value })
}
