import { constants } from 'node:crypto'
import fastifyCookie from '@fastify/cookie'
import helmet from '@fastify/helmet'
import multipart from '@fastify/multipart'
import rateLimit from '@fastify/rate-limit'
import fastifyStatic from '@fastify/static'
import websocket from '@fastify/websocket'
import Fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { assert, ok, type Result } from '#core/base/result.ts'
import type { ApiError } from '#core/contract/api.ts'
import { can } from '#core/contract/can.ts'
import { LINK_LIMITS } from '#core/contract/link.ts'
import { CAP_MEDIA_TYPE } from '#core/emergency/cap/message.ts'
import { CAP_BOUNDS } from '../cap/xml.ts'
import type { Hub } from '../hub.ts'
import { type Call, type Person, type Problem, problem, type Route } from './answer.ts'
import { assetRoutes } from './assets.ts'
import { auditRoutes } from './audit.ts'
import { authRoutes } from './auth.ts'
import { capRoutes } from './cap.ts'
import { contentRoutes } from './content.ts'
import { dayRoutes } from './day.ts'
import { deviceRoutes } from './devices.ts'
import { draftRoutes } from './drafts-routes.ts'
import { fitRoutes } from './fit.ts'
import { mayReadMetrics, mustBePerson, oneIdentity, type Programs, personOf } from './guard.ts'
import { incidentRoutes } from './incidents.ts'
import { metricRoutes } from './metrics.ts'
import { orderRoutes } from './orders.ts'
import { PICTURE_BODIES, pictureRoutes } from './pictures.ts'
import { playlogRoutes } from './playlog.ts'
import { playRoutes } from './plays.ts'
import { isChange, makePrograms } from './programs.ts'
import { runbookRoutes } from './runbook.ts'
import { scheduleRoutes } from './schedules.ts'
import { siteRoutes } from './sites.ts'
import { templateRoutes } from './templates.ts'
import { tokenRoutes } from './tokens.ts'
import { uptimeRoutes } from './uptime.ts'

/** JSON bodies: a schedule document is the largest thing that comes in. Files have their own bound. */
const BODY_BYTES = 9_437_184
/** What anybody may send without saying who he is: a login, an enrolment. */
const STRANGER_BYTES = 16_384

/**
 * How long a connection may take, ms, and how many there may be: headers (and the TLS handshake) within `headersMs`, a whole request within
 * `requestMs` (a file of half a gigabyte over a slow line), looked at every `checkMs`; between two requests `idleMs`.
 */
export type HttpBounds = {
  readonly headersMs: number
  readonly requestMs: number
  readonly checkMs: number
  readonly idleMs: number
  readonly connections: number
}
export const HTTP_BOUNDS: HttpBounds = {
  headersMs: 15_000,
  requestMs: 300_000,
  checkMs: 5_000,
  idleMs: 72_000,
  connections: 10_000,
}

/** Per address. Three consoles that look at two hundred clusters stay below it. */
const REQUESTS_PER_MINUTE = 3_000

export const routesOf = (hub: Hub): readonly Route[] => [
  ...authRoutes(hub),
  ...siteRoutes(hub),
  ...orderRoutes(hub),
  ...draftRoutes(hub),
  ...auditRoutes(hub),
  ...contentRoutes(hub),
  ...fitRoutes(hub),
  ...scheduleRoutes(hub),
  ...playlogRoutes(hub),
  ...playRoutes(hub),
  ...dayRoutes(hub),
  ...uptimeRoutes(hub),
  ...incidentRoutes(hub),
  ...deviceRoutes(hub),
  ...tokenRoutes(hub),
  ...capRoutes(hub),
  ...pictureRoutes(hub),
  ...templateRoutes(hub),
  ...assetRoutes(hub),
  ...metricRoutes(hub),
  ...runbookRoutes(),
]

/** What a request without a session may show instead. */
type Gate = { readonly programs: Programs; readonly metricsToken: string | null }

const send = (reply: FastifyReply, result: Result<unknown, Problem>): FastifyReply => {
  if (result.ok) return result.value === reply ? reply : reply.send(result.value)
  const { status, error, message, where } = result.error
  const body: ApiError = { error, message, where }
  // The handler may have announced a picture; what comes is an error, and no cache shall keep it.
  return reply.code(status).type('application/json; charset=utf-8').header('cache-control', 'no-store').send(body)
}

/** Who may go on: null where nobody in particular is asked for. Settled before the body is read, so that a stranger fills no memory. */
const admit = async (
  hub: Hub,
  route: Route,
  { request, gate }: { readonly request: FastifyRequest; readonly gate: Gate },
): Promise<Result<Person | null, Problem>> => {
  if (route.need === 'anyone') return ok(null)
  if (route.need === 'machine') {
    if (mayReadMetrics(hub, gate.metricsToken, request)) return ok(null)
    const words = {
      vi: 'Chỉ đọc được từ chính máy này hoặc với mã đã cấu hình.',
      en: 'Only from this machine, or with the configured token.',
    }
    return problem(403, 'machine-only', words, 'authorization')
  }
  const one = oneIdentity(request)
  if (!one.ok) return one
  if (route.need === 'person-or-edge') return ok(null)
  return mustBePerson(hub, request, { need: route.need, programs: gate.programs })
}

