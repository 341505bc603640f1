import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { temporary } from '../test/support.ts'
import { healthFaults, PROBE_FILE, probeWrite, SLOW_PROBE_MS, watchHealth } from './health.ts'
import { type Machine, readMachine } from './machine.ts'

/** The files of another machine, below a folder that stands for `/`. */
const tree = (files: Readonly<Record<string, string>>): string => {
  const root = temporary()
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  return root
}
const space = () => ({ freeBytes: 1e9, totalBytes: 2e9, freeInodes: 10, totalInodes: 20 })
const readAt = (root: string, dataDir = '/var/lib/bangtin/LC'): Machine => readMachine({ root, dataDir, space })

/** As a Raspberry Pi 4 with a card has them (values of a real one; the errors are made up). */
const PI = {
  'proc/device-tree/model': 'Raspberry Pi 4 Model B Rev 1.4\0',
  'proc/loadavg': '0.52 0.41 0.36 1/205 4242\n',
  'proc/uptime': '86400.52 300000.11\n',
  'proc/meminfo': 'MemTotal:        3884360 kB\nMemFree:          100 kB\nMemAvailable:    3000000 kB\n',
  'proc/self/mountinfo': [
    '23 1 179:2 / / rw,noatime shared:1 - ext4 /dev/root rw',
    '44 23 179:3 / /var/lib/bangtin rw,relatime shared:9 - ext4 /dev/mmcblk0p3 ro,errors=remount-ro',
    '45 23 179:1 / /boot\\040firmware rw - vfat /dev/mmcblk0p1 rw',
  ].join('\n'),
  'sys/class/thermal/thermal_zone0/type': 'cpu-thermal\n',
  'sys/class/thermal/thermal_zone0/temp': '61835\n',
  'sys/class/hwmon/hwmon0/name': 'cpu_thermal\n',
  'sys/class/hwmon/hwmon0/temp1_input': '60000\n',
  'sys/class/hwmon/hwmon1/name': 'rpi_volt\n',
  'sys/class/hwmon/hwmon1/in0_lcrit_alarm': '0\n',
  'sys/class/hwmon/hwmon2/name': 'iwlwifi_1\n',
  'sys/class/hwmon/hwmon2/temp1_input': '99000\n',
  'sys/devices/platform/soc/soc:firmware/get_throttled': '50000\n',
  'sys/fs/ext4/features/lazy_itable_init': 'supported\n',
  'sys/fs/ext4/mmcblk0p2/errors_count': '0\n',
  'sys/fs/ext4/mmcblk0p2/lifetime_write_kbytes': '123456\n',
  'sys/fs/ext4/mmcblk0p3/errors_count': '4\n',
  'sys/fs/ext4/mmcblk0p3/first_error_time': '1763860000\n',
  'sys/fs/ext4/mmcblk0p3/last_error_time': '1763869000\n',
  'sys/fs/ext4/mmcblk0p3/last_error_func': 'ext4_lookup\n',
  'sys/fs/ext4/sda1/errors_count': '9\n',
  'sys/block/mmcblk0/device/name': 'SD64G\n',
  'sys/block/mmcblk1/device/name': 'BJTD4R\n',
  'sys/block/mmcblk1/device/life_time': '0x03 0x0a\n',
  'sys/block/mmcblk1/device/pre_eol_info': '0x02\n',
  'sys/block/loop0/size': '0\n',
  'sys/class/rtc/rtc0/name': 'rtc-ds1307 1-0068\n',
  'sys/class/rtc/rtc0/since_epoch': '1763869999\n',
  'dev/bangtin/port-1': '',
}
const pi = (more: Readonly<Record<string, string>> = {}): string => {
  const root = tree({ ...PI, ...more })
  mkdirSync(join(root, 'sys/dev/block'), { recursive: true })
  symlinkSync(
    '../../devices/platform/emmc2bus/fe340000.mmc/mmc_host/mmc0/mmc0:aaaa/block/mmcblk0/mmcblk0p2',
    join(root, 'sys/dev/block/179:2'),
  )
  return root
}

