/** Where in the console a person is; kept in the address after `#`, so that a page can be sent to a colleague. */
export type Route =
  | { readonly page: 'clusters' }
  | { readonly page: 'site'; readonly site: string }
  | { readonly page: 'schedule'; readonly site: string }
  | { readonly page: 'emergency' }
  /** The report of one order, to be printed. */
  | { readonly page: 'order'; readonly order: string }
  | { readonly page: 'tokens' }
  | { readonly page: 'content' }
  | { readonly page: 'submit' }
  | { readonly page: 'item'; readonly item: string }
  | { readonly page: 'playlog'; readonly site: string | null }

/** Anything unknown is the wall of clusters: the page a person can never be hurt by. */
export const parseRoute = (hash: string): Route => {
  const [page, arg, part] = hash
    .replace(/^#\/?/, '')
    .split('/')
    .map((part) => safeDecode(part))
  if (page === 'emergency') return { page: 'emergency' }
  if (page === 'orders') return arg === undefined || arg === '' ? { page: 'emergency' } : { page: 'order', order: arg }
  if (page === 'tokens') return { page: 'tokens' }
  if (page === 'content') {
    if (arg === undefined || arg === '') return { page: 'content' }
    return arg === 'new' ? { page: 'submit' } : { page: 'item', item: arg }
  }
  if (page === 'playlog') return { page: 'playlog', site: arg === undefined || arg === '' ? null : arg }
  if (page === 'sites' && arg !== undefined && arg !== '' && part === 'schedule') return { page: 'schedule', site: arg }
  if (page === 'sites' && arg !== undefined && arg !== '') return { page: 'site', site: arg }
  return { page: 'clusters' }
}

const safeDecode = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

export const hrefOf = (route: Route): string => {
  switch (route.page) {
    case 'clusters':
      return '#/clusters'
    case 'site':
      return `#/sites/${encodeURIComponent(route.site)}`
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
      return route.site === null ? '#/playlog' : `#/playlog/${encodeURIComponent(route.site)}`
  }
}
