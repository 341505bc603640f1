import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { checkDocument } from '#core/base/check.ts'
import type { Result } from '#core/base/result.ts'
import type { Phrase } from '#core/contract/words.ts'
import { BLANK_REASON_NAMES, BLANK_REASONS, type BlankReason, headlineOf, type Preset } from '#core/emergency/preset.ts'
import { said } from '#core/engine/contacts.ts'
import type { Said } from '#core/engine/local-state.ts'
import type { State } from '#core/engine/state.ts'
import type { Post } from '../shell/loop.ts'
import { escapeHtml, named, page, two } from './html.ts'
import type { Session } from './pairing.ts'

/** What a technician can do at the site without anybody else: make the screen dark, and look at the pages of its emergency switches. */

export type LocalFacts = {
  readonly blank: { readonly person: string; readonly reason: BlankReason; readonly leftMs: number } | null
  readonly presets: readonly {
    readonly id: string
    readonly class: Preset['class']
    readonly headline: string
    readonly input: string
    readonly said: Said
    readonly on: boolean
  }[]
}

export const localFacts = (state: State): LocalFacts => {
  const { local, site, now } = state
  const blank = local.on.find((one) => one.by !== null)
  return {
    blank: blank?.by == null ? null : { ...blank.by, leftMs: Math.max(0, blank.until - now.mono) },
    presets: site.presets.map((preset) => ({
      id: preset.id,
      class: preset.class,
      headline: headlineOf(preset),
      input: `${preset.input.device} ${preset.input.where}`,
      said: said(state, preset),
      on: local.on.some((one) => one.source === preset.id),
    })),
  }
}

/** How long a blank may be asked for, minutes; it can be renewed. */
const MINUTES = ['15', '60', '240', '1440'] as const
const MINUTE_NAMES: { readonly [M in (typeof MINUTES)[number]]: string } = {
  15: '15 phút · 15 min',
  60: '1 giờ · 1 hour',
  240: '4 giờ · 4 hours',
  1440: '24 giờ · 24 hours',
}
const DEFAULT_MINUTES = '60'

const Csrf = Type.String({ maxLength: 100 })
const BlankForm = Type.Object(
  { csrf: Csrf, reason: Type.Enum([...BLANK_REASONS]), minutes: Type.Enum([...MINUTES]) },
  { additionalProperties: false },
)
const EndForm = Type.Object({ csrf: Csrf }, { additionalProperties: false })

/** `token`: the hidden field of a form. Stands outside of what renews itself, so that nothing moves under a finger. */
export const blankForm = (token: string): string => {
  const reasons = BLANK_REASONS.map((r) => `<option value="${r}">${plain(BLANK_REASON_NAMES[r])}</option>`)
  const times = MINUTES.map(
    (m) => `<option value="${m}"${m === DEFAULT_MINUTES ? ' selected' : ''}>${MINUTE_NAMES[m]}</option>`,
  )
  return `<details class="control danger"><summary>${two('Cắt hình', 'Blank the screen')}</summary><form method="post" action="/blank">${token}
<label>${two('Lý do', 'Reason')}<select name="reason">${reasons.join('')}</select></label>
<label>${two('Trong', 'For')}<select name="minutes">${times.join('')}</select></label>
<button class="danger">${two('Cắt hình ngay', 'Make it dark now')}</button></form>
<p class="hint">${two('Trên mọi lệnh, kể cả khẩn cấp; không cần mạng. Hết giờ tự trả lại. Tên của bạn và lý do được ghi vào nhật ký và báo về trung tâm.', 'Above every order, emergencies included; needs no network. Given back by itself in time. Your name and the reason go into the log and to the centre.')}</p></details>`
}

const plain = ({ vi, en }: Phrase): string => escapeHtml(`${vi} · ${en}`)

/** With the way back, while the screen is dark. */
export const blankState = ({ blank }: LocalFacts, token: string): string => {
  if (blank === null) return ''
  const reason = BLANK_REASON_NAMES[blank.reason]
  const left = Math.ceil(blank.leftMs / 60_000)
  return `<section class="alarm" role="alert"><p>${two(
    `${blank.person} đã cắt hình: ${reason.vi}; còn ${left} phút`,
    `${blank.person} made it dark: ${reason.en}; ${left} min left`,
  )}</p><form method="post" action="/blank-end">${token}<button>${two('Trả lại hình', 'Give back')}</button></form></section>`
}

const SAID: { readonly [S in Said]: Phrase } = {
  on: { vi: 'đang bật', en: 'on' },
  off: { vi: 'đang nghỉ', en: 'at rest' },
  unknown: { vi: 'không đọc được', en: 'cannot be read' },
  implausible: { vi: 'đứt hoặc chập cáp', en: 'cable cut or shorted' },
}

