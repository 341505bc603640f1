import type { Phrase } from '#core/contract/words.ts'
import type { AuditResult, Check } from './audit-check.ts'

const SIGN: { readonly [R in AuditResult]: string } = { fail: '✗', warn: '!', pass: '✓', unknown: '?' }
/** A check is named by what ought to be; of one that fails that is said to be missing. */
const NOT_YET: { readonly [R in AuditResult]: Phrase } = {
  fail: { vi: 'CHƯA ĐẠT: ', en: 'NOT SO: ' },
  warn: { vi: 'chưa đạt: ', en: 'not so: ' },
  pass: { vi: '', en: '' },
  unknown: { vi: 'không rõ: ', en: 'not known: ' },
}
const ORDER: readonly AuditResult[] = ['fail', 'warn', 'unknown', 'pass']

const textOf = ({ id, result, what, why, mend, evidence }: Check): string =>
  [
    `${SIGN[result]} ${NOT_YET[result].vi}${what.vi} · ${NOT_YET[result].en}${what.en}  [${id}]`,
    ...(evidence === '' ? [] : [`    = ${evidence}`]),
    ...(result === 'pass' ? [] : [`    ? ${why.vi}`, `      ${why.en}`, `    → ${mend.vi}`, `      ${mend.en}`]),
  ].join('\n')

/** The checks for a terminal, the worst first, with a count. */
export const auditText = (checks: readonly Check[]): string => {
  const count = (result: AuditResult) => checks.filter((one) => one.result === result).length
  const lines = ORDER.flatMap((result) => checks.filter((one) => one.result === result).map(textOf))
  const sum = `${count('fail')} sai · wrong, ${count('warn')} nên sửa · to mend, ${count('unknown')} không biết · unknown, ${count('pass')} tốt · fine`
  return `${lines.join('\n')}\n\n${sum}\n`
}
