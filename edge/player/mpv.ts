import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import type { Duplex } from 'node:stream'
import type { Log } from '#core/base/ports.ts'
import { type MpvEvent, type MpvIpc, openIpc } from './ipc.ts'

/** One supervised mpv. It dies with us: its only IPC client is a socket pair whose other end this process holds. */
export type Supervisor = {
  /** Null while it is not running. */
  readonly ipc: () => MpvIpc | null
  readonly pid: () => number | null
  readonly restarts: () => number
  /** Ends a process that hangs; it is started again. */
  readonly kill: (why: string) => void
  readonly stop: () => Promise<void>
}

export type SupervisorOptions = {
  readonly program: string
  readonly output: 'x11' | 'null' | 'drm'
  readonly display: string | null
  readonly panel: { readonly width: number; readonly height: number }
  readonly audio: boolean
  readonly extraArgs: readonly string[]
  readonly log: Log
  readonly up: () => void
  readonly down: (detail: string, missing: boolean) => void
  readonly event: (event: MpvEvent) => void
}

/** Back-off between starts, ms: first and most; a run of `CALM_MS` counts as healthy and begins anew. */
const BACKOFF_MS = [100, 10_000] as const
const CALM_MS = 10_000
/** An mpv that is not installed is looked for again this often, ms. */
const MISSING_MS = 30_000
/** From spawn to the first answer, ms. */
const START_MS = 10_000
const TERM_MS = 2_000
/** Text of its error output kept for the log, characters. */
const STDERR_CHARS = 2_000

export const MISSING = 'mpv chưa được cài: apt install mpv · mpv is not installed: apt install mpv'

/** `--background` took a colour up to 0.37 and a mode since 0.38, where the colour has an option of its own. */
const backgroundArgs = (version: string): readonly string[] => {
  const [, major = '0', minor = '0'] = /(\d+)\.(\d+)/.exec(version) ?? []
  return Number(major) > 0 || Number(minor) >= 38
    ? ['--background=color', '--background-color=#000000']
    : ['--background=#000000']
}

export const mpvArgs = (
  options: Pick<SupervisorOptions, 'output' | 'panel' | 'audio' | 'extraArgs'>,
  version: string,
): readonly string[] => {
  const { width, height } = options.panel
  const video = { x11: ['--vo=x11'], null: ['--vo=null'], drm: ['--vo=gpu', '--gpu-context=drm'] }[options.output]
  return [
    '--idle=yes',
    '--input-ipc-client=fd://3',
    '--no-config',
    '--no-terminal',
    '--no-osc',
    '--osd-level=0',
    '--no-input-default-bindings',
    '--no-input-cursor',
    '--cursor-autohide=always',
    '--load-scripts=no',
    '--ytdl=no',
    // Hostile files: a playlist or stream reference inside of one must not reach anything else.
    '--access-references=no',
    '--demuxer-lavf-o=protocol_whitelist=[file]',
    '--sub=no',
    '--sub-auto=no',
    '--audio-file-auto=no',
    '--audio-display=no',
    '--autoload-files=no',
    '--image-display-duration=inf',
    '--keep-open=yes',
    '--keep-open-pause=no',
    // Its first window comes with its first picture: an empty one would be black over the standing page behind it (`KEEP_WINDOW`).
    '--force-window=no',
    '--no-border',
    `--geometry=${width}x${height}+0+0`,
    '--hwdec=auto-safe',
    '--cache=no',
    '--demuxer-max-bytes=16MiB',
    '--demuxer-max-back-bytes=1MiB',
    '--screenshot-jpeg-quality=85',
    ...backgroundArgs(version),
    // A file that may be heard says so itself (load.ts).
    '--mute=yes',
    ...(options.audio ? [] : ['--ao=null']),
    ...video,
    ...options.extraArgs,
  ]
}

/** From its first picture on it keeps its window whatever happens to a file. */
export const KEEP_WINDOW = ['set_property', 'force-window', 'yes'] as const

type Run = {
  child: ChildProcess | null
  ipc: MpvIpc | null
  up: boolean
  startedAt: number
  failures: number
  restarts: number
  why: string | null
  stopped: boolean
  timer: NodeJS.Timeout | undefined
}

export const superviseMpv = (options: SupervisorOptions): Supervisor => {
  const run: Run = {
    child: null,
    ipc: null,
    up: false,
    startedAt: 0,
    failures: 0,
    restarts: 0,
    why: null,
    stopped: false,
    timer: undefined,
  }
  const environment = options.display === null ? process.env : { ...process.env, DISPLAY: options.display }
  const again = (delay: number): void => {
    if (!run.stopped) run.timer = setTimeout(start, delay)
  }
  const start = (): void => {
    execFile(options.program, ['--version'], { timeout: START_MS, env: environment }, (error, stdout) => {
      if (run.stopped) return
      if (error && 'code' in error && error.code === 'ENOENT') {
        options.down(MISSING, true)
        return again(MISSING_MS)
      }
      launch(stdout.split('\n')[0] ?? '')
    })
  }
  const launch = (version: string): void => {
    const child = spawn(options.program, mpvArgs(options, version), {
      stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
      env: environment,
    })
    Object.assign(run, { child, up: false, startedAt: performance.now(), why: null })
    const stderr = { text: '' }
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr.text = (stderr.text + text).slice(-STDERR_CHARS)
    })
    child.on('error', (error) => {
      run.why ??= error.message
    })
    child.on('exit', (code, signal) =>
      ended(run.why ?? `mpv ended (${signal ?? `exit ${code}`}) ${stderr.text.trim()}`.trim()),
    )
    // Node gives an extra "pipe" as one end of a socket pair.
    const ipc = openIpc(child.stdio[3] as Duplex, options.event)
    run.ipc = ipc
    void ipc.command(['get_property', 'mpv-version']).then((answer) => {
      if (run.child !== child || run.stopped) return
      if (!answer.ok) return kill(`mpv does not answer (${answer.error})`)
      run.up = true
      options.log('info', 'player is up', { version: String(answer.value), pid: child.pid })
      options.up()
    })
  }
  const ended = (why: string): void => {
    Object.assign(run, { child: null, ipc: null, up: false })
    if (run.stopped) return
    if (performance.now() - run.startedAt > CALM_MS) run.failures = 0
    const delay = Math.min(BACKOFF_MS[1], BACKOFF_MS[0] * 2 ** Math.min(run.failures, 10))
    run.failures += 1
    run.restarts += 1
    options.log('error', 'player ended', { why, againMs: delay })
    options.down(why.slice(0, 500), false)
    again(delay)
  }
  const kill = (why: string): void => {
    run.why = why
    run.child?.kill('SIGKILL')
  }
  start()
  return {
    ipc: () => (run.up ? run.ipc : null),
    pid: () => run.child?.pid ?? null,
    restarts: () => run.restarts,
    kill,
    stop: async () => {
      run.stopped = true
      clearTimeout(run.timer)
      const { child } = run
      if (child === null || child.exitCode !== null) return
      const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
      void run.ipc?.command(['quit'])
      const force = setTimeout(() => child.kill('SIGKILL'), TERM_MS)
      await gone
      clearTimeout(force)
    },
  }
}

/** Resident memory of a process, bytes; null when it is gone. */
export const residentOf = (pid: number): number | null => {
  try {
    const match = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
    return match ? Number(match[1]) * 1024 : null
  } catch {
    return null
  }
}
