/**
 * The little of Prometheus remote write 1.0 that backfill needs: a WriteRequest in protobuf, in a snappy block that compresses nothing (one
 * literal). What is sent is minutes of a handful of clusters, not a stream; where more is needed, a vmagent stands in between.
 */
export type Series = {
  /** Sorted by name; `__name__` among them. */
  readonly labels: readonly (readonly [name: string, value: string])[]
  /** Oldest first; times in ms. */
  readonly samples: readonly { readonly at: number; readonly value: number }[]
}

const varint = (n: number): number[] => {
  const bytes: number[] = []
  let left = n
  while (left >= 0x80) {
    bytes.push((left % 0x80) | 0x80)
    left = Math.floor(left / 0x80)
  }
  return [...bytes, left]
}
const WIRE = { varint: 0, fixed64: 1, bytes: 2 } as const
const tag = (field: number, wire: number): number[] => varint(field * 8 + wire)
const message = (field: number, parts: readonly Uint8Array[]): Uint8Array => {
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  return Buffer.concat([Uint8Array.from([...tag(field, WIRE.bytes), ...varint(length)]), ...parts])
}
const text = (field: number, value: string): Uint8Array => message(field, [Buffer.from(value, 'utf8')])

const sample = (at: number, value: number): Uint8Array => {
  const double = Buffer.alloc(8)
  double.writeDoubleLE(value)
  return Buffer.concat([
    Uint8Array.from(tag(1, WIRE.fixed64)),
    double,
    Uint8Array.from([...tag(2, WIRE.varint), ...varint(at)]),
  ])
}

/** `prometheus.WriteRequest` (prompb): timeseries = 1 { labels = 1 { name = 1, value = 2 }, samples = 2 { value = 1, timestamp = 2 } }. */
export const writeRequest = (series: readonly Series[]): Uint8Array =>
  Buffer.concat(
    series.map(({ labels, samples }) =>
      message(1, [
        ...labels.map(([name, value]) => message(1, [text(1, name), text(2, value)])),
        ...samples.map(({ at, value }) => message(2, [sample(at, value)])),
      ]),
    ),
  )

/** Snappy's block format: the length, then one literal of all bytes, its own length in four bytes. */
export const snappyLiteral = (bytes: Uint8Array): Uint8Array => {
  if (bytes.length === 0) return Uint8Array.of(0)
  const length = Buffer.alloc(4)
  length.writeUInt32LE(bytes.length - 1)
  return Buffer.concat([Uint8Array.from([...varint(bytes.length), 63 << 2]), length, bytes])
}

export type Pushed = 'taken' | 'refused' | 'later'
const ANSWER_MS = 15_000

/** `refused`: sending it again is of no use (4xx); `later`: nobody answered, or the server has a fault of its own. */
export const push = async (
  to: { readonly url: string; readonly token: string | null },
  series: readonly Series[],
): Promise<{ readonly outcome: Pushed; readonly detail: string }> => {
  try {
    const response = await fetch(to.url, {
      method: 'POST',
      body: Buffer.from(snappyLiteral(writeRequest(series))),
      signal: AbortSignal.timeout(ANSWER_MS),
      redirect: 'error',
      headers: {
        'content-encoding': 'snappy',
        'content-type': 'application/x-protobuf',
        'x-prometheus-remote-write-version': '0.1.0',
        ...(to.token === null ? {} : { authorization: `Bearer ${to.token}` }),
      },
    })
    const detail = response.ok ? '' : `${response.status} ${(await response.text()).slice(0, 300)}`
    const again = response.status === 429 || response.status >= 500
    return { outcome: response.ok ? 'taken' : again ? 'later' : 'refused', detail }
  } catch (error) {
    return { outcome: 'later', detail: error instanceof Error ? error.message : String(error) }
  }
}
