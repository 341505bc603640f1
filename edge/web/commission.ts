import multipart from '@fastify/multipart'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type TSchema, Type } from 'typebox'
import { checkDocument } from '#core/base/check.ts'
import type { Result } from '#core/base/result.ts'
import type { Phrase } from '#core/contract/words.ts'
import { Geometry, isStep } from '../commission/document.ts'
import type { Commission } from '../commission/open.ts'
import { MOST_UPLOAD_BYTES } from '../commission/photos.ts'
import {
  COMMISSION_SCRIPT,
  COMMISSION_STYLE,
  listPage,
  livePart,
  type Pages,
  refusedPage,
  stepPage,
} from './commission-page.ts'
import { REPORT_STYLE, reportPage } from './commission-report.ts'
import type { ManualFacts } from './manual.ts'
import type { Session } from './pairing.ts'

/** The routes of commissioning. Every one but style and script asks for a session, every change for its token. */

type Needs = {
  readonly commission: Commission
  readonly manual: () => ManualFacts
  readonly offsetMinutes: number
  readonly session: (request: FastifyRequest) => Session | null
  readonly allowed: (request: FastifyRequest, reply: FastifyReply, csrf: string) => Session | null
  readonly html: (reply: FastifyReply, text: string) => FastifyReply
}

const Csrf = { csrf: Type.String({ maxLength: 100 }) }
const Strict = { additionalProperties: false } as const
const Number_ = Type.String({ pattern: '^[0-9]{1,4}([.,][0-9]{1,3})?$' })
const FORMS = {
  'ports/search': Type.Object({ ...Csrf, hosts: Type.String({ maxLength: 300 }) }, Strict),
  'geometry/set': Type.Object(
    { ...Csrf, width: Number_, height: Number_, pitchMm: Number_, columns: Number_, rows: Number_ },
    Strict,
  ),
  'brightness/sweep': Type.Object(Csrf, Strict),
  'power/run': Type.Object({ ...Csrf, sure: Type.Literal('yes') }, Strict),
  'clock/phone': Type.Object(
    {
      ...Csrf,
      phone: Type.String({ pattern: '^[0-9]{0,15}$' }),
      time: Type.String({ pattern: '^(([01]?[0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?)?$' }),
    },
    Strict,
  ),
  'sound/tone': Type.Object({ ...Csrf, side: Type.Enum(['left', 'right', 'both']) }, Strict),
  'enrol/code': Type.Object({ ...Csrf, code: Type.String({ minLength: 4, maxLength: 64 }) }, Strict),
  'photos/drop': Type.Object({ ...Csrf, id: Type.String({ pattern: '^[0-9a-f]{16}$' }) }, Strict),
} as const
const Record_ = Type.Object(
  { ...Csrf, verdict: Type.Optional(Type.Enum(['pass', 'fail', 'na'])), note: Type.String({ maxLength: 400 }) },
  Strict,
)
const Only = Type.Object(Csrf, Strict)

const DAY_MS = 86_400_000
/** By the clock face alone: the nearest day is meant. */
const offByTime = (text: string, wall: number, offsetMinutes: number): number => {
  const [hours = 0, minutes = 0, seconds = 0] = text.split(':').map(Number)
  const typed = ((hours * 60 + minutes) * 60 + seconds) * 1000
  const ours = (wall + offsetMinutes * 60_000) % DAY_MS
  const off = (((typed - ours) % DAY_MS) + DAY_MS) % DAY_MS
  return Math.round(off > DAY_MS / 2 ? off - DAY_MS : off)
}

