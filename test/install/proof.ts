import { prng } from '#core/base/prng.ts'
import { type Checks, type Guest, guestOf } from './checks.ts'
import { type Machine, pause } from './machine.ts'
import { debOf, VERSIONS, type Version } from './versions.ts'

export const SITE = 'LC-VM-01'
const UNIT = `bangtin-edge@${SITE}`
const DATA = `/var/lib/bangtin/${SITE}`
const PLAYS = `${DATA}/plays`
const PAGE = 'http://127.0.0.1:8480/'

/** A page, a player without an output, no controller: what a machine without hardware can run. */
const CONFIG = {
  site: {
    id: SITE,
    name: 'Cụm thử cài đặt',
    clusterClass: 'BULLETIN_BOARD',
    unitCode: '03549',
    panel: { width: 480, height: 240 },
    exerciseMode: true,
    outdoors: false,
    audio: false,
  },
  dataDir: DATA,
  policy: '/opt/bangtin/deploy/policies/lai-chau-2024.json',
  controller: null,
  player: { output: 'null' },
  hub: null,
  web: { host: '127.0.0.1', port: 8480 },
  clock: 'host',
}

/** The emulated processor is some ten times slower than a Pi, and this computer may be busy: the unit’s own limits would end a good daemon. */
const SLOW = '[Service]\nTimeoutStartSec=300\nTimeoutStopSec=60\nWatchdogSec=40\n'
/** A trial of half a minute instead of three, with a bound that a slow machine can keep. */
const BOUNDS = {
  vm: 'HEALTHY_SECONDS=45\nBOUND_SECONDS=420\nEVERY_SECONDS=5\nMOST_RESTARTS=3\nMOST_BOOTS=3\nCHECK_SECONDS=300\n',
  container:
    'HEALTHY_SECONDS=25\nBOUND_SECONDS=120\nEVERY_SECONDS=3\nMOST_RESTARTS=3\nMOST_BOOTS=3\nCHECK_SECONDS=180\n',
} as const

/** After this something that should have come has not, ms. */
const TRIAL_MS = 1_500_000
const START_MS = 600_000
const FIRST_CUT_MS = 2_000
const CUT_SPREAD_MS = 20_000

type Of = {
  /** Switches the machine on, the first time and after each cut. */
  readonly boot: () => Promise<Machine>
  /** A virtual machine has devices, and a disk that forgets what was not flushed; a container has the speed of this computer. */
  readonly kind: 'vm' | 'container'
  readonly checks: Checks
  readonly ids: { readonly [V in Version]?: string }
  readonly cuts: number
  readonly seed: number
}

/** A cluster without a hub has no schedule, before the upgrade and after it: no version is blamed for that. */
const running = (version: string): string =>
  `systemctl is-active --quiet ${UNIT} && systemctl show -p StatusText ${UNIT} | grep -Eq '${SITE} ${version} health=(ok|schedule)$'`
/** A package that was unpacked again gives a second copy of the same build, `.2`. */
const link = (name: string, id: string | undefined): string =>
  `readlink /opt/bangtin/${name} | grep -Eq '^versions/${id}(\\.[0-9]+)?$'`
const asleep = `systemctl show --value -p ExecMainStartTimestampMonotonic ${UNIT}`
const verify = `bangtin playlog verify --dir ${PLAYS}`
const records = `cat ${PLAYS}/*.jsonl | wc -l`

const install = async (guest: Guest, { checks, kind }: Of): Promise<void> => {
  const { say, must } = guest
  checks.part('cài đặt · install')
  await must('no trace of bangtin before', '! test -e /opt/bangtin && ! id bangtin 2>/dev/null')
  const log = await must('dpkg installs it', `dpkg -i ${debOf('first')}`)
  checks.check('it says what to do next', log.includes('systemctl enable --now bangtin-edge@<site>'), log)
  await must('user bangtin, without a shell', 'getent passwd bangtin | grep -q nologin && id bangtin')
  await must('bangtin is on the path', `bangtin --version | grep -q '${VERSIONS.first.version} (Node 24'`)
  await must(
    'nothing runs, nothing is enabled',
    `! systemctl list-units --plain --no-legend 'bangtin-edge@*' | grep -q .`,
  )
  const refused = await say(`systemctl start ${UNIT}`)
  checks.check(
    'it does not start without a configuration, and says so',
    refused.code !== 0 && /ssert/.test(refused.out),
    refused.out,
  )
  await must(
    'no file of the package is writable by others',
    '! find /opt/bangtin /etc/bangtin -type f -perm /022 | grep .',
  )
  await must('no file of the package belongs to somebody else', '! find /opt/bangtin ! -user root | grep .')
  await must(
    'its units are as systemd wants them',
    `systemd-analyze verify bangtin-upgrade-boot.service bangtin-upgrade-watch.service`,
  )
  await must(
    'the journal has its limits',
    'systemd-analyze cat-config systemd/journald.conf | grep -q SystemMaxUse=200M',
  )
  if (kind === 'vm') await names(guest, checks)
}

