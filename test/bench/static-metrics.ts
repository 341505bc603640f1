import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { makeFleetMetrics } from '../support/fleet-metrics.ts'

/** The yardstick of `scrape.ts`, in a process of its own: the same exposition, made once, packed once, sent again and again. */
const bytes = gzipSync(await makeFleetMetrics().text())
const server = createServer((_request, response) => {
  response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4', 'content-encoding': 'gzip' }).end(bytes)
})
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port))
process.once('disconnect', () => process.exit(0))
