import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'

const START_MS = 20_000
const STOP_MS = 10_000
const POLL_MS = 100

/** One series of an answer; `value` may be NaN. */
export type PromSeries = { readonly metric: Readonly<Record<string, string>>; readonly value: number }
export type Prometheus = {
  readonly url: string
  /** An instant query: now, or at a Unix time in seconds. Throws with Prometheus' own message when the expression is refused. */
  readonly query: (expr: string, at?: number | null) => Promise<readonly PromSeries[]>
  /** Asks again until `enough`, or throws after `atMostMs` with the last answer. */
  readonly queryUntil: (
    expr: string,
    enough: (series: readonly PromSeries[]) => boolean,
    atMostMs: number,
    at?: number | null,
  ) => Promise<readonly PromSeries[]>
  /** Any GET of the API below `/api/v1/`; gives its `data`. */
  readonly api: (path: string) => Promise<unknown>
  readonly stop: () => Promise<void>
}

/** Where a tool of Debian's package `prometheus` is, or an error that says how to get it: never a silent skip. */
export const toolPath = (tool: 'prometheus' | 'promtool'): string => {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const path = join(folder, tool)
    if (folder !== '' && existsSync(path)) return path
  }
  throw new Error(`${tool} is not on PATH. Install it with: apt-get install prometheus`)
}

/** Runs promtool to its end (at most a minute). */
export const promtool = (
  args: readonly string[],
  input: string,
): { readonly code: number; readonly output: string } => {
  const done = spawnSync(toolPath('promtool'), [...args], { encoding: 'utf8', input, timeout: 60_000 })
  if (done.error !== undefined) throw done.error
  return { code: done.status ?? -1, output: `${done.stdout}${done.stderr}` }
}

/** Resolves with the address Prometheus says it listens on; with port 0 nobody else knows it. */
const listening = (child: ChildProcess): Promise<string> =>
  new Promise((resolve, reject) => {
    let said = ''
    const limit = setTimeout(() => reject(new Error(`prometheus did not listen in ${START_MS} ms:\n${said}`)), START_MS)
    const settle = (act: () => void) => {
      clearTimeout(limit)
      act()
    }
    child.once('error', (cause) => settle(() => reject(cause)))
    child.once('exit', (code) => settle(() => reject(new Error(`prometheus ended with ${code}:\n${said}`))))
    child.stderr?.on('data', (chunk: Buffer) => {
      // Only the beginning matters; afterwards the pipe is drained and forgotten.
      if (said.length < 64_000) said += chunk.toString('utf8')
      const found = /msg="Listening on" address=(\S+)/.exec(said)?.[1]
      if (found !== undefined) settle(() => resolve(found))
    })
  })

const ended = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve()
    const kill = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
    child.once('exit', () => {
      clearTimeout(kill)
      resolve()
    })
    child.kill('SIGTERM')
  })

type Answer = { readonly status: string; readonly error?: string; readonly data?: unknown }
type Vector = {
  readonly result: readonly {
    readonly metric: Readonly<Record<string, string>>
    readonly value: readonly [number, string]
  }[]
}

const get = async (url: string): Promise<unknown> => {
  const response = await fetch(url, { signal: AbortSignal.timeout(10_000) })
  const answer = (await response.json()) as Answer
  if (answer.status !== 'success') throw new Error(`${decodeURIComponent(url)}: ${answer.error}`)
  return answer.data
}

/**
 * Starts the real Prometheus on loopback. `config` is the text of prometheus.yml (relative paths in it are below
 * `dataDir`), `port` 0 takes a free one. Throws when it does not come up within 20 s. The caller stops it.
 */
export const startPrometheus = async (opts: {
  readonly config: string
  readonly dataDir: string
  readonly port: number
  /** More of its command line. */
  readonly flags?: readonly string[]
}): Promise<Prometheus> => {
  const file = join(opts.dataDir, 'prometheus.yml')
  writeFileSync(file, opts.config)
  const child = spawn(
    toolPath('prometheus'),
    [
      `--config.file=${file}`,
      `--storage.tsdb.path=${join(opts.dataDir, 'tsdb')}`,
      `--web.listen-address=127.0.0.1:${opts.port}`,
      '--log.level=info',
      ...(opts.flags ?? []),
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  )
  const url = `http://${await listening(child).catch(async (cause: unknown) => {
    await ended(child)
    throw cause
  })}`
  const api = (path: string) => get(`${url}/api/v1/${path}`)
  const query: Prometheus['query'] = async (expr, at = null) => {
    const when = at === null ? '' : `&time=${at}`
    const { result } = (await api(`query?query=${encodeURIComponent(expr)}${when}`)) as Vector
    return result.map((r) => ({ metric: r.metric, value: Number(r.value[1].replace('Inf', 'Infinity')) }))
  }
  const queryUntil: Prometheus['queryUntil'] = async (expr, enough, atMostMs, at = null) => {
    const until = Date.now() + atMostMs
    for (;;) {
      // While Prometheus is still opening its storage it answers 503; that is also "not yet", until the limit.
      const answer = await query(expr, at).catch((cause: unknown) => {
        if (Date.now() >= until) throw cause
        return null
      })
      if (answer !== null && enough(answer)) return answer
      if (Date.now() >= until) throw new Error(`${expr}: not enough after ${atMostMs} ms: ${JSON.stringify(answer)}`)
      await new Promise((resume) => setTimeout(resume, POLL_MS))
    }
  }
  return { url, query, queryUntil, api, stop: () => ended(child) }
}
