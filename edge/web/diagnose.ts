import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Bundle } from '../doctor/bundle.ts'
import type { Cause, DoctorVerdict, Mark, Report, Row, Section } from '../doctor/report.ts'
import { escapeHtml, named, signedPage, two } from './html.ts'
import type { Session } from './pairing.ts'

/** The page that answers why a screen does not show what it should. Made of a report and of nothing else. */
export type DiagnoseNeeds = {
  readonly report: () => Promise<Report>
  readonly bundle: () => Promise<Bundle>
  readonly session: (request: FastifyRequest) => Session | null
  readonly html: (reply: FastifyReply, text: string) => FastifyReply
}

/** Without a script the page comes anew after this, s; with one the parts that changed do, and what is open stays open. */
const AGAIN_SECONDS = 15

export const diagnoseRoutes = (app: FastifyInstance, needs: DiagnoseNeeds): void => {
  app.get('/diagnose.css', (_q, reply) => reply.type('text/css; charset=utf-8').send(DIAGNOSE_STYLE))
  app.get('/diagnose.js', (_q, reply) => reply.type('text/javascript; charset=utf-8').send(DIAGNOSE_SCRIPT))
  app.get('/diagnose', async (request, reply) => {
    const session = needs.session(request)
    if (session === null) return reply.redirect('/', 303)
    return needs.html(reply, diagnosePage(await needs.report(), session))
  })
  app.get('/diagnose/live', async (request, reply) =>
    needs.session(request) === null ? reply.code(401).send('') : needs.html(reply, diagnosePart(await needs.report())),
  )
  app.get('/diagnose.json', async (request, reply) =>
    needs.session(request) === null
      ? reply.code(401).send({ error: 'sign in at / first' })
      : reply.header('cache-control', 'no-store').send(await needs.report()),
  )
  // A few megabytes are read and packed: not more often than a person would ask.
  app.get('/diagnose/bundle', { config: { rateLimit: { max: 4, timeWindow: 60_000 } } }, async (request, reply) => {
    if (needs.session(request) === null) return reply.code(401).send('')
    const { name, bytes } = await needs.bundle()
    return reply
      .type('application/gzip')
      .header('cache-control', 'no-store')
      .header('content-disposition', `attachment; filename="${name}"`)
      .send(Buffer.from(bytes))
  })
}

const diagnosePage = (report: Report, session: Session): string =>
  signedPage(
    { title: report.site.name, at: '/diagnose', session },
    `<noscript><meta http-equiv="refresh" content="${AGAIN_SECONDS}"></noscript><link rel="stylesheet" href="/diagnose.css">
<main class="diagnose"><div id="diagnosis">${diagnosePart(report)}</div>
<p class="tools"><a class="button" href="/diagnose/bundle" download>${two('Tải gói hỗ trợ (đã bỏ mọi bí mật)', 'Download bundle for support (no secrets)')}</a>
<a href="/diagnose.json">JSON</a></p></main><script src="/diagnose.js"></script>`,
  )

const VERDICT: { readonly [V in DoctorVerdict]: readonly [string, string, string] } = {
  fine: ['✓', 'Tốt', 'Fine'],
  degraded: ['!', 'Cần xem', 'Degraded'],
  broken: ['✗', 'Hỏng', 'Broken'],
}
const MARK: { readonly [M in Mark]: string } = { plain: '', good: '✓', warn: '!', bad: '✗' }
const SEVERITY: { readonly [S in Cause['severity']]: string } = { critical: '✗', warning: '!', info: 'i' }

export const diagnosePart = (report: Report): string => {
  const [sign, vi, en] = VERDICT[report.verdict]
  return `<section class="answer ${report.verdict}"><p class="verdict"><span aria-hidden="true">${sign}</span> ${two(vi, en)}</p>
<p class="says">${escapeHtml(report.answer.vi)}</p><p class="says-en" lang="en">${escapeHtml(report.answer.en)}</p>
<p class="when">${escapeHtml(report.when.slice(0, 19).replace('T', ' '))}</p></section>
${causesPart(report.causes)}${report.sections.map(sectionPart).join('\n')}`
}

const causesPart = (causes: readonly Cause[]): string =>
  causes.length === 0
    ? ''
    : `<ul class="causes">${causes
        .map(
          (cause) =>
            `<li class="${cause.severity}"><strong><span aria-hidden="true">${SEVERITY[cause.severity]}</span> ${named(cause.what)}</strong>${
              cause.evidence === '' ? '' : `<code>${escapeHtml(cause.evidence)}</code>`
            }<p>→ ${named(cause.next)}</p></li>`,
        )
        .join('')}</ul>`