/** What udev makes of two adapters of the same kind. */
const names = async ({ must }: Guest, checks: Checks): Promise<void> => {
  const found = await must(
    'each adapter has its own name',
    'udevadm settle; ls -l /dev/bangtin && test -e /dev/bangtin/serial-A10KV3QT && test -e /dev/bangtin/serial-B20XX001',
  )
  checks.check('and one for its socket', /port-pci-/.test(found), found)
  await must(
    'udevadm test finds the rule',
    "udevadm test $(udevadm info -q path -n /dev/ttyUSB0) 2>&1 | grep -q 'bangtin/serial-'",
  )
}

const firstStart = async ({ must, until }: Guest, { checks, kind }: Of): Promise<void> => {
  checks.part('cấu hình và chạy lần đầu · configure, first start')
  await must(
    'configuration, and the limits of this slow machine',
    `cat >/etc/bangtin/${SITE}.json <<'X'\n${JSON.stringify(CONFIG, null, 2)}\nX
chgrp bangtin /etc/bangtin/${SITE}.json; chmod 0640 /etc/bangtin/${SITE}.json
mkdir -p /etc/systemd/system/bangtin-edge@.service.d; printf '${SLOW}' >/etc/systemd/system/bangtin-edge@.service.d/slow.conf
printf '${BOUNDS[kind]}' >/etc/bangtin/upgrade.conf; systemctl daemon-reload`,
  )
  await must('bangtin edge --check', `bangtin edge --config /etc/bangtin/${SITE}.json --check`)
  await must('enable --now comes back READY', `systemctl enable --now ${UNIT}`)
  await until('it says that it is healthy but for the schedule it never had', running(VERSIONS.first.version), START_MS)
  await must('the page answers', `curl -sf ${PAGE} | grep -q 'name="code"'`)
  await must('the standing page is on', `grep -h '"kind":"open"' ${PLAYS}/*.jsonl | grep -q '"hash":"standing"'`)
  await must('a file of our own in the data folder', `echo kept >${DATA}/mark`)
  await must('the chain verifies', verify)
  const security = await must('systemd-analyze security', `systemd-analyze security ${UNIT} | tail -n 1`)
  checks.check(`exposure: ${security.trim()}`, /[0-2]\.\d OK/.test(security), security)
  await must(
    'it runs as bangtin, sandboxed',
    `test "$(ps -o user= -p $(systemctl show --value -p MainPID ${UNIT}))" = bangtin`,
  )
}

const upgrade = async (guest: Guest, { checks, ids }: Of): Promise<void> => {
  const { must, until } = guest
  checks.part('nâng cấp · upgrade')
  const before = Number((await must('records before', records)).trim())
  await must('dpkg upgrades while it runs', `dpkg -i ${debOf('better')}`)
  await must(
    'the new version is on trial, the old one stands by',
    `${link('current', ids.better)} && ${link('good', ids.first)}`,
  )
  await until('it becomes proven', `${link('good', ids.better)} && ${running(VERSIONS.better.version)}`, TRIAL_MS)
  await must('the version before is kept', `${link('previous', ids.first)} && test -x /opt/bangtin/previous/bangtin`)
  await must('the data is there, and the chain verifies', `test -e ${DATA}/mark && ${verify}`)
  const after = Number((await must('records after', records)).trim())
  checks.check(`the log went on (${before} → ${after} records)`, after > before, '')
  await must('people’s changes of upgrade.conf are kept', 'grep -q MOST_RESTARTS=3 /etc/bangtin/upgrade.conf')
}