describe('what the kernel says of the machine', () => {
  test('a Raspberry Pi', () => {
    expect(readAt(pi())).toMatchObject({
      model: 'Raspberry Pi 4 Model B Rev 1.4',
      boardCelsius: 61.8,
      sensors: [
        { name: 'cpu-thermal', celsius: 61.8 },
        { name: 'cpu_thermal temp1', celsius: 60 },
      ],
      throttled: { bits: 0x50000, words: ['undervoltage-since-boot', 'throttled-since-boot'] },
      undervoltage: { now: false, sinceBoot: true },
      mounts: [
        { what: 'root', at: '/', device: '/dev/mmcblk0p2', type: 'ext4', readOnly: false },
        { what: 'data', at: '/var/lib/bangtin', device: '/dev/mmcblk0p3', readOnly: true },
      ],
      ext4: [
        { device: 'mmcblk0p2', errors: 0, firstAt: null, lastAt: null, lastFunction: null, writtenKib: 123456 },
        { device: 'mmcblk0p3', errors: 4, firstAt: 1763860000000, lastAt: 1763869000000, lastFunction: 'ext4_lookup' },
      ],
      storage: [
        { device: 'mmcblk0', name: 'SD64G', lifeUsed: null, endOfLife: null },
        { device: 'mmcblk1', name: 'BJTD4R', lifeUsed: 1, endOfLife: 'warning' },
      ],
      space: { freeBytes: 1e9 },
      memory: { totalBytes: 3884360 * 1024, availableBytes: 3000000 * 1024 },
      load: { one: 0.52, five: 0.41, fifteen: 0.36 },
      uptimeSeconds: 86400.52,
      rtc: { name: 'rtc-ds1307 1-0068', seconds: 1763869999 },
      serialNames: ['/dev/bangtin/port-1'],
    })
  })

  test.each([
    ['0', [], false, false],
    ['0x1', ['undervoltage-now'], true, true],
    ['50005', ['undervoltage-now', 'throttled-now', 'undervoltage-since-boot', 'throttled-since-boot'], true, true],
    [
      'e0008',
      [
        'soft-temperature-limit-now',
        'frequency-capped-since-boot',
        'throttled-since-boot',
        'soft-temperature-limit-since-boot',
      ],
      false,
      false,
    ],
  ])('get_throttled %s', (text, words, now, sinceBoot) => {
    const root = pi({ 'sys/devices/platform/soc/soc:firmware/get_throttled': `${text}\n` })
    expect(readAt(root)).toMatchObject({ throttled: { words }, undervoltage: { now, sinceBoot } })
  })

  test('the alarm of the newer driver alone', () => {
    const root = tree({ 'sys/class/hwmon/hwmon0/name': 'rpi_volt\n', 'sys/class/hwmon/hwmon0/in0_lcrit_alarm': '1\n' })
    expect(readAt(root)).toMatchObject({ throttled: null, undervoltage: { now: true, sinceBoot: true } })
  })

  test('a machine that has nothing of it: null and empty, and no error', () => {
    const nothing = readMachine({ root: temporary(), dataDir: '/x', space: () => null })
    const lists = ['sensors', 'ext4', 'mounts', 'storage', 'serialNames']
    expect(Object.keys(nothing).length).toBeGreaterThan(12)
    for (const [key, value] of Object.entries(nothing))
      expect([key, value]).toEqual([key, lists.includes(key) ? [] : null])
  })

  test('rubbish in every file is no reading and no error', () => {
    const rubbish = Object.fromEntries(Object.keys(PI).map((path) => [path, 'ÿþ -- 0x -\n\n - \n']))
    const machine = readAt(tree(rubbish))
    expect(machine).toMatchObject({
      sensors: [],
      throttled: null,
      undervoltage: null,
      ext4: [],
      memory: null,
      load: null,
    })
    expect(machine.storage.map(({ lifeUsed }) => lifeUsed)).toEqual([null, null])
  })

  test('a file without end is read to its bound', () => {
    const machine = readAt(tree({ 'proc/meminfo': `${'x'.repeat(400_000)}\nMemTotal: 1 kB\nMemAvailable: 1 kB\n` }))
    expect(machine.memory).toBeNull()
  })
})

