import { chmodSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parsed, rawConfig } from '../test/daemon.ts'
import { temporary } from '../test/support.ts'
import { auditEdge, auditHub } from './audit.ts'
import type { Check } from './audit-check.ts'
import { auditText } from './audit-text.ts'

const put = (root: string, files: Readonly<Record<string, string>>): void => {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
}
const results = (checks: readonly Check[]): Readonly<Record<string, string>> =>
  Object.fromEntries(checks.map(({ id, result }) => [id, result]))

/** A machine as it ought to be. */
const GOOD = {
  'etc/ssh/sshd_config': 'Include /etc/ssh/sshd_config.d/*.conf\nPasswordAuthentication yes\n',
  'etc/ssh/sshd_config.d/bangtin.conf': 'PasswordAuthentication no\nPermitRootLogin no\n',
  'etc/passwd': 'root:x:0:0::/root:/bin/bash\nbangtin:x:990:990::/var/lib/bangtin:/usr/sbin/nologin\n',
  // 127.0.0.1:8480 and *:22 listen, one connection to somewhere else.
  'proc/net/tcp':
    '  sl  local_address rem_address   st\n   0: 0100007F:2120 00000000:0000 0A\n   1: 00000000:0016 00000000:0000 0A\n   2: 0100007F:1F90 0200000A:01BB 01\n',
  'proc/net/tcp6': '   0: 00000000000000000000000001000000:0277 00000000000000000000000000000000:0000 0A\n',
  'etc/ufw/ufw.conf': 'ENABLED=yes\n',
  'etc/apt/apt.conf.d/20auto-upgrades': 'APT::Periodic::Unattended-Upgrade "1";\n',
  'etc/systemd/system/multi-user.target.wants/chrony.service': '',
  'sys/class/rtc/rtc0/name': 'rtc-ds1307\n',
  'etc/udev/rules.d/99-bangtin.rules': '',
  'proc/self/mountinfo': '23 1 0:21 / / rw,relatime - overlay overlayroot rw\n',
  'usr/lib/systemd/system/bangtin-edge@.service':
    'User=bangtin\nNoNewPrivileges=yes\nProtectSystem=strict\nProtectHome=yes\nWatchdogSec=15\n',
} as const
const BAD: Readonly<Record<string, string>> = {
  'etc/ssh/sshd_config': '#PasswordAuthentication no\nPermitRootLogin yes\n',
  'etc/passwd': 'pi:x:1000:1000::/home/pi:/bin/bash\n',
  'proc/net/tcp': '   0: 00000000:0017 00000000:0000 0A\n   1: 0A00A8C0:170C 00000000:0000 0A\n',
  'etc/ufw/ufw.conf': 'ENABLED=no\n',
  'etc/apt/apt.conf.d/20auto-upgrades': 'APT::Periodic::Unattended-Upgrade "0";\n',
  'proc/self/mountinfo': '23 1 179:2 / / rw,noatime - ext4 /dev/root rw\n',
  'usr/lib/systemd/system/bangtin-edge@.service': 'ExecStart=/x\nProtectSystem=strict\n',
  'etc/hostapd/hostapd.conf': 'ssid=LED\n',
  'etc/systemd/system/getty@tty1.service.d/autologin.conf': 'ExecStart=-/sbin/agetty --autologin pi\n',
}

const edge = (root: string, raw: object, mode: number) => {
  const folder = temporary()
  const file = join(folder, 'edge.json')
  writeFileSync(file, JSON.stringify(rawConfig(raw)), { mode })
  chmodSync(file, mode)
  return { file, config: parsed(rawConfig(raw), file), root }
}
const data = (mode: number, keyMode: number): string => {
  const dataDir = join(temporary(), 'data')
  mkdirSync(dataDir)
  put(dataDir, { 'device-key.pem': 'x', 'pairing.hash': 'x' })
  chmodSync(join(dataDir, 'device-key.pem'), keyMode)
  chmodSync(join(dataDir, 'pairing.hash'), 0o600)
  chmodSync(dataDir, mode)
  return dataDir
}

