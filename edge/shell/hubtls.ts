import { connect, type PeerCertificate } from 'node:tls'
import { err, ok, type Result } from '#core/base/result.ts'

/** TLS options for every connection to the hub, the same for the socket and for downloads. */
export type HubTls = {
  readonly ca?: string
  readonly allowPartialTrustChain?: boolean
  readonly checkServerIdentity?: () => undefined
}

const HANDSHAKE_MS = 10_000

/**
 * Without a fingerprint: the certificate authorities of the system, by name. With one: looks at the hub's certificate once without
 * sending anything, compares its SHA-256, and from then on trusts that certificate alone, so no token ever leaves before the check.
 * `fingerprint`: 64 upper-case hex digits without colons.
 */
export const hubTls = async (url: string, fingerprint: string | null): Promise<Result<HubTls, string>> => {
  const target = new URL(url)
  if (target.protocol === 'http:' || fingerprint === null) return ok({})
  const seen = await certificateOf(target)
  if (!seen.ok) return seen
  const found = seen.value.fingerprint256.replaceAll(':', '')
  if (found !== fingerprint) return err(`the hub's certificate has the fingerprint ${found}, pinned is ${fingerprint}`)
  const body = seen.value.raw.toString('base64').replace(/(.{64})/g, '$1\n')
  return ok({
    ca: `-----BEGIN CERTIFICATE-----\n${body}\n-----END CERTIFICATE-----\n`,
    allowPartialTrustChain: true,
    // The very certificate is pinned, so the name in it says nothing more.
    checkServerIdentity: () => undefined,
  })
}

const certificateOf = (target: URL): Promise<Result<PeerCertificate, string>> =>
  new Promise((resolve) => {
    const host = target.hostname.replace(/^\[|\]$/g, '')
    const socket = connect({ host, port: Number(target.port || 443), rejectUnauthorized: false, timeout: HANDSHAKE_MS })
    const done = (result: Result<PeerCertificate, string>) => {
      socket.destroy()
      resolve(result)
    }
    socket.on('secureConnect', () => done(ok(socket.getPeerCertificate())))
    socket.on('timeout', () => done(err(`no TLS handshake within ${HANDSHAKE_MS} ms`)))
    socket.on('error', (error) => done(err(error.message)))
  })
