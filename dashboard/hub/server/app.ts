import fastifyCookie from '@fastify/cookie'
import helmet from '@fastify/helmet'
import multipart from '@fastify/multipart'
import rateLimit from '@fastify/rate-limit'
import fastifyStatic from '@fastify/static'
import websocket from '@fastify/websocket'
import Fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import type { Result } from '#core/base/result.ts'
import type { ApiError } from '#core/contract/api.ts'
import { LINK_LIMITS } from '#core/contract/link.ts'
import type { Hub } from '../hub.ts'
import { type Problem, problem, type Route } from './answer.ts'
import { assetRoutes } from './assets.ts'
import { authRoutes } from './auth.ts'
import { contentRoutes } from './content.ts'
import { deviceRoutes } from './devices.ts'
import { fitRoutes } from './fit.ts'
import { mayReadMetrics, mustBePerson, personOf } from './guard.ts'
import { metricRoutes } from './metrics.ts'
import { orderRoutes } from './orders.ts'
import { playlogRoutes } from './playlog.ts'
import { scheduleRoutes } from './schedules.ts'
import { siteRoutes } from './sites.ts'

/** JSON bodies: a schedule document is the largest thing that comes in. Files have their own bound. */
const BODY_BYTES = 9_437_184
/** Per address. Three consoles that look at two hundred clusters stay below it. */
const REQUESTS_PER_MINUTE = 3_000

export const routesOf = (hub: Hub): readonly Route[] => [
  ...authRoutes(hub),
  ...siteRoutes(hub),
  ...orderRoutes(hub),
  ...contentRoutes(hub),
  ...fitRoutes(hub),
  ...scheduleRoutes(hub),
  ...playlogRoutes(hub),
  ...deviceRoutes(hub),
  ...assetRoutes(hub),
  ...metricRoutes(hub),
]

const send = (reply: FastifyReply, result: Result<unknown, Problem>): FastifyReply => {
  if (result.ok) return result.value === reply ? reply : reply.send(result.value)
  const { status, error, message, where } = result.error
  const body: ApiError = { error, message, where }
  // The handler may have announced a picture; what comes is an error, and no cache shall keep it.
  return reply.code(status).type('application/json; charset=utf-8').header('cache-control', 'no-store').send(body)
}

const answer = async (
  hub: Hub,
  route: Route,
  ask: { readonly request: FastifyRequest; readonly reply: FastifyReply; readonly metricsToken: string | null },
): Promise<FastifyReply> => {
  const { request, reply } = ask
  const call = { request, reply, address: request.ip }
  reply.header('cache-control', 'no-store')
  if (route.need === 'anyone' || route.need === 'person-or-edge') return send(reply, await route.handle(call))
  if (route.need === 'machine') {
    if (mayReadMetrics(hub, ask.metricsToken, request)) return send(reply, await route.handle(call))
    const words = {
      vi: 'Chỉ đọc được từ chính máy này hoặc với mã đã cấu hình.',
      en: 'Only from this machine, or with the configured token.',
    }
    return send(reply, problem(403, 'machine-only', words, 'authorization'))
  }
  const person = await mustBePerson(hub, request, route.need)
  return send(reply, person.ok ? await route.handle({ ...call, person: person.value }) : person)
}

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
        const foreign = origin !== undefined && URL.canParse(origin) && new URL(origin).host !== request.headers.host
        if (foreign || (await personOf(hub, request)) === null) {
          return send(reply, problem(401, 'not-logged-in', { vi: 'Hãy đăng nhập.', en: 'Log in first.' }, null))
        }
        return
      },
    },
    async (socket) => {
      if (!hub.live.add(socket)) return socket.close(1013, 'too many consoles')
      for (const site of await hub.views.fleet()) socket.send(JSON.stringify({ t: 'site', site }))
    },
  )
}

const faults = (app: FastifyInstance, hub: Hub): void => {
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const status = error.statusCode ?? 500
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
    requestTimeout: 300_000,
  } as const
  const { certificate, metricsToken } = needs
  const app: FastifyInstance =
    certificate === null
      ? Fastify(common)
      : (Fastify({
          ...common,
          https: { cert: certificate.cert, key: certificate.key, minVersion: 'TLSv1.2' },
        }) as unknown as FastifyInstance)
  await plugins(app, hub)
  faults(app, hub)
  sockets(app, hub)
  for (const route of routesOf(hub)) {
    const rate =
      route.limitPerMinute === undefined
        ? {}
        : { config: { rateLimit: { max: route.limitPerMinute, timeWindow: 60_000 } } }
    app.route({
      method: route.method,
      url: route.url,
      ...rate,
      handler: (request, reply) => answer(hub, route, { request, reply, metricsToken }),
    })
  }
  if (config.consoleDir !== null)
    await app.register(fastifyStatic, { root: config.consoleDir, wildcard: true, index: ['index.html'] })
  return app
}
