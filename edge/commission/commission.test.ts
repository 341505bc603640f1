import { expect, test } from 'vitest'
import { createCanvas } from '#controller/raster/canvas.ts'
import { keyIdOf } from '#core/contract/verify.ts'
import { createVerify, newPem, pairFromPem, sha256 } from '../shell/crypto.ts'
import { at, parsed, rawConfig } from '../test/daemon.ts'
import { freePorts, hostsOf } from './detect.ts'
import { type Report, STEPS } from './document.ts'
import { sweepLevels, toneOf } from './jobs.ts'
import { judged } from './measure.ts'
import { geometryDiffers } from './measure-display.ts'
import type { Measurement } from './measurement.ts'
import { shrink } from './photos.ts'
import { checkReport, differences, signReport } from './report.ts'

const measured = (auto: Measurement['auto'], asks = false): Measurement => ({
  auto,
  lines: [],
  next: null,
  asks: asks ? { vi: '?', en: '?' } : null,
})

test('nobody passes what fails by itself, was not tried, or nobody looked at', () => {
  const table: readonly (readonly [Measurement, 'pass' | 'fail' | 'na' | null, 'pass' | 'fail' | 'na' | null])[] = [
    [measured('pass'), 'pass', 'pass'],
    [measured('pass'), null, 'pass'],
    [measured('pass'), 'fail', 'fail'],
    [measured('pass'), 'na', 'na'],
    [measured('fail'), 'pass', 'fail'],
    [measured('fail'), 'na', 'na'],
    [measured('open'), 'pass', null],
    [measured('open'), null, null],
    [measured('open'), 'fail', 'fail'],
    [measured('open', true), 'pass', 'pass'],
    [measured('open', true), null, null],
    [measured('open', true), 'fail', 'fail'],
    [measured('na'), 'pass', 'na'],
    [measured('na'), 'fail', 'na'],
  ]
  for (const [measurement, verdict, wanted] of table)
    expect([measurement.auto, verdict, judged(measurement, verdict)]).toEqual([measurement.auto, verdict, wanted])
})

test('a sweep goes to the limit and never above it', () => {
  expect(sweepLevels(100)).toEqual([10, 25, 50, 75, 100])
  expect(sweepLevels(79.5)).toEqual([10, 25, 50, 75, 79])
  expect(sweepLevels(8)).toEqual([8])
})

test('a tone is on its side only', () => {
  const peak = (side: 'left' | 'right' | 'both', channel: 0 | 1) => {
    const wave = toneOf(side)
    let most = 0
    for (let i = 44 + channel * 2; i < wave.length; i += 4) most = Math.max(most, Math.abs(wave.readInt16LE(i)))
    return most > 5_000
  }
  expect([peak('left', 0), peak('left', 1)]).toEqual([true, false])
  expect([peak('right', 0), peak('right', 1)]).toEqual([false, true])
  expect([peak('both', 0), peak('both', 1)]).toEqual([true, true])
})

test('only addresses are asked, and only ports that nobody holds', () => {
  expect(hostsOf('192.0.2.7, 192.0.2.8:5200').hosts).toEqual([
    { kind: 'tcp', host: '192.0.2.7', port: null },
    { kind: 'tcp', host: '192.0.2.8', port: 5200 },
  ])
  for (const wrong of ['evil.example', '192.0.2.7:0', '192.0.2.7:99999', '1.2.3'])
    expect(hostsOf(wrong)).toMatchObject({ hosts: [], wrong })
  expect(hostsOf('192.0.2.1 '.repeat(9)).wrong).toBe('192.0.2.1')
  expect(freePorts(parsed(rawConfig({})), ['/nonexistent'])).toEqual([])
})

test('what differs from the configuration is named by its place', () => {
  const config = parsed(rawConfig({}))
  const size = { width: 320, height: 192, pitchMm: 4, columns: 5, rows: 6 }
  expect(geometryDiffers(config, size)).toEqual(['/site/panel/height: 160 → 192', '/site/panel/pitchMm: – → 4'])
})

