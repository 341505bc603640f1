import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { parseConfig } from './config.ts'
import { checkFiles } from './ground.ts'

const at = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url))

const pin = (name: string, line: number, debounceMs = 30) => ({
  what: 'contact',
  line: {
    name,
    at: { label: 'pinctrl-bcm2711', line },
    direction: 'in',
    activeLow: false,
    bias: 'pull-up',
    debounceMs,
  },
})
const PRESET = {
  id: 'bao-chay',
  input: { gpio: 'fire' },
  opposite: { gpio: 'fire-rest' },
  activeWhen: 'open',
  holds: 'while',
  class: 'emergency',
  hazard: 'FIRE',
  texts: [{ language: 'vi', headline: 'CHÁY: RỜI KHỎI CHỢ NGAY', instruction: 'Gọi 114.' }],
  authority: 'Ban quản lý cửa khẩu (mẫu)',
}
const good = (presets: readonly object[], more: object = {}) => ({
  site: {
    id: 'LC-MLT-01',
    name: 'Ma Lù Thàng',
    clusterClass: 'BORDER_GATE',
    unitCode: '03549',
    panel: { width: 320, height: 160 },
    exerciseMode: false,
    outdoors: true,
    audio: false,
  },
  dataDir: 'data',
  policy: at('deploy/policies/lai-chau-2024.json'),
  controller: null,
  gpio: { inputs: [pin('fire', 17), pin('fire-rest', 27), pin('raw', 22, 0)] },
  equipment: [
    {
      name: 'tu-bao',
      profile: at('firmware-profiles/waveshare-modbus-rtu-relay-d-8ch.json'),
      link: { kind: 'tcp', host: '127.0.0.1', port: 1 },
      seconds: 1,
    },
    { name: 'cham', profile: 'x.json', link: { kind: 'tcp', host: '127.0.0.1', port: 2 } },
  ],
  presets,
  player: { output: 'null' },
  hub: null,
  web: { port: 0 },
  ...more,
})
const parse = (presets: readonly object[], more: object = {}) =>
  parseConfig('edge.json', JSON.stringify(good(presets, more)))

test('a preset with its defaults, its contacts where the engine finds them, and a hash of all that it says', () => {
  const parsed = parse([
    PRESET,
    {
      ...PRESET,
      id: 'nut',
      input: { device: 'tu-bao', where: 'input 3' },
      opposite: undefined,
      activeWhen: 'closed',
      holds: { seconds: 600 },
    },
  ])
  if (!parsed.ok) throw new Error(parsed.error)
  expect(parsed.value.presets).toMatchObject([
    {
      id: 'bao-chay',
      input: { device: 'gpio', where: 'fire' },
      opposite: { device: 'gpio', where: 'fire-rest' },
      whilePressed: true,
      hold: 3_600_000,
      severity: 'extreme',
      sound: false,
      brightness: null,
      hash: expect.stringMatching(/^[0-9a-f]{64}$/),
    },
    { id: 'nut', input: { device: 'tu-bao', where: 'input 3' }, opposite: null, whilePressed: false, hold: 600_000 },
  ])
  const other = parse([{ ...PRESET, texts: [{ language: 'vi', headline: 'CHÁY' }] }])
  expect(other.ok && other.value.presets[0]?.hash).not.toBe(parsed.value.presets[0]?.hash)
})

