import { existsSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import { readSome } from '../shell/machine.ts'
import type { View } from './measurement.ts'
import type { Ground } from './needs.ts'

export const SCRIPTS = [
  { script: 'Tiếng Việt', sample: 'TỖ ẾCH ỰA Ẵ Ợ ỷ đ' },
  { script: '中文', sample: '因水位上涨暂停通关' },
  { script: 'Tai Viet', sample: 'ꪼꪕ' },
] as const

/** Everything a step is measured by, read now. */
export const viewOf = ({ needs, store }: Pick<Ground, 'needs' | 'store'>): View => ({
  state: needs.state(),
  status: needs.status(),
  config: needs.config,
  profile: needs.profiles.controller?.id ?? null,
  sequence: needs.plan?.sequence ?? null,
  machine: needs.machine(),
  synchronised: needs.synchronised(),
  timeSources: timeSources(),
  hubOffsetMs: needs.hubOffset(),
  interfaces: interfacesNow(),
  enrolled: needs.identity.rootPublicKey() !== null,
  fonts: SCRIPTS.map(({ script, sample }) => {
    const drawn = needs.raster.ok ? needs.raster.value.canDraw(sample) : needs.raster
    return { script, sample, fault: drawn.ok ? null : drawn.error }
  }),
  draft: store.draft(),
})

const interfacesNow = (): View['interfaces'] =>
  Object.entries(networkInterfaces())
    .flatMap(([name, addresses]) =>
      addresses === undefined || addresses.every(({ internal }) => internal)
        ? []
        : [{ name, addresses: addresses.map(({ address }) => address).slice(0, 4), up: carrier(name) }],
    )
    .slice(0, 8)

const carrier = (name: string): boolean => readSome(`/sys/class/net/${name}/operstate`)?.trim() !== 'down'

/** Those that leave a trace which everybody may see. */
const timeSources = (): readonly string[] => [
  ...(existsSync('/run/chrony') ? ['chrony'] : []),
  ...(existsSync('/run/systemd/timesync/synchronized') ? ['systemd-timesyncd'] : []),
]
