import type { Log } from '#core/base/ports.ts'
import { readSome } from '../shell/machine.ts'
import type { Bundle } from './bundle.ts'
import { type LiveSources, liveFacts } from './live.ts'
import type { Report } from './report.ts'
import { serveDoctor } from './socket.ts'

/** A running daemon that says how it is: to its page, and to `bangtin doctor` on the same machine. */
export type Doctor = {
  readonly report: () => Promise<Report>
  readonly bundle: () => Promise<Bundle>
  readonly stop: () => Promise<void>
}

export const openDoctor = (
  of: LiveSources & {
    readonly configFile: string | null
    readonly metrics: () => Promise<string>
    readonly log: Log
  },
): Doctor => {
  // Loaded when first asked for: most days nobody does, and words take memory.
  const report = async (): Promise<Report> => (await import('./diagnose.ts')).diagnose(await liveFacts(of))
  const socket = serveDoctor({ dataDir: of.config.dataDir, answers: { report, metrics: of.metrics }, log: of.log })
  return {
    report,
    bundle: async () =>
      (await import('./bundle.ts')).makeBundle({
        report: await report(),
        config: of.config,
        configText: of.configFile === null ? null : readSome(of.configFile),
        metrics: await of.metrics(),
        root: '/',
        secrets: [],
      }),
    stop: socket.stop,
  }
}
