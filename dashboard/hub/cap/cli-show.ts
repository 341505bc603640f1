import { instant } from '#core/base/units.ts'
import { checkCap, hasErrors } from '#core/emergency/cap/check.ts'
import { type CapOutcome, draftOfCap } from '#core/emergency/cap/draft.ts'
import { placed } from '#core/emergency/cap/read.ts'
import { formatCapTime } from '#core/emergency/cap/time.ts'
import { HAZARD_NAMES, ORDER_CLASS_NAMES } from '#core/emergency/order.ts'
import { type CapArgs, type Io, provinceOf, readBytes, usage } from './cli-common.ts'
import { CAP_DEFAULTS } from './config.ts'
import { factsOf, LONGEST_MS } from './desk.ts'
import { readMessage } from './read.ts'

/** `bangtin cap show`: what a message would become at a hub that knows no earlier one. */
export const showFile = (io: Io, args: CapArgs): number => {
  const [file] = args.files
  if (file === undefined || args.files.length > 1) return usage(io, 'đúng một tệp · exactly one FILE')
  const bytes = readBytes(file)
  const read = bytes.ok ? readMessage(bytes.value) : bytes
  if (!read.ok) {
    const why = typeof read.error === 'string' ? read.error : `${read.error.vi} · ${read.error.en}`
    io.err(`✗ ${file}: ${why}\n`)
    return 1
  }
  const { message, places } = read.value
  const facts = factsOf({ province: provinceOf(args.units), units: args.units }, args.now)
  const findings = [...read.value.findings, ...placed(checkCap(message, facts), places)]
  if (hasErrors(findings)) {
    const errors = findings.filter((f) => f.severity === 'error')
    io.err(errors.map((f) => `✗ ${file}:${f.line ?? 1}:${f.column ?? 1}: ${f.path}: ${f.vi} · ${f.en}\n`).join(''))
    return 1
  }
  const outcome = draftOfCap(message, {
    now: instant(args.now),
    province: facts.province,
    sites: args.sites ?? [],
    longestMs: LONGEST_MS,
    usualMs: CAP_DEFAULTS.usualMinutes * 60_000,
    orders: [],
    own: args.sender,
  })
  io.out(args.json ? `${JSON.stringify(outcome, null, 2)}\n` : textOf(outcome))
  return outcome.kind === 'refused' ? 1 : 0
}

const textOf = (outcome: CapOutcome): string => {
  switch (outcome.kind) {
    case 'refused':
      return `✗ ${outcome.vi} · ${outcome.en} [${outcome.reason}]\n`
    case 'remembered':
      return '✓ Không thành bản nháp: nó kết thúc bản tin chưa có ở đây · No draft: it ends what is not here\n'
    case 'draft': {
      const { body, notes } = outcome
      const cls = ORDER_CLASS_NAMES[body.class]
      const hazard = HAZARD_NAMES[body.hazard]
      const until = body.until === null ? '' : ` → ${formatCapTime(instant(body.until))}`
      return [
        `${cls.vi} · ${cls.en}   ${hazard.vi} · ${hazard.en}   ${body.status} ${body.action} ${body.severity}\n`,
        `  ${Math.round(body.lengthMs / 60_000)} phút · minutes${until}\n`,
        `  ${body.authority.name}${body.authority.document === null ? '' : ` (${body.authority.document})`}\n`,
        `  ${body.area?.name ?? ''}: ${body.targets.length} cụm · clusters ${body.targets.join(', ')}\n`,
        ...body.texts.map(
          (t) => `  [${t.language}] ${t.headline}\n       ${t.instruction.replaceAll('\n', '\n       ')}\n`,
        ),
        ...notes.map((n) => `  ⚠ ${n.vi} · ${n.en}\n`),
      ].join('')
    }
  }
}
