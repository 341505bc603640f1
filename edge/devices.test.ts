import { symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { parseConfig } from './config.ts'
import { loadProfiles } from './devices.ts'
import { temporary } from './test/support.ts'

const at = (id: string) => fileURLToPath(new URL(`../firmware-profiles/${id}.json`, import.meta.url))
const serial = (path: string) => ({ kind: 'serial', path })
const PORT = serial('/dev/ttyUSB8')
const sender = { profile: at('novastar-mctrl300'), link: PORT }
const relays = {
  name: 'relays',
  profile: at('waveshare-modbus-rtu-relay-d-8ch'),
  link: serial('/dev/ttyUSB9'),
}
const climate = { ...relays, name: 'climate', profile: at('generic-xy-md02'), address: { unit: 2 } }

const check = (devices: { readonly controller?: object; readonly equipment?: readonly object[] }): string => {
  const config = {
    site: {
      id: 'LC-TEST-01',
      name: 'Ma Lù Thàng',
      clusterClass: 'BORDER_GATE',
      unitCode: '03549',
      panel: { width: 320, height: 160 },
      exerciseMode: false,
      outdoors: true,
      audio: false,
    },
    dataDir: 'data',
    policy: 'policy.json',
    controller: null,
    player: { output: 'null' },
    hub: null,
    web: { port: 0 },
    ...devices,
  }
  const parsed = parseConfig('edge.json', JSON.stringify(config))
  if (!parsed.ok) return parsed.error
  const loaded = loadProfiles(parsed.value)
  return loaded.ok ? 'fine' : loaded.error
}

const tcp = (id: string, port: number) => ({ profile: at(id), link: { kind: 'tcp', host: '192.0.2.1', port } })
const udp = (id: string) => ({ profile: at(id), link: { kind: 'udp', host: '192.0.2.1', port: 161 } })
const dialled = (from: readonly string[]) => ({ kind: 'listen', host: '127.0.0.1', port: 5005, from })

const fine: readonly (readonly [string, object])[] = [
  ['a sender with an input', { controller: { ...sender, input: 'dvi' } }],
  ['a sender down the chain', { controller: { ...sender, address: { unit: 1 } } }],
  ['two on one line', { equipment: [relays, climate] }],
  [
    'a projector with a password',
    { controller: { ...tcp('pjlink-class1', 4352), address: { password: 'JBMIAProjector' } } },
  ],
  ['a sign', { controller: { ...udp('ntcip-1203'), address: { community: 'b1-mlt', brightnessLevels: 16 } } }],
  ['a card that dials us', { controller: { ...tcp('onbon-bx6k', 5005), link: dialled(['192.0.2.7', '2001:db8::7']) } }],
]
test.each(fine)('%s is fine', (_name, devices) => {
  expect(check(devices)).toBe('fine')
})

const wrong: readonly (readonly [string, object, RegExp])[] = [
  [
    'a mistyped key',
    { equipment: [{ ...relays, address: { unti: 2 } }] },
    /^\/equipment\/0\/address: địa chỉ không có “unti”; .*dùng: unit · no address “unti”; this device takes: unit$/,
  ],
  [
    'a unit too great',
    { equipment: [{ ...relays, address: { unit: 300 } }] },
    /^\/equipment\/0\/address: unit must be/,
  ],
  ['a unit as text', { equipment: [{ ...relays, address: { unit: '2' } }] }, /^\/equipment\/0\/address: unit must be/],
  ['everybody', { equipment: [{ ...relays, address: { unit: 0 } }] }, /^\/equipment\/0\/address: unit 0 is everyone/],
  [
    'a sender out of range',
    { controller: { ...sender, address: { unit: 300 } } },
    /^\/controller\/address: .*0 to 255/,
  ],
  ['a sign without community', { controller: udp('ntcip-1203') }, /^\/controller\/address: address\.community/],
  [
    'a unit for a card by session',
    { controller: { ...tcp('huidu-sdk2', 10001), address: { unit: 1 } } },
    /^\/controller\/address: địa chỉ không có “unit”; thiết bị này không cần/,
  ],
  [
    'the factory unit twice',
    { equipment: [relays, { ...relays, name: 'more', address: { unit: 1 } }] },
    /^\/equipment\/1\/address: serial \/dev\/ttyUSB9, unit 1 đã là của \/equipment\/0, .* is already \/equipment\/0;/,
  ],
  [
    'one card by its host twice',
    { controller: tcp('pjlink-class1', 4352), equipment: [{ name: 'again', ...tcp('pjlink-class1', 4352) }] },
    /^\/equipment\/0\/address: tcp 192\.0\.2\.1:4352 đã là của \/controller,/,
  ],
  [
    'one port under two names',
    { equipment: [relays, { ...relays, name: 'more', link: serial('/dev/../dev/ttyUSB9') }] },
    /^\/equipment\/1\/address: serial \/dev\/ttyUSB9, unit 1 /,
  ],
  ['an input nobody has', { controller: { ...sender, input: 'vga' } }, /^\/controller\/input: “vga”: .*one of .*dvi/],
  [
    'an input where none is set',
    { controller: { profile: at('onbon-bx6k'), link: PORT, input: 'dvi' } },
    /^\/controller\/input: onbon-bx6k không đặt được ngõ vào/,
  ],
  [
    'a name that may dial us',
    { controller: { ...tcp('onbon-bx6k', 5005), link: dialled(['192.0.2.7', 'card.example']) } },
    /^edge\.json: \/controller\/link\/from\/1: “card\.example” không phải địa chỉ IP/,
  ],
]
test.each(wrong)('%s is refused with place, reason and next step', (_name, devices, expected) => {
  expect(check(devices)).toMatch(expected)
})

test('a link made by udev and the port behind it are one line', () => {
  const folder = temporary()
  writeFileSync(join(folder, 'port'), '')
  symlinkSync(join(folder, 'port'), join(folder, 'relays'))
  const equipment = [
    { ...relays, link: serial(join(folder, 'port')) },
    { ...relays, name: 'more', link: serial(join(folder, 'relays')) },
  ]
  expect(check({ equipment })).toMatch(/^\/equipment\/1\/address: serial .*port, unit 1 đã là của \/equipment\/0/)
})
