/** How the link to the hub is doing, for whoever diagnoses. Times are wall milliseconds. */
export type LinkState = {
  /** Since when the hub's welcome stands; null while it does not. */
  readonly since: number | null
  /** Dials after the first one of this process. */
  readonly redials: number
  /** Why the last connection ended or was not made, and when; null when nothing ever failed. */
  readonly lastError: { readonly at: number; readonly why: string } | null
  /** Of the last ping, milliseconds; null before the first answer on this connection. */
  readonly roundTripMs: number | null
  /** Written to the socket and not yet taken by the system, bytes. */
  readonly bufferedBytes: number
  /** When the certificate that the hub showed ends; null without TLS or before the first connection. */
  readonly certificateUntil: number | null
}
