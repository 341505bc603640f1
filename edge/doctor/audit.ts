import type { EdgeConfig } from '../config.ts'
import type { Check } from './audit-check.ts'
import { configChecks, dataChecks } from './audit-edge.ts'
import { hubChecks } from './audit-hub.ts'
import { machineChecks } from './audit-machine.ts'

/** Is this cluster as hard to break into as it can be? Reads files only; changes nothing. `root` stands for `/`. */
export const auditEdge = (of: {
  readonly file: string
  readonly config: EdgeConfig
  readonly root: string
}): readonly Check[] => [
  ...configChecks(of.file, of.config),
  ...dataChecks(of.config),
  ...machineChecks(of.root, of.config),
]

/** The same of the hub, by its configuration and the files it names. */
export const auditHub = (of: { readonly file: string; readonly now: number }): readonly Check[] =>
  hubChecks(of.file, of.now)
