import type {
  ApiError,
  DraftView,
  ItemDraft,
  ItemEdit,
  ItemView,
  OrderDraftBody,
  OrderReport,
  OrderTemplates,
  OrderView,
  PanelFit,
  PendingView,
  PlanWarning,
  PreviewAnswer,
  PreviewRequest,
  ReleaseRules,
  SchedulePlan,
  Session,
  SiteSchedule,
  SiteView,
  TokenScope,
  TokenView,
  WrappedKey,
} from '#core/contract/api.ts'
import type { Envelope } from '#core/contract/envelope.ts'
import type {
  IncidentEscalation,
  IncidentReport,
  IncidentView,
  PlayAnswer,
  PlaySearch,
  SiteDay,
  UptimeAnswer,
} from '#core/contract/operations.ts'
import type { Order } from '#core/emergency/order.ts'
import { err, ok, type Result } from './result.ts'

/**
 * The only file that talks HTTP. A failure is a value with a text a person can act on: the hub's own, or `away` when it did not
 * answer in `TIMEOUT_MS`.
 */
export type ApiFault = {
  /** 0 when there was no answer at all. */
  readonly status: number
  readonly error: string
  readonly message: { readonly vi: string; readonly en: string }
  readonly where: string | null
  readonly retryAfterS: number | null
}
export type Answer<T> = Promise<Result<T, ApiFault>>

const TIMEOUT_MS = 15_000
/** An upload of two gigabytes over a weak line may take this long, ms. */
const UPLOAD_TIMEOUT_MS = 6 * 3_600_000

const away = (error: 'away' | 'aborted'): ApiFault => ({
  status: 0,
  error,
  message: {
    vi: 'Trung tâm không trả lời. Kiểm tra đường truyền rồi thử lại.',
    en: 'The hub does not answer. Check the network and try again.',
  },
  where: null,
  retryAfterS: null,
})

/** Reads the hub's error text; an answer that is not ours (a proxy's page) still gets a sentence. */
export const faultOf = (status: number, text: string, retryAfter: string | null): ApiFault => {
  const seconds = retryAfter === null ? Number.NaN : Number(retryAfter)
  const retryAfterS = Number.isFinite(seconds) ? seconds : null
  try {
    const body = JSON.parse(text) as Partial<ApiError>
    if (typeof body.message === 'object' && typeof body.message.vi === 'string')
      return { status, error: body.error ?? 'unknown', message: body.message, where: body.where ?? null, retryAfterS }
  } catch {
    // Not JSON: fall through to the sentence below.
  }
  const message = { vi: `Trung tâm báo lỗi ${status}.`, en: `The hub answered with error ${status}.` }
  return { status, error: `http-${status}`, message, where: null, retryAfterS }
}

export type PreparedDocument = {
  readonly site: string
  readonly payload: string
  readonly warnings: readonly PlanWarning[]
}
export type PlayQuery = { readonly site: string } & (
  | { readonly at: number }
  | { readonly from: number; readonly to: number }
)

/** What became of an order that was sent: out at once, or waiting for a second person. */
export type Sent =
  | { readonly kind: 'out'; readonly view: OrderView }
  | { readonly kind: 'waits'; readonly pending: PendingView }
export type NewToken = { readonly name: string; readonly scopes: readonly TokenScope[]; readonly days: number }