test('relays by hand: at a real place, and never one of the power sequence', () => {
  const relay = { name: 'quat', device: 'tu', channel: 3 }
  const equipment = [
    {
      name: 'tu',
      profile: at('firmware-profiles/waveshare-modbus-rtu-relay-d-8ch.json'),
      link: { kind: 'serial', path: '/dev/ttyX' },
      address: { unit: 1 },
    },
  ]
  expect(parsed(rawConfig({ equipment, manual: { relays: [relay] } })).relays).toEqual([{ ...relay, rest: false }])
  expect(() => parsed(rawConfig({ manual: { relays: [{ ...relay, name: 'Quạt' }] } }))).toThrow('/manual/relays/0/name')
})

test('a photo is encoded anew and bounded; what is no picture is refused', async () => {
  const canvas = createCanvas(3_000, 1_500)
  const small = await shrink(Buffer.concat([await canvas.encode('jpeg', 70), Buffer.from('GPS 22.4,103.5')]))
  expect(small).toMatchObject({ ok: true, value: { width: 1_600, height: 800 } })
  expect(small.ok && Buffer.from(small.value.jpeg).includes('GPS')).toBe(false)
  const bomb = Buffer.from(await createCanvas(8, 8).encode('png'))
  bomb.writeUInt32BE(50_000, 16)
  bomb.writeUInt32BE(50_000, 20)
  for (const bytes of [
    bomb,
    Buffer.from('GIF89a'),
    Buffer.alloc(0),
    Buffer.from([0xff, 0xd8, 0xff, 0xc0]),
    Buffer.alloc(40, 0xff),
  ])
    expect((await shrink(bytes)).ok).toBe(false)
})

const pair = pairFromPem(newPem())
const key = keyIdOf(pair.publicKey, sha256)
const report = (over: Partial<Report> = {}): Report => ({
  v: 1,
  kind: 'bangtin-commissioning',
  number: 1,
  site: { id: 'S', name: 'Cụm', unitCode: '12345', clusterClass: 'BORDER_GATE' },
  device: { key, publicKey: pair.publicKey, version: '1' },
  at: 1_700_000_000_000,
  clock: 'synced',
  person: 'An',
  geometry: { configured: { width: 320, height: 160, pitchMm: 4 }, measured: null },
  baseline: { controller: { profile: 'p', model: 'm', firmware: '1', cards: 2 }, readings: { 'temperature °C': 40 } },
  sweep: null,
  powerRun: null,
  steps: STEPS.map((step) => ({ step, state: 'pass' as const, result: null })),
  photos: [],
  previous: null,
  ...over,
})
const check = (text: string, expected: string | null = null) =>
  checkReport(text, { verify: createVerify(), sha256, expected })

test('a report is what its device signed, to the letter, or it is refused with the reason', () => {
  const text = JSON.stringify(signReport(report(), { key, sign: pair.sign }))
  expect(check(text, key)).toMatchObject({ ok: true, value: { report: { person: 'An' } } })
  const stranger = pairFromPem(newPem())
  const forged = JSON.stringify(signReport(report(), { key, sign: stranger.sign }))
  const other = report({
    device: { key: keyIdOf(stranger.publicKey, sha256), publicKey: pair.publicKey, version: '1' },
  })
  const bad = [
    text.replace('"An"', '"Ba"').replace('\\"An\\"', '\\"Ba\\"'),
    forged,
    JSON.stringify(signReport(other, { key, sign: pair.sign })),
    '{}',
    'x',
  ]
  for (const one of bad) expect([one.slice(0, 40), check(one).ok]).toEqual([one.slice(0, 40), false])
  expect(check(text, '0'.repeat(32))).toMatchObject({ ok: false, error: expect.stringContaining('another device') })
})

test('a later report says what differs, and not the noise of a measurement', () => {
  const now = report({
    baseline: {
      controller: { profile: 'p', model: 'm', firmware: '2', cards: 1 },
      readings: { 'temperature °C': 42, 'voltage V': 5 },
    },
    steps: report().steps.map((one) => (one.step === 'sound' ? { ...one, state: 'fail' as const } : one)),
  })
  expect(differences(report(), report())).toEqual([])
  expect(differences(report(), now)).toEqual([
    'bộ điều khiển · controller firmware: 1 → 2',
    'bộ điều khiển · controller cards: 2 → 1',
    'voltage V: – → 5',
    'sound: pass → fail',
  ])
})