describe('a cluster', () => {
  test('as it ought to be: nothing to mend but that this test may run as root', () => {
    const root = temporary()
    put(root, GOOD)
    const hub = { url: 'https://hub.example', fingerprint: 'ab'.repeat(32) }
    const checks = auditEdge(edge(root, { dataDir: data(0o700, 0o600), hub, clock: 'strict' }, 0o640))
    const bad = checks.filter(({ result, id }) => result !== 'pass' && id !== 'data-owner')
    expect(bad.map(({ id, evidence }) => `${id}: ${evidence}`)).toEqual([])
    expect(checks.length).toBeGreaterThan(20)
    expect(auditText(checks)).toContain('0 nên sửa · to mend')
  })

  test('as it must not be: every check says why and how to mend it', () => {
    const root = temporary()
    put(root, BAD)
    const dataDir = data(0o755, 0o644)
    put(dataDir, { 'pairing-code.txt': 'AAAA-BBBB-CCCC', 'plays/x.jsonl': '' })
    const raw = {
      dataDir,
      web: { host: '0.0.0.0', port: 8480 },
      hub: { url: 'https://me:pw@hub.example', enrolCode: 'CODE-1' },
      site: { ...(rawConfig({}) as { readonly site: object }).site, exerciseMode: true },
      equipment: [
        { name: 'a', profile: 'p.json', link: { kind: 'tcp', host: '10.0.0.9', port: 502 } },
        { name: 'b', profile: 'p.json', link: { kind: 'serial', path: '/dev/ttyUSB0' } },
      ],
    }
    const checks = auditEdge(edge(root, raw, 0o666))
    expect(results(checks)).toMatchObject({
      ...{ 'web-address': 'fail', 'hub-fingerprint': 'warn', 'enrol-code-left': 'warn', 'config-mode': 'fail' },
      ...{ 'device-network': 'warn', 'serial-name': 'warn', 'exercise-mode': 'warn', 'clock-trust': 'warn' },
      ...{ 'data-folder-mode': 'warn', 'key-modes': 'fail', 'pairing-code-file': 'warn', 'data-readable': 'warn' },
      ...{ 'ssh-password': 'fail', 'default-users': 'fail', 'open-ports': 'fail', firewall: 'warn' },
      ...{ 'security-upgrades': 'warn', 'time-sync': 'warn', 'udev-rule': 'warn', 'root-filesystem': 'warn' },
      ...{ 'service-sandbox': 'fail', 'open-radio': 'fail', 'auto-login': 'warn' },
    })
    const text = auditText(checks)
    for (const { why, mend, what } of checks)
      for (const one of [why, mend, what]) expect(one.vi !== '' && one.en !== '').toBe(true)
    expect(text).toContain('NOT SO: SSH takes no passwords')
    expect(text).not.toContain('me:pw')
    expect(checks.find(({ id }) => id === 'open-ports')?.evidence).toBe('23, 5900')
  })

  test('a machine that cannot be looked at is not called safe', () => {
    const checks = results(auditEdge(edge(temporary(), { dataDir: '/nowhere' }, 0o600)))
    expect(checks).toMatchObject({
      'data-folder-mode': 'unknown',
      'default-users': 'unknown',
      'open-ports': 'unknown',
      'root-filesystem': 'unknown',
    })
  })
})

describe('a hub', () => {
  const NOW = Date.parse('2026-11-23T09:00:00+07:00')
  const hub = (over: object, mode = 0o600) => {
    const folder = temporary()
    put(folder, { 'data/x': '', 'policies/p.json': '{}', 'key.pem': 'x', 'token.txt': 'x', 'backups/hub.tar': '' })
    chmodSync(join(folder, 'data'), 0o700)
    for (const name of ['key.pem', 'token.txt']) chmodSync(join(folder, name), mode)
    utimesSync(join(folder, 'backups/hub.tar'), NOW / 1000 - 3_600, NOW / 1000 - 3_600)
    const config = {
      ...{ listen: { host: '0.0.0.0', port: 8443 }, dataDir: 'data', tls: { certFile: 'c.pem', keyFile: 'key.pem' } },
      ...{
        behindProxy: false,
        policyDir: 'policies',
        metricsTokenFile: 'token.txt',
        backup: { folder: 'backups', keep: 7 },
      },
      ...over,
    }
    writeFileSync(join(folder, 'hub.json'), JSON.stringify(config), { mode: 0o640 })
    return results(auditHub({ file: join(folder, 'hub.json'), now: NOW }))
  }

  test('as it ought to be', () => {
    expect(Object.values(hub({}))).toEqual(Array.from({ length: 8 }, () => 'pass'))
  })

  test.each([
    ['hub-tls', { tls: null }, 'fail'],
    ['hub-tls', { tls: null, behindProxy: true }, 'warn'],
    ['hub-metrics-token', { metricsTokenFile: null }, 'warn'],
    ['hub-policy', { policyDir: null }, 'warn'],
    ['hub-policy', { policyDir: 'nowhere' }, 'fail'],
    ['hub-sessions', { sessionHours: 24 }, 'warn'],
    ['hub-enrol-codes', { enrolCodeMinutes: 10_080 }, 'warn'],
    ['hub-backup-age', { backup: null }, 'warn'],
    ['hub-backup-age', { backup: { folder: 'nowhere' } }, 'fail'],
    ['hub-file-modes', { metricsTokenFile: 'nowhere' }, 'warn'],
    ['hub-config', { listen: 'x' }, 'fail'],
  ])('%s of %j is %s', (id, over, result) => {
    expect(hub(over)[id]).toBe(result)
  })

  test.each([
    ['as the unit makes it', 0o750, 'pass'],
    ['open to everybody', 0o755, 'fail'],
    ['where the group may write', 0o770, 'fail'],
  ])('a data folder %s', (_, mode, result) => {
    const folder = temporary()
    put(folder, { 'hub.sqlite': '' })
    chmodSync(join(folder, 'hub.sqlite'), 0o640)
    chmodSync(folder, mode)
    expect(hub({ dataDir: folder })['hub-file-modes']).toBe(result)
  })

  test('without its file nothing is called fine', () => {
    expect(results(auditHub({ file: '/nowhere/hub.json', now: NOW }))).toEqual({ 'hub-config': 'fail' })
  })

  test('a key that others may read', () => {
    expect(hub({}, 0o644)['hub-file-modes']).toBe('fail')
  })
})