describe('faults of the machine', () => {
  const healthAt = (root: string, probe: Parameters<typeof healthFaults>[0]['probe'] = null) => ({
    machine: readAt(root),
    probe,
  })
  const ids = (health: Parameters<typeof healthFaults>[0], wasHot = false) =>
    healthFaults(health, wasHot).map(({ id }) => id)
  const hot = (milli: number) => ({
    machine: readAt(tree({ 'sys/class/thermal/thermal_zone0/temp': `${milli}` })),
    probe: null,
  })

  test('under-voltage, errors of the card', () => {
    const faults = healthFaults(healthAt(pi()), false)
    expect(faults.map(({ id }) => id)).toEqual(['undervoltage', 'disk-errors'])
    expect(faults[0]?.detail).toContain('since boot')
    expect(faults[1]?.detail).toBe(
      'mmcblk0p3: 4 ext4 error(s), ext4_lookup; /dev/mmcblk0p3: /var/lib/bangtin is read-only; mmcblk1: 100 % of its life',
    )
  })

  test('hot from 80 °C on, until it is below 75 °C', () => {
    expect([79_900, 80_000].map((milli) => ids(hot(milli)))).toEqual([[], ['board-hot']])
    expect([75_000, 74_900].map((milli) => ids(hot(milli), true))).toEqual([['board-hot'], []])
  })

  test('a write probe that fails or takes too long is an error of the disk', () => {
    const well = readMachine({ root: temporary(), dataDir: '/x', space })
    expect(ids({ machine: well, probe: { at: 1, ms: 40, error: null } })).toEqual([])
    expect(ids({ machine: well, probe: { at: 1, ms: null, error: 'EROFS' } })).toEqual(['disk-errors'])
    expect(ids({ machine: well, probe: { at: 1, ms: SLOW_PROBE_MS + 1, error: null } })).toEqual(['disk-errors'])
  })

  test('the probe writes, synchronises and leaves nothing', async () => {
    const dataDir = temporary()
    expect(await probeWrite(dataDir, 7)).toMatchObject({ at: 7, ms: expect.any(Number), error: null })
    expect(() => writeFileSync(join(dataDir, PROBE_FILE), '', { flag: 'wx' })).not.toThrow()
    expect(await probeWrite('/nowhere', 7)).toMatchObject({ ms: null, error: expect.stringContaining('ENOENT') })
  })

  test('the keeper reads at most every five seconds, and says when the disk does not come back', () => {
    const waits: { readonly ms: number; readonly then: () => void }[] = []
    const run = { now: 0 }
    const root = pi()
    const keeper = watchHealth({
      root,
      // A folder that is not there: the probe itself fails, later than this test looks.
      dataDir: '/nowhere',
      wake: (ms, then) => {
        waits.push({ ms, then })
        return () => undefined
      },
      wall: () => 1,
      mono: () => run.now,
    })
    expect(keeper.read().machine.boardCelsius).toBe(61.8)
    writeFileSync(join(root, 'sys/class/thermal/thermal_zone0/temp'), '85000')
    run.now = 4_999
    expect(keeper.read().machine.boardCelsius).toBe(61.8)
    run.now = 5_000
    expect(keeper.faults().map(({ id }) => id)).toContain('board-hot')
    waits[0]?.then()
    expect(waits[1]?.ms).toBe(SLOW_PROBE_MS)
    waits[1]?.then()
    expect(keeper.read().probe).toMatchObject({ ms: null, error: expect.stringContaining('no answer of the disk') })
    keeper.stop()
  })
})