export const commissionRoutes = (app: FastifyInstance, needs: Needs): void => {
  const { commission } = needs
  const pages = (session: Session): Pages => ({
    title: needs.manual().title,
    offsetMinutes: needs.offsetMinutes,
    session,
  })
  const refuse = (reply: FastifyReply, session: Session, of: { why: Phrase; back: string }) =>
    needs.html(reply.code(409), refusedPage(pages(session), of.why, of.back))
  const answer = (reply: FastifyReply, session: Session, of: { done: Result<unknown, Phrase>; back: string }) =>
    of.done.ok ? reply.redirect(of.back, 303) : refuse(reply, session, { why: of.done.error, back: of.back })
  /** A form of ours from somebody who signed in, or an answer that says what is wrong. */
  const taken = <S extends TSchema>(request: FastifyRequest, reply: FastifyReply, schema: S) => {
    const form = checkDocument(schema, request.body)
    if (!form.ok) {
      void reply.code(400).send(form.error.map((f) => `${f.where}: ${f.why}`).join('; '))
      return null
    }
    const { csrf } = form.value as { csrf: string }
    const session = needs.allowed(request, reply, csrf)
    return session === null ? null : { form: form.value, session }
  }

  app.get('/commission.css', (_q, reply) => reply.type('text/css; charset=utf-8').send(COMMISSION_STYLE))
  app.get('/commission-report.css', (_q, reply) => reply.type('text/css; charset=utf-8').send(REPORT_STYLE))
  app.get('/commission.js', (_q, reply) => reply.type('text/javascript; charset=utf-8').send(COMMISSION_SCRIPT))
  app.get('/commission', async (request, reply) => {
    const session = needs.session(request)
    return session === null ? reply.redirect('/', 303) : needs.html(reply, listPage(pages(session), commission))
  })
  app.get<{ Params: { step: string } }>('/commission/:step', async (request, reply) => {
    const session = needs.session(request)
    if (session === null) return reply.redirect('/', 303)
    const { step } = request.params
    if (!isStep(step)) return reply.code(404).send('')
    return needs.html(reply, stepPage(step, { ...pages(session), commission, manual: needs.manual() }))
  })
  app.get<{ Params: { step: string } }>('/commission/:step/live', async (request, reply) => {
    const session = needs.session(request)
    if (session === null) return reply.code(401).send('')
    const { step } = request.params
    return isStep(step)
      ? needs.html(reply, livePart(step, { commission, manual: needs.manual(), session }))
      : reply.code(404).send('')
  })
  app.post<{ Params: { step: string } }>('/commission/:step/record', async (request, reply) => {
    const { step } = request.params
    if (!isStep(step)) return reply.code(404).send('')
    const given = taken(request, reply, Record_)
    if (given === null) return reply
    const { session, form } = given
    const by = { person: session.person, verdict: form.verdict ?? null, note: form.note.trim() }
    return answer(reply, session, { done: commission.record(step, by), back: `/commission/${step}` })
  })
  trials()
  reports()
  void app.register(photos)

  function trials(): void {
    app.post('/commission/ports/search', async (request, reply) => {
      const given = taken(request, reply, FORMS['ports/search'])
      if (given === null) return reply
      const done = commission.search(given.session.person, given.form.hosts)
      return answer(reply, given.session, { done, back: '/commission/ports' })
    })
    app.post('/commission/geometry/set', async (request, reply) => {
      const given = taken(request, reply, FORMS['geometry/set'])
      if (given === null) return reply
      const { csrf: _, ...numbers } = given.form
      const asked = Object.fromEntries(
        Object.entries(numbers).map(([name, text]) => [name, Number(text.replace(',', '.'))]),
      )
      const geometry = checkDocument(Geometry, asked)
      const back = '/commission/geometry'
      if (geometry.ok)
        return answer(reply, given.session, { done: commission.geometry(geometry.value, given.session.person), back })
      const why = geometry.error.map((f) => `${f.where}: ${f.why}`).join('; ')
      return refuse(reply, given.session, {
        why: { vi: `Kích thước không hợp lý: ${why}`, en: 'not a size a panel can have' },
        back,
      })
    })
    app.post('/commission/brightness/sweep', async (request, reply) => {
      const given = taken(request, reply, FORMS['brightness/sweep'])
      if (given === null) return reply
      return answer(reply, given.session, {
        done: commission.sweep(given.session.person),
        back: '/commission/brightness',
      })
    })
    app.post('/commission/power/run', async (request, reply) => {
      const given = taken(request, reply, FORMS['power/run'])
      if (given === null) return reply
      return answer(reply, given.session, {
        done: commission.runPower(given.session.person),
        back: '/commission/power',
      })
    })
    app.post('/commission/clock/phone', async (request, reply) => {
      const given = taken(request, reply, FORMS['clock/phone'])
      if (given === null) return reply
      const { phone, time } = given.form
      const { wall } = commission.view().status.clock
      const back = '/commission/clock'
      if (phone === '' && time === '')
        return refuse(reply, given.session, {
          why: { vi: 'Nhập giờ trên điện thoại.', en: 'Enter the time of the phone.' },
          back,
        })
      const off = phone === '' ? offByTime(time, wall, needs.offsetMinutes) : Math.round(Number(phone) - wall)
      return answer(reply, given.session, { done: commission.phone(off, given.session.person), back })
    })
    app.post('/commission/sound/tone', async (request, reply) => {
      const given = taken(request, reply, FORMS['sound/tone'])
      if (given === null) return reply
      return answer(reply, given.session, {
        done: commission.tone(given.session.person, given.form.side),
        back: '/commission/sound',
      })
    })
    app.post('/commission/enrol/code', async (request, reply) => {
      const given = taken(request, reply, FORMS['enrol/code'])
      if (given === null) return reply
      const done = await commission.enrol(given.form.code.trim(), given.session.person)
      return answer(reply, given.session, { done, back: '/commission/enrol' })
    })
    app.post('/commission/restart', async (request, reply) => {
      const given = taken(request, reply, Only)
      if (given === null) return reply
      return answer(reply, given.session, { done: commission.restart(given.session.person), back: '/commission' })
    })
  }

  function reports(): void {
    app.post('/commission/report', async (request, reply) => {
      const given = taken(request, reply, Only)
      if (given === null) return reply
      const done = commission.sign(given.session.person)
      return answer(reply, given.session, { done, back: done.ok ? `/commission/report/${done.value}` : '/commission' })
    })
    app.get<{ Params: { file: string } }>('/commission/report/:file', async (request, reply) => {
      if (needs.session(request) === null) return reply.redirect('/', 303)
      const [, digits, json] = /^(\d{1,6})(\.json)?$/.exec(request.params.file) ?? []
      const number = digits === undefined ? 0 : Number(digits)
      const text = number > 0 ? commission.reportFile(number) : null
      if (text === null) return reply.code(404).send('')
      if (json !== undefined) {
        const name = `report-${String(number).padStart(3, '0')}.json`
        return reply.type('application/json').header('content-disposition', `attachment; filename="${name}"`).send(text)
      }
      const checked = commission.read(number)
      if (checked === null)
        return reply
          .code(409)
          .send(
            'Chữ ký hoặc số biên bản không đúng: tệp đã bị sửa hay tráo. · The signature or the number is wrong: the file was changed or exchanged.',
          )
      const first = commission.reports()[0]
      const before = first === undefined || first === number ? null : commission.read(first)
      return needs.html(
        reply,
        reportPage(checked, {
          offsetMinutes: needs.offsetMinutes,
          before,
          foreign: commission.foreignKey(checked),
          wrongPhotos: commission.wrongPhotos(checked),
        }),
      )
    })
  }

  async function photos(scope: FastifyInstance): Promise<void> {
    await scope.register(multipart, {
      limits: { fileSize: MOST_UPLOAD_BYTES, files: 1, fields: 4, fieldSize: 1_000, parts: 6 },
    })
    scope.get<{ Params: { id: string } }>('/commission/photo/:id', async (request, reply) => {
      if (needs.session(request) === null) return reply.code(401).send('')
      const jpeg = commission.photo(request.params.id)
      return jpeg === null
        ? reply.code(404).send('')
        : reply.type('image/jpeg').header('cache-control', 'private').send(Buffer.from(jpeg))
    })
    scope.post('/commission/photos/drop', async (request, reply) => {
      const given = taken(request, reply, FORMS['photos/drop'])
      if (given === null) return reply
      return answer(reply, given.session, {
        done: commission.dropPhoto(given.form.id, given.session.person),
        back: '/commission/photos',
      })
    })
    scope.post('/commission/photos/add', async (request, reply) => {
      // The session before the body: twelve megabytes of a stranger are not read.
      const session = needs.session(request)
      if (session === null) return reply.code(403).send('Phiên không hợp lệ · no valid session')
      const back = '/commission/photos'
      const large: Phrase = { vi: 'Tệp quá lớn hoặc không đúng mẫu.', en: 'The file is too large, or no such form.' }
      if (!request.isMultipart()) return refuse(reply, session, { why: large, back })
      try {
        const part = await request.file()
        if (part === undefined) return refuse(reply, session, { why: large, back })
        const bytes = await part.toBuffer()
        const field = (name: string): string => {
          const value = part.fields[name]
          return value !== undefined && 'value' in value && typeof value.value === 'string' ? value.value : ''
        }
        if (needs.allowed(request, reply, field('csrf')) === null) return reply
        const by = { person: session.person, caption: field('caption').trim().slice(0, 120) }
        return answer(reply, session, { done: await commission.addPhoto(bytes, by), back })
      } catch {
        return refuse(reply, session, { why: large, back })
      }
    })
  }
}