/** A version that is not good: the one before must be back by itself, and say so in the evidence and to people. */
const takenBack = async (guest: Guest, { checks, ids }: Of, bad: Version, why: RegExp): Promise<void> => {
  const { must, until } = guest
  checks.part(`nâng cấp hỏng: ${bad} · failed upgrade: ${bad}`)
  const since = await must('since when it runs', asleep)
  await must('dpkg takes it', `dpkg -i ${debOf(bad)}`)
  await until(
    'the version before is back, by itself, and healthy but for saying so',
    `${link('current', ids.better)} && ${link('good', ids.better)} && ${running(VERSIONS.better.version)}`,
    TRIAL_MS,
  )
  const said = await must(
    'bangtin-upgrade status says so',
    `bangtin-upgrade status && bangtin-upgrade status | grep -q 'to=${ids[bad]}'`,
  )
  checks.check(`and why: ${/why=(.*)/.exec(said)?.[1] ?? ''}`, /result=rolled-back/.test(said) && why.test(said), said)
  if (bad === 'unfit')
    checks.check('and the daemon was not restarted for it', since === (await must('since when it runs', asleep)), since)
  await until(
    'the evidence has a line of it, once',
    `test "$(cat ${PLAYS}/*.jsonl | grep '"what":"upgrade"' | grep -c '${ids[bad]}')" = 1`,
    START_MS,
  )
  await must(
    'the fault is in the metrics, and on the technician’s page with what to do',
    `curl -sf ${PAGE}metrics | grep -q 'bangtin_fault_active{fault="upgrade-rolled-back"} 1' &&
curl -sf -c /run/jar -o /dev/null -d person=proof -d code=$(cat ${DATA}/pairing-code.txt) ${PAGE}login && curl -sf -b /run/jar ${PAGE} | grep -q 'bangtin-upgrade status'`,
  )
  await must('the chain verifies', verify)
  await must(
    'dpkg --configure -a does not try it again',
    `dpkg --configure -a && bangtin-upgrade install && ${link('current', ids.better)}`,
  )
}

const boot = async (of: Of): Promise<{ readonly machine: Machine; readonly guest: Guest }> => {
  const machine = await of.boot()
  return { machine, guest: guestOf(machine, of.checks) }
}

/** Power cuts while dpkg unpacks, while the version is copied and switched, and while it is on trial. */
const cutUpgrade = async (of: Of, from: Machine, before: Version): Promise<Machine> => {
  const { checks, ids } = of
  const random = prng(of.seed)
  let machine = from
  for (let cut = 0; cut < of.cuts; cut++) {
    const afterMs = FIRST_CUT_MS + random.below(CUT_SPREAD_MS)
    checks.part(`mất điện giữa lúc nâng cấp, lần ${cut + 1}: sau ${afterMs} ms · power cut in mid-upgrade`)
    machine.start(`dpkg -i ${debOf('last')}`)
    await pause(afterMs)
    await machine.cut()
    const up = await boot(of)
    machine = up.machine
    const { must, until } = up.guest
    await until(
      'a whole version runs after the boot',
      `(${running(VERSIONS[before].version)}) || (${running(VERSIONS.last.version)})`,
      START_MS,
    )
    const state = await must(
      'where it stands',
      'bangtin-upgrade status; dpkg -s bangtin-edge | grep -E "^(Status|Version)"; ls /opt/bangtin/versions',
    )
    process.stdout.write(`${state.trimEnd().replaceAll(/^/gm, '      ')}\n`)
    await must('the chain verifies', verify)
    if (new RegExp(`^good +${ids.last}(?:\\.\\d+)?$`, 'm').test(state)) break
  }
  checks.part('nâng cấp nốt, mất điện khi chạy thử · finish the upgrade, cut during the trial')
  await guestOf(machine, checks).must('dpkg finishes', `dpkg --configure -a; dpkg -i ${debOf('last')}`)
  await pause(FIRST_CUT_MS)
  await machine.cut()
  const up = await boot(of)
  await up.guest.until(
    'the trial goes on after the boot and the version becomes proven',
    `${link('current', ids.last)} && ${link('good', ids.last)} && ${running(VERSIONS.last.version)}`,
    TRIAL_MS,
  )
  // Hard links: what dpkg verifies is what runs.
  await up.guest.must(
    'every byte on the disk is what the package brought',
    '! dpkg --verify bangtin-edge | grep opt/bangtin',
  )
  await up.guest.must('the chain verifies', verify)
  return up.machine
}

