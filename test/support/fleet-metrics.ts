import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { EDGE } from '#core/metrics/catalogue.ts'
import { createExposition } from '#edge/shell/exposition.ts'
import { SAMPLE_SITES, sampleEdge } from './exporter.ts'

const packed = promisify(gzip)

/** What an edge of the fleet says of itself: the whole catalogue, its counters a little further at each asking. */
export const makeFleetMetrics = (): {
  readonly text: () => Promise<string>
  readonly packed: () => Promise<string>
} => {
  const count = { n: 0 }
  const exposition = createExposition(EDGE, () => sampleEdge(SAMPLE_SITES[0], count.n, Date.now() / 1_000))
  const text = (): Promise<string> => {
    count.n += 1
    exposition.observe('orderShown', 0.12)
    return exposition.text()
  }
  return { text, packed: async () => (await packed(await text())).toString('base64') }
}