/** A refused body of more than this is not read to its end: the connection goes instead. */
const MOST_UNREAD = 65_536

const refuse = (request: FastifyRequest, reply: FastifyReply, refusal: Result<never, Problem>): FastifyReply => {
  const length = Number(request.headers['content-length'] ?? 0)
  if (length > MOST_UNREAD || request.headers['transfer-encoding'] !== undefined) reply.header('connection', 'close')
  return send(reply, refusal)
}

const answer = async (
  hub: Hub,
  route: Route,
  call: Call & { readonly person: Person | null },
): Promise<FastifyReply> => {
  const { reply, person } = call
  if (route.need === 'anyone' || route.need === 'machine' || route.need === 'person-or-edge')
    return send(reply, await route.handle(call))
  assert(person !== null, `${route.method} ${route.url} was let through without a person`)
  const result = await route.handle({ ...call, person })
  if (person.token !== null && isChange(call.request)) await used(hub, call, person, result)
  return send(reply, result)
}

/** Whatever a program changes, or tries to, is in the audit log under the token's name, beside what the handler writes itself. */
const used = (hub: Hub, call: Call, person: Person, result: Result<unknown, Problem>): Promise<void> =>
  hub.store.audit.append({
    at: hub.now(),
    person: person.user,
    action: 'token.used',
    subject: person.token ?? '',
    detail: `${call.request.method} ${call.request.routeOptions.url ?? ''}: ${result.ok ? 'ok' : result.error.error}`,
    address: call.address,
  })

const plugins = async (app: FastifyInstance, hub: Hub): Promise<void> => {
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        imgSrc: ["'self'", 'data:', 'blob:'],
        mediaSrc: ["'self'", 'blob:'],
        connectSrc: ["'self'"],
        objectSrc: ["'none'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
      },
    },
    // Not with a certificate of our own: a browser that has been told HSTS lets nobody past a changed one.
    hsts: hub.config.behindProxy || (hub.config.tls !== null && 'certFile' in hub.config.tls),
  })
  // Requests that were sent in one breath before the connection ended have nobody to be answered to, and no address to be counted by.
  app.addHook('onRequest', async (request, reply) => {
    if (request.socket.remoteAddress !== undefined) return
    reply.hijack()
    request.raw.destroy()
  })
  await app.register(fastifyCookie)
  await app.register(rateLimit, {
    global: true,
    max: REQUESTS_PER_MINUTE,
    timeWindow: 60_000,
    errorResponseBuilder: () =>
      Object.assign(new Error('too many requests'), { statusCode: 429, code: 'too-many-requests' }),
  })
  await app.register(multipart, {
    // Slides are several pictures in one item; all of them together have the bound of one file (content-draft.ts).
    limits: { files: 60, fields: 1, fieldSize: 65_536, fileSize: hub.config.assetBytes, parts: 61 },
  })
  await app.register(websocket, { options: { maxPayload: LINK_LIMITS.messageBytes, perMessageDeflate: false } })
}

const sockets = (app: FastifyInstance, hub: Hub): void => {
  app.get('/edge', { websocket: true }, (socket, request) => hub.edges.accept(socket, request.ip))
  app.get(
    '/api/live',
    {
      websocket: true,
      preValidation: async (request, reply) => {
        // The cookie is SameSite=Strict; the origin is checked as well, since a WebSocket is not under the same-origin policy.
        const origin = request.headers.origin
        const from = origin === undefined || !URL.canParse(origin) ? null : new URL(origin).host
        const foreign = origin !== undefined && from !== request.headers.host
        const one = oneIdentity(request)
        if (!one.ok) return send(reply, one)
        const person = foreign ? null : await personOf(hub, request)
        if (person === null || !can(person.roles, 'view')) {
          return send(reply, problem(401, 'not-logged-in', { vi: 'Hãy đăng nhập.', en: 'Log in first.' }, null))
        }
        return
      },
    },
    async (socket, request) => {
      const person = await personOf(hub, request)
      if (person === null) return socket.close(4401, 'session')
      if (!hub.live.add(socket, person.tokenHash)) return socket.close(1013, 'too many consoles')
      for (const site of await hub.views.fleet()) socket.send(JSON.stringify({ t: 'site', site }))
    },
  )
}

/** A form that ends early or has no boundary: the parser's errors for that carry no status, and they are no fault of ours. */
const BROKEN_FORM = /unexpected end of multipart data|^Multipart: Boundary not found/i