/** A version that brings the whole machine down has no watcher: the boots are counted. */
const cutBad = async (of: Of, from: Machine): Promise<Machine> => {
  const { checks, ids } = of
  checks.part('bản hỏng, mất điện khi chạy thử · a bad version, cut during its trial')
  await guestOf(from, checks).must('dpkg takes it', `dpkg -i ${debOf('crashing')}`)
  await pause(FIRST_CUT_MS)
  await from.cut()
  const up = await boot(of)
  await up.guest.until(
    'taken back after the boot',
    `${link('current', ids.last)} && ${running(VERSIONS.last.version)}`,
    TRIAL_MS,
  )
  await up.guest.must('the chain verifies', verify)
  return up.machine
}

const leave = async ({ must, say }: Guest, checks: Checks): Promise<void> => {
  checks.part('gỡ, cài lại, xóa sạch · remove, install again, purge')
  const count = Number((await must('records before', records)).trim())
  await must('dpkg --remove', 'dpkg --remove bangtin-edge')
  await must('nothing runs', '! pgrep -u bangtin')
  await must(
    'the program is gone',
    '! test -e /opt/bangtin && ! test -e /usr/bin/bangtin && ! test -e /usr/lib/systemd/system/bangtin-edge@.service',
  )
  await must('data and configuration are there', `test -e ${DATA}/mark && test -e /etc/bangtin/${SITE}.json`)
  await must('installed again', `dpkg -i ${debOf('last')}`)
  await must(
    'it runs again by itself',
    `for i in $(seq 60); do systemctl is-active --quiet ${UNIT} && exit 0; sleep 3; done; exit 1`,
  )
  await must('the chain verifies', verify)
  const said = await must('dpkg --purge', 'dpkg --purge bangtin-edge')
  const aside = /\/var\/lib\/bangtin\.kept-\S+/.exec(said)?.[0] ?? '/none'
  checks.check('it says where the evidence is', aside !== '/none', said)
  await must(
    'the evidence is there, for root alone',
    `test "$(stat -c %a ${aside})" = 700 && test "$(cat ${aside}/${SITE}/plays/*.jsonl | wc -l)" -ge ${count}`,
  )
  await must(
    'configuration is aside, too, and its folder is gone',
    `test -e ${aside}/etc-bangtin/${SITE}.json && ! test -e /etc/bangtin`,
  )
  await must(
    'nothing else is left',
    '! test -e /var/lib/bangtin && ! test -e /var/lib/bangtin-upgrade && ! test -e /opt/bangtin && ! ls /etc/systemd/system/*.wants/bangtin* 2>/dev/null',
  )
  await must(
    'the kept log verifies with a new installation',
    `dpkg -i ${debOf('last')} && bangtin playlog verify --dir ${aside}/${SITE}/plays`,
  )
  const deleted = await say(
    `mkdir -p ${DATA} && touch ${DATA}/x && BANGTIN_PURGE_EVIDENCE=yes dpkg --purge bangtin-edge && ! test -e /var/lib/bangtin`,
  )
  checks.check(
    'deleted only when told so in so many words',
    deleted.code === 0 && /DELETED/.test(deleted.out),
    deleted.out,
  )
}

/** From a clean Debian to an empty one again. The virtual machine leaves out what no device and no disk has a part in. */
export const prove = async (of: Of): Promise<void> => {
  const { checks, kind } = of
  checks.part(`khởi động Debian sạch (${kind}) · boot a clean Debian`)
  const { machine, guest } = await boot(of)
  await guest.must('systemd is up', 'systemctl is-system-running --wait; systemctl --version | head -n 1')
  await install(guest, of)
  await firstStart(guest, of)
  if (kind === 'container') {
    await upgrade(guest, of)
    await takenBack(guest, of, 'unfit', /before the switch/)
    await takenBack(guest, of, 'crashing', /restarted \d+ times/)
    await takenBack(guest, of, 'dark', /not healthy within/)
  }
  const cut = await cutUpgrade(of, machine, kind === 'container' ? 'better' : 'first')
  const last = await cutBad(of, cut)
  await leave(guestOf(last, checks), checks)
  await last.shutdown()
}
