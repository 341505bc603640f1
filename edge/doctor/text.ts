import type { Cause, DoctorVerdict, Mark, Report, Row, Section } from './report.ts'

const VERDICT: { readonly [V in DoctorVerdict]: string } = {
  fine: '✓ TỐT · FINE',
  degraded: '! CẦN XEM · DEGRADED',
  broken: '✗ HỎNG · BROKEN',
}
const MARK: { readonly [M in Mark]: string } = { plain: ' ', good: '✓', warn: '!', bad: '✗' }
const SEVERITY: { readonly [S in Cause['severity']]: string } = { critical: '✗', warning: '!', info: 'i' }

const beside = ({ vi, en }: { readonly vi: string; readonly en: string }): string => (vi === en ? vi : `${vi} · ${en}`)

const causeText = (cause: Cause): string =>
  [
    `${SEVERITY[cause.severity]} ${beside(cause.what)}  [${cause.id}]`,
    ...(cause.evidence === '' ? [] : [`    = ${cause.evidence}`]),
    `    → ${cause.next.vi}`,
    `      ${cause.next.en}`,
  ].join('\n')

const rowText = ({ name, value, mark, detail }: Row): string =>
  `${MARK[mark]} ${beside(name)}: ${beside(value)}${detail === '' ? '' : `\n      ${detail}`}`

const sectionText = ({ title, rows }: Section): string => `── ${beside(title)}\n${rows.map(rowText).join('\n')}`

/** The report as people read it in a terminal: the same words as the page, Vietnamese with English beside it. */
export const reportText = (report: Report): string =>
  [
    `${report.site.name} (${report.site.id}) · ${report.when} · bangtin ${report.site.version}`,
    '',
    VERDICT[report.verdict],
    report.answer.vi,
    report.answer.en,
    '',
    ...(report.causes.length === 0 ? [] : [`── Nguyên nhân · Causes\n${report.causes.map(causeText).join('\n')}`, '']),
    ...report.sections.flatMap((one) => [sectionText(one), '']),
  ].join('\n')
