import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { assert } from '#core/base/result.ts'
import { parseConfig } from '../config.ts'
import { checkFiles } from '../ground.ts'
import { temporary } from '../test/support.ts'

const at = (path: string): string => fileURLToPath(new URL(`../../deploy/edge/${path}`, import.meta.url))
/** The text of an example as it would be on a device, with this tree in the place where it is installed there. */
const installed = (file: string): string =>
  readFileSync(at(file), 'utf8').replaceAll('/opt/bangtin/', fileURLToPath(new URL('../../', import.meta.url)))
const read = (file: string) => JSON.parse(installed(file)) as Json
type Json = { [key: string]: Json } & { [index: number]: Json }

/** The example with something changed in it, read and checked as `--check` does. */
const check = (change: (config: Json, sequence: Json) => void): string => {
  const [config, sequence] = [read('power.example.json'), read('power-sequence.example.json')]
  change(config, sequence)
  const file = join(temporary(), 'sequence.json')
  writeFileSync(file, JSON.stringify(sequence))
  if (config['power']) Object.assign(config['power'], { sequence: file })
  const parsed = parseConfig(at('changed.json'), JSON.stringify(config))
  if (!parsed.ok) return parsed.error
  const files = checkFiles(parsed.value)
  return files.ok ? 'fine' : files.error.detail
}
const pin = (name: string, over: object = {}) => ({
  name,
  at: { label: 'pinctrl-rp1', line: 22 },
  direction: 'out',
  activeLow: false,
  bias: 'as-is',
  initial: false,
  safe: false,
  ...over,
})
const power = (config: Json): Json => {
  assert(config['power'], 'the example has a power section')
  return config['power']
}
const put = (into: Json | undefined, what: object): void => void Object.assign(into ?? {}, what)

test('the example is fine as it stands, and has its default', () => {
  expect(check(() => {})).toBe('fine')
  const parsed = parseConfig(at('power.example.json'), installed('power.example.json'))
  assert(parsed.ok, 'the example is read')
  expect(parsed.value.power?.offAfterSeconds).toBe(60)
  const files = checkFiles(parsed.value)
  assert(files.ok && files.value.power, 'the example is checked')
  expect([...files.value.power.inputs.keys()].sort()).toEqual([
    'cabinet-temperature',
    'mains-1-closed',
    'mains-2-closed',
    'smoke',
  ])
})

