import { execFile, spawn } from 'node:child_process'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { createPjlinkSim } from '#controller/sim/pjlink.ts'
import { startSimulatedDisplay } from '#controller/sim/sender.ts'
import { serveDevice } from '#controller/sim/serve.ts'
import { doctor } from '../cli/doctor.ts'
import type { Edge } from '../main.ts'
import { at, parsed, rawConfig, startDaemon } from '../test/daemon.ts'
import { ASSET_TOKEN, CODE, startFakeHub } from '../test/fakehub.ts'
import { PATIENCE_MS } from '../test/patience.ts'
import { cleanup, memoryLog, temporary } from '../test/support.ts'
import { formsOf } from './redact.ts'
import type { Report } from './report.ts'

const signIn = async (edge: Edge): Promise<string> => {
  const body = new URLSearchParams({ person: 'Nguyễn An', code: edge.pairingCode ?? '' })
  const login = await fetch(`${edge.webUrl}/login`, { method: 'POST', body, redirect: 'manual' })
  return login.headers.get('set-cookie')?.split(';')[0] ?? ''
}
const asked = (edge: Edge, cookie: string, path: string) =>
  fetch(`${edge.webUrl}${path}`, { headers: { cookie }, redirect: 'manual' })
const reportOf = async (edge: Edge, cookie: string): Promise<Report> =>
  (await asked(edge, cookie, '/diagnose.json')).json() as Promise<Report>

/** `bangtin doctor` as a person calls it: another process. */
const command = (
  ...args: readonly string[]
): Promise<{ readonly code: number; readonly out: string; readonly err: string }> =>
  new Promise((resolve) => {
    execFile(process.execPath, [at('bangtin.ts'), 'doctor', ...args], { maxBuffer: 1e8 }, (error, out, err) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : error ? -1 : 0, out, err }),
    )
  })
/** The same in this process, over a machine that is not this one. */
const called = async (args: readonly string[], waitMs: number) => {
  const [out, err] = [[] as string[], [] as string[]]
  const io = { out: (text: string) => void out.push(text), err: (text: string) => void err.push(text) }
  const code = await doctor(args, io, { root: '/', path: process.env['PATH'] ?? '', now: () => Date.now(), waitMs })
  return { code, out: out.join(''), err: err.join('') }
}

