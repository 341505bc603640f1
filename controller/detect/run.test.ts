import { createSocket } from 'node:dgram'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Values } from '../dialect/dialect.ts'
import type { Link } from '../link/link.ts'
import { memoryLink } from '../link/memory.ts'
import { serialLink } from '../link/serial.ts'
import { tcpLink } from '../link/tcp.ts'
import { udpLink } from '../link/udp.ts'
import type { LinkSpec } from '../profile/common.ts'
import { lineName } from '../profile/line.ts'
import type { Profile } from '../profile/schema.ts'
import type { SimDevice } from '../sim/device.ts'
import { createLgSim } from '../sim/lg.ts'
import { createMdcSim } from '../sim/mdc.ts'
import { createModbusSim } from '../sim/modbus.ts'
import { createNecSim } from '../sim/nec.ts'
import { createFunctionCardSim, createNovastarSim } from '../sim/novastar.ts'
import { createNtcipSim } from '../sim/ntcip.ts'
import { createOnbonSim } from '../sim/onbon.ts'
import { createPjlinkSim } from '../sim/pjlink.ts'
import { serveDevice, serveOnMemory } from '../sim/serve.ts'
import { virtualTime } from '../sim/virtual-time.ts'
import { configFor, nextSteps } from './advice.ts'
import { planOf, type Where } from './plan.ts'
import { type DetectOutcome, runDetect } from './run.ts'
import { shippedProfiles } from './testing.ts'

const PROFILES = shippedProfiles()
const SERIAL: Where = { kind: 'serial', baudRate: null }
const panel = { now: () => 0, warmUpMs: 0, coolDownMs: 0 }

type Case = {
  readonly device: () => SimDevice
  /** The line it is on; bytes of another setting do not reach it. */
  readonly line: string
  readonly where: Where
  readonly addresses: readonly Values[]
  readonly expected: string
  readonly sure: 'model' | 'family'
  /** It takes lines of text, and keeps what it has until the line ends. */
  readonly lines: boolean
}
const onSerial = (device: () => SimDevice, line: string, expected: string, sure: Case['sure']): Case => ({
  device,
  line,
  where: SERIAL,
  addresses: [{}],
  expected,
  sure,
  lines: false,
})
const nova = (model: 'mctrl300' | 'mctrl660') => () => createNovastarSim({ model, cards: 2 })
const modbus = (model: Parameters<typeof createModbusSim>[0]['model'], unit: number) => () =>
  createModbusSim({ model, unit, framing: 'rtu', now: () => 0 })

const CASES: Readonly<Record<string, Case>> = {
  mctrl300: onSerial(nova('mctrl300'), 'serial 115200 8N1', 'novastar-mctrl300', 'model'),
  mctrl660: onSerial(nova('mctrl660'), 'serial 1048576 8N1', 'novastar-mctrl660', 'model'),
  'function card': onSerial(createFunctionCardSim, 'serial 115200 8N1', 'novastar-mfn300', 'family'),
  'text card': onSerial(
    () => createOnbonSim({ screen: 1, deviceType: 0x51, now: () => 0, programs: [] }),
    'serial 57600 8N1',
    'onbon-bx5k',
    'family',
  ),
  relay: onSerial(modbus('waveshare-relay', 1), 'serial 9600 8N1', 'waveshare-modbus-rtu-relay-8ch', 'family'),
  smoke: onSerial(modbus('ug-3', 1), 'serial 9600 8N1', 'calectro-ug-3', 'family'),
  climate: onSerial(modbus('xy-md02', 1), 'serial 9600 8N1', 'generic-xy-md02', 'family'),
  'relay elsewhere': {
    ...onSerial(modbus('wellpro', 4), 'serial 9600 8N1', 'wellpro-wp8025adam', 'family'),
    addresses: [{ unit: 3 }, { unit: 4 }],
  },
  'LCD panel, Samsung': onSerial(
    () => createMdcSim({ ...panel, id: 0, secured: false }),
    'serial 9600 8N1',
    'samsung-mdc',
    'family',
  ),
  'LCD panel, LG': {
    ...onSerial(() => createLgSim({ ...panel, id: 1, idDigits: 2 }), 'serial 9600 8N1', 'lg-rs232', 'family'),
    lines: true,
  },
  'LCD panel, NEC': onSerial(
    () => createNecSim({ ...panel, id: 1, silentWrites: false }),
    'serial 9600 8N1',
    'nec-m551',
    'model',
  ),
  projector: {
    ...onSerial(
      () => createPjlinkSim({ ...panel, class: 1, password: null, salt: () => '498e4a67' }),
      'tcp 4352',
      'pjlink-class1',
      'family',
    ),
    where: { kind: 'tcp', port: null },
  },
}

/** Drops half a message after a silence, as devices with frames do. The simulators have no clock and wait for the rest for ever. */
const forgetful = (device: SimDevice, now: () => number): SimDevice => ({
  ...device,
  cutter: () => {
    let inner = device.cutter()
    let last = 0
    return (chunk) => {
      if (now() - last > 50) inner = device.cutter()
      last = now()
      return inner(chunk)
    }
  },
})

