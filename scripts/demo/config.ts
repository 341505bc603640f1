import { join } from 'node:path'

/** One demo site: two border gates and one commune board of the sample data (domain.md §5.1). */
export type SitePlan = {
  readonly id: string
  readonly name: string
  readonly clusterClass: 'BORDER_GATE' | 'BULLETIN_BOARD'
  readonly unitCode: string
  readonly panel: { readonly width: number; readonly height: number }
  readonly exerciseMode: boolean
  readonly audio: boolean
  readonly location: { readonly latitude: number; readonly longitude: number }
  readonly carrier: 'pty' | 'tcp'
  readonly model: 'mctrl300' | 'mctrl660pro'
  readonly profile: string
  readonly serialPath: string
  /** The RS-485 line of the cabinet: a relay board with contacts (unit 1) and a thermometer (unit 2). */
  readonly boxPath: string
  readonly cards: number
  readonly seed: number
  readonly dir: string
  readonly webPort: number
}

/** What hangs in the cabinet of every demo cluster, both on one line. */
const BOX = { board: 'waveshare-modbus-rtu-io-8ch.json', climate: 'generic-xy-md02.json' } as const

const SITES = [
  {
    id: 'LC-MLT-01',
    name: 'Cửa khẩu Ma Lù Thàng, cổng xuất nhập cảnh',
    clusterClass: 'BORDER_GATE',
    unitCode: '03549',
    panel: { width: 1280, height: 640 },
    exerciseMode: false,
    audio: true,
    location: { latitude: 22.7, longitude: 103.17 },
    carrier: 'pty',
    model: 'mctrl300',
    cards: 8,
  },
  {
    id: 'LC-MLT-02',
    name: 'Cửa khẩu Ma Lù Thàng, bãi xe',
    clusterClass: 'BORDER_GATE',
    unitCode: '03549',
    panel: { width: 960, height: 480 },
    exerciseMode: true,
    audio: false,
    location: { latitude: 22.69, longitude: 103.16 },
    carrier: 'tcp',
    model: 'mctrl660pro',
    cards: 6,
  },
  {
    id: 'LC-MT-01',
    name: 'Xã Mường Tè, ngã ba',
    clusterClass: 'BULLETIN_BOARD',
    unitCode: '03445',
    panel: { width: 768, height: 384 },
    exerciseMode: false,
    audio: false,
    location: { latitude: 22.47, longitude: 102.62 },
    carrier: 'pty',
    model: 'mctrl300',
    cards: 4,
  },
] as const

export const sitePlans = (dataDir: string, webPorts: readonly number[]): readonly SitePlan[] =>
  SITES.map((site, i) => ({
    ...site,
    profile: site.model === 'mctrl300' ? 'novastar-mctrl300.json' : 'novastar-mctrl660pro.json',
    serialPath: join(dataDir, 'sites', site.id, 'ttyDISPLAY'),
    boxPath: join(dataDir, 'sites', site.id, 'ttyBOX'),
    seed: i + 1,
    dir: join(dataDir, 'sites', site.id),
    webPort: webPorts[i] ?? 0,
  }))

/** The hub's configuration file (dashboard/hub/config.ts). Loopback only, so plain HTTP is allowed. */
export const hubConfig = (it: { root: string; dataDir: string; port: number; plans: readonly SitePlan[] }) => ({
  listen: { host: '127.0.0.1', port: it.port },
  dataDir: join(it.dataDir, 'hub'),
  tls: null,
  behindProxy: false,
  consoleDir: join(it.root, 'dashboard/console/dist'),
  policyDir: join(it.root, 'deploy/policies'),
  templatesFile: join(it.root, 'deploy/templates/orders.json'),
  technicianPages: Object.fromEntries(it.plans.map((p) => [p.id, `http://127.0.0.1:${p.webPort}/`])),
})

/** An edge's configuration file (edge/config.ts). `clock: host`: a demo machine's clock is kept by whoever owns it. */
export const edgeConfig = (it: {
  root: string
  plan: SitePlan
  link: { kind: 'serial'; path: string } | { kind: 'tcp'; host: string; port: number }
  xDisplay: string
  hubUrl: string
  enrolCode: string | null
}) => ({
  site: {
    id: it.plan.id,
    name: it.plan.name,
    clusterClass: it.plan.clusterClass,
    unitCode: it.plan.unitCode,
    panel: it.plan.panel,
    exerciseMode: it.plan.exerciseMode,
    outdoors: true,
    audio: it.plan.audio,
    location: it.plan.location,
  },
  // Of a wall of that size, roughly: the estimate of energy needs something to go by.
  energy: { fullWatts: it.plan.cards * 1500, idleWatts: it.plan.cards * 150 },
  dataDir: join(it.plan.dir, 'data'),
  policy: join(it.root, 'deploy/policies/lai-chau-2024.json'),
  controller: { profile: join(it.root, 'firmware-profiles', it.plan.profile), link: it.link },
  equipment: [
    { name: 'tu-dien', file: BOX.board, unit: 1 },
    { name: 'khi-hau', file: BOX.climate, unit: 2 },
  ].map(({ name, file, unit }) => ({
    name,
    profile: join(it.root, 'firmware-profiles', file),
    link: { kind: 'serial', path: it.plan.boxPath },
    address: { unit },
  })),
  player: { output: 'x11', display: it.xDisplay },
  hub: { url: it.hubUrl, ...(it.enrolCode === null ? {} : { enrolCode: it.enrolCode }) },
  web: { host: '127.0.0.1', port: it.plan.webPort },
  clock: 'host',
})