const faults = (app: FastifyInstance, hub: Hub): void => {
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const status = error.statusCode ?? (BROKEN_FORM.test(error.message) ? 400 : 500)
    if (status >= 500) {
      hub.log('error', 'request failed', {
        method: request.method,
        url: request.routeOptions.url,
        error: error.stack ?? String(error),
      })
      return send(
        reply,
        problem(500, 'internal', { vi: 'Lỗi máy chủ, đã ghi nhật ký.', en: 'Server error, it has been logged.' }, null),
      )
    }
    if (status === 429)
      return send(
        reply,
        problem(429, 'too-many-requests', { vi: 'Quá nhiều yêu cầu, hãy chờ.', en: 'Too many requests, wait.' }, null),
      )
    return send(
      reply,
      problem(
        status,
        'bad-request',
        { vi: `Yêu cầu sai: ${error.message}`, en: `Bad request: ${error.message}` },
        null,
      ),
    )
  })
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?')[0] ?? ''
    const page =
      request.method === 'GET' &&
      !/^\/(api|assets|edges|edge|sd|metrics)(\/|$)/.test(path) &&
      !/\.[a-z0-9]+$/i.test(path)
    if (page && hub.config.consoleDir !== null) return reply.sendFile('index.html')
    return send(
      reply,
      problem(404, 'not-found', { vi: 'Không có địa chỉ này.', en: 'There is nothing at this address.' }, null),
    )
  })
}

export type AppNeeds = {
  /** PEM; null: plain HTTP. */
  readonly certificate: { readonly cert: string; readonly key: string } | null
  /** Opens /metrics to other machines; null: to this one only. */
  readonly metricsToken: string | null
  readonly bounds: HttpBounds
}

const register = (app: FastifyInstance, hub: Hub, gate: Gate): void => {
  const admitted = new WeakMap<FastifyRequest, Person>()
  for (const route of routesOf(hub)) {
    const rate =
      route.limitPerMinute === undefined
        ? {}
        : { config: { rateLimit: { max: route.limitPerMinute, timeWindow: 60_000 } } }
    app.route({
      method: route.method,
      url: route.url,
      ...rate,
      ...(route.need === 'anyone' ? { bodyLimit: STRANGER_BYTES } : {}),
      preParsing: async (request, reply, payload) => {
        reply.header('cache-control', 'no-store')
        const who = await admit(hub, route, { request, gate })
        if (!who.ok) return refuse(request, reply, who)
        if (who.value !== null) admitted.set(request, who.value)
        return payload
      },
      handler: (request, reply) => {
        const person = admitted.get(request) ?? null
        return answer(hub, route, { request, reply, address: request.ip, person })
      },
    })
  }
}

/** The HTTP side of the hub, not yet listening. */
export const makeApp = async (hub: Hub, needs: AppNeeds): Promise<FastifyInstance> => {
  const { config } = hub
  const common = {
    logger: false,
    // Only a proxy in our own network may say whom it speaks for; else anyone could pick the address that gets locked.
    trustProxy: config.behindProxy ? ['loopback', 'linklocal', 'uniquelocal'] : false,
    bodyLimit: BODY_BYTES,
    forceCloseConnections: true,
    requestTimeout: needs.bounds.requestMs,
    keepAliveTimeout: needs.bounds.idleMs,
  } as const
  const { certificate, metricsToken, bounds } = needs
  const slow = { headersTimeout: bounds.headersMs, connectionsCheckingInterval: bounds.checkMs }
  const app: FastifyInstance =
    certificate === null
      ? Fastify({ ...common, http: slow })
      : (Fastify({
          ...common,
          https: {
            ...slow,
            cert: certificate.cert,
            key: certificate.key,
            minVersion: 'TLSv1.2',
            // Edges never resume a session; a ticket kept for each would be memory for nothing.
            secureOptions: constants.SSL_OP_NO_TICKET,
            handshakeTimeout: bounds.headersMs,
          },
        }) as unknown as FastifyInstance)
  app.server.maxConnections = bounds.connections
  await plugins(app, hub)
  // As bytes: what they mean is for the strict reader alone.
  app.addContentTypeParser(
    CAP_MEDIA_TYPE,
    { parseAs: 'buffer', bodyLimit: CAP_BOUNDS.bytes },
    async (_request: FastifyRequest, body: Buffer) => body,
  )
  app.addContentTypeParser(
    PICTURE_BODIES.types,
    { parseAs: 'buffer', bodyLimit: PICTURE_BODIES.bytes },
    async (_request: FastifyRequest, body: Buffer) => body,
  )
  faults(app, hub)
  sockets(app, hub)
  register(app, hub, { programs: makePrograms(hub), metricsToken })
  if (config.consoleDir !== null)
    await app.register(fastifyStatic, { root: config.consoleDir, wildcard: true, index: ['index.html'] })
  return app
}
