import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import type { Demo } from '../support/demo.ts'
import { residentBytes } from '../support/processes.ts'
import { until } from '../support/until.ts'
import { mb, type Row } from './figures.ts'
import type { VirtualFigure } from './virtual-plays.ts'

const TARGET_BYTES = 120 * 1_048_576
/** More growth than this between the second tenth and the end is not flat, bytes. */
const FLAT_BYTES = 8 * 1_048_576
const PLAYS = 10_000
const SAMPLE_MS = 2_000
const VIRTUAL_MS = 600_000

/** (d) resident memory of the three running edges without mpv, once each has run for `ms`. */
export const benchResident = async (demo: Demo, runMs: number): Promise<Row> => {
  const ages = (): readonly number[] => demo.sites.map((s) => uptimeMs(pidOf(demo, s.id)))
  const early = demo.sites.map((s) => residentBytes(pidOf(demo, s.id)) ?? 0)
  await until({ what: `every edge has run for ${runMs} ms`, atMostMs: runMs + 60_000, everyMs: SAMPLE_MS }, (note) => {
    note(ages())
    return ages().every((age) => age >= runMs) ? true : undefined
  })
  const now = demo.sites.map((s) => residentBytes(pidOf(demo, s.id)) ?? 0)
  const most = Math.max(...now)
  const minutes = Math.round(runMs / 6_000) / 10
  return {
    what: `bộ nhớ của cụm sau ${minutes} phút · edge resident after ${minutes} min, without mpv`,
    figure: `${mb(most)} (${now.map(mb).join(', ')})`,
    beside: `before: ${early.map(mb).join(', ')}`,
    target: `≤ ${mb(TARGET_BYTES)}`,
    pass: most <= TARGET_BYTES,
  }
}

const pidOf = (demo: Demo, site: string): number => {
  const pid = demo.edgePid(site)
  if (pid === null) throw new Error(`the edge ${site} is not running`)
  return pid
}

/** Since the process began, ms: `starttime` of /proc/<pid>/stat is in ticks of 10 ms since boot. */
const uptimeMs = (pid: number): number => {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')
  const upSeconds = Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0])
  return upSeconds * 1_000 - Number(fields[19]) * 10
}

/** What `edge/launch.sh` gave a running edge. */
const launchEnvironment = (pid: number): NodeJS.ProcessEnv =>
  Object.fromEntries(
    readFileSync(`/proc/${pid}/environ`, 'utf8')
      .split('\0')
      .filter((line) => /^(?:MALLOC_|NODE_COMPILE_CACHE=)/.test(line))
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  )

/** (d) the same after 10,000 plays of virtual time, with the flags of Node that a running edge has. */
export const benchVirtual = (demo: Demo, folder: string): readonly Row[] => {
  const pid = pidOf(demo, demo.sites[0]?.id ?? '')
  const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
  const flags = command.slice(
    1,
    command.findIndex((word) => word.endsWith('bangtin.ts')),
  )
  const script = new URL('./virtual-plays.ts', import.meta.url).pathname
  const done = spawnSync(process.execPath, [...flags, script, folder, String(PLAYS)], {
    env: { ...process.env, ...launchEnvironment(pid) },
    encoding: 'utf8',
    timeout: VIRTUAL_MS,
  })
  if (done.status !== 0) throw new Error(`the virtual plays ended with ${done.status}: ${done.stderr.slice(-2_000)}`)
  const figures = done.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as VirtualFigure)
  const at = (plays: number): number => figures.find((f) => f.plays === plays)?.residentBytes ?? Number.NaN
  const last = figures.at(-1)
  if (last?.plays !== PLAYS) throw new Error(`only ${last?.plays ?? 0} virtual plays`)
  const growth = last.residentBytes - at(PLAYS / 5)
  return [
    {
      what: `bộ nhớ sau ${PLAYS} lượt phát ảo · edge resident after ${PLAYS} virtual plays`,
      figure: mb(last.residentBytes),
      beside: `${last.records} records written; at the start ${mb(at(0))}; most between rounds of giving back ${mb(Math.max(...figures.slice(1).map((f) => f.grownBytes)))}`,
      target: `≤ ${mb(TARGET_BYTES)}`,
      pass: last.residentBytes <= TARGET_BYTES,
    },
    {
      what: '  tăng thêm từ lượt 2.000 đến 10.000 · growth from play 2,000 to 10,000',
      figure: `${growth < 0 ? '' : '+'}${mb(growth)}`,
      beside: figures.map((f) => Math.round(f.residentBytes / 1_048_576)).join(' → '),
      target: `flat: ≤ +${mb(FLAT_BYTES)}`,
      pass: growth <= FLAT_BYTES,
    },
  ]
}