/** A line that hears only one setting, as a UART does. */
const world = (one: Case) => {
  const time = virtualTime()
  const sent: { line: LinkSpec; bytes: Uint8Array }[] = []
  const openLink = (line: LinkSpec): Link => {
    const device = one.lines ? one.device() : forgetful(one.device(), time.now)
    const served = serveOnMemory({ device, seed: 1, faults: {}, wake: time.wake })
    const link = lineName(line) === one.line ? served.link : memoryLink('deaf').link
    return {
      ...link,
      write: (bytes) => {
        sent.push({ line, bytes })
        return link.write(bytes)
      },
    }
  }
  const plan = planOf(PROFILES, one.where, one.addresses)
  const controller = new AbortController()
  const run = (everything: boolean): Promise<DetectOutcome> =>
    time.until(
      runDetect({
        plan,
        openLink,
        clock: time.clock,
        wake: time.wake,
        log: () => {},
        signal: controller.signal,
        everything,
        onTry: () => {},
        onTried: () => {},
      }),
      plan.boundMs,
    )
  return { run, sent, plan, stop: () => controller.abort() }
}

describe('each simulated device is recognised on its line, in the stated time', () => {
  test.each(Object.entries(CASES))('%s', async (_, one) => {
    const { run, plan } = world(one)
    const { findings, tried } = await run(false)
    const found = findings.find(({ profile }) => profile.id === one.expected)
    expect(
      found,
      `found ${findings.map(({ profile }) => profile.id)}; ${tried.map((t) => `${t.attempt.command} ${t.fault?.kind}`)}`,
    ).toMatchObject({ sure: one.sure })
    expect(found && lineName(found.line)).toBe(one.line)
    if (one.sure === 'model') {
      expect(findings.length).toBe(1)
      if (found?.profile.display?.firmware != null) expect(found.firmware).not.toBe(null)
    }
    expect(tried.length).toBeLessThanOrEqual(plan.attempts.length + 8)
  })
  test('all cases were there', () => expect(Object.keys(CASES).length).toBe(12))
})

test('profiles that ask the same are told apart by their other reads', async () => {
  const wellpro = onSerial(modbus('wellpro', 1), 'serial 9600 8N1', 'wellpro-wp8025adam', 'family')
  const relay = onSerial(modbus('waveshare-relay', 1), 'serial 9600 8N1', 'waveshare-modbus-rtu-relay-8ch', 'family')
  const inputs = onSerial(modbus('waveshare-io', 1), 'serial 9600 8N1', 'waveshare-modbus-rtu-io-8ch', 'family')
  let checked = 0
  for (const one of [wellpro, inputs, relay]) {
    const { findings } = await world(one).run(false)
    const best = findings[0]?.look ?? null
    const found = findings.find(({ profile }) => profile.id === one.expected)
    expect(findings.length).toBeGreaterThan(1)
    expect(found?.look, one.expected).toEqual(expect.objectContaining({ asked: expect.any(Number) }))
    // Nobody fits better than the right one.
    const share = (look: typeof best) => (look === null ? 0 : look.answered / Math.max(1, look.asked))
    expect(share(found?.look ?? null), one.expected).toBe(share(best))
    expect(share(found?.look ?? null)).toBe(1)
    expect(findings.some(({ look }) => share(look) < 1)).toBe(true)
    checked += 1
  }
  expect(checked).toBe(3)
})

test('after a device said its model nothing more is asked; with --all everything is', async () => {
  const { mctrl300 } = CASES
  if (!mctrl300) throw new Error('no such case')
  const first = world(mctrl300)
  // One on the faster line, where it hears nothing, and the one it answers.
  expect((await first.run(false)).tried.length).toBe(2)
  const all = world(mctrl300)
  expect((await all.run(true)).tried.length).toBe(all.plan.attempts.length)
})

test('a device that only refuses is told of, not taken for one of ours', async () => {
  const one = onSerial(modbus('waveshare-relay', 1), 'serial 9600 8N1', '', 'family')
  const { plan } = world(one)
  const sensors = PROFILES.filter(({ id }) => id === 'generic-xy-md02' || id === 'microrobotics-rs485-th')
  expect(sensors.length).toBe(2)
  const time = virtualTime()
  const outcome = await time.until(
    runDetect({
      plan: planOf(sensors, SERIAL, [{}]),
      openLink: () => serveOnMemory({ device: one.device(), seed: 1, faults: {}, wake: time.wake }).link,
      clock: time.clock,
      wake: time.wake,
      log: () => {},
      signal: new AbortController().signal,
      everything: false,
      onTry: () => {},
      onTried: () => {},
    }),
    plan.boundMs,
  )
  expect(outcome.findings).toEqual([])
  expect(nextSteps(outcome, 'serial')[0]).toMatch(/answers and refuses.*modbus/)
})

