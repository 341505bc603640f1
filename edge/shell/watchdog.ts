import type { Libc } from './os.ts'

/** Tells systemd how we are. Without NOTIFY_SOCKET every call does nothing. */
export type Watchdog = {
  readonly ready: (status: string) => void
  /** Called after a completed step only: health is progress, not a timer (design §4.6). Sent at most every half watchdog interval. */
  readonly progressed: (monoMs: number) => void
  readonly stopping: () => void
}

/** `socket` is NOTIFY_SOCKET, `watchdogUsec` WATCHDOG_USEC; both null outside of systemd. */
export const createWatchdog = (
  libc: Pick<Libc, 'sendTo'>,
  env: { readonly socket: string | null; readonly watchdogUsec: number | null },
): Watchdog => {
  const { socket, watchdogUsec } = env
  if (socket === null) return { ready: () => {}, progressed: () => {}, stopping: () => {} }
  const every = watchdogUsec === null ? null : watchdogUsec / 1000 / 2
  const state = { last: Number.NEGATIVE_INFINITY }
  return {
    ready: (status) => void libc.sendTo(socket, `READY=1\nSTATUS=${status.replaceAll('\n', ' ').slice(0, 200)}`),
    progressed: (now) => {
      if (every === null || now - state.last < every) return
      state.last = now
      libc.sendTo(socket, 'WATCHDOG=1')
    },
    stopping: () => void libc.sendTo(socket, 'STOPPING=1'),
  }
}