test('page, JSON and command say the same of a real daemon; a controller that garbles and falls silent is told with its exchanges', async () => {
  const folder = temporary()
  const { log } = memoryLog()
  const path = join(folder, 'ttyDisplay')
  const sim = await startSimulatedDisplay({
    model: 'mctrl300',
    cards: 2,
    seed: 1,
    faults: {},
    log,
    on: { kind: 'pty', path },
  })
  cleanup(() => sim.close())
  const hub = await startFakeHub()
  const file = join(folder, 'edge.json')
  const raw = rawConfig({
    controller: { profile: at('firmware-profiles/novastar-mctrl300.json'), link: { kind: 'serial', path } },
    hub: { url: hub.url, enrolCode: CODE },
  })
  writeFileSync(file, JSON.stringify(raw))
  const edge = await startDaemon(parsed(raw, file), { log, configFile: file })
  await expect.poll(() => edge.status().screen.lit, { interval: 20 }).toBe('lit')

  // Nobody gets in without the code.
  expect((await asked(edge, '', '/diagnose')).status).toBe(303)
  for (const closed of ['/diagnose.json', '/diagnose/live', '/diagnose/bundle'])
    expect((await asked(edge, '', closed)).status).toBe(401)
  const cookie = await signIn(edge)
  const page = await (await asked(edge, cookie, '/diagnose')).text()
  expect(page).not.toMatch(/<script>|style="|onclick=/)
  expect(page).toContain('aria-current="page"')
  const report = await reportOf(edge, cookie)
  expect(page).toContain(report.answer.vi)
  expect(report).toMatchObject({ running: true, verdict: 'degraded' })
  // No schedule was ever given to it; that is all there is.
  expect(report.causes.map(({ id }) => id).filter((id) => id !== 'clock-untrusted')).toEqual(['no-schedule'])
  const lines = (of: Report) => of.sections.find(({ id }) => id === 'lines')?.rows ?? []
  expect(lines(report).some(({ name, value }) => /display read/.test(name.en) && / ms\)$/.test(value.en))).toBe(true)

  // The command in another process, by the socket alone.
  expect(statSync(join(parsed(raw, file).dataDir, 'doctor.sock')).mode & 0o777).toBe(0o600)
  const json = await command('--config', file, '--json')
  expect(json.code).toBe(1)
  const said = JSON.parse(json.out) as Report
  expect(said.running).toBe(true)
  expect(said.answer).toEqual(report.answer)
  expect(said.sections.map(({ id }) => id)).toEqual(report.sections.map(({ id }) => id))

  // It answers with rubbish, late, then not at all.
  sim.setFaults({ wrongChecksumChance: 1 })
  await expect
    .poll(async () => lines(await reportOf(edge, cookie)).some(({ value }) => value.en.startsWith('✗ checksum')), {
      interval: 100,
    })
    .toBe(true)
  sim.setFaults({ lateChance: 1, lateMs: 300 })
  await expect
    .poll(async () => lines(await reportOf(edge, cookie)).some(({ name }) => / ×\d/.test(name.en)), { interval: 100 })
    .toBe(true)
  sim.setFaults({ dropChance: 1 })
  await expect.poll(async () => (await reportOf(edge, cookie)).verdict, { interval: 100 }).toBe('broken')
  const broken = await reportOf(edge, cookie)
  expect(broken.causes[0]?.id).toBe('display-lost')
  expect(broken.answer.vi).toMatch(/mất liên lạc bộ điều khiển/)
  const live = await (await asked(edge, cookie, '/diagnose/live')).text()
  expect(live).toContain('class="answer broken"')

  // Stopped: the command reads the disk, and says what was there.
  await edge.stop()
  const after = await command('--config', file)
  expect(after.code).toBe(1)
  expect(after.out).toContain('[daemon-down]')
  expect(after.out).toContain('by a clean stop')
  expect(after.out).toMatch(/#\d+: /)
})

test('killed, hung, never configured: what the command says and how it ends', async () => {
  const folder = temporary()
  const file = join(folder, 'edge.json')
  writeFileSync(file, JSON.stringify(rawConfig({})))
  const child = spawn(process.execPath, [at('bangtin.ts'), 'edge', '--config', file], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  cleanup(() => child.kill('SIGKILL'))
  await new Promise<void>((resolve) => child.stdout.on('data', (text: Buffer) => text.includes('is up') && resolve()))
  expect((await called(['--config', file], PATIENCE_MS)).out).toContain('[no-schedule]')

  child.kill('SIGSTOP')
  const hung = await called(['--config', file, '--json'], 200)
  expect(hung.code).toBe(1)
  const said = JSON.parse(hung.out) as Report
  expect(said.causes[0]).toMatchObject({ id: 'daemon-hung', evidence: `pid ${child.pid}` })

  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  child.kill('SIGKILL')
  await gone
  // Its socket is still there, and answers nobody.
  expect(statSync(join(folder, 'data/doctor.sock')).isSocket()).toBe(true)
  const dead = await called(['--config', file], 5_000)
  expect(dead.code).toBe(1)
  expect(dead.out).toContain('[daemon-down]')
  expect(dead.out).toContain('suddenly: power cut or killed')

  // Usage and configuration.
  expect((await called(['--nothing'], 1)).code).toBe(2)
  expect((await called(['--hub-config', 'x'], 1)).code).toBe(2)
  writeFileSync(file, '{"site": 1}')
  const wrong = await called(['--config', file, '--json'], 1)
  expect(wrong.code).toBe(1)
  expect(JSON.parse(wrong.out)).toMatchObject({ running: false, verdict: 'broken', causes: [{ id: 'config-invalid' }] })
})

/** Names and texts of the files of a gzipped tar, by hand: 512 bytes of header, the length in octal at 124. */
const unpacked = (bytes: Uint8Array): ReadonlyMap<string, string> => {
  const tar = gunzipSync(bytes)
  const files = new Map<string, string>()
  for (let offset = 0; offset < tar.length && tar[offset] !== 0; ) {
    const name = tar
      .subarray(offset, offset + 100)
      .toString('utf8')
      .replaceAll('\0', '')
    const size = Number.parseInt(tar.subarray(offset + 124, offset + 135).toString('ascii'), 8)
    files.set(name, tar.subarray(offset + 512, offset + 512 + size).toString('utf8'))
    offset += 512 + Math.ceil(size / 512) * 512
  }
  return files
}

test('the bundle holds what explains, and none of the secrets of this site in any form, from the page and from the command', async () => {
  const folder = temporary()
  const { log } = memoryLog()
  const hub = await startFakeHub()
  const projector = createPjlinkSim({
    ...{ class: 1, password: 'Pjlink/Bi-Mat', salt: () => '12345678' },
    ...{ now: Date.now, warmUpMs: 1, coolDownMs: 1 },
  })
  const served = await serveDevice({ device: projector, seed: 1, faults: {}, log, on: { kind: 'tcp', port: 0 } })
  cleanup(() => served.close())
  const planted = {
    projector: 'Pjlink/Bi-Mat',
    community: 'snmp Bi+Mat',
    user: 'hub-user-9',
    password: 'hub:Bi@Mat',
    proxy: 'proxy-Bi-Mat-7',
    code: CODE,
    token: ASSET_TOKEN,
  }
  const url = new URL(hub.url)
  const file = join(folder, 'edge.json')
  const raw = rawConfig({
    equipment: [
      {
        name: 'may-chieu',
        profile: at('firmware-profiles/pjlink-class1.json'),
        link: { kind: 'tcp', host: '127.0.0.1', port: served.port },
        address: { password: planted.projector },
        seconds: 1,
      },
      {
        name: 'bien-bao',
        profile: at('firmware-profiles/ntcip-1203.json'),
        link: { kind: 'udp', host: '127.0.0.1', port: 9 },
        address: { community: planted.community },
      },
    ],
    player: { output: 'null', extraArgs: [`--user-agent=http://me:${planted.proxy}@proxy:1`] },
    hub: { url: hub.url, enrolCode: planted.code },
  })
  writeFileSync(file, JSON.stringify(raw))
  const edge = await startDaemon(parsed(raw, file), { log, configFile: file })
  await hub.heard.until('status', (m) => m.t === 'status')
  await expect.poll(() => projector.state().requests, { interval: 50 }).toBeGreaterThan(2)
  // An address with a name and a password in it is written into the file after the start: the daemon itself would dial by it.
  const withUser = JSON.stringify(raw).replace(
    hub.url,
    `https://${planted.user}:${encodeURIComponent(planted.password)}@${url.host}`,
  )
  writeFileSync(file, withUser)

  const dataDir = parsed(raw, file).dataDir
  const read = (name: string) => readFileSync(join(dataDir, name), 'utf8').trim()
  const pem = read('device-key.pem')
    .split('\n')
    .filter((line) => !line.startsWith('-'))
    .join('')
  const seed = Buffer.from(pem, 'base64').subarray(-32)
  const secrets = [
    ...Object.values(planted),
    edge.pairingCode ?? '',
    (edge.pairingCode ?? '').replaceAll('-', ''),
    read('pairing.hash'),
    pem,
  ]

  const cookie = await signIn(edge)
  const answer = await asked(edge, cookie, '/diagnose/bundle')
  expect(answer.headers.get('content-disposition')).toMatch(/bangtin-LC-TEST-01-.*\.tar\.gz/)
  const target = join(folder, 'b.tar.gz')
  const written = await called(['--config', file, '--bundle', target], PATIENCE_MS)
  expect([written.code, written.err]).toEqual([1, expect.stringContaining(target)])
  expect(statSync(target).mode & 0o777).toBe(0o600)
  expect(
    (await called(['--config', file, '--bundle', target], PATIENCE_MS)).code,
    'never over a file that is there',
  ).toBe(1)

  const bundles = [new Uint8Array(await answer.arrayBuffer()), readFileSync(target)]
  let checked = 0
  for (const bytes of bundles) {
    const files = unpacked(bytes)
    const names = [...files.keys()].map((name) => name.replace('LC-TEST-01/', ''))
    expect(names).toEqual(
      expect.arrayContaining([
        'README.txt',
        'report.txt',
        'report.json',
        'config.json',
        'versions.json',
        'evidence.jsonl',
        'journal.txt',
        'metrics.txt',
        'data-folder.json',
        'machine/proc-meminfo',
        'machine/block.json',
      ]),
    )
    expect(gunzipSync(bytes).length).toBeLessThan(8 * 1_048_576)
    const config = files.get('LC-TEST-01/config.json') ?? ''
    expect(config).toContain('may-chieu')
    expect(config).toContain('«đã bỏ · removed»')
    expect(files.get('LC-TEST-01/report.json')).toContain('may-chieu readBasics'.slice(0, 9))
    expect(files.get('LC-TEST-01/evidence.jsonl')?.split('\n').length).toBeGreaterThan(5)
    const all = [...files]
      .map(([name, text]) => `${name}\n${text}`)
      .join('\n')
      .toLowerCase()
    for (const secret of secrets) {
      const bytesOf = Buffer.from(secret)
      const forms = [
        secret,
        encodeURIComponent(secret),
        bytesOf.toString('hex'),
        bytesOf.toString('base64').replaceAll('=', ''),
        ...formsOf(secret),
      ]
      for (const form of forms) {
        checked += 1
        expect(all.includes(form.toLowerCase()), `${secret} as ${form}`).toBe(false)
      }
    }
    expect(all.includes(seed.toString('hex')) || all.includes(seed.toString('base64').toLowerCase())).toBe(false)
  }
  expect(checked).toBeGreaterThan(150)
})
