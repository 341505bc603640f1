import { readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import { describe, expect, test } from 'vitest'
import { assert } from '#core/base/result.ts'
import { codecOf } from '../families/novastar/codec.ts'
import { requestFrame } from '../families/novastar/encode.ts'
import type { NovastarProfile } from '../families/novastar/schema.ts'
import { checkVectors } from '../families/novastar/vectors.ts'
import { catalogueOf, loadProfile } from './catalogue.ts'
import { generate, SCHEMA_FILE } from './generate.ts'
import { emergencyLatency } from './latency.ts'
import { checkProfile } from './rules.ts'

const FILE = 'novastar-mctrl300.json'
const TEXT = readFileSync(new URL(`../../firmware-profiles/${FILE}`, import.meta.url), 'utf8')
const OTHER = readFileSync(new URL('../../firmware-profiles/novastar-mctrl660pro.json', import.meta.url), 'utf8')
const loaded = loadProfile(FILE, TEXT)
assert(loaded.ok, 'the shipped profile is good')
assert(loaded.value.protocol === 'novastar', 'a NovaStar profile')
const good: NovastarProfile = loaded.value

type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

/** The good document with the value at each JSON pointer set, or taken out when it is undefined. */
const changed = (changes: Readonly<Record<string, Json | undefined>>): string => {
  const document: Json = JSON.parse(TEXT)
  for (const [pointer, value] of Object.entries(changes)) {
    const keys = pointer.slice(1).split('/')
    const last = keys.pop() ?? ''
    let at: Json = document
    for (const key of keys) {
      const next: Json | undefined = Array.isArray(at) ? at[Number(key)] : isObject(at) ? at[key] : undefined
      assert(next !== undefined, `${pointer} exists up to ${key}`)
      at = next
    }
    if (Array.isArray(at)) at[Number(last)] = value ?? null
    else if (isObject(at) && value !== undefined) at[last] = value
    else if (isObject(at)) delete at[last]
  }
  return JSON.stringify(document)
}
const isObject = (value: Json): value is { [key: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const faultsOf = (text: string): string[] => {
  const result = loadProfile(FILE, text)
  return result.ok ? [] : result.error.map((f) => `${f.file}: ${f.where}: ${f.why}`)
}

describe('schema', () => {
  test('schema.json is what the generator makes', () => {
    expect(readFileSync(SCHEMA_FILE, 'utf8') === generate()).toBe(true)
  })
  test('the generated schema, read by another validator, agrees on good and bad', () => {
    const validate = new Ajv({ strict: false }).compile(JSON.parse(generate()))
    expect(validate(JSON.parse(TEXT))).toBe(true)
    expect(validate(JSON.parse(OTHER))).toBe(true)
    expect(validate({ ...JSON.parse(TEXT), extra: 1 })).toBe(false)
  })
})

const CHECKSUM = { kind: 'checksum', algorithm: 'sum', bytes: 2, order: 'le', initial: '5555', from: 'ack', to: 'data' }
const wrong: readonly (readonly [string, string, RegExp])[] = [
  ['not JSON', '{"id": ', /novastar-mctrl300\.json: \/: not JSON/],
  ['not an object', '[]', /: \/: fits none of the allowed kinds: novastar, modbus/],
  ['unknown key at the top', changed({ '/extra': 1 }), /\/extra: unknown key/],
  ['unknown key deep inside', changed({ '/timing/patience': 1 }), /\/timing\/patience: unknown key/],
  ['a missing key', changed({ '/timing/gapMs': undefined }), /\/timing: key gapMs is missing/],
  ['wrong type', changed({ '/timing/gapMs': 'soon' }), /\/timing\/gapMs: must be integer/],
  ['a name that is none', changed({ '/commands/Bad name': 1 }), /\/commands\/Bad name: unknown key/],
  [
    'unknown kind of data field',
    changed({ '/commands/setBlackout/fields/0/type': 'flog' }),
    /\/commands\/setBlackout\/fields\/0: fits none of the allowed kinds: percent, flag, mode, choice/,
  ],
  [
    'checksum stored as bytes',
    changed({ '/frame/fields/13/value': '57 56' }),
    /\/frame\/fields\/13\/value: unknown key/,
  ],
  ['id unlike the file name', changed({ '/id': 'other' }), /\/id: must be novastar-mctrl300/],
  ['two checksums', changed({ '/frame/fields/14': { ...CHECKSUM, name: 'again' } }), /2 fields of kind checksum/],
  [
    'checksum over an unknown field',
    changed({ '/frame/fields/13/from': 'nowhere' }),
    /\/frame\/fields\/13: from and to/,
  ],
  ['swap with nobody', changed({ '/frame/fields/3/swapsWith': 'port' }), /\/frame\/fields\/3\/swapsWith/],
  [
    'target without an address field',
    changed({ '/targets/sender/board': undefined }),
    /\/targets\/sender: has no value for address field board/,
  ],
  [
    'target with an unknown field',
    changed({ '/targets/sender/cabinet': '00' }),
    /\/targets\/sender\/cabinet: no such address field/,
  ],
  ['command to an unknown target', changed({ '/commands/setBlackout/target': 'everyone' }), /no target everyone/],
  [
    'command writes factory reset',
    changed({ '/commands/setFreeze/register': '01000002' }),
    /never-send register 01000002/,
  ],
  [
    'command writes over store',
    changed({
      '/commands/setFreeze/register': '0100000F',
      '/commands/setFreeze/fields/1': { type: 'constant', name: 'more', value: '00 00 11' },
    }),
    /writes register 01000011, so its use must be technician/,
  ],
  [
    'overlapping masks',
    changed({ '/commands/readVoltage/fields/0/mask': 'FF' }),
    /readVoltage\/fields\/0: masks overlap/,
  ],
  [
    'a range outside the unit',
    changed({ '/commands/readTemperature/fields/0/maximum': 900 }),
    /not within -60 to 150 celsius/,
  ],
  [
    'one code, two meanings',
    changed({ '/commands/setTestPattern/fields/0/choices/blue': ['03'] }),
    /code 03 has two meanings/,
  ],
  [
    'a use of an unknown command',
    changed({ '/display/temperature': 'readHeat' }),
    /\/display\/temperature: no command readHeat/,
  ],
  [
    'a use of a command without the field',
    changed({ '/display/voltage': 'readTemperature' }),
    /readTemperature has no field voltage/,
  ],
  [
    'a setting that reads back with a write',
    changed({ '/display/freeze/readBack': 'setFreeze' }),
    /setFreeze is not a read/,
  ],
  [
    'an emergency setting that cannot be set',
    changed({ '/display/freeze': null }),
    /\/display\/emergency: freeze cannot be set/,
  ],
  ['an unknown source', changed({ '/vectors/0/source': 'hearsay' }), /\/vectors\/0\/source: no source hearsay/],
  [
    'a source nobody cites',
    changed({ '/sources/blog': { title: 'x', kind: 'unverified' } }),
    /\/sources\/blog: cited nowhere/,
  ],
  [
    'confidence without a vector',
    changed({ '/commands/readFreeze/confidence': 'A' }),
    /readFreeze: confidence A without a vector/,
  ],
  [
    'no negative vector',
    changed({ '/vectors': JSON.parse(JSON.stringify(good.vectors.slice(0, 24))) }),
    /no vector of kind refused/,
  ],
  [
    'a promise that cannot be kept',
    changed({ '/timing/retries': 9 }),
    /an emergency may take \d+ ms on this link, promised 12000 ms/,
  ],
  ['two ACK codes alike', changed({ '/acks/1/code': '00' }), /\/acks\/1\/code: this code is given twice/],
]

describe('bad profiles get an error naming file, place and reason', () => {
  test.each(wrong)('%s', (_, text, expected) => {
    const faults = faultsOf(text)
    expect(
      faults.some((f) => expected.test(f)),
      faults.join('\n'),
    ).toBe(true)
    expect(faults.every((f) => f.startsWith(`${FILE}: /`))).toBe(true)
  })
  test('each case above was different from the good one', () => {
    expect(faultsOf(TEXT)).toEqual([])
    expect(new Set(wrong.map(([, text]) => text)).size).toBe(31)
  })
  test('only the changed thing is complained about', () => {
    expect(faultsOf(changed({ '/commands/setBlackout/fields/0/on': 'XX' }))).toEqual([
      `${FILE}: /commands/setBlackout/fields/0/on: must match pattern "^([0-9A-F]{2}){1,4}$"`,
    ])
  })
})

describe('catalogue', () => {
  test('the shipped profiles stand together', () => {
    const result = catalogueOf([
      { file: FILE, text: TEXT },
      { file: 'novastar-mctrl660pro.json', text: OTHER },
    ])
    expect(result.ok && [...result.value.keys()]).toEqual(['novastar-mctrl300', 'novastar-mctrl660pro'])
  })
  test('two profiles of one model id collide', () => {
    const twin = JSON.parse(OTHER)
    twin.modelIds = ['01 00']
    const result = catalogueOf([
      { file: FILE, text: TEXT },
      { file: 'novastar-mctrl660pro.json', text: JSON.stringify(twin) },
    ])
    expect(result).toMatchObject({
      ok: false,
      error: [{ where: '/modelIds/0', why: '01 00 already belongs to novastar-mctrl300' }],
    })
  })
})

describe('rules', () => {
  test('no command of any shipped profile reaches a never-send register, even asked for by hand', () => {
    let tried = 0
    for (const never of good.neverSend) {
      const command = { ...good.commands['setFreeze'], register: never.register } as NovastarProfile['commands'][string]
      const tampered = { ...good, commands: { ...good.commands, setFreeze: command } }
      expect(checkProfile(tampered).some((f) => f.why.includes('never-send'))).toBe(true)
      const frame = requestFrame(codecOf(tampered), {
        command: 'setFreeze',
        target: null,
        parameters: { freeze: true },
        sequence: 0,
      })
      expect(frame).toMatchObject({ ok: false })
      tried += 1
    }
    expect(tried).toBe(2)
  })
  test('a vector that does not hold is found', () => {
    const vectors = good.vectors.map((v) =>
      v.kind === 'exchange' && v.command === 'readTemperature' ? { ...v, values: { temperature: 37 } } : v,
    )
    expect(checkVectors(codecOf({ ...good, vectors }))).toEqual([
      {
        where: expect.stringMatching(/^\/vectors\/\d+$/),
        why: expect.stringContaining('temperature is 36, should be 37'),
      },
    ])
    expect(checkVectors(codecOf(good))).toEqual([])
  })
  test('latency by hand: nine exchanges of three attempts of 400 ms, their bytes at 115200 8N1, and the gaps', () => {
    const link = good.links[0]
    assert(link, 'a link')
    const { worstMs, exchanges } = emergencyLatency(good, link)
    // Byte times: 40 to 46 bytes an exchange, 10 bits each; gaps after every attempt: five writes' 50 ms, four reads' 2 ms.
    const least = 9 * 3 * 400 + (9 * 3 * 41 * 10_000) / 115_200 + 3 * (5 * 50 + 4 * 2)
    expect(exchanges).toBe(9)
    expect(worstMs).toBeGreaterThanOrEqual(Math.floor(least))
    expect(worstMs).toBeLessThan(least + 60)
  })

  test('where late replies mislead, every attempt is followed by one time-out of silence, and the answer after a retry too', () => {
    const file = 'onbon-bx5k.json'
    const onbon = loadProfile(file, readFileSync(new URL(`../../firmware-profiles/${file}`, import.meta.url), 'utf8'))
    assert(onbon.ok, JSON.stringify(onbon))
    const bx = onbon.value
    const [link] = bx.links
    assert(link, 'a link')
    const { timeoutMs, retries, emergencyBoundMs } = bx.timing
    const { worstMs, exchanges } = emergencyLatency(bx, link)
    const waits = exchanges * (retries + 1) * 2 * timeoutMs
    expect(worstMs).toBeGreaterThanOrEqual(waits)
    // The rest is the time of the bytes.
    expect(worstMs).toBeLessThan(waits + 500)
    expect(worstMs).toBeLessThanOrEqual(emergencyBoundMs)
  })
})
