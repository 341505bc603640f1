/**
 * Where in the console a person is; kept in the address after `#`, so that a page can be sent to a colleague. `query`: what stands after `?`, read
 * by the page itself.
 */
export type Route =
  | { readonly page: 'clusters'; readonly query?: string }
  | { readonly page: 'site'; readonly site: string; readonly query?: string }
  | { readonly page: 'schedule'; readonly site: string }
  | { readonly page: 'emergency' }
  /** The report of one order, to be printed. */
  | { readonly page: 'order'; readonly order: string }
  | { readonly page: 'tokens' }
  | { readonly page: 'content' }
  | { readonly page: 'submit' }
  | { readonly page: 'item'; readonly item: string }
  | { readonly page: 'playlog'; readonly site: string | null; readonly query?: string }
  | { readonly page: 'incidents'; readonly query?: string }
  | { readonly page: 'incident'; readonly incident: string }
  | { readonly page: 'uptime'; readonly query?: string }

/** Anything unknown is the wall of clusters: the page a person can never be hurt by. */
export const parseRoute = (hash: string): Route => {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split(/\?(.*)/s)
  const [page, arg, part] = path.split('/').map((part) => safeDecode(part))
  if (page === 'emergency') return { page: 'emergency' }
  if (page === 'orders') return arg === undefined || arg === '' ? { page: 'emergency' } : { page: 'order', order: arg }
  if (page === 'tokens') return { page: 'tokens' }
  if (page === 'content') {
    if (arg === undefined || arg === '') return { page: 'content' }
    return arg === 'new' ? { page: 'submit' } : { page: 'item', item: arg }
  }
  if (page === 'playlog') return { page: 'playlog', site: arg === undefined || arg === '' ? null : arg, query }
  if (page === 'incidents')
    return arg === undefined || arg === '' ? { page: 'incidents', query } : { page: 'incident', incident: arg }
  if (page === 'uptime') return { page: 'uptime', query }
  if (page === 'sites' && arg !== undefined && arg !== '' && part === 'schedule') return { page: 'schedule', site: arg }
  if (page === 'sites' && arg !== undefined && arg !== '') return { page: 'site', site: arg, query }
  return { page: 'clusters', query }
}

const safeDecode = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

const asked = (query: string | undefined): string => (query === undefined || query === '' ? '' : `?${query}`)

export const hrefOf = (route: Route): string => {
  switch (route.page) {
    case 'clusters':
      return `#/clusters${asked(route.query)}`
    case 'site':
      return `#/sites/${encodeURIComponent(route.site)}${asked(route.query)}`
    case 'schedule':
      return `#/sites/${encodeURIComponent(route.site)}/schedule`
    case 'emergency':
      return '#/emergency'
    case 'order':
      return `#/orders/${encodeURIComponent(route.order)}`
    case 'tokens':
      return '#/tokens'
    case 'content':
      return '#/content'
    case 'submit':
      return '#/content/new'
    case 'item':
      return `#/content/${encodeURIComponent(route.item)}`
    case 'playlog':
      return `#/playlog${route.site === null ? '' : `/${encodeURIComponent(route.site)}`}${asked(route.query)}`
    case 'incidents':
      return `#/incidents${asked(route.query)}`
    case 'incident':
      return `#/incidents/${encodeURIComponent(route.incident)}`
    case 'uptime':
      return `#/uptime${asked(route.query)}`
  }
}

/**
 * Keeps what a person chose on this page in its address, without a step in the history: going back leaves the page, and does not undo letters.
 */
export const keepInAddress = (route: Route): void => {
  history.replaceState(null, '', hrefOf(route))
}
