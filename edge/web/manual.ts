import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type Static, Type } from 'typebox'
import type { Profile } from '#controller/profile/schema.ts'
import { checkDocument } from '#core/base/check.ts'
import { percent } from '#core/base/units.ts'
import type { StatusReport } from '#core/contract/link.ts'
import { CHART_WORDS, capitalOf, capitals, heldWords, PATTERN_WORDS, type Phrase } from '#core/contract/words.ts'
import { brightnessNow } from '#core/engine/house.ts'
import { takenBy } from '#core/engine/manual.ts'
import type { RelayState, State } from '#core/engine/state.ts'
import { CHART_NAMES, type Modules } from '#core/screen/chart.ts'
import { TEST_PATTERNS, type TestPattern } from '#core/screen/display.ts'
import type { ManualWish } from '#core/screen/manual.ts'
import type { EdgeConfig } from '../config.ts'
import { checkInput } from '../devices-check.ts'
import type { Post } from '../shell/loop.ts'
import { escapeHtml, named, signedPage, tokenOf, two } from './html.ts'
import type { Session } from './pairing.ts'

type Signed = Pick<Session, 'person' | 'csrf'>

/** Manual control: what a technician may hold for a while, with the way back. */

export type ManualFacts = {
  readonly title: string
  readonly held: NonNullable<StatusReport['manual']>
  /** The order that has the screen, so that nothing may be tried now; null: it may. */
  readonly taken: string | null
  /** Null: the controller draws none, or there is no controller. */
  readonly patterns: readonly TestPattern[] | null
  /** Null: brightness cannot be set. Percent. */
  readonly brightness: { readonly now: number; readonly limit: number } | null
  /** Empty: none can be chosen, for the reason in `noInput`. */
  readonly inputs: readonly string[]
  readonly noInput: Phrase
  readonly input: string | null
  readonly relays: readonly (RelayState & { readonly rest: boolean })[]
  /** False: the controller holds the content itself and takes no drawn charts. */
  readonly charts: boolean
  readonly modules: Modules
}

export const manualFacts = (
  state: State,
  of: {
    readonly config: EdgeConfig
    readonly profile: Profile | null
    readonly held: StatusReport['manual']
    readonly modules: Modules | null
  },
): ManualFacts => {
  const { config, profile } = of
  const { site } = state
  const inputs = profile === null || config.controller === null ? [] : inputsOf(profile, config.controller.address)
  return {
    title: site.name,
    held: of.held ?? [],
    taken: takenBy(state),
    patterns: profile?.display?.testPattern ? TEST_PATTERNS.filter((one) => one !== 'none') : null,
    brightness: profile?.display?.brightness
      ? { now: brightnessNow(state).percent, limit: site.brightnessLimit }
      : null,
    inputs: site.input === null ? [] : inputs,
    noInput:
      inputs.length === 0
        ? { vi: 'Bộ điều khiển không cho chọn ngõ vào.', en: 'The controller has no choice of inputs.' }
        : {
            vi: 'Khai /controller/input trong cấu hình trước: có vậy máy mới biết trả lại ngõ vào nào.',
            en: 'Name /controller/input in the configuration first: only then is it known which input to give back.',
          },
    input: site.input,
    relays: (site.relays ?? []).map(({ name, rest }) => ({
      ...(state.relays[name] ?? { name, want: rest, is: null, fault: null, retryAt: null }),
      rest,
    })),
    charts: !site.onboard,
    modules: of.modules ?? { columns: 1, rows: 1 },
  }
}

/** The inputs that the profile names and this device can be set to. */
const inputsOf = (profile: Profile, address: Readonly<Record<string, string | number>>): readonly string[] => {
  const commands: Readonly<Record<string, unknown>> = profile.commands
  const found = (profile.display?.input?.write ?? []).flatMap((command) => choicesOf(commands[command]))
  return [...new Set(found)].filter((input) => checkInput(profile, address, input) === null).slice(0, 24)
}