const refusals: readonly [string, object, RegExp][] = [
  ['an unknown key', { priority: 1 }, /\/presets\/0/],
  ['no authority', { authority: '' }, /\/presets\/0\/authority/],
  ['a name that means somebody else', { id: 'technician' }, /\/presets\/0\/id: .*is taken/],
  ['an unknown pin', { input: { gpio: 'nothing' } }, /\/presets\/0\/input\/gpio: .*nothing/],
  ['a pin that bounces', { input: { gpio: 'raw' } }, /\/presets\/0\/input\/gpio: .*debounceMs/],
  ['an unknown device', { input: { device: 'x', where: 'input 1' } }, /\/presets\/0\/input\/device: .*no device x/],
  [
    'a device that is asked too seldom',
    { input: { device: 'cham', where: 'a' } },
    /\/presets\/0\/input\/device: .*every 2 s/,
  ],
  ['one contact twice', { opposite: { gpio: 'fire' } }, /\/presets\/0\/input: gpio fire .*used twice/],
  [
    'a contact that opens without its opposite',
    { opposite: undefined },
    /\/presets\/0\/opposite: .*a cut wire would be/,
  ],
  ['a hold of more than a day', { holds: { seconds: 86_401 } }, /\/presets\/0\/holds/],
  ['a hold too short to be read', { holds: { seconds: 9 } }, /\/presets\/0\/holds/],
  ['a bound for what has none', { holds: { seconds: 60 }, unreadSeconds: 60 }, /\/presets\/0\/unreadSeconds/],
  ['no Vietnamese', { texts: [{ language: 'en', headline: 'FIRE' }] }, /\/presets\/0\/texts: .*Vietnamese comes first/],
  ['no text', { texts: [] }, /\/presets\/0\/texts: .*Vietnamese comes first/],
  ['a dark screen with text', { class: 'safety-blank' }, /\/presets\/0\/texts: .*shows no text/],
  ['damaged letters', { texts: [{ language: 'vi', headline: 'CH\uFFFDY' }] }, /\/presets\/0\/texts\/0\/headline/],
  [
    'an instruction that hides something',
    { texts: [{ language: 'vi', headline: 'CHÁY', instruction: 'Gọi \u202E411' }] },
    /\/presets\/0\/texts\/0\/instruction/,
  ],
]
test.each(refusals)('%s is refused with place and reason', (_, over, why) => {
  const parsed = parse([{ ...PRESET, ...over }])
  expect(parsed.ok ? 'accepted' : parsed.error).toMatch(why)
  expect(parsed.ok ? '' : parsed.error).toMatch(/^edge\.json: /)
})

test('what is twice is refused', () => {
  const twice = parse([
    PRESET,
    { ...PRESET, input: { device: 'tu-bao', where: 'input 1' }, opposite: { device: 'tu-bao', where: 'input 2' } },
  ])
  expect(twice.ok ? '' : twice.error).toMatch(/\/presets\/1\/id/)
  const contact = parse([PRESET, { ...PRESET, id: 'khac' }])
  expect(contact.ok ? '' : contact.error).toMatch(/\/presets\/1\/input: .*used twice/)
})

const check = (presets: readonly object[], more: object = {}): string => {
  const parsed = parse(presets, { equipment: good([]).equipment.slice(0, 1), ...more })
  if (!parsed.ok) throw new Error(parsed.error)
  const files = checkFiles(parsed.value)
  return files.ok ? '' : files.error.detail
}

test('the check of the files: the input must be one of the device, and the page must stand on this panel', () => {
  expect(check([PRESET])).toBe('')
  const box = (where: string) => ({
    ...PRESET,
    input: { device: 'tu-bao', where },
    opposite: undefined,
    activeWhen: 'closed',
  })
  expect(check([box('input 8')])).toBe('')
  expect(check([box('input 9')])).toMatch(/\/presets\/0\/input\/where: .*“input 9”.*input 1, input 2/)
  const long = { language: 'vi', headline: 'NGHIÊNG'.repeat(28), instruction: '' }
  expect(
    check([{ ...PRESET, texts: [long] }], { site: { ...good([]).site, panel: { width: 64, height: 32 } } }),
  ).toMatch(/^\/presets\/0\/texts: /)
})

test('the example configuration has a switch, and is one that starts', () => {
  const text = readFileSync(at('deploy/edge/edge.example.json'), 'utf8').replaceAll('/opt/bangtin/', at(''))
  const parsed = parseConfig('edge.json', text)
  if (!parsed.ok) throw new Error(parsed.error)
  expect(parsed.value.presets.map(({ id, texts }) => [id, texts.length])).toEqual([['so-tan', 3]])
  const files = checkFiles(parsed.value)
  expect(files.ok ? '' : files.error.detail).toBe('')
})
