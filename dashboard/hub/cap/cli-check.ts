import { resolveArea } from '#core/emergency/cap/area.ts'
import { checkCap } from '#core/emergency/cap/check.ts'
import { type Finding, finding } from '#core/emergency/cap/message.ts'
import { placed } from '#core/emergency/cap/read.ts'
import { type CapArgs, type Io, provinceOf, readBytes, usage } from './cli-common.ts'
import { factsOf } from './desk.ts'
import { readMessage } from './read.ts'
import { checkSignature } from './signature.ts'

type Checked = {
  readonly file: string
  readonly identifier: string | null
  readonly findings: readonly Finding[]
  /** Clusters in its area; null: no register was given. */
  readonly sites: readonly string[] | null
  /** The pinned key that it is signed with; null: none was looked for, or found. */
  readonly signedBy: string | null
}

/** `bangtin cap check`. */
export const checkFiles = (io: Io, args: CapArgs): number => {
  if (args.files.length === 0) return usage(io, 'thiếu tệp · which FILE?')
  const checked = args.files.map((file) => checkFile(file, args))
  if (args.json) io.out(`${JSON.stringify(checked, null, 2)}\n`)
  else for (const one of checked) io.out(textOf(one))
  const bad = (f: Finding): boolean => f.severity === 'error' || args.strict
  return checked.some((c) => c.findings.some(bad)) ? 1 : 0
}

const checkFile = (file: string, args: CapArgs): Checked => {
  const nothing = { file, identifier: null, sites: null, signedBy: null }
  const bytes = readBytes(file)
  if (!bytes.ok)
    return { ...nothing, findings: [finding('unreadable', 'error', '', { vi: bytes.error, en: bytes.error })] }
  const read = readMessage(bytes.value)
  if (!read.ok) return { ...nothing, findings: [{ ...read.error, severity: 'error', path: '' }] }
  const { message, places } = read.value
  const facts = { ...factsOf({ province: provinceOf(args.units), units: args.units }, args.now), profile: args.profile }
  const signature = signatureOf(read.value, args)
  const reached =
    args.sites === null
      ? null
      : resolveArea(
          message.info.flatMap((i) => i.area),
          { province: facts.province, sites: args.sites },
        ).sites
  const empty =
    reached !== null && reached.length === 0 && message.info.length > 0
      ? [finding('no-cluster', 'warning', '/info', { vi: 'không cụm nào trong vùng', en: 'no cluster is in the area' })]
      : []
  return {
    file,
    identifier: message.identifier,
    findings: [
      ...read.value.findings,
      ...placed([...signature.findings, ...checkCap(message, facts), ...empty], places),
    ],
    sites: reached,
    signedBy: signature.by,
  }
}

const signatureOf = (
  read: {
    readonly text: string
    readonly message: { readonly sender: string }
    readonly signatures: Parameters<typeof checkSignature>[1]
  },
  { senders, now }: CapArgs,
): { readonly findings: readonly Finding[]; readonly by: string | null } => {
  if (senders === null) return { findings: [], by: null }
  const keys = senders.get(read.message.sender)
  if (keys === undefined) {
    const words = { vi: 'chưa ghim khóa nào của bên gửi này', en: 'no key of this sender is pinned' }
    return { findings: [finding('unknown-sender', 'error', '/sender', words)], by: null }
  }
  const checked = checkSignature(read.text, read.signatures, { keys, now })
  if (checked.ok) return { findings: [], by: checked.value.key }
  const { code, vi, en } = checked.error
  return { findings: [finding(code, 'error', '', { vi, en })], by: null }
}

const textOf = ({ file, findings, sites, signedBy }: Checked): string => {
  const errors = findings.filter((f) => f.severity === 'error').length
  const lines = findings.map(
    (f) =>
      `${file}:${f.line ?? 1}:${f.column ?? 1}: ${f.severity === 'error' ? '✗' : '⚠'} ${f.path || '/'}: ${f.vi} · ${f.en} [${f.code}]\n`,
  )
  const signed = signedBy === null ? '' : `  ký bởi · signed by ${signedBy}\n`
  const inside = sites === null ? '' : `  ${sites.length} cụm · clusters: ${sites.join(', ')}\n`
  return `${lines.join('')}${errors === 0 ? '✓' : '✗'} ${file}\n${signed}${inside}`
}