/** The words of every field called `input`, wherever the family keeps its fields. */
const choicesOf = (spec: unknown): readonly string[] => {
  if (Array.isArray(spec)) return spec.flatMap(choicesOf)
  if (typeof spec !== 'object' || spec === null) return []
  const field: { readonly name?: unknown; readonly choices?: unknown } = spec
  if (field.name === 'input' && typeof field.choices === 'object' && field.choices !== null)
    return Object.keys(field.choices)
  return Object.values(spec).flatMap(choicesOf)
}

const MINUTES = ['1', '5', '15', '60'] as const
const CHARTS = capitals(CHART_WORDS)
const PATTERNS = capitals(PATTERN_WORDS)

const form = (session: Signed, of: { what: string; back: string; body: string }): string =>
  `<form method="post" action="/manual" class="choice">${tokenOf(session)}<input type="hidden" name="what" value="${of.what}"><input type="hidden" name="back" value="${of.back}">
<label class="time">${two('Trong', 'For')}<select name="minutes">${MINUTES.map((m) => `<option value="${m}"${m === '5' ? ' selected' : ''}>${m} phút · min</option>`).join('')}</select></label>${of.body}</form>`

const buttons = (choices: readonly (readonly [string, string])[]): string =>
  `<div class="grid">${choices.map(([value, words]) => `<button name="value" value="${escapeHtml(value)}">${words}</button>`).join('')}</div>`

/** The charts as a form of buttons: here, and in the step of commissioning that looks at the panel. */
export const chartForm = (session: Signed, of: { readonly modules: Modules; readonly back: string }): string => {
  const { columns, rows } = of.modules
  const hidden = `<input type="hidden" name="columns" value="${columns}"><input type="hidden" name="rows" value="${rows}">`
  const step = `<label>${two('Mô-đun số (trống: lần lượt)', 'module number (empty: in turn)')}<input name="module" inputmode="numeric" pattern="[0-9]*" maxlength="4"></label>`
  const all = buttons(CHART_NAMES.map((name) => [name, named(CHARTS[name])]))
  // The first button of a form is the one that Enter in its field presses, and a number is only asked for by the walk.
  const entered = '<button name="value" value="walk" hidden></button>'
  return form(session, { what: 'chart', back: of.back, body: `${entered}${all}${hidden}${step}` })
}

/** What is held, by whom, for how long, and the way back; renews itself. */
export const heldPart = (
  { held, taken }: Pick<ManualFacts, 'held' | 'taken'>,
  session: Signed,
  back: string,
): string => {
  const end = (key: string, words: string) =>
    `<form method="post" action="/manual-end">${tokenOf(session)}<input type="hidden" name="key" value="${escapeHtml(key)}"><input type="hidden" name="back" value="${back}"><button>${words}</button></form>`
  const stop =
    taken === null
      ? ''
      : `<p class="bad" role="status">${two(`Đang có ${taken}: không thử gì được lúc này.`, `${taken} is on: nothing can be tried now.`)}</p>`
  if (held.length === 0)
    return `${stop}<p class="good">${two('Không có gì đang giữ tay', 'Nothing is held by hand')}</p>`
  const lines = held.map(({ what, value, person, leftMs }) => {
    const words = named(capitalOf(heldWords({ what, value })))
    const left = leftMs > 90_000 ? `${Math.ceil(leftMs / 60_000)} phút · min` : `${Math.ceil(leftMs / 1000)} s`
    return `<li><strong>${words}</strong> ${escapeHtml(person)}, ${two('còn', 'left')} ${left}${end(what, two('Trả lại ngay', 'Give back now'))}</li>`
  })
  return `${stop}<section class="alarm"><ul class="held">${lines.join('')}</ul>${held.length > 1 ? end('all', two('Trả lại tất cả ngay', 'Give everything back now')) : ''}</section>`
}

const part = (title: string, body: string, open = false): string =>
  `<details class="control"${open ? ' open' : ''}><summary><strong>${title}</strong></summary>${body}</details>`
