import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import { parseReport } from '#edge/shell/upgrade.ts'

const REPO = fileURLToPath(new URL('../../', import.meta.url))
const SCRIPT = join(REPO, 'deploy/edge/deb/bangtin-upgrade')
const UNIT = 'bangtin-edge@LC-01.service'
/** Points at which a test cuts the power are fewer than this; a loop that never ends is a fault. */
const MOST_CUTS = 60

const roots: string[] = []
afterEach(() => {
  for (const root of roots.splice(0)) rmSync(root, { recursive: true, force: true })
})

/** Programs the script calls, as this test's machine has them: systemd says what the fake files say, time goes by sleeping. */
const FAKES: { readonly [name: string]: string } = {
  sync: '',
  sleep: `now=$(cat $BANGTIN_ROOT/proc/uptime); echo $((\${now%%.*} + $1)).00 >$BANGTIN_ROOT/proc/uptime`,
  timeout: 'shift; exec "$@"',
  systemctl: `echo "$*" >>$BANGTIN_ROOT/calls
id=$(readlink $BANGTIN_ROOT/opt/bangtin/current); id=\${id#versions/}
case "$1" in
  list-units) if [ -e $BANGTIN_ROOT/stopped ]; then exit 0; fi; echo "${UNIT} loaded active running x" ;;
  show) cat "$BANGTIN_ROOT/says/$id.$4" 2>/dev/null || cat "$BANGTIN_ROOT/says/any.$4" ;;
esac`,
}

type Build = { readonly id: string; readonly status?: string; readonly restarts?: string; readonly unfit?: boolean }

const write = (file: string, text: string, mode = 0o644): void => {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
  chmodSync(file, mode)
}

const furnish = (root: string): void => {
  for (const [name, body] of Object.entries(FAKES)) write(join(root, 'bin', name), `#!/bin/sh\n${body}\n`, 0o755)
  for (const path of ['run/systemd/system', 'usr/lib/systemd/system', 'etc/bangtin'])
    mkdirSync(join(root, path), { recursive: true })
  write(join(root, 'proc/uptime'), '100.00 1.00\n')
  write(join(root, 'etc/bangtin/upgrade.conf'), 'HEALTHY_SECONDS=5\nBOUND_SECONDS=10\nMOST_RESTARTS=3\nMOST_BOOTS=2\n')
  const wants = join(root, 'etc/systemd/system/multi-user.target.wants')
  mkdirSync(wants, { recursive: true })
  symlinkSync('/usr/lib/systemd/system/bangtin-edge@.service', join(wants, UNIT))
  for (const [what, value] of [
    ['ActiveState', 'active'],
    ['NRestarts', '0'],
    ['StatusText', 'LC-01 health=ok'],
  ] as const)
    write(join(root, 'says', `any.${what}`), value)
}

