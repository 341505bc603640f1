import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { formatInstant } from '#core/base/time.ts'
import { instant } from '#core/base/units.ts'
import { CLOCK_NAMES } from '#core/contract/words.ts'
import { checkReport } from '../commission/report.ts'
import { createVerify, sha256 } from '../shell/crypto.ts'
import { type Out, usage, wrong, ZONE } from './playlog-open.ts'

/** `bangtin playlog verify-report FILE`: is a hand-over report what the device at the site signed? */

const OPTIONS = {
  key: { type: 'string' },
  photos: { type: 'string' },
  json: { type: 'boolean', default: false },
} as const
const MOST_BYTES = 1_048_576

/** 0: to the letter what the device signed; 1: not; a usage fault is thrown. */
export const verifyReport = (args: readonly string[], io: Out): number => {
  const { values, positionals } = parsed(args)
  const [file, extra] = positionals
  if (file === undefined || extra !== undefined)
    return usage('verify-report cần đúng một tệp', 'verify-report needs exactly one file')
  const { key } = values
  if (key !== undefined && !/^[0-9a-f]{32}$/.test(key))
    return usage('--key là 32 chữ số hex', '--key has 32 hexadecimal digits')
  const text = textOf(file)
  if (text === null) return wrong(io, `${file}: không đọc được, hoặc quá lớn`, 'cannot be read, or is too large')
  const checked = checkReport(text, { verify: createVerify(), sha256, expected: key ?? null })
  if (!checked.ok) {
    if (values.json) io.out(`${JSON.stringify({ ok: false, file, fault: checked.error })}\n`)
    return wrong(io, `${file}: ${checked.error}`, 'the report is not what a device signed')
  }
  const { report, hash } = checked.value
  const lost = values.photos === undefined ? [] : report.photos.filter((one) => !isThere(values.photos ?? '', one))
  if (values.json)
    io.out(`${JSON.stringify({ ok: lost.length === 0, file, hash, report, photosWrong: lost.map(({ id }) => id) })}\n`)
  else {
    io.out(`${file}: chữ ký đúng · the signature is right\n`)
    io.out(
      `  ${tame(report.site.name)} (${tame(report.site.id)}), ${tame(report.person)}, ${formatInstant(instant(report.at), ZONE.offsetMinutes)}\n`,
    )
    const quality = CLOCK_NAMES[report.clock]
    io.out(`  biên bản số ${report.number}, đồng hồ ${quality.vi} · report number, clock ${quality.en}\n`)
    io.out(`  biên bản trước · the one before: ${report.previous ?? 'không có · none'}\n`)
    io.out(`  khóa thiết bị · device key ${report.device.key}\n  sha256 ${hash}\n`)
    for (const { step, state } of report.steps) io.out(`  ${state.padEnd(5)} ${step}\n`)
    io.out(
      '  Bản mới nhất? So số và sha256 với dòng “commissioned” của nhật ký · the newest? compare with the play log\n',
    )
    if (values.photos === undefined && report.photos.length > 0)
      io.out(`  ${report.photos.length} ảnh chưa kiểm (--photos DIR) · photos not checked\n`)
    if (key === undefined)
      io.out(
        '  So vân tay khóa với nhãn thiết bị hoặc trung tâm (--key) · compare the fingerprint with the label or the hub\n',
      )
  }
  for (const { id } of lost) io.err(`${id}.jpg: thiếu hoặc đã khác · is missing or was changed\n`)
  return lost.length === 0 ? 0 : 1
}

/** Of a file from anywhere: what would move the cursor or colour a terminal is not printed. */
const tame = (text: string): string => text.replaceAll(/\p{C}/gu, '�')

const parsed = (args: readonly string[]) => {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true })
  } catch (error) {
    return usage('tham số không hiểu được', error instanceof Error ? error.message : String(error))
  }
}

const textOf = (file: string): string | null => {
  try {
    return statSync(file).size > MOST_BYTES ? null : readFileSync(file, 'utf8')
  } catch {
    return null
  }
}

const isThere = (folder: string, { id, sha256: hash }: { readonly id: string; readonly sha256: string }): boolean => {
  try {
    return sha256(readFileSync(join(folder, `${id}.jpg`))) === hash
  } catch {
    return false
  }
}