const wrong: readonly (readonly [string, (config: Json, sequence: Json) => void, RegExp])[] = [
  ['a fault in the sequence', (_, s) => put(s, { boundMs: 2000 }), /sequence\.json: \/boundMs: switching on may take/],
  ['an unknown key in it', (_, s) => put(s, { colour: 'red' }), /sequence\.json: \/colour: unknown key/],
  [
    'a relay without a place',
    (c) => delete power(c)['relays']?.['sender'],
    /^\/power\/relays: the sequence names sender/,
  ],
  [
    'a place without a relay',
    (c) => put(power(c)['relays'], { lamp: { device: 'tu-dien', channel: 5 } }),
    /^\/power\/relays\/lamp: the sequence has no such name/,
  ],
  [
    'an unknown device',
    (c) => put(power(c)['relays'], { sender: { device: 'nobody', channel: 2 } }),
    /^\/power\/relays\/sender\/device: no device nobody/,
  ],
  [
    'a device without relays',
    (c) => put(power(c)['relays'], { sender: { device: 'nhiet-do', channel: 2 } }),
    /^\/power\/relays\/sender\/device: generic-xy-md02 has no relays/,
  ],
  [
    'an unknown channel',
    (c) => put(power(c)['relays'], { sender: { device: 'tu-dien', channel: 8 } }),
    /^\/power\/relays\/sender\/channel: .* has relays 0 to 7/,
  ],
  [
    'one relay for two contactors',
    (c) => put(power(c)['relays'], { sender: { device: 'tu-dien', channel: 0 } }),
    /^\/power\/relays\/sender: mains-1 is at the same place/,
  ],
  [
    'a contact that is not there',
    (c) => put(power(c)['inputs'], { 'mains-1-closed': { device: 'tu-dien', channel: 9 } }),
    /^\/power\/inputs\/mains-1-closed\/channel: .* has 8 contacts/,
  ],
  [
    'a thermometer for a flag',
    (c) => put(power(c)['inputs'], { smoke: { device: 'nhiet-do', what: 'humidity', where: 'cabinet' } }),
    /^\/power\/inputs\/smoke: humidity is a number, the sequence wants a flag/,
  ],
  [
    'one contact for two feedbacks, called by two names',
    (c) => put(power(c)['inputs'], { 'mains-2-closed': { device: 'tu-dien', what: 'contact', where: 'input 1' } }),
    /^\/power\/inputs\/mains-2-closed: mains-1-closed is at the same place/,
  ],
  [
    'a sensor that is not there',
    (c) => put(power(c)['inputs'], { 'cabinet-temperature': { device: 'nhiet-do', what: 'light', where: 'roof' } }),
    /^\/power\/inputs\/cabinet-temperature\/where: generic-xy-md02 feels light at: nowhere/,
  ],
  [
    'a pin that is no input',
    (c) => put(power(c)['inputs'], { smoke: { gpio: 'fire' } }),
    /^\/power\/inputs\/smoke\/gpio: no input fire under \/gpio\/inputs/,
  ],
  [
    'a pin that is no output',
    (c) => put(power(c)['relays'], { sender: { gpio: 'smoke' } }),
    /^\/power\/relays\/sender\/gpio: no output smoke under \/gpio\/outputs/,
  ],
  [
    'a pin that closes a contactor when it is opened',
    (c) => {
      put(c['gpio'], { outputs: [pin('relay-3', { initial: true })] })
      put(power(c)['relays'], { sender: { gpio: 'relay-3' } })
    },
    /^\/power\/relays\/sender\/gpio: relay-3 must have initial and safe false/,
  ],
  [
    'an output nobody uses',
    (c) => put(c['gpio'], { outputs: [pin('relay-3')] }),
    /^\/gpio\/outputs\/0: no relay of the sequence uses it/,
  ],
  [
    'an input among the outputs',
    (c) => put(c['gpio'], { outputs: [pin('smoke')] }),
    /: \/gpio\/outputs\/0: an output with a name of its own/,
  ],
  ['no controller to ask', (c) => put(c, { controller: null }), /sequence\.json: \/blank: this site has no controller/],
  [
    'a relay board that needs longer',
    (_, s) => put(s, { relayWithinMs: 1000 }),
    /sequence\.json: \/relayWithinMs: waveshare/,
  ],
]
test.each(wrong)('%s is refused with file, place and reason', (_name, change, says) => {
  expect(check(change)).toMatch(says)
})

test('a sequence that is not there is named', () => {
  const parsed = parseConfig('/etc/edge.json', installed('power.example.json'))
  assert(parsed.ok, 'the example is read')
  const { config } = {
    config: {
      ...parsed.value,
      policy: fileURLToPath(new URL('../../deploy/policies/lai-chau-2024.json', import.meta.url)),
    },
  }
  const profiles = (name: string) => fileURLToPath(new URL(`../../firmware-profiles/${name}`, import.meta.url))
  const files = checkFiles({
    ...config,
    controller: config.controller && { ...config.controller, profile: profiles('novastar-mctrl300.json') },
    equipment: config.equipment.map((one) => ({ ...one, profile: profiles(one.profile.split('/').at(-1) ?? '') })),
  })
  expect(files.ok ? '' : files.error.detail).toMatch(/^\/etc\/power-sequence\.example\.json: cannot be read/)
})

test('outputs without a power section are switched by nobody', () => {
  expect(
    check((c) => {
      put(c['gpio'], { outputs: [pin('relay-3')] })
      delete c['power']
    }),
  ).toMatch(/^\/gpio\/outputs\/0: relay-3 is switched by nobody/)
})

test('a relay on a pin is fine', () => {
  expect(
    check((c) => {
      put(c['gpio'], { outputs: [pin('relay-3')] })
      put(power(c)['relays'], { sender: { gpio: 'relay-3' } })
    }),
  ).toBe('fine')
})
