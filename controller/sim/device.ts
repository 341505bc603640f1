/**
 * A device that isn't there, as the wire sees it. Every family's simulator is one of these, written from the facts by hand: it never imports
 * from `families/` or `dialect/`, so that an error there cannot hide here.
 */
export type SimDevice = {
  /**
   * A new line or connection to the device: cuts what arrives into whole requests, however it is chunked, and holds a bounded part. What
   * is no request is dropped, as the device would.
   */
  readonly cutter: () => (chunk: Uint8Array) => readonly Uint8Array[]
  /** One whole request → the replies, in order; empty for what deserves none. It changes the simulated state. */
  readonly answer: (request: Uint8Array) => readonly Uint8Array[]
  /** Sent by the device when a connection opens; null for most. */
  readonly greeting: (() => Uint8Array) | null
  /** The same reply with a checksum (or, where there is none, a field) that is wrong. */
  readonly spoil: (reply: Uint8Array) => Uint8Array
  /** The refusal the protocol has for this request, with the error code (1–255) where it has codes; null where it has none. */
  readonly refuse: (request: Uint8Array, code: number) => Uint8Array | null
  /** Power off and on: what was not stored is lost. */
  readonly powerCycle: () => void
  /** From now on the device says yes to writes and does not do them. */
  readonly lie: (on: boolean) => void
}
