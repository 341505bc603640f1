import type { Duplex } from 'node:stream'
import { err, ok, type Result } from '#core/base/result.ts'

/** mpv's JSON IPC over one stream: commands with an answer each, and events. */
export type MpvIpc = {
  /** The answer's `data`, or mpv's error word, `timeout` or `closed`. `command` is an array, or an object with named arguments. */
  readonly command: (
    command: readonly unknown[] | Readonly<Record<string, unknown>>,
    /** How long its answer is waited for, ms; at most, and without this, 5 s. */
    withinMs?: number,
  ) => Promise<Result<unknown, string>>
  /**
   * The same with the answer told at once, before any event behind it in the same chunk: after a stall of ours the answer to `loadfile`
   * and the events of that file arrive together, and a promise would learn of the answer only after the events.
   */
  readonly tell: (
    command: readonly unknown[] | Readonly<Record<string, unknown>>,
    answered: (result: Result<unknown, string>) => void,
    withinMs?: number,
  ) => void
  /** Lines that were no JSON: mpv 0.35 sends some. */
  readonly badLines: () => number
}
export type MpvEvent = { readonly event: string; readonly [key: string]: unknown }

/** Answers that may be outstanding; more means mpv hangs. */
const MOST_PENDING = 256
const ANSWER_MS = 5_000
/** Longest line kept, characters; a longer one is dropped to its end. */
const LINE_CHARS = 1_048_576

type Pending = { readonly settle: (result: Result<unknown, string>) => void; readonly timer: NodeJS.Timeout }

export const openIpc = (stream: Duplex, onEvent: (event: MpvEvent) => void): MpvIpc => {
  const pending = new Map<number, Pending>()
  const run = { next: 1, text: '', skipping: false, bad: 0, closed: false }

  const answer = (id: number, result: Result<unknown, string>): void => {
    const waiting = pending.get(id)
    if (waiting === undefined) return
    clearTimeout(waiting.timer)
    pending.delete(id)
    waiting.settle(result)
  }
  const line = (text: string): void => {
    if (text === '') return
    const message = parseLine(text)
    if (message === null) {
      run.bad += 1
    } else if (typeof message['request_id'] === 'number' && typeof message['error'] === 'string') {
      const fine = message['error'] === 'success'
      answer(message['request_id'], fine ? ok(message['data']) : err(message['error']))
    } else if (typeof message['event'] === 'string') onEvent({ ...message, event: message['event'] })
  }
  stream.setEncoding('utf8')
  stream.on('data', (chunk: string) => {
    run.text += chunk
    for (let at = run.text.indexOf('\n'); at !== -1; at = run.text.indexOf('\n')) {
      const whole = run.text.slice(0, at)
      run.text = run.text.slice(at + 1)
      if (run.skipping) run.skipping = false
      else line(whole)
    }
    if (run.text.length > LINE_CHARS) {
      run.text = ''
      run.skipping = true
      run.bad += 1
    }
  })
  const close = (): void => {
    run.closed = true
    for (const id of [...pending.keys()]) answer(id, err('closed'))
  }
  stream.on('close', close)
  stream.on('end', close)
  stream.on('error', close)

  const tell: MpvIpc['tell'] = (command, settle, withinMs = ANSWER_MS) => {
    if (run.closed || pending.size >= MOST_PENDING) return settle(err(run.closed ? 'closed' : 'too many commands'))
    const id = run.next
    run.next += 1
    const timer = setTimeout(() => answer(id, err('timeout')), Math.min(withinMs, ANSWER_MS))
    pending.set(id, { settle, timer })
    stream.write(`${JSON.stringify({ command, request_id: id })}\n`)
  }
  return {
    badLines: () => run.bad,
    tell,
    command: (command, withinMs) => new Promise((settle) => tell(command, settle, withinMs)),
  }
}

const parseLine = (text: string): Record<string, unknown> | null => {
  try {
    const value: unknown = JSON.parse(text)
    return value !== null && typeof value === 'object' && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null
  } catch {
    return null
  }
}
