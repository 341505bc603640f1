import { readdirSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { TOKEN_SCOPES, type TokenScope } from '#core/contract/api.ts'
import { type Action, CAN, can, ROLES, type Role } from '#core/contract/can.ts'
import type { Route } from '../server/answer.ts'
import { routesOf } from '../server/app.ts'
import { connect, enrolled } from './edge.ts'
import { makeSeed, startWorld, type World } from './harness.ts'
import { makeApiToken, openSession, putAccount } from './principals.ts'

/**
 * Every route × everybody who may knock: each role, an account without roles, nobody, an edge's token, an API token of each scope, tokens
 * that ended, and two identities at once. The table says by hand what a route asks for; a route without a row fails, and so does a row
 * whose route asks for something else.
 */
type Row = { readonly for: Action | 'session' | 'anyone' | 'machine' | 'person-or-edge'; readonly scope?: TokenScope }
const ROWS: { readonly [route: string]: Row } = {
  'POST /api/login': { for: 'anyone' },
  'POST /api/logout': { for: 'session' },
  'GET /api/session': { for: 'session' },
  'GET /api/keys/mine': { for: 'session' },
  'GET /api/sites': { for: 'view', scope: 'sites.read' },
  'GET /api/sites/:site/frame': { for: 'view', scope: 'sites.read' },
  'GET /api/sites/:site/schedule': { for: 'view' },
  'POST /api/preview': { for: 'view' },
  'GET /api/orders': { for: 'view', scope: 'orders.read' },
  'POST /api/orders': { for: 'order.release', scope: 'orders.submit' },
  'GET /api/orders/pending': { for: 'view', scope: 'orders.read' },
  'POST /api/orders/:id/sign': { for: 'order.release', scope: 'orders.submit' },
  'POST /api/orders/:id/withdraw': { for: 'order.cancel' },
  'POST /api/orders/:id/review': { for: 'order.review' },
  'POST /api/orders/frames': { for: 'order.release' },
  'GET /api/orders/:id': { for: 'view', scope: 'orders.read' },
  'GET /api/orders/:id/cap': { for: 'view', scope: 'orders.read' },
  'GET /api/orders/:id/frames/:site/:moment': { for: 'view', scope: 'orders.read' },
  'GET /api/release-rules': { for: 'view', scope: 'orders.read' },
  'GET /api/order-templates': { for: 'view', scope: 'orders.read' },
  'GET /api/drafts': { for: 'view', scope: 'orders.draft' },
  'POST /api/drafts': { for: 'order.propose', scope: 'orders.draft' },
  'POST /api/drafts/:id/drop': { for: 'order.propose' },
  'GET /api/cap/feed': { for: 'view', scope: 'orders.read' },
  'POST /api/cap': { for: 'order.propose', scope: 'cap.submit' },
  'POST /api/pictures': { for: 'order.propose' },
  'GET /api/audit': { for: 'audit.read' },
  'GET /api/tokens': { for: 'account.manage' },
  'POST /api/tokens': { for: 'account.manage' },
  'POST /api/tokens/:id/revoke': { for: 'account.manage' },
  'GET /api/items': { for: 'view' },
  'POST /api/items': { for: 'content.submit' },
  'GET /api/items/:id/file': { for: 'view' },
  'GET /api/items/:id/fit': { for: 'view' },
  'POST /api/items/:id/texts': { for: 'content.submit' },
  'POST /api/items/:id/reject': { for: 'content.approve' },
  'POST /api/items/:id/approve': { for: 'content.approve' },
  'POST /api/schedules/prepare': { for: 'schedule.publish' },
  'POST /api/schedules': { for: 'schedule.publish' },
  'GET /api/playlog': { for: 'playlog.query', scope: 'playlog.read' },
  'GET /api/plays': { for: 'playlog.query', scope: 'playlog.read' },
  'GET /api/sites/:site/day': { for: 'view', scope: 'sites.read' },
  'GET /api/uptime': { for: 'view', scope: 'sites.read' },
  'GET /api/incidents': { for: 'view', scope: 'incidents.read' },
  'POST /api/incidents': { for: 'incident.report' },
  'POST /api/incidents/:id/acknowledge': { for: 'incident.handle' },
  'POST /api/incidents/:id/escalate': { for: 'incident.escalate' },
  'POST /api/incidents/:id/resolve': { for: 'incident.handle' },
  'POST /api/enrol-codes': { for: 'device.enrol' },
  'POST /api/enrol': { for: 'anyone' },
  'GET /docs/RUNBOOK.md': { for: 'anyone' },
  'GET /assets/:sha256': { for: 'person-or-edge' },
  'GET /metrics': { for: 'machine' },
  'GET /sd/prometheus': { for: 'machine' },
  'GET /edges/:site/metrics': { for: 'machine' },
}
const keyOf = (route: Route) => `${route.method} ${route.url}`
const rowOf = (route: Route): Row => {
  const { need } = route
  if (typeof need !== 'object') return { for: need }
  return need.scope === undefined ? { for: need.action } : { for: need.action, scope: need.scope }
}
const pathOf = (route: Route) =>
  route.url
    .replace(':site', 'LC-MT-01')
    .replace(':id', 'khong-co')
    .replace(':sha256', '0'.repeat(64))
    .replace(':moment', 'during')

type Outcome = 'allowed' | `${number} ${string}`
/** What a guard answers with; anything else means that the request got past it. */
const REFUSALS = ['not-logged-in', 'bad-token', 'no-scope', 'no-role', 'csrf', 'two-identities', 'machine-only']
type Headers = Readonly<Record<string, string>>

let from: Awaited<ReturnType<typeof makeSeed>>
let world: World
let routes: readonly Route[]
beforeAll(async () => {
  from = await makeSeed()
  world = await startWorld(from)
  routes = routesOf(world.hub.hub)
  for (const role of ROLES) await putAccount(world, `r-${role}`, [role])
  await putAccount(world, 'r-none', [])
})
afterAll(() => world.close())

const knock = async (route: Route, headers: Headers, method: string = route.method): Promise<Outcome> => {
  const body =
    method === 'POST' ? { body: '{}', headers: { 'content-type': 'application/json', ...headers } } : { headers }
  const response = await fetch(world.hub.url + pathOf(route), { method, ...body })
  const text = await response.text()
  const error = response.headers.get('content-type')?.includes('json') ? (JSON.parse(text || '{}').error ?? '') : ''
  expect([keyOf(route), response.status]).not.toEqual([keyOf(route), 500])
  return REFUSALS.includes(error) ? `${response.status} ${error}` : 'allowed'
}

/** What this row says to somebody with a session of these roles. */
const forPerson = (row: Row, roles: readonly Role[]): Outcome =>
  row.for in CAN && !can(roles, row.for as Action) ? '403 no-role' : 'allowed'
const isOpen = (row: Row) => row.for === 'anyone' || row.for === 'machine'
const forNobody = (row: Row): Outcome => (isOpen(row) ? 'allowed' : '401 not-logged-in')
const forToken = (row: Row, scope: TokenScope): Outcome => {
  if (isOpen(row)) return 'allowed'
  if (row.for === 'person-or-edge') return '401 not-logged-in'
  return row.scope === scope ? 'allowed' : '403 no-scope'
}
const forDeadToken = (row: Row): Outcome => {
  if (isOpen(row)) return 'allowed'
  return row.for === 'person-or-edge' ? '401 not-logged-in' : '401 bad-token'
}

describe('the table', () => {
  it('has a row for each route, and a route for each row', () => {
    expect(Object.fromEntries(routes.map((r) => [keyOf(r), rowOf(r)]))).toEqual(ROWS)
    expect(routes.length).toBe(Object.keys(ROWS).length)
  })
  it('is all there is: nothing is registered beside it but the two sockets', () => {
    const folder = new URL('../server/', import.meta.url)
    const registered = readdirSync(folder)
      .filter((f) => f.endsWith('.ts'))
      .flatMap((f) => [
        ...readFileSync(new URL(f, folder), 'utf8').matchAll(
          /\bapp\.(get|post|put|patch|delete|all|head|options|route)\(\s*('[^']*')?/g,
        ),
      ])
      .map((m) => `${m[1]} ${m[2] ?? ''}`.trim())
    expect(registered.toSorted()).toEqual(["get '/api/live'", "get '/edge'", 'route'])
  })
})

describe('every route ×', () => {
  const each = async (who: string, headers: () => Promise<Headers>, wanted: (row: Row) => Outcome): Promise<number> => {
    let checked = 0
    let held = await headers()
    for (const route of routes) {
      const row = ROWS[keyOf(route)]
      if (row === undefined) continue
      const outcome = await knock(route, held)
      // That was the end of this session.
      if (route.url === '/api/logout') held = await headers()
      expect([who, keyOf(route), outcome]).toEqual([who, keyOf(route), wanted(row)])
      checked += 1
    }
    return checked
  }

  it('each of the seven roles, and an account without any: exactly what the role table says', async () => {
    let checked = 0
    for (const role of ROLES)
      checked += await each(
        role,
        () => openSession(world, `r-${role}`),
        (row) => forPerson(row, [role]),
      )
    checked += await each(
      'no role',
      () => openSession(world, 'r-none'),
      (row) => forPerson(row, []),
    )
    expect(checked).toBe(8 * Object.keys(ROWS).length)
  })

  it('nobody, an edge, an API token of each scope, tokens that ended or never were', async () => {
    let checked = await each('nobody', async () => ({}), forNobody)
    const { welcome, edge } = await connect(world, 'LC-MLT-01', await enrolled(world, 'LC-MLT-01'))
    const ofEdge = { authorization: `Bearer ${welcome.assetToken}` }
    checked += await each(
      'an edge',
      async () => ofEdge,
      (row) => (row.for === 'person-or-edge' ? 'allowed' : forDeadToken(row)),
    )
    await edge.close()
    for (const scope of TOKEN_SCOPES) {
      const { headers } = await makeApiToken(world, `only-${scope}`, { scopes: [scope] })
      checked += await each(
        scope,
        async () => headers,
        (row) => forToken(row, scope),
      )
    }
    const expired = await makeApiToken(world, 'expired', { scopes: TOKEN_SCOPES, days: 0 })
    const revoked = await makeApiToken(world, 'revoked', { scopes: TOKEN_SCOPES })
    const line = { at: world.clock.at, person: 'x', action: 'token.revoke', subject: '', detail: '', address: '' }
    await world.hub.hub.store.tokens.revoke(revoked.id, line)
    const dead: readonly (readonly [string, string])[] = [
      ['expired', expired.headers.authorization],
      ['revoked', revoked.headers.authorization],
      ['one bit off', `${expired.headers.authorization.slice(0, -1)}A`],
    ]
    for (const [what, authorization] of dead) checked += await each(what, async () => ({ authorization }), forDeadToken)
    expect(checked).toBe((2 + TOKEN_SCOPES.length + 3) * Object.keys(ROWS).length)
    const session = await openSession(world, 'r-admin')
    for (const authorization of [
      `Bearer ${session.cookie.slice(8)}`,
      'Bearer ',
      'bearer \t"',
      'BEARER bt_',
      'Bearer null',
    ])
      expect((await fetch(`${world.hub.url}/api/sites`, { headers: { authorization } })).status).toBe(401)
  })

  it('a session and a token at once: refused, whoever they belong to', async () => {
    const { headers } = await makeApiToken(world, 'beside', { scopes: TOKEN_SCOPES })
    const both = async () => ({ ...(await openSession(world, 'r-admin')), ...headers })
    expect(await each('both', both, (row) => (isOpen(row) ? 'allowed' : '400 two-identities'))).toBe(routes.length)
  })

  it('a session without the CSRF token, with another session’s, with an empty one: no change goes through', async () => {
    let checked = 0
    for (const route of routes.filter((r) => r.method === 'POST' && r.need !== 'anyone')) {
      const { cookie } = await openSession(world, 'r-admin')
      const other = await openSession(world, 'r-admin')
      for (const csrf of [undefined, '', other['x-bangtin-csrf'], cookie.slice(8)]) {
        const headers: Headers = csrf === undefined ? { cookie } : { cookie, 'x-bangtin-csrf': csrf }
        expect([keyOf(route), await knock(route, headers)]).toEqual([keyOf(route), '403 csrf'])
        checked += 1
      }
    }
    expect(checked).toBe(4 * routes.filter((r) => r.method === 'POST' && r.need !== 'anyone').length)
    expect(checked).toBeGreaterThan(60)
  })

  it('HEAD is no way past the guard, and no other method is there', async () => {
    const readable = new Map(routes.filter((r) => r.method === 'GET').map((r) => [r.url, rowOf(r)]))
    let checked = 0
    for (const route of new Map(routes.map((r) => [r.url, r])).values()) {
      const read = readable.get(route.url)
      for (const method of ['HEAD', 'PUT', 'DELETE']) {
        const { status } = await fetch(world.hub.url + pathOf(route), { method })
        const open = method === 'HEAD' && read !== undefined && isOpen(read)
        const wanted = open ? [200, 503] : method === 'HEAD' ? [401, 404] : [404]
        expect([method, route.url, wanted.includes(status), status]).toEqual([method, route.url, true, status])
        checked += 1
      }
    }
    expect(checked).toBe(3 * new Set(routes.map((r) => r.url)).size)
  })
})

describe('the sockets', () => {
  const dial = (path: string, headers: Headers): Promise<number> =>
    new Promise((resolve) => {
      const socket = new WebSocket(`${world.hub.url.replace('http', 'ws')}${path}`, { headers })
      socket.on('open', () => {
        socket.terminate()
        resolve(101)
      })
      socket.on('unexpected-response', (_request, response) => {
        response.destroy()
        resolve(response.statusCode ?? 0)
      })
      socket.on('error', () => undefined)
    })
  it('of the consoles opens to whoever may look, and from our own pages only', async () => {
    const host = new URL(world.hub.url).host
    const { headers } = await makeApiToken(world, 'socket', { scopes: TOKEN_SCOPES })
    const officer = () => openSession(world, 'r-officer')
    const cases: readonly (readonly [string, Headers, number])[] = [
      ...(await Promise.all(ROLES.map(async (r) => [r, await openSession(world, `r-${r}`), 101] as const))),
      ['no role', await openSession(world, 'r-none'), 401],
      ['nobody', {}, 401],
      ['an API token', headers, 401],
      ['both', { ...(await officer()), ...headers }, 400],
      ['our page', { ...(await officer()), origin: `http://${host}` }, 101],
      ['another page', { ...(await officer()), origin: 'https://evil.example' }, 401],
      ['a page without origin', { ...(await officer()), origin: 'null' }, 401],
      ['rubbish as origin', { ...(await officer()), origin: '::::' }, 401],
    ]
    for (const [who, given, wanted] of cases) expect([who, await dial('/api/live', given)]).toEqual([who, wanted])
    expect(cases.length).toBe(ROLES.length + 8)
  })
  it('of the edges asks for the device key, not for a session or a token', async () => {
    expect(await dial('/edge', await openSession(world, 'r-admin'))).toBe(101)
  })
})

it('behind a proxy everybody looks local: what is for machines opens to the configured token alone', async () => {
  const proxied = await startWorld(from, { behindProxy: true })
  const machine = Object.entries(ROWS).filter(([, row]) => row.for === 'machine')
  for (const [key] of machine) {
    const url = proxied.hub.url + key.slice(4).replace(':site', 'LC-MT-01')
    for (const authorization of ['', 'Bearer x', 'Bearer bt_x'])
      expect([key, (await fetch(url, { headers: { authorization } })).status]).toEqual([key, 403])
  }
  expect(machine.length).toBe(3)
  await proxied.close()
})
