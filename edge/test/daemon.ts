import { fileURLToPath } from 'node:url'
import { type EdgeConfig, parseConfig } from '../config.ts'
import { type Edge, type StartOptions, startEdge } from '../main.ts'
import { cleanup } from './support.ts'

/** A file of the repository, by its path from the root. */
export const at = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url))

export const SITE = {
  id: 'LC-TEST-01',
  name: 'Cửa khẩu Ma Lù Thàng',
  clusterClass: 'BORDER_GATE',
  unitCode: '12345',
  panel: { width: 320, height: 160 },
  exerciseMode: false,
  outdoors: true,
  audio: false,
}

/** A configuration as its file has it: a cluster that needs nothing of the machine. `more` replaces whole entries. */
export const rawConfig = (more: object): object => ({
  site: SITE,
  dataDir: 'data',
  policy: at('deploy/policies/lai-chau-2024.json'),
  controller: null,
  player: { output: 'null' },
  hub: null,
  web: { port: 0 },
  clock: 'host',
  ...more,
})

/** `file`: paths in it are relative to its folder. */
export const parsed = (raw: object, file = 'edge.json'): EdgeConfig => {
  const config = parseConfig(file, JSON.stringify(raw))
  if (!config.ok) throw new Error(config.error)
  return config.value
}

/** A whole daemon, stopped after the test. Its `fatal` throws: a bug of ours is an unhandled error of the run. */
export const startDaemon = async (config: EdgeConfig, options: Omit<StartOptions, 'fatal'>): Promise<Edge> => {
  const edge = await startEdge(config, { ...options, fatal })
  if (!edge.ok) throw new Error(edge.error.detail)
  cleanup(() => edge.value.stop())
  return edge.value
}

export const fatal = (error: unknown): never => {
  throw error
}
