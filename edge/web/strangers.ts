import { isIP } from 'node:net'
import { hostname } from 'node:os'

/** Names that no server of the internet answers for: one label, or an ending that is kept for local networks (RFC 6762, 8375, 6761). */
const LOCAL = /^[a-z0-9_-]+$|\.(local|lan|internal|localhost|home\.arpa)$/

type Asked = { readonly host?: string | undefined; readonly origin?: string | undefined }

/** `Host` without its port, lower case; null where there is none. */
const nameOf = (host: string | undefined): string | null => {
  const match = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:\d{1,5})?$/i.exec(host ?? '')
  return match?.[1]?.toLowerCase().replace(/^\[|\]$/g, '') ?? null
}

/**
 * Does this request come by a name that is ours, from a page of ours? A page on the internet can let its own name point at this device
 * (DNS rebinding) and would then be read as ours by a browser in the local network; and it can send forms here. `names`: those of the
 * configuration, beside addresses, local names and the machine's own.
 */
export const strangerIn = ({ host, origin }: Asked, names: readonly string[]): 'host' | 'origin' | null => {
  const name = nameOf(host)
  if (name === null) return 'host'
  const ours = [...names.map((n) => n.toLowerCase()), hostname().toLowerCase()]
  if (isIP(name) === 0 && !LOCAL.test(name) && !ours.includes(name)) return 'host'
  if (origin === undefined) return null
  return URL.canParse(origin) && new URL(origin).host === host?.toLowerCase() ? null : 'origin'
}
