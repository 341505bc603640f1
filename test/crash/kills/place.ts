import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { startSimulatedDisplay } from '#controller/sim/sender.ts'
import type { StatusReport } from '#core/contract/link.ts'
import type { EvidenceRecord } from '#core/evidence/record.ts'
import { newPem } from '#edge/shell/crypto.ts'
import { startScreen } from '../../../scripts/demo/screen.ts'
import { ROOT } from '../../support/demo.ts'
import { type Pixels, readPixels } from '../../support/pixels.ts'
import { type GuestHub, startGuestHub } from '../power/guest-hub.ts'
import { CODE, type Office, openOffice, SITE } from '../power/office.ts'

/** One cluster with everything real but the glass: the daemon by its own command, mpv under Xvfb, a sender on a pty, a hub on a socket. */
export type Place = {
  readonly plays: string
  readonly office: Office
  readonly hub: GuestHub
  readonly heard: Heard
  readonly pixels: () => Pixels
  /** Starts the daemon; it must not be running. */
  readonly start: () => void
  readonly pid: () => number | null
  /** SIGKILL to the daemon; resolves when it is gone. */
  readonly kill: () => Promise<void>
  /** Ends it as a supervisor does, in order. */
  readonly leave: () => Promise<void>
  readonly log: readonly string[]
  readonly stop: () => Promise<void>
}

/** What the hub knows; it lives on while the daemon dies. */
export type Heard = {
  /** Lines by their sequence number, as acknowledged. */
  readonly lines: Map<number, string>
  /** The same line came twice with other bytes: sequence numbers. */
  readonly changed: number[]
  readonly receipts: Map<string, Set<string>>
  status: StatusReport | null
  boot: string
}

const PANEL = { width: 640, height: 320 }
const MOST_LOG = 200
const GRACE_MS = 8_000

const openHub = async (office: Office, heard: Heard): Promise<GuestHub> =>
  startGuestHub({
    office,
    next: 0,
    device: null,
    acknowledged: () => undefined,
    receipt: (order, stage) => {
      const stages = heard.receipts.get(order) ?? new Set()
      heard.receipts.set(order, stages.add(stage))
    },
    up: () => undefined,
    status: (status, boot) => Object.assign(heard, { status, boot }),
    lines: (from, lines) =>
      lines.forEach((line, i) => {
        const was = heard.lines.get(from + i)
        if (was !== undefined && was !== line) heard.changed.push(from + i)
        heard.lines.set(from + i, line)
      }),
  })

const configOf = (of: { folder: string; hub: string; sender: string; display: string }) => ({
  site: {
    id: SITE,
    name: 'Cửa khẩu Ma Lù Thàng',
    clusterClass: 'BORDER_GATE',
    unitCode: '12345',
    panel: PANEL,
    exerciseMode: false,
    outdoors: true,
    audio: false,
  },
  dataDir: join(of.folder, 'data'),
  policy: join(ROOT, 'deploy/policies/lai-chau-2024.json'),
  controller: {
    profile: join(ROOT, 'firmware-profiles/novastar-mctrl300.json'),
    link: { kind: 'serial', path: of.sender },
  },
  player: { output: 'x11', display: of.display },
  hub: { url: of.hub, enrolCode: CODE },
  web: { port: 0 },
  clock: 'host',
})

export const openPlace = async (folder: string): Promise<Place> => {
  mkdirSync(folder, { recursive: true })
  const office = openOffice({ root: newPem(), officer: newPem() })
  const heard: Heard = { lines: new Map(), changed: [], receipts: new Map(), status: null, boot: '' }
  const hub = await openHub(office, heard)
  const sender = join(folder, 'ttySender')
  const display = await startSimulatedDisplay({
    model: 'mctrl300',
    cards: 2,
    seed: 1,
    faults: {},
    log: () => undefined,
    on: { kind: 'pty', path: sender },
  })
  const screen = await startScreen(PANEL, join(folder, 'screen'))
  const file = join(folder, 'edge.json')
  const config = configOf({ folder, hub: hub.url, sender, display: screen.display })
  writeFileSync(file, JSON.stringify(config, null, 2))
  const daemon = createDaemon(file)
  return {
    plays: join(folder, 'data/plays'),
    office,
    hub,
    heard,
    pixels: () => readPixels(screen.pixels),
    ...daemon,
    stop: async () => {
      await daemon.leave()
      hub.stop()
      await display.close()
      screen.stop()
    },
  }
}

const createDaemon = (file: string): Pick<Place, 'start' | 'pid' | 'kill' | 'leave' | 'log'> => {
  const log: string[] = []
  const state: { child: ChildProcess | null } = { child: null }
  const end = (signal: NodeJS.Signals): Promise<void> =>
    new Promise((resolve) => {
      const { child } = state
      state.child = null
      if (child === null || child.exitCode !== null || child.signalCode !== null) return resolve()
      const limit = setTimeout(() => child.kill('SIGKILL'), GRACE_MS)
      child.once('exit', () => {
        clearTimeout(limit)
        resolve()
      })
      child.kill(signal)
    })
  process.once('exit', () => void state.child?.kill('SIGKILL'))
  return {
    log,
    start: () => {
      const child = spawn(join(ROOT, 'bangtin'), ['edge', '--config', file], { stdio: ['ignore', 'pipe', 'pipe'] })
      state.child = child
      for (const stream of [child.stdout, child.stderr])
        createInterface({ input: stream }).on('line', (line) => {
          log.push(line)
          if (log.length > MOST_LOG) log.shift()
        })
      child.once('exit', (code, signal) => {
        if (state.child === child) log.push(`ended by itself: ${code ?? signal}`)
      })
    },
    pid: () => state.child?.pid ?? null,
    kill: () => end('SIGKILL'),
    leave: () => end('SIGTERM'),
  }
}

/** The whole lines in the folder from a sequence number on, in order. */
export const linesOf = (plays: string, from: number): ReadonlyMap<number, string> =>
  new Map(
    readdirSync(plays)
      .filter((name) => /^\d{4}-\d{2}-\d{2}(~\d+)?\.jsonl$/.test(name))
      .flatMap((name) => readFileSync(join(plays, name), 'utf8').split('\n').slice(0, -1))
      .flatMap((text): readonly (readonly [number, string])[] => {
        const seq = Number(/^\{"seq":(\d+),/.exec(text)?.[1])
        return seq >= from ? [[seq, text]] : []
      })
      .toSorted(([a], [b]) => a - b),
  )

export const recordOf = (text: string): EvidenceRecord => JSON.parse(text) as EvidenceRecord
