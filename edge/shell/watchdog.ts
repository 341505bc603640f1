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
  env: {
    readonly socket: string | null
    readonly watchdogUsec: number | null
    /** What ails us now (`ailments.ts`), for whoever asks systemd: an upgrade is judged by it. Asked at each beat. */
    readonly health: (monoMs: number) => string
  },
): Watchdog => {
  const { socket, watchdogUsec } = env
  if (socket === null) return { ready: () => {}, progressed: () => {}, stopping: () => {} }
  const every = watchdogUsec === null ? null : watchdogUsec / 1000 / 2
  const state = { last: Number.NEGATIVE_INFINITY, words: '' }
  const line = (text: string): string => text.replaceAll('\n', ' ').slice(0, 200)
  return {
    ready: (status) => {
      state.words = line(status)
      libc.sendTo(socket, `READY=1\nSTATUS=${state.words}`)
    },
    progressed: (now) => {
      if (every === null || now - state.last < every) return
      state.last = now
      libc.sendTo(socket, `WATCHDOG=1\nSTATUS=${line(`${state.words} ${env.health(now)}`)}`)
    },
    stopping: () => void libc.sendTo(socket, 'STOPPING=1'),
  }
}