/** What is bad is open from the beginning; the rest is one line. */
const sectionPart = (section: Section): string =>
  `<details id="s-${section.id}"${section.mark === 'bad' || section.id === 'claims' ? ' open' : ''}><summary class="${section.mark}"><h2>${named(section.title)}</h2><span class="mark">${MARK[section.mark]}</span></summary><dl class="rows">${section.rows.map(rowPart).join('')}</dl></details>`

const rowPart = ({ name, value, mark, detail }: Row): string =>
  `<div class="${mark}"><dt>${named(name)}</dt><dd>${named(value)}${mark === 'plain' ? '' : ` <span class="mark">${MARK[mark]}</span>`}${
    detail === '' ? '' : `<code>${escapeHtml(detail)}</code>`
  }</dd></div>`

const DIAGNOSE_STYLE = `.answer{margin:1rem 0;padding:.8rem 1rem;border-radius:.6rem;border:2px solid #8888}.answer.fine{border-color:#1a7f37}.answer.degraded{border-color:#9a6700}.answer.broken{border-color:#b3261e}
.verdict{margin:0;font-weight:700}.answer.fine .verdict{color:#1a7f37}.answer.degraded .verdict{color:#9a6700}.answer.broken .verdict{color:#b3261e}
.says{font-size:1.45rem;line-height:1.25;margin:.3rem 0;font-weight:600;overflow-wrap:anywhere}.says-en{margin:0;opacity:.8}.when{margin:.3rem 0 0;font-size:.8rem;opacity:.7}
.causes{list-style:none;padding:0}.causes li{border-left:4px solid #8888;padding:.1rem .7rem;margin:.7rem 0}.causes li.critical{border-color:#b3261e}.causes li.warning{border-color:#9a6700}.causes strong small{font-weight:400}.causes p{margin:.2rem 0;color:CanvasText}.causes code,.rows code{display:block;font-size:.78rem;opacity:.85;overflow-wrap:anywhere}
.diagnose details{border-top:1px solid #8883}.diagnose summary{display:flex;justify-content:space-between;align-items:center;padding:.55rem 0;list-style:none}.diagnose summary::-webkit-details-marker{display:none}.diagnose summary h2{margin:0}.diagnose summary h2::before{content:"▸ "}.diagnose details[open] summary h2::before{content:"▾ "}
.diagnose .good,.diagnose .warn{color:inherit}.mark{font-weight:700;flex:none}.good .mark{color:#1a7f37}.warn .mark{color:#9a6700}.bad .mark,.rows .bad dd{color:#b3261e}
.rows div{display:grid;grid-template-columns:minmax(9rem,14rem) 1fr;gap:.2rem 1rem;align-items:baseline}.rows dd{text-align:left}.rows dt{overflow-wrap:anywhere}.tools{display:flex;gap:1rem;align-items:center;flex-wrap:wrap;margin:1.2rem 0}.button{background:#0b63c5;color:#fff;padding:.6rem 1rem;border-radius:.4rem;text-decoration:none}.button small{opacity:.9}
@media(max-width:34rem){.rows div{grid-template-columns:1fr}}
@media(prefers-color-scheme:dark){.answer.fine{border-color:#7ee2a0}.answer.degraded{border-color:#ffca66}.answer.broken{border-color:#ff8a80}.answer.fine .verdict,.good .mark{color:#7ee2a0}.answer.degraded .verdict,.warn .mark{color:#ffca66}.answer.broken .verdict,.bad .mark,.rows .bad dd{color:#ff8a80}a:not(.button):not(nav a){color:#8ab8ff}}`

const DIAGNOSE_SCRIPT = `'use strict'
const part = document.getElementById('diagnosis')
const again = async () => {
  if (!part || document.hidden) return
  try {
    const answer = await fetch('/diagnose/live')
    if (answer.status === 401) return location.reload()
    if (!answer.ok) return
    const open = new Map([...part.querySelectorAll('details')].map((one) => [one.id, one.open]))
    part.innerHTML = await answer.text()
    for (const one of part.querySelectorAll('details')) if (open.has(one.id)) one.open = open.get(one.id)
  } catch { part.setAttribute('aria-busy', 'true'); return }
  part.removeAttribute('aria-busy')
}
if (part) setInterval(again, 5000)
`