export type Api = {
  readonly login: (user: string, password: string) => Answer<Session>
  readonly logout: () => Answer<null>
  readonly session: () => Answer<Session>
  readonly sites: () => Answer<readonly SiteView[]>
  readonly orders: () => Answer<readonly OrderView[]>
  readonly items: () => Answer<readonly ItemView[]>
  readonly key: () => Answer<WrappedKey>
  readonly preview: (ask: PreviewRequest, signal: AbortSignal) => Answer<PreviewAnswer>
  /** `draft`: the one of the inbox that it came of; null: none. */
  readonly release: (envelope: Envelope, draft: string | null) => Answer<Sent>
  readonly report: (order: string) => Answer<OrderReport>
  readonly pending: () => Answer<readonly PendingView[]>
  /** The same text signed by a second person. */
  readonly countersign: (order: string, envelope: Envelope) => Answer<OrderView>
  readonly decline: (order: string, reason: string) => Answer<PendingView>
  readonly review: (order: string, note: string) => Answer<OrderView>
  /** Asks the hub to keep what is on those screens now as the picture *before*; nobody waits for the answer. */
  readonly keepFrames: (targets: readonly string[]) => Answer<unknown>
  readonly templates: () => Answer<OrderTemplates>
  readonly rules: () => Answer<ReleaseRules>
  readonly drafts: () => Answer<readonly DraftView[]>
  readonly propose: (body: OrderDraftBody) => Answer<DraftView>
  /** A CAP message from a file; what the hub says of it is in the draft's notes. */
  readonly takeCap: (file: Blob) => Answer<DraftView>
  readonly dropDraft: (draft: string, reason: string) => Answer<DraftView>
  readonly picture: (file: Blob) => Answer<NonNullable<Order['picture']>>
  readonly tokens: () => Answer<readonly TokenView[]>
  readonly makeToken: (ask: NewToken) => Answer<TokenView & { readonly token: string }>
  readonly revokeToken: (token: string) => Answer<TokenView>
  readonly submit: (draft: ItemDraft, files: readonly File[], progress: (share: number) => void) => Answer<ItemView>
  /** The n-th file of an item, from 0: only slides have more than one. */
  readonly file: (item: string, n: number, signal: AbortSignal) => Answer<Blob>
  readonly editTexts: (item: string, edit: ItemEdit) => Answer<ItemView>
  /** A text on each panel it is meant for: does it fit, and why not. */
  readonly fits: (item: string) => Answer<readonly PanelFit[]>
  readonly approve: (item: string, envelope: Envelope) => Answer<ItemView>
  readonly reject: (item: string, reason: string) => Answer<unknown>
  readonly prepare: (ask: {
    readonly sites: readonly string[]
    readonly addItems: readonly string[]
    readonly removeItems: readonly string[]
    readonly plan?: SchedulePlan
  }) => Answer<{ readonly documents: readonly PreparedDocument[] }>
  readonly schedule: (site: string) => Answer<SiteSchedule>
  readonly publish: (envelope: Envelope) => Answer<{ readonly site: string; readonly version: number }>
  readonly enrolCode: (site: string) => Answer<{ readonly code: string; readonly expiresAt: number }>
  readonly plays: (query: PlayQuery) => Answer<readonly PlayAnswer[]>
  /** Open ones first; at most 500. */
  readonly incidents: () => Answer<readonly IncidentView[]>
  readonly reportIncident: (report: IncidentReport) => Answer<IncidentView>
  readonly acknowledge: (incident: string, note: string) => Answer<IncidentView>
  readonly escalate: (incident: string, what: IncidentEscalation) => Answer<IncidentView>
  readonly resolve: (incident: string, note: string) => Answer<IncidentView>
  /** `date`: `YYYY-MM-DD` of the province's zone. */
  readonly day: (site: string, date: string, signal: AbortSignal) => Answer<SiteDay>
  readonly uptime: (range: { readonly from: string; readonly to: string }) => Answer<readonly UptimeAnswer[]>
  readonly searchPlays: (ask: URLSearchParams, signal: AbortSignal) => Answer<PlaySearch>
  /** The hub's clock minus ours, ms, from the `date` header (to a second). An order's times must not depend on this computer. */
  readonly clockOffset: () => number
}

type Call = {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly body: unknown
  readonly signal: AbortSignal | null
}

