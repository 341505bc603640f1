import { existsSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Link } from '../link/link.ts'
import { memoryLink } from '../link/memory.ts'
import { createModbusSim } from '../sim/modbus.ts'
import { FOLDER } from './files.ts'
import { AT, on, run, sender } from './run-testing.ts'

const modbus = (model: Parameters<typeof createModbusSim>[0]['model'], unit: number) =>
  createModbusSim({ model, framing: 'rtu', unit, now: () => 0 })

/** A relay board at 1 and a climate sensor at 2; which is meant says the first byte. */
const bus = (): Link => {
  const relays = modbus('waveshare-relay', 1)
  const climate = modbus('xy-md02', 2)
  return on({ ...relays, answer: (request) => (request[0] === 2 ? climate : relays).answer(request) })()
}

/** Few profiles, as every question nobody answers takes its time. */
const FEW = ['waveshare-modbus-rtu-relay-8ch', 'wellpro-wp8025adam', 'generic-xy-md02']
const WORDS = [
  ...['detect', ...AT, '--baud', '9600', '--address', 'unit=1..2'],
  ...FEW.flatMap((id) => ['--profiles', join(FOLDER, `${id}.json`)]),
]

describe('detect', () => {
  test('says model, profile, confidence, and what to configure', async () => {
    const { code, out } = await run(['detect', ...AT, '--baud', '115200'], on(sender()))
    expect(code).toBe(0)
    expect(out).toContain('novastar-mctrl300, serial 115200 8N1')
    expect(out).toContain('confirmed on hardware: chưa · no')
    const file = join(FOLDER, 'novastar-mctrl300.json')
    expect(isAbsolute(file) && existsSync(file)).toBe(true)
    expect(out).toContain(`"controller": {"profile":"${file}","link":{"kind":"serial","path":"/dev/ttyUSB0"}}`)
  })
  test('nothing there: what was tried and what to look at', async () => {
    const absent = memoryLink('x')
    absent.device.vanish()
    const { code, out } = await run(['detect', ...AT], () => absent.link)
    expect([code, out]).toEqual([1, expect.stringMatching(/Nothing was recognised[\s\S]*tried: 1 [\s\S]*USB cable/)])
  })
  test('--dry-run opens nothing', async () => {
    expect(await run(['detect', ...AT, '--dry-run'])).toMatchObject({ code: 0, out: expect.stringContaining('115200') })
  })
  test('two devices on one line are two, each with what to configure', async () => {
    const { code, json } = await run([...WORDS, '--json'], bus)
    const { devices }: { devices: { address: object; profiles: string[]; config: { entry: object } }[] } = json()
    expect(code).toBe(0)
    const byUnit = devices.toSorted((a, b) => JSON.stringify(a.address).localeCompare(JSON.stringify(b.address)))
    expect(byUnit.map(({ address }) => address)).toEqual([{ unit: 1 }, { unit: 2 }])
    expect(byUnit[0]?.profiles).toContain('waveshare-modbus-rtu-relay-8ch')
    expect(byUnit[1]?.profiles).toContain('generic-xy-md02')
    expect(byUnit[1]?.profiles).not.toContain('waveshare-modbus-rtu-relay-8ch')
    expect(byUnit.map(({ config }) => config.entry)).toMatchObject([
      { address: { unit: 1 } },
      { name: 'generic-xy-md02-2', address: { unit: 2 } },
    ])
    const { out } = await run(WORDS, bus)
    expect(out).toContain('2 thiết bị · devices')
    expect(out.match(/edge configuration/g)?.length).toBe(2)
  })
  test('a profile folder that is not there, and an address no make knows', async () => {
    const none = await run(['detect', ...AT, '--profiles', '/nonexistent'])
    expect([none.code, none.err]).toEqual([2, expect.stringContaining('/nonexistent')])
    const strange = await run(['detect', ...AT, '--address', 'unti=3'])
    expect([strange.code, strange.err]).toEqual([2, expect.stringContaining('unti')])
  })
})