/** `like`: as another one is now. */
const machineOf = (like: string | null = null) => {
  const root = mkdtempSync(join(tmpdir(), 'bangtin-upgrade-'))
  roots.push(root)
  if (like === null) furnish(root)
  else expect(spawnSync('cp', ['-a', `${like}/.`, root]).status).toBe(0)
  const home = join(root, 'opt/bangtin')
  const run = (args: readonly string[], cutAt: number | null = null) =>
    spawnSync('/bin/sh', [SCRIPT, ...args], {
      encoding: 'utf8',
      env: {
        PATH: `${join(root, 'bin')}:/usr/bin:/bin`,
        BANGTIN_ROOT: root,
        ...(cutAt === null ? {} : { BANGTIN_CUT_AT: String(cutAt) }),
      },
    })
  const at = (link: string): string => readlinkSync(join(home, link)).replace('versions/', '')
  return {
    root,
    run,
    at,
    /** What dpkg does: the package's folder holds new files. */
    unpack: ({ id, status, restarts, unfit }: Build): void => {
      rmSync(join(home, 'package'), { recursive: true, force: true })
      write(join(home, 'package/BUILD'), `${id}\n`)
      write(
        join(home, 'package/bangtin'),
        `#!/bin/sh\n${unfit ? 'echo "no such key"; [ "$1" = --version ]' : ''}\n`,
        0o755,
      )
      write(join(home, 'package/deploy/edge/bangtin-edge@.service'), `[Unit]\nDescription=${id}\n`)
      if (status !== undefined) write(join(root, 'says', `${id}.StatusText`), status)
      if (restarts !== undefined) write(join(root, 'says', `${id}.NRestarts`), restarts)
    },
    report: () => parseReport(readFileSync(join(root, 'var/lib/bangtin-upgrade/report'), 'utf8')),
    unit: () => readFileSync(join(root, 'usr/lib/systemd/system/bangtin-edge@.service'), 'utf8'),
    versions: () => readdirSync(join(home, 'versions')).sort(),
    /** Both links name a complete version: one with the file that is copied last and the one that is run. */
    whole: () =>
      ['current', 'good'].every((link) => ['BUILD', 'bangtin'].every((file) => existsSync(join(home, link, file)))),
    calls: () => readFileSync(join(root, 'calls'), 'utf8'),
    home,
  }
}

const OLD: Build = { id: '1.0-old' }
const NEW: Build = { id: '1.1-new' }

const withOld = () => {
  const machine = machineOf()
  machine.unpack(OLD)
  expect(machine.run(['install']).status).toBe(0)
  return machine
}

describe('bangtin-upgrade', () => {
  it('takes the first version as it is: there is nothing to go back to', () => {
    const machine = withOld()
    expect([machine.at('current'), machine.at('good')]).toEqual([OLD.id, OLD.id])
    expect(machine.report()).toMatchObject({ result: 'installed', to: OLD.id })
    expect(machine.unit()).toContain(OLD.id)
    expect(machine.run(['watch']).status).toBe(0)
  })

  it('proves a version that is healthy without a break, keeps the one before and no more', () => {
    const machine = withOld()
    machine.unpack(NEW)
    expect(machine.run(['install']).status).toBe(0)
    expect([machine.at('current'), machine.at('good')]).toEqual([NEW.id, OLD.id])
    expect(machine.report()).toMatchObject({ result: 'trial', from: OLD.id, to: NEW.id })
    expect(machine.run(['watch'])).toMatchObject({ status: 0, stderr: '' })
    expect([machine.at('good'), machine.at('previous')]).toEqual([NEW.id, OLD.id])
    expect(machine.report()).toMatchObject({ result: 'settled' })
    machine.unpack({ id: '1.2-next' })
    machine.run(['install'])
    machine.run(['watch'])
    expect(machine.versions()).toEqual([NEW.id, '1.2-next'])
    expect(machine.unit()).toContain('1.2-next')
  })

  it.each([
    ['keeps restarting', { ...NEW, restarts: '3' }, /restarted 3 times/],
    ['shows nothing', { ...NEW, status: 'LC-01 health=player,screen' }, /not healthy within 10 s .*screen/],
    ['never says how it is', { ...NEW, status: 'LC-01 1.1' }, /silent/],
  ])('takes back a version that %s, and does not try it again by itself', (_what, build, why) => {
    const machine = withOld()
    machine.unpack(build)
    machine.run(['install'])
    expect(machine.run(['watch']).status).toBe(0)
    expect([machine.at('current'), machine.at('good')]).toEqual([OLD.id, OLD.id])
    expect(machine.report()).toMatchObject({
      result: 'rolled-back',
      from: OLD.id,
      to: NEW.id,
      why: expect.stringMatching(why),
    })
    expect(machine.unit()).toContain(OLD.id)
    expect(machine.calls()).toContain(`restart --no-block ${UNIT}`)
    machine.run(['install'])
    expect(machine.at('current')).toBe(OLD.id)
    machine.run(['retry'])
    expect(machine.at('current')).toBe(NEW.id)
  })

  it('does not hold against a version what ailed the site before', () => {
    const machine = withOld()
    write(join(machine.root, 'says/any.StatusText'), 'LC-01 health=display,hub')
    machine.unpack({ ...NEW, status: 'LC-01 health=display' })
    machine.run(['install'])
    machine.run(['watch'])
    expect(machine.at('good')).toBe(NEW.id)
  })

  it('never switches to a version that does not take the configuration the old one takes', () => {
    const machine = withOld()
    machine.unpack({ ...NEW, unfit: true })
    expect(machine.run(['install']).status).toBe(0)
    expect([machine.at('current'), machine.at('good')]).toEqual([OLD.id, OLD.id])
    expect(machine.report()).toMatchObject({
      result: 'rolled-back',
      to: NEW.id,
      why: expect.stringContaining('no such key'),
    })
  })

  it('goes back when the machine itself keeps starting again', () => {
    const machine = withOld()
    machine.unpack(NEW)
    machine.run(['install'])
    for (let boot = 1; boot <= 2; boot++) {
      expect(machine.run(['boot']).status).toBe(0)
      expect(machine.at('current')).toBe(NEW.id)
    }
    machine.run(['boot'])
    expect(machine.at('current')).toBe(OLD.id)
    expect(machine.report()).toMatchObject({ result: 'rolled-back', why: expect.stringContaining('3 times') })
  })

  it('mends a version whose files were damaged when its package is installed again', () => {
    const machine = withOld()
    cpSync(join(machine.home, 'package'), join(machine.root, 'again'), { recursive: true })
    machine.unpack(OLD)
    machine.run(['install'])
    machine.run(['watch'])
    expect([machine.at('current'), machine.at('good')]).toEqual([`${OLD.id}.2`, `${OLD.id}.2`])
  })

  it('refuses bounds that are no numbers, by name', () => {
    const machine = withOld()
    write(join(machine.root, 'etc/bangtin/upgrade.conf'), 'BOUND_SECONDS=soon\n')
    const said = machine.run(['status'])
    expect(said.status).toBe(2)
    expect(said.stderr).toContain('BOUND_SECONDS=soon')
  })
})