/** `csrf` is read at each call; `signedOut` is told when the hub no longer knows the session. */
export const makeApi = (hooks: { readonly csrf: () => string; readonly signedOut: () => void }): Api => {
  const offset = { ms: 0 }

  const send = async (call: Call): Answer<Response> => {
    const bound = AbortSignal.timeout(TIMEOUT_MS)
    const headers: Record<string, string> = { accept: 'application/json', 'x-bangtin-csrf': hooks.csrf() }
    const raw = call.body instanceof Blob ? call.body : null
    if (call.body !== null) headers['content-type'] = raw === null ? 'application/json' : raw.type
    try {
      const answer = await fetch(call.path, {
        method: call.method,
        headers,
        body: raw ?? (call.body === null ? null : JSON.stringify(call.body)),
        signal: call.signal === null ? bound : AbortSignal.any([bound, call.signal]),
        credentials: 'same-origin',
        cache: 'no-store',
      })
      const date = Date.parse(answer.headers.get('date') ?? '')
      // The header is cut to whole seconds, so half a second is added; smaller differences are noise.
      if (!Number.isNaN(date)) offset.ms = Math.abs(date + 500 - Date.now()) > 1500 ? date + 500 - Date.now() : 0
      if (answer.ok) return ok(answer)
      if (answer.status === 401 && call.path !== '/api/login') hooks.signedOut()
      return err(faultOf(answer.status, await answer.text(), answer.headers.get('retry-after')))
    } catch {
      return err(away(call.signal?.aborted === true ? 'aborted' : 'away'))
    }
  }

  const json = async <T>(call: Call): Answer<T> => {
    const answer = await send(call)
    if (!answer.ok) return answer
    try {
      const text = await answer.value.text()
      return ok((text === '' ? null : JSON.parse(text)) as T)
    } catch {
      return err(away('away'))
    }
  }
  const get = <T>(path: string): Answer<T> => json<T>({ method: 'GET', path, body: null, signal: null })
  const post = <T>(path: string, body: unknown): Answer<T> => json<T>({ method: 'POST', path, body, signal: null })
  const seg = encodeURIComponent

  return {
    login: (user, password) => post('/api/login', { user, password }),
    logout: () => post('/api/logout', {}),
    session: () => get('/api/session'),
    sites: () => get('/api/sites'),
    orders: () => get('/api/orders'),
    items: () => get('/api/items'),
    key: () => get('/api/keys/mine'),
    preview: (ask, signal) => json({ method: 'POST', path: '/api/preview', body: ask, signal }),
    release: async (envelope, draft) => {
      const body = draft === null ? { envelope } : { envelope, draft }
      const answer = await post<OrderView | PendingView>('/api/orders', body)
      if (!answer.ok) return answer
      const { value } = answer
      return ok('envelope' in value ? { kind: 'waits', pending: value } : { kind: 'out', view: value })
    },
    report: (order) => get(`/api/orders/${seg(order)}`),
    pending: () => get('/api/orders/pending'),
    countersign: (order, envelope) => post(`/api/orders/${seg(order)}/sign`, { envelope }),
    decline: (order, reason) => post(`/api/orders/${seg(order)}/withdraw`, { reason }),
    review: (order, note) => post(`/api/orders/${seg(order)}/review`, { note }),
    keepFrames: (targets) => post('/api/orders/frames', { targets }),
    templates: () => get('/api/order-templates'),
    rules: () => get('/api/release-rules'),
    drafts: () => get('/api/drafts'),
    propose: (body) => post('/api/drafts', body),
    takeCap: (file) => post('/api/cap', new Blob([file], { type: 'application/cap+xml' })),
    dropDraft: (draft, reason) => post(`/api/drafts/${seg(draft)}/drop`, { reason }),
    picture: (file) => post('/api/pictures', file),
    tokens: () => get('/api/tokens'),
    makeToken: (ask) => post('/api/tokens', ask),
    revokeToken: (token) => post(`/api/tokens/${seg(token)}/revoke`, {}),
    submit: (draft, files, progress) => upload({ draft, files, progress, csrf: hooks.csrf() }),
    editTexts: (item, edit) => post(`/api/items/${seg(item)}/texts`, edit),
    schedule: (site) => get(`/api/sites/${seg(site)}/schedule`),
    file: async (item, n, signal) => {
      const answer = await send({ method: 'GET', path: `/api/items/${seg(item)}/file?n=${n}`, body: null, signal })
      return answer.ok ? ok(await answer.value.blob()) : answer
    },
    fits: (item) => get(`/api/items/${seg(item)}/fit`),
    approve: (item, envelope) => post(`/api/items/${seg(item)}/approve`, { envelope }),
    reject: (item, reason) => post(`/api/items/${seg(item)}/reject`, { reason }),
    prepare: (ask) => post('/api/schedules/prepare', ask),
    publish: (envelope) => post('/api/schedules', { envelope }),
    enrolCode: (site) => post('/api/enrol-codes', { site }),
    plays: (query) => {
      const ask = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)]))
      if (!('at' in query)) ask.set('limit', '500')
      return get(`/api/playlog?${ask}`)
    },
    incidents: () => get('/api/incidents?state=all&limit=500'),
    reportIncident: (report) => post('/api/incidents', report),
    acknowledge: (incident, note) => post(`/api/incidents/${seg(incident)}/acknowledge`, { note }),
    escalate: (incident, what) => post(`/api/incidents/${seg(incident)}/escalate`, what),
    resolve: (incident, note) => post(`/api/incidents/${seg(incident)}/resolve`, { note }),
    day: (site, date, signal) =>
      json({ method: 'GET', path: `/api/sites/${seg(site)}/day?date=${date}`, body: null, signal }),
    uptime: (range) => get(`/api/uptime?${new URLSearchParams(range)}`),
    searchPlays: (ask, signal) => json({ method: 'GET', path: `/api/plays?${ask}`, body: null, signal }),
    clockOffset: () => offset.ms,
  }
}

/** XMLHttpRequest, because fetch does not tell how far an upload has come. */
const upload = (what: {
  readonly draft: ItemDraft
  readonly files: readonly File[]
  readonly progress: (share: number) => void
  readonly csrf: string
}): Answer<ItemView> =>
  new Promise((resolve) => {
    const request = new XMLHttpRequest()
    request.open('POST', '/api/items')
    request.timeout = UPLOAD_TIMEOUT_MS
    request.setRequestHeader('x-bangtin-csrf', what.csrf)
    request.upload.onprogress = (e) => what.progress(e.lengthComputable && e.total > 0 ? e.loaded / e.total : 0)
    const lost = () => resolve(err(away('away')))
    request.onerror = lost
    request.ontimeout = lost
    request.onload = () => {
      if (request.status < 200 || request.status > 299) {
        const after = request.getResponseHeader('retry-after')
        return resolve(err(faultOf(request.status, request.responseText, after)))
      }
      try {
        resolve(ok(JSON.parse(request.responseText) as ItemView))
      } catch {
        lost()
      }
    }
    // `meta` goes first: the hub must know the kind before the first byte of the file arrives.
    const form = new FormData()
    form.append('meta', JSON.stringify(what.draft))
    for (const file of what.files) form.append('file', file)
    request.send(form)
  })