const none = (phrase: Phrase): string => `<p class="hint">${named(phrase)}</p>`

const manualPage = (facts: ManualFacts, session: Session): string => {
  const back = '/manual'
  const { brightness, relays } = facts
  return signedPage(
    { title: facts.title, at: '/manual', session },
    `<link rel="stylesheet" href="/commission.css"><main><figure><img id="frame" src="/frame.jpg" alt="Hình đang phát"><figcaption>${two('Hình thật trên đầu ra', 'The real output')}</figcaption></figure>
<div id="live" data-from="/manual/live">${heldPart(facts, session, back)}</div>
<p class="hint">${two('Hết giờ tự trả lại; khởi động lại cũng trả lại. Lệnh khẩn cấp luôn đứng trên và kết thúc mọi thử nghiệm. Tên bạn được ghi vào nhật ký.', 'Given back by itself when the time is over, and by a restart. An emergency always stands above and ends every trial. Your name goes into the log.')}</p>
${part(two('Hình kiểm tra', 'Test charts'), facts.charts ? chartForm(session, { modules: facts.modules, back }) : none({ vi: 'Bộ điều khiển tự giữ nội dung, không nhận hình vẽ.', en: 'The controller holds its content and takes no charts.' }), true)}
${part(two('Mẫu của bộ điều khiển', 'Patterns of the controller'), facts.patterns === null ? none({ vi: 'Bộ điều khiển không có mẫu thử.', en: 'The controller has no patterns.' }) : form(session, { what: 'pattern', back, body: buttons(facts.patterns.map((p) => [p, named(PATTERNS[p])])) }))}
${part(
  two('Độ sáng', 'Brightness'),
  brightness === null
    ? none({ vi: 'Không đặt được độ sáng.', en: 'Brightness cannot be set.' })
    : `<p>${two(`Đang cần ${brightness.now} %, giới hạn ${brightness.limit} %`, `wanted now ${brightness.now} %, limit ${brightness.limit} %`)}</p>${form(
        session,
        {
          what: 'brightness',
          back,
          body: buttons(
            [5, 10, 20, 30, 50, 70, 85, 100]
              .filter((level) => level < brightness.limit)
              .concat(brightness.limit)
              .map((level) => [String(level), `${level} %`]),
          ),
        },
      )}`,
)}
${part(two('Ngõ vào', 'Input'), facts.inputs.length === 0 ? none(facts.noInput) : form(session, { what: 'input', back, body: buttons(facts.inputs.map((input) => [input, `${escapeHtml(input)}${input === facts.input ? ' ✓' : ''}`])) }))}
${part(
  two('Rơ-le', 'Relays'),
  relays.length === 0
    ? none({
        vi: 'Cấu hình không cho đóng cắt rơ-le nào (/manual/relays).',
        en: 'The configuration allows no relays (/manual/relays).',
      })
    : relays
        .map(
          ({ name, is, rest, fault }) =>
            `<h3>${escapeHtml(name)} <small>${is === null ? '–' : is ? 'bật · on' : 'tắt · off'}${fault === null ? '' : ` ⚠ ${escapeHtml(fault)}`}</small></h3>${form(session, { what: 'relay', back, body: buttons([[`${name} ${!rest}`, rest ? two('Tắt', 'Off') : two('Bật', 'On')]]) })}`,
        )
        .join(''),
)}</main>`,
  )
}

const Csrf = Type.String({ maxLength: 100 })
/** Only pages of ours. */
const Back = Type.String({ pattern: '^/(manual|commission(/[a-z]{1,20})?)$' })
const ManualForm = Type.Object(
  {
    csrf: Csrf,
    what: Type.Enum(['chart', 'pattern', 'brightness', 'input', 'relay']),
    value: Type.String({ maxLength: 60 }),
    minutes: Type.Enum([...MINUTES]),
    back: Back,
    columns: Type.Optional(Type.String({ pattern: '^([1-9]|[1-5][0-9]|6[0-4])$' })),
    rows: Type.Optional(Type.String({ pattern: '^([1-9]|[1-5][0-9]|6[0-4])$' })),
    module: Type.Optional(Type.String({ pattern: '^([1-9][0-9]{0,3})?$' })),
  },
  { additionalProperties: false },
)
type ManualForm = Static<typeof ManualForm>
const EndForm = Type.Object(
  { csrf: Csrf, key: Type.String({ maxLength: 60 }), back: Back },
  { additionalProperties: false },
)