/** The switches of the site: what each would show, what its contact says, and a way to look at its page. */
export const presetsPart = ({ presets }: LocalFacts): string => {
  if (presets.length === 0) return ''
  const lines = presets.map((p) => {
    const trouble = p.said === 'unknown' || p.said === 'implausible' || p.on
    const state = p.on ? two('ĐANG CÓ HIỆU LỰC', 'in force') : named(SAID[p.said])
    const what = p.class === 'safety-blank' ? two('Cắt hình', 'dark') : escapeHtml(p.headline)
    const look = p.class === 'safety-blank' ? '' : ` <a href="/preset/${p.id}">${two('Xem thử', 'Preview')}</a>`
    return `<li><strong>${what}</strong> <code>${escapeHtml(p.id)}</code><br>${escapeHtml(p.input)}: <span class="${trouble ? 'bad' : 'good'}">${state}</span>${look}</li>`
  })
  return `<section><h2>${two('Công tắc khẩn cấp', 'Emergency switches')}</h2><ul class="presets">${lines.join('')}</ul></section>`
}

/** Drawn for this panel under the banner of a test, and shown nowhere but on this page. PNG, one for each page. */
export type PreviewPreset = (id: string) => Promise<Result<readonly Uint8Array[], Phrase>>

const previewPage = (id: string, drawn: Awaited<ReturnType<PreviewPreset>>): string =>
  page(
    id,
    `<header><h1>${two('Xem thử trang khẩn cấp', 'Preview of an emergency page')} <code>${escapeHtml(id)}</code></h1><a href="/">${two('Về', 'Back')}</a></header><main>
<p class="hint">${two('Chỉ vẽ trên trang này; màn hình không đổi. Trên màn hình thật không có dải chữ thử.', 'Drawn on this page only; the screen does not change. The real page has no test banner.')}</p>
${
  drawn.ok
    ? drawn.value
        .map(
          (_, i) =>
            `<figure><img src="/preset/${id}/${i}.png" alt="${escapeHtml(`${id} ${i + 1}`)}"><figcaption>${i + 1}/${drawn.value.length}</figcaption></figure>`,
        )
        .join('')
    : `<p class="bad" role="alert">${named(drawn.error)}</p>`
}</main>`,
  )

type Needs = {
  readonly post: Post
  readonly preview: PreviewPreset
  readonly signedIn: (request: FastifyRequest) => boolean
  /** The session of a request that changes something; answers itself when there is none or the token is wrong. */
  readonly allowed: (request: FastifyRequest, reply: FastifyReply, csrf: string) => Session | null
  readonly html: (reply: FastifyReply, text: string) => FastifyReply
}

const PRESET_ID = /^[a-z][a-z0-9-]{0,15}$/
const PAGE = /^(\d{1,2})\.png$/

export const localRoutes = (app: FastifyInstance, needs: Needs): void => {
  app.post('/blank', async (request, reply) => {
    const form = checkDocument(BlankForm, request.body)
    if (!form.ok) return reply.code(400).send(form.error.map((f) => `${f.where}: ${f.why}`).join('; '))
    const session = needs.allowed(request, reply, form.value.csrf)
    if (session === null) return reply
    const forMs = Number(form.value.minutes) * 60_000
    needs.post({ event: 'blank', person: session.person, reason: form.value.reason, forMs })
    return reply.redirect('/', 303)
  })
  app.post('/blank-end', async (request, reply) => {
    const form = checkDocument(EndForm, request.body)
    const session = needs.allowed(request, reply, form.ok ? form.value.csrf : '')
    if (session === null) return reply
    needs.post({ event: 'blank-end', person: session.person })
    return reply.redirect('/', 303)
  })
  app.get<{ Params: { id: string } }>('/preset/:id', async (request, reply) => {
    if (!needs.signedIn(request)) return reply.redirect('/', 303)
    const { id } = request.params
    if (!PRESET_ID.test(id)) return reply.code(404).send('')
    const drawn = await needs.preview(id)
    return needs.html(reply.code(drawn.ok ? 200 : 404), previewPage(id, drawn))
  })
  app.get<{ Params: { id: string; page: string } }>('/preset/:id/:page', async (request, reply) => {
    if (!needs.signedIn(request)) return reply.code(401).send('')
    const number = PAGE.exec(request.params.page)?.[1]
    const drawn = await needs.preview(request.params.id)
    const picture = drawn.ok && number !== undefined ? drawn.value[Number(number)] : undefined
    if (picture === undefined) return reply.code(404).send('')
    return reply.type('image/png').header('cache-control', 'no-store').send(Buffer.from(picture))
  })
}