describe('the power is cut at every point of an upgrade', () => {
  const dark: Build = { ...NEW, status: 'LC-01 health=screen' }
  const cases = [
    ['while the package is configured', 'install', NEW, NEW.id, 'settled', 6],
    ['while a good version is proven', 'watch', NEW, NEW.id, 'settled', 6],
    ['while a bad version is taken back', 'watch', dark, OLD.id, 'rolled-back', 4],
  ] as const

  it.each(cases)(
    '%s: both links name whole versions, and it ends as without the cut',
    (_what, during, build, ends, result, points) => {
      const ready = withOld()
      ready.unpack(build)
      if (during === 'watch') expect(ready.run(['install']).status).toBe(0)
      const tried = { count: 0 }
      for (let cut = 1; cut < MOST_CUTS; cut++) {
        const machine = machineOf(ready.root)
        const killed = machine.run([during], cut).signal === 'SIGKILL'
        expect(machine.whole(), `cut ${cut}`).toBe(true)
        if (!killed) break
        tried.count += 1
        expect(machine.run(['boot']).status).toBe(0)
        expect(machine.whole(), `cut ${cut}, booted`).toBe(true)
        // dpkg --configure -a, and what systemd starts at each boot.
        expect(machine.run(['install']).status).toBe(0)
        expect(machine.run(['watch']).status).toBe(0)
        expect([machine.at('current'), machine.at('good')], `cut ${cut}`).toEqual([ends, ends])
        expect(machine.report()?.result).toBe(result)
        expect(machine.unit()).toContain(ends)
      }
      expect(tried.count).toBe(points)
    },
  )
})