test('a projector that wants a password says so; with it, it is found', async () => {
  const locked = (addresses: readonly Values[]): Case => ({
    ...onSerial(
      () => createPjlinkSim({ ...panel, class: 1, password: 'secret', salt: () => '498e4a67' }),
      'tcp 4352',
      'pjlink-class1',
      'family',
    ),
    where: { kind: 'tcp', port: null },
    addresses,
  })
  const without = await world(locked([{}])).run(false)
  expect(without.findings).toEqual([])
  expect(nextSteps(without, 'tcp')[0]).toMatch(/pjlink: .*password/)
  const { findings } = await world(locked([{ password: 'secret' }])).run(false)
  expect(findings.map(({ profile }) => profile.id)).toContain('pjlink-class1')
  for (const finding of findings)
    expect(JSON.stringify(configFor(finding, { host: 'h' }, '/p.json'))).not.toContain('secret')
})

test('Ctrl-C ends it at once, and what was found so far is kept', async () => {
  const one = onSerial(modbus('waveshare-relay', 9), 'serial 9600 8N1', '', 'family')
  const here = world(one)
  here.stop()
  expect(await here.run(false)).toMatchObject({ findings: [], tried: [], stopped: true })
})

describe('for real', () => {
  const options = { clock: { read: () => ({ wall: Date.now(), mono: performance.now() }) as never }, log: () => {} }
  const realRun = (
    profiles: readonly Profile[],
    where: Where,
    openLink: (line: LinkSpec) => Link,
    addresses: readonly Values[] = [{}],
  ) =>
    runDetect({
      ...options,
      plan: planOf(profiles, where, addresses),
      openLink,
      wake: (delay, then) => {
        const timer = setTimeout(then, delay)
        return () => clearTimeout(timer)
      },
      signal: new AbortController().signal,
      everything: false,
      onTry: () => {},
      onTried: () => {},
    })

  test('a sender on a pty', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'bangtin-detect-'))
    const path = join(folder, 'port')
    const served = await serveDevice({
      device: nova('mctrl300')(),
      seed: 1,
      faults: {},
      log: () => {},
      on: { kind: 'pty', path },
    })
    const { findings } = await realRun(PROFILES, SERIAL, (line) => {
      if (line.kind !== 'serial') throw new Error('a serial line')
      const { kind: _, ...settings } = line
      return serialLink({ ...settings, path })
    })
    await served.close()
    rmSync(folder, { recursive: true })
    expect(findings.map(({ profile, sure }) => [profile.id, sure])).toEqual([['novastar-mctrl300', 'model']])
    const [finding] = findings
    expect(
      finding && configFor(finding, { path: '/dev/serial/by-path/x' }, '/opt/bangtin/firmware-profiles/x.json'),
    ).toEqual({
      under: 'controller',
      entry: {
        profile: '/opt/bangtin/firmware-profiles/x.json',
        // A pty ignores the speed, so it answers the first one; the profile has another.
        link: { kind: 'serial', path: '/dev/serial/by-path/x', baudRate: 1_048_576 },
      },
    })
  })

  test('a sign on UDP, which needs its community', async () => {
    const sign = createNtcipSim({ framing: 'udp', community: 'gate', unit: 1, now: () => 0 })
    const socket = createSocket('udp4')
    socket.on('message', (bytes, from) => {
      for (const reply of sign.answer(bytes)) socket.send(reply, from.port, from.address)
    })
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
    const { port } = socket.address()
    const link = (line: LinkSpec) => {
      if (line.kind !== 'udp') throw new Error('datagrams')
      return udpLink({ host: '127.0.0.1', port: line.port })
    }
    const where: Where = { kind: 'udp', port }
    const { findings, tried } = await realRun(PROFILES, where, link, [{ community: 'gate' }])
    await new Promise<void>((resolve) => socket.close(() => resolve()))
    expect(
      findings.map(({ profile }) => profile.id),
      JSON.stringify(tried.map(({ fault }) => fault)),
    ).toEqual(['ntcip-1203'])
    expect(planOf(PROFILES, where, [{}]).left).toContainEqual(
      expect.objectContaining({ profile: 'ntcip-1203', en: expect.stringContaining('community') }),
    )
  })

  test('a projector on TCP, behind a port of its own; the greeting comes anew with each question', async () => {
    const device = createPjlinkSim({ ...panel, class: 1, password: null, salt: () => '498e4a67' })
    const served = await serveDevice({ device, seed: 1, faults: {}, log: () => {}, on: { kind: 'tcp', port: 0 } })
    const few = PROFILES.filter(({ id }) => ['huidu-sdk2', 'novastar-mctrl660pro', 'pjlink-class1'].includes(id))
    const { findings, tried } = await realRun(few, { kind: 'tcp', port: served.port }, (line) => {
      if (line.kind !== 'tcp') throw new Error('a TCP line')
      return tcpLink({ host: '127.0.0.1', port: line.port })
    })
    await served.close()
    expect(
      findings.map(({ profile }) => profile.protocol),
      JSON.stringify(tried.map(({ fault }) => fault)),
    ).toContain('pjlink')
  })
})
