import cookie from '@fastify/cookie'
import helmet from '@fastify/helmet'
import rateLimit from '@fastify/rate-limit'
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { checkDocument } from '#core/base/check.ts'
import type { Log } from '#core/base/ports.ts'
import { err, ok, type Result } from '#core/base/result.ts'
import type { SiteFacts } from '#core/engine/site.ts'
import { TEST_PATTERNS } from '#core/screen/display.ts'
import type { Commission } from '../commission/open.ts'
import type { Frame } from '../player/eyes.ts'
import type { Post } from '../shell/loop.ts'
import { bucketOf } from '../shell/refusals.ts'
import { SCRIPT, STYLE } from './assets.ts'
import { commissionRoutes } from './commission.ts'
import { type DiagnoseNeeds, diagnoseRoutes } from './diagnose.ts'
import { localRoutes, type PreviewPreset } from './local.ts'
import { type ManualFacts, manualRoutes } from './manual.ts'
import { livePart, loginPage, mainPage, type PageFacts } from './page.ts'
import { createSessions, type Pairing, type Session, sameToken } from './pairing.ts'
import { strangerIn } from './strangers.ts'

/** The technician's page and the local `/metrics`. Listens where the configuration says, on loopback by default. */
export type WebServer = { readonly url: string; readonly stop: () => Promise<void> }

export type WebOptions = {
  readonly host: string
  readonly port: number
  /** Names by which it is opened, beside addresses and local names. */
  readonly names: readonly string[]
  readonly site: SiteFacts
  readonly pairing: Pairing
  readonly facts: () => Promise<PageFacts>
  readonly frame: () => Promise<Frame | null>
  readonly metrics: () => Promise<string>
  readonly preview: PreviewPreset
  readonly manual: () => ManualFacts
  readonly commission: Commission
  readonly offsetMinutes: number
  readonly report: DiagnoseNeeds['report']
  readonly bundle: DiagnoseNeeds['bundle']
  readonly post: Post
  readonly log: Log
}

const COOKIE = 'bangtin_technician'
/** Attempts to sign in per address and minute; the code has 60 bits, so this is for the log's sake. */
const LOGINS_PER_MINUTE = 5
const BODY_BYTES = 4_096
/** Refused sign-ins that are written down at once; then one a minute. */
const MOST_REFUSALS = 60
const WRONG_CODE = { vi: 'Sai mã ghép nối.', en: 'Wrong pairing code.' }

const STRANGER = {
  host: 'Hãy mở bằng địa chỉ IP, hoặc khai tên này trong /web/names. · Open it by its address, or put this name into /web/names of the configuration.',
  origin: 'Yêu cầu đến từ trang khác. · The request came from another page.',
} as const

const Login = Type.Object(
  { person: Type.String({ minLength: 1, maxLength: 64 }), code: Type.String({ maxLength: 40 }) },
  { additionalProperties: false },
)
const TestPatternForm = Type.Object(
  {
    csrf: Type.String({ maxLength: 100 }),
    pattern: Type.Enum([...TEST_PATTERNS]),
    minutes: Type.Enum(['1', '5', '15']),
  },
  { additionalProperties: false },
)
const OnlyToken = Type.Object({ csrf: Type.String({ maxLength: 100 }) }, { additionalProperties: false })

const isLoopback = (address: string): boolean => /^(127\.|::1$|::ffff:127\.)/.test(address)

export const startWeb = async (options: WebOptions): Promise<Result<WebServer, string>> => {
  const app = fastify({ bodyLimit: BODY_BYTES, requestTimeout: 10_000, keepAliveTimeout: 10_000, trustProxy: false })
  await app.register(cookie)
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        frameAncestors: ["'none'"],
        formAction: ["'self'"],
        baseUri: ["'none'"],
        objectSrc: ["'none'"],
      },
    },
    // With `no-referrer` browsers call the origin of a form `null`, and it could not be told from that of another page.
    referrerPolicy: { policy: 'same-origin' },
    // Plain HTTP on a local address: a browser told to come back by HTTPS would find nobody.
    strictTransportSecurity: false,
  })
  await app.register(rateLimit, { global: true, max: 300, timeWindow: 60_000 })
  app.addHook('onRequest', async (request, reply) => {
    const what = strangerIn(request.headers, options.names)
    if (what === null || (what === 'origin' && request.method === 'GET')) return
    return reply
      .code(what === 'host' ? 421 : 403)
      .type('text/plain; charset=utf-8')
      .send(STRANGER[what])
  })
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) =>
    done(null, Object.fromEntries(new URLSearchParams(String(body)))),
  )
  routes(app, options)
  try {
    const url = await app.listen({ host: options.host, port: options.port })
    return ok({ url, stop: () => app.close() })
  } catch (error) {
    await app.close()
    return err(
      `/web: cannot listen on ${options.host}:${options.port}: ${error instanceof Error ? error.message : String(error)}`,
    )
  }
}

