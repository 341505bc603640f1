import { kid, kids, quoted, type SimElement } from './huidu-xml.ts'

export type SimFile = {
  readonly name: string
  readonly md5: string
  readonly size: number
  readonly type: number
  bytes: Uint8Array
  whole: boolean
}
export type SimProgram = {
  readonly guid: string
  readonly items: readonly { readonly what: string; readonly shows: string; readonly tenths: number }[]
}

/** What the card holds. `lit` is lost at power-off, the rest is stored. */
export type SimCard = {
  readonly model: string
  readonly id: string
  readonly screen: { readonly width: number; readonly height: number }
  lit: boolean
  brightnessMode: string
  brightness: number
  clock: string
  timezone: string
  sync: string
  server: { host: string; port: number }
  /** By name. */
  files: Map<string, SimFile>
  programs: SimProgram[]
  reboots: number
}

export type SimResult = { readonly result: string; readonly body: string }
const yes = (body = ''): SimResult => ({ result: 'kSuccess', body })
const no = (result: string): SimResult => ({ result, body: '' })
const value = (of: SimElement | undefined, name = 'value'): string | undefined => of?.attributes.get(name)

type Method = (card: SimCard, inner: SimElement) => SimResult

const READS: Readonly<Record<string, Method>> = {
  GetDeviceInfo: ({ model, id, screen }) =>
    yes(
      `<device cpu="RK.px30" model="${quoted(model)}" name="BoxPlayer" id="${quoted(id)}"/>` +
        `<version kernel="4.4.189" hardware="1.0.0" app="7.10.18.0" fpga="3.6.1.0"/>` +
        `<screen rotation="0" width="${screen.width}" height="${screen.height}"/>`,
    ),
  GetNetworkInfo: () => yes('<network mode="eth0"/><wifi valid="false"/>'),
  GetSwitchTime: ({ lit }) => yes(`<open enable="${lit}"/><ploy enable="false"/>`),
  GetLuminancePloy: ({ brightnessMode, brightness }) =>
    yes(`<mode value="${brightnessMode}"/><default value="${brightness}"/><ploy/><sensor min="1" max="100" time="5"/>`),
  GetTimeInfo: ({ clock, timezone, sync }) =>
    yes(
      `<timezone value="${quoted(timezone)}"/><summer enable="false"/><sync value="${quoted(sync)}"/><time value="${clock}"/>`,
    ),
  GetSDKTcpServer: ({ server }) => yes(`<server port="${server.port}" host="${quoted(server.host)}"/>`),
  GetFiles: ({ files }) =>
    yes(
      `<files>${[...files.values()]
        .map(
          (file) =>
            `<file existSize="${file.bytes.length}" type="${file.type}" md5="${file.md5}" name="${quoted(file.name)}" size="${file.size}"/>`,
        )
        .join('')}</files>`,
    ),
  GetProgram: ({ programs }) =>
    yes(
      `<screen>${programs
        .map((one) => `<program guid="${quoted(one.guid)}"><playControl count="1"/><area><resource/></area></program>`)
        .join('')}</screen>`,
    ),
}

const WRITES: Readonly<Record<string, Method>> = {
  OpenScreen: (card) => {
    card.lit = true
    return yes()
  },
  CloseScreen: (card) => {
    card.lit = false
    return yes()
  },
  SetLuminancePloy: (card, inner) => {
    const mode = value(kid(inner, 'mode'))
    const level = Number(value(kid(inner, 'default')))
    // Seen on a C16L: all four children, or the card cannot read it.
    if (!mode || !kid(inner, 'ploy') || !kid(inner, 'sensor') || !kid(inner, 'default')) return no('kParseXmlFailed')
    if (!['default', 'ploys', 'sensor'].includes(mode) || !(level >= 1 && level <= 100)) return no('kInvalidParam')
    card.brightnessMode = mode
    card.brightness = level
    return yes()
  },
  SetTimeInfo: (card, inner) => {
    const time = value(kid(inner, 'time'))
    const zone = value(kid(inner, 'timezone'))
    const sync = value(kid(inner, 'sync'))
    if (!time || !zone || !sync || !kid(inner, 'summer')) return no('kParseXmlFailed')
    if (!/^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}$/.test(time)) return no('kInvalidParam')
    Object.assign(card, { clock: time, timezone: zone, sync })
    return yes()
  },
  SetSDKTcpServer: (card, inner) => {
    const host = value(kid(inner, 'server'), 'host')
    const port = Number(value(kid(inner, 'server'), 'port'))
    if (!host || !(port > 0 && port < 65_536)) return no('kInvalidParam')
    card.server = { host, port }
    return yes()
  },
  DeleteFiles: (card, inner) => {
    const missing = kids(kid(inner, 'files'), 'file')
      .map((file) => value(file, 'name') ?? '')
      .filter((name) => !card.files.delete(name))
    if (missing.length === 0) return yes()
    return yes(
      `<files>${missing.map((name) => `<file result="kFileNotFound" name="${quoted(name)}"/>`).join('')}</files>`,
    )
  },
  AddProgram: (card, inner) => {
    const read = readPrograms(card, inner)
    if (!Array.isArray(read)) return read
    card.programs = read
    return yes()
  },
  UpdateProgram: (card, inner) => {
    const read = readPrograms(card, inner)
    if (!Array.isArray(read)) return read
    if (read.some((one) => !card.programs.some((other) => other.guid === one.guid))) return no('kNodeNotExist')
    card.programs = card.programs.map((one) => read.find((other) => other.guid === one.guid) ?? one)
    return yes()
  },
  DeleteProgram: (card, inner) => {
    const guids = kids(inner, 'program').map((one) => value(one, 'guid') ?? '')
    if (guids.some((guid) => !card.programs.some((one) => one.guid === guid))) return no('kNodeNotExist')
    card.programs = card.programs.filter((one) => !guids.includes(one.guid))
    return yes()
  },
  Reboot: (card) => {
    card.reboots += 1
    card.lit = true
    return yes()
  },
}

const readPrograms = (card: SimCard, inner: SimElement): SimProgram[] | SimResult => {
  const screen = kid(inner, 'screen')
  if (!screen) return no('kScreenNodeIsNull')
  const programs: SimProgram[] = []
  for (const program of kids(screen, 'program')) {
    const guid = value(program, 'guid')
    if (!guid || !kid(program, 'playControl')) return no('kParseXmlFailed')
    const items = kids(program, 'area').flatMap((area) =>
      kid(area, 'rectangle') ? (kid(area, 'resources')?.kids ?? []).map(itemOf) : [],
    )
    const missing = items.some(({ what, shows }) => what === 'image' && card.files.get(shows)?.whole !== true)
    if (missing) return no('kDownloadingFile')
    programs.push({ guid, items })
  }
  return programs
}

const itemOf = (item: SimElement) => ({
  what: item.tag,
  shows: item.tag === 'text' ? (kid(item, 'string')?.text ?? '') : (value(kid(item, 'file'), 'name') ?? ''),
  tenths: Number(value(kid(item, 'effect'), 'duration')),
})

/** Carries out a method. A lying card says yes to writes and does nothing. */
export const runMethod = (card: SimCard, name: string, inner: SimElement, lying: boolean): SimResult => {
  const read = Object.hasOwn(READS, name) ? READS[name] : undefined
  if (read) return read(card, inner)
  const write = Object.hasOwn(WRITES, name) ? WRITES[name] : undefined
  if (!write) return no('kInvalidMethod')
  return lying ? yes() : write(card, inner)
}
