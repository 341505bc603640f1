import type { Sha256 } from '#core/base/bytes.ts'
import { parseDocument } from '#core/base/check.ts'
import { err, ok, type Result } from '#core/base/result.ts'
import { canonicalJson } from '#core/content/item.ts'
import { type Ed25519Verify, keyIdOf, type Signer } from '#core/contract/verify.ts'
import { Report, reportText, SignedReport } from './document.ts'

/** Signing, checking and comparing hand-over reports. */

export const signReport = (report: Report, signer: Signer): SignedReport => {
  const payload = canonicalJson(report)
  return {
    v: 1,
    type: 'commissioning',
    payload,
    signatures: [{ key: signer.key, sig: signer.sign(reportText(payload)) }],
  }
}

export type Checked = {
  readonly report: Report
  /** SHA-256 of the signed text: what evidence and paper name. */
  readonly hash: string
}

/**
 * Is it, to the letter, what the device signed whose public key it carries? Whether that device is the one at the site says the key's
 * fingerprint: on the label, at the hub, in the seals of the play log. `expected`: the fingerprint to insist on; null: any.
 */
export const checkReport = (
  text: string,
  by: { readonly verify: Ed25519Verify; readonly sha256: Sha256; readonly expected: string | null },
): Result<Checked, string> => {
  const signed = parseDocument(SignedReport, text)
  if (!signed.ok) return err(signed.error.map((f) => `${f.where}: ${f.why}`).join('; '))
  const { payload, signatures } = signed.value
  const parsed = parseDocument(Report, payload)
  if (!parsed.ok) return err(parsed.error.map((f) => `/payload${f.where}: ${f.why}`).join('; '))
  const { device } = parsed.value
  if (keyIdOf(device.publicKey, by.sha256) !== device.key)
    return err('/payload/device/key: không phải vân tay của khóa · is not the fingerprint of its public key')
  if (by.expected !== null && by.expected !== device.key)
    return err(`/payload/device/key: ký bởi ${device.key}, không phải ${by.expected} · signed by another device`)
  const [signature] = signatures
  if (
    signature === undefined ||
    signature.key !== device.key ||
    !by.verify(device.publicKey, reportText(payload), signature.sig)
  )
    return err('/signatures: chữ ký không đúng: tệp đã bị sửa · the signature does not verify: the file was changed')
  return ok({ report: parsed.value, hash: by.sha256(reportText(payload)) })
}

/** Differences below this are the noise of a measurement, as a part of the value. */
const NOISE = 0.1

/** What differs from an older report, each as `what: before → now`. Readings that moved by less than a tenth are the same. */
export const differences = (before: Report, now: Report): readonly string[] => {
  const said: string[] = []
  const say = (what: string, was: unknown, is: unknown): void => {
    if (same(was, is)) return
    said.push(`${what}: ${textOf(was)} → ${textOf(is)}`)
  }
  say('phiên bản · version', before.device.version, now.device.version)
  say('khóa · key', before.device.key, now.device.key)
  for (const key of ['width', 'height', 'pitchMm'] as const)
    say(`kích thước · geometry ${key}`, before.geometry.configured[key], now.geometry.configured[key])
  for (const key of ['profile', 'model', 'firmware', 'cards'] as const)
    say(`bộ điều khiển · controller ${key}`, before.baseline.controller[key], now.baseline.controller[key])
  const [was, is] = [before.baseline.readings, now.baseline.readings]
  for (const key of [...new Set([...Object.keys(was), ...Object.keys(is)])].sort()) say(key, was[key], is[key])
  for (const { step, state } of now.steps)
    say(step, before.steps.find((one) => one.step === step)?.state ?? 'todo', state)
  return said
}

const same = (was: unknown, is: unknown): boolean =>
  typeof was === 'number' && typeof is === 'number'
    ? Math.abs(was - is) <= Math.max(1, Math.abs(was)) * NOISE
    : was === is

const textOf = (value: unknown): string =>
  value === undefined || value === null
    ? '–'
    : typeof value === 'number'
      ? String(Math.round(value * 100) / 100)
      : String(value)