const routes = (app: FastifyInstance, options: WebOptions): void => {
  const sessions = createSessions(() => performance.now())
  const mayRecord = bucketOf(MOST_REFUSALS, () => performance.now())
  const sessionOf = (request: FastifyRequest): Session | null => sessions.find(request.cookies[COOKIE])
  const html = (reply: FastifyReply, text: string) =>
    reply.type('text/html; charset=utf-8').header('cache-control', 'no-store').send(text)
  /** The session of a request that changes something; answers itself when there is none or the token is wrong. */
  const allowed = (request: FastifyRequest, reply: FastifyReply, csrf: string): Session | null => {
    const session = sessionOf(request)
    if (session !== null && sameToken(session.csrf, csrf)) return session
    void reply.code(403).send('Phiên không hợp lệ · no valid session')
    return null
  }

  const needs = { ...options, session: sessionOf, allowed, html }
  manualRoutes(app, needs)
  commissionRoutes(app, needs)
  diagnoseRoutes(app, { ...options, session: sessionOf, html })
  localRoutes(app, { ...options, signedIn: (request) => sessionOf(request) !== null, allowed, html })
  app.get('/style.css', (_q, reply) => reply.type('text/css; charset=utf-8').send(STYLE))
  app.get('/app.js', (_q, reply) => reply.type('text/javascript; charset=utf-8').send(SCRIPT))
  app.get('/', async (request, reply) => {
    const session = sessionOf(request)
    return html(reply, session ? mainPage(await options.facts(), session) : loginPage(options.site, null))
  })
  app.get('/live', async (request, reply) => {
    const session = sessionOf(request)
    return session ? html(reply, livePart(await options.facts(), session)) : reply.code(401).send('')
  })
  app.get('/frame.jpg', async (request, reply) => {
    if (sessionOf(request) === null) return reply.code(401).send('')
    const frame = await options.frame()
    if (frame === null) return reply.code(503).send('')
    return reply.type(frame.mime).header('cache-control', 'no-store').send(Buffer.from(frame.bytes))
  })
  app.get('/metrics', async (request, reply) =>
    isLoopback(request.ip)
      ? reply.type('text/plain; version=0.0.4; charset=utf-8').send(await options.metrics())
      : reply.code(403).send('only from this machine; the hub passes them on'),
  )
  app.post(
    '/login',
    { config: { rateLimit: { max: LOGINS_PER_MINUTE, timeWindow: 60_000 } } },
    async (request, reply) => {
      const form = checkDocument(Login, request.body)
      const good = form.ok && (await options.pairing.check(form.value.code))
      if (!form.ok || !good) {
        options.log('warn', 'sign-in at the technician page refused', { address: request.ip })
        // Whoever guesses all day must not fill the disk with it; the log has each.
        if (mayRecord())
          options.post({ event: 'access', person: 'unknown', what: 'sign-in-refused', detail: request.ip })
        return html(reply.code(401), loginPage(options.site, WRONG_CODE, form.ok ? form.value.person : ''))
      }
      const session = sessions.open(form.value.person.trim() || 'unknown')
      options.post({ event: 'access', person: session.person, what: 'sign-in', detail: request.ip })
      return reply.setCookie(COOKIE, session.id, { httpOnly: true, sameSite: 'strict', path: '/' }).redirect('/', 303)
    },
  )
  app.post('/logout', async (request, reply) => {
    const form = checkDocument(OnlyToken, request.body)
    const session = allowed(request, reply, form.ok ? form.value.csrf : '')
    if (session === null) return reply
    sessions.close(session.id)
    return reply.clearCookie(COOKIE, { path: '/' }).redirect('/', 303)
  })
  app.post('/test-pattern', async (request, reply) => {
    const form = checkDocument(TestPatternForm, request.body)
    if (!form.ok) return reply.code(400).send(form.error.map((f) => `${f.where}: ${f.why}`).join('; '))
    const session = allowed(request, reply, form.value.csrf)
    if (session === null) return reply
    const forMs = Number(form.value.minutes) * 60_000
    options.post({ event: 'technician', person: session.person, pattern: form.value.pattern, forMs })
    return reply.redirect('/', 303)
  })
}