/** What the form asks for; null: nothing that can be asked. */
const wishOf = (form: ManualForm): ManualWish | { readonly what: 'pattern'; readonly pattern: TestPattern } | null => {
  const { what, value } = form
  switch (what) {
    case 'chart': {
      const name = CHART_NAMES.find((one) => one === value)
      if (name === undefined) return null
      const modules = { columns: Number(form.columns ?? 1), rows: Number(form.rows ?? 1) }
      const module = name === 'walk' && form.module ? Number(form.module) : null
      return { what, chart: { name, modules, module } }
    }
    case 'pattern': {
      const pattern = TEST_PATTERNS.find((one) => one === value)
      return pattern === undefined ? null : { what, pattern }
    }
    case 'brightness':
      return /^([1-9][0-9]?|100)$/.test(value) ? { what, percent: percent(Number(value)) } : null
    case 'input':
      return { what, input: value }
    case 'relay': {
      const [relay = '', on] = value.split(' ')
      return on === 'true' || on === 'false' ? { what, relay, on: on === 'true' } : null
    }
  }
}

type Needs = {
  readonly manual: () => ManualFacts
  readonly post: Post
  readonly session: (request: FastifyRequest) => Session | null
  readonly allowed: (request: FastifyRequest, reply: FastifyReply, csrf: string) => Session | null
  readonly html: (reply: FastifyReply, text: string) => FastifyReply
}

export const manualRoutes = (app: FastifyInstance, needs: Needs): void => {
  app.get('/manual', async (request, reply) => {
    const session = needs.session(request)
    return session === null ? reply.redirect('/', 303) : needs.html(reply, manualPage(needs.manual(), session))
  })
  app.get('/manual/live', async (request, reply) => {
    const session = needs.session(request)
    return session === null ? reply.code(401).send('') : needs.html(reply, heldPart(needs.manual(), session, '/manual'))
  })
  app.post('/manual', async (request, reply) => {
    const form = checkDocument(ManualForm, request.body)
    if (!form.ok) return reply.code(400).send(form.error.map((f) => `${f.where}: ${f.why}`).join('; '))
    const session = needs.allowed(request, reply, form.value.csrf)
    if (session === null) return reply
    const wish = wishOf(form.value)
    if (wish === null) return reply.code(400).send('/value: không có lựa chọn này · there is no such choice')
    const facts = needs.manual()
    if (wish.what === 'input' && !facts.inputs.includes(wish.input))
      return reply.code(400).send('/value: không có ngõ vào này · there is no such input')
    if (wish.what === 'pattern' && !(facts.patterns ?? []).includes(wish.pattern))
      return reply.code(400).send('/value: bộ điều khiển không có mẫu này · the controller has no such pattern')
    const { person } = session
    const forMs = Number(form.value.minutes) * 60_000
    if (wish.what === 'pattern') needs.post({ event: 'technician', person, pattern: wish.pattern, forMs })
    else needs.post({ event: 'manual', person, wish, forMs })
    return reply.redirect(form.value.back, 303)
  })
  app.post('/manual-end', async (request, reply) => {
    const form = checkDocument(EndForm, request.body)
    const session = needs.allowed(request, reply, form.ok ? form.value.csrf : '')
    if (session === null || !form.ok) return session === null ? reply : reply.code(400).send('')
    const { key, back } = form.value
    needs.post({ event: 'manual-end', person: session.person, key: key === 'all' ? null : key })
    return reply.redirect(back, 303)
  })
}
