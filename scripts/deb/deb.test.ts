import { spawnSync } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { ar, type Entry, tar } from './archive.ts'
import { controlEntries, packageEntries } from './build.ts'
import { CONFFILES, controlFile, copyrightFile, md5sums } from './control.ts'
import { closure, type Machine, readLock } from './lock.ts'
import { importedBy, ourFiles, programTree } from './tree.ts'

const REPO = fileURLToPath(new URL('../../', import.meta.url)).replace(/\/$/, '')
const HERE: Machine = { cpu: process.arch === 'arm64' ? 'arm64' : 'x64' }
const PROGRAM = programTree(REPO, { machine: HERE, version: '9.8.7', change: (files) => files })
const ENTRIES = packageEntries(REPO, PROGRAM, '9.8.7-test')
const FILES = ENTRIES.filter((entry) => entry.is === 'file')
const LOCK = readLock(REPO)
/** Of the program's own files and packages, nothing larger is looked into for secrets: those are compiled. */
const MOST_TEXT = 1_000_000

const scratch = mkdtempSync(join(tmpdir(), 'bangtin-deb-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

describe('what is in the package', () => {
  it('has no test, no developer’s package and no simulated display', () => {
    const tests = FILES.filter(({ path }) =>
      /\.test\.[cm]?[jt]s$|\/package\/(?:test|edge\/test|controller\/sim|dashboard|scripts)\//.test(path),
    )
    expect(tests.map(({ path }) => path)).toEqual([])
    const lock = JSON.parse(readFileSync(join(REPO, 'package-lock.json'), 'utf8')) as {
      readonly packages: { readonly [place: string]: { readonly dev?: boolean } }
    }
    expect(PROGRAM.packages.filter(({ place }) => lock.packages[place]?.dev).map(({ place }) => place)).toEqual([])
    expect(PROGRAM.packages.length).toBeGreaterThan(50)
    expect(FILES.length).toBeGreaterThan(1_000)
  })

  it('has every file that our own files import, and every package', () => {
    const paths = new Set(PROGRAM.files.map(({ path }) => path))
    const places = new Set(PROGRAM.packages.map(({ place }) => place))
    const found = { imports: 0 }
    // What `bangtin.ts` offers beyond the edge is not here, and it says so.
    const ours = ourFiles(REPO).filter((path) => path.endsWith('.ts') && path !== 'bangtin.ts')
    const missing = ours.flatMap((from) => {
      const text = readFileSync(join(REPO, from), 'utf8').replace(/import type [^;\n]*?from '[^']+'/gs, '')
      return [...text.matchAll(/(?:\bfrom\s+|\bimport\s*\(\s*)'((?:\.|#)[^']+\.(?:ts|json))'/g)].flatMap((match) => {
        const name = match[1] ?? ''
        found.imports += 1
        const to = name.startsWith('#')
          ? name.slice(1).replace(/^hub\//, 'dashboard/hub/')
          : posix.join(posix.dirname(from), name)
        return paths.has(to) ? [] : [`${from} imports ${name}`]
      })
    })
    expect(missing).toEqual([])
    expect(found.imports).toBeGreaterThan(500)
    const roots = importedBy(REPO, ourFiles(REPO))
    expect(roots.filter((name) => !places.has(`node_modules/${name}`))).toEqual([])
    expect(roots.length).toBeGreaterThan(8)
  })

  it('has nothing that others may write, and nothing secret', () => {
    expect(ENTRIES.filter((entry) => entry.is !== 'link' && (entry.mode & 0o022) !== 0)).toEqual([])
    expect(FILES.filter(({ path }) => /(?:^|\/)(?:\.npmrc|\.env[^/]*|.*\.(?:pem|key|p12))$/.test(path))).toEqual([])
    const looked = { files: 0 }
    const secret = FILES.filter((entry) => {
      const bytes = entry.is === 'file' ? entry.bytes() : Buffer.alloc(0)
      if (bytes.length > MOST_TEXT) return false
      looked.files += 1
      return /-----BEGIN [A-Z ]*PRIVATE KEY-----\s+[A-Za-z0-9+/=\s]{40}/.test(bytes.toString('latin1'))
    })
    expect(secret.map(({ path }) => path)).toEqual([])
    expect(looked.files).toBeGreaterThan(1_000)
  })

  it('keeps the licence of everything that is inside', () => {
    const text = copyrightFile(PROGRAM.packages)
    for (const one of PROGRAM.packages) expect(text).toContain(`opt/bangtin/package/${one.place}/*`)
    expect(PROGRAM.packages.filter(({ licence }) => licence === '?')).toEqual([])
    expect(FILES.some(({ path }) => path.endsWith(`node-linux-${HERE.cpu}/LICENSE`))).toBe(true)
  })

  it('needs the same packages on both machines but for what is compiled', () => {
    const roots = importedBy(REPO, ourFiles(REPO))
    const plain = (cpu: Machine['cpu']) =>
      closure(LOCK, [...roots, `node-linux-${cpu}`], { cpu }).map((place) => place.replace(/x64|arm64/g, 'CPU'))
    expect(plain('arm64')).toEqual(plain('x64'))
    const made = closure(LOCK, roots, { cpu: 'arm64' }).filter((place) => /arm64|x64/.test(place))
    expect(made.length).toBeGreaterThanOrEqual(3)
    expect(made.filter((place) => place.includes('x64'))).toEqual([])
  })

  it('runs as it is packed: its Node, its compiled packages, the check of a configuration', () => {
    for (const file of PROGRAM.files) {
      const to = join(scratch, file.path)
      mkdirSync(dirname(to), { recursive: true })
      const from = join(REPO, file.path)
      // Node's 120 MB are not copied; everything else is what the package holds, byte for byte.
      if (file.path.endsWith('/bin/node')) {
        try {
          linkSync(from, to)
        } catch {
          copyFileSync(from, to)
        }
      } else writeFileSync(to, file.bytes(), { mode: file.mode })
    }
    for (const link of PROGRAM.links) {
      mkdirSync(dirname(join(scratch, link.path)), { recursive: true })
      symlinkSync(link.to, join(scratch, link.path))
    }
    const run = (args: readonly string[]) =>
      spawnSync(join(scratch, 'bangtin'), [...args], {
        encoding: 'utf8',
        env: { PATH: '/usr/bin:/bin', HOME: scratch },
      })
    expect(run(['--version'])).toMatchObject({ status: 0, stdout: expect.stringContaining('bangtin 9.8.7 (Node 24') })
    expect(run(['edge', '--config', join(scratch, 'deploy/edge/try.json'), '--check'])).toMatchObject({
      status: 0,
      stderr: '',
    })
    // What a start loads beyond the check: drawing, fonts, passwords, serial ports, the C library.
    const load =
      "for (const n of ['koffi', '@napi-rs/canvas', '@node-rs/argon2', 'serialport', 'fastify', 'lowdb', 'node-schedule', 'prom-client', 'ws']) await import(n)"
    writeFileSync(join(scratch, 'load.mjs'), load)
    expect(
      spawnSync(join(scratch, 'node_modules/.bin/node'), [join(scratch, 'load.mjs')], { encoding: 'utf8' }),
    ).toMatchObject({ status: 0, stderr: '' })
    expect(run(['hub'])).toMatchObject({ status: 2, stderr: expect.stringContaining('not part of this installation') })
  })
})

describe('the package as dpkg sees it', () => {
  it('has scripts that sh can read, and files that are configuration', () => {
    const control = controlEntries(REPO, controlFile({ version: '1', arch: 'arm64', bytes: 1 }), md5sums([]))
    const scripts = control.filter((entry) => entry.is === 'file' && entry.mode === 0o755)
    expect(scripts.map(({ path }) => path)).toEqual(['postinst', 'prerm', 'postrm'])
    for (const name of [...scripts.map(({ path }) => path), 'bangtin-upgrade'])
      expect(spawnSync('sh', ['-n', join(REPO, 'deploy/edge/deb', name)], { encoding: 'utf8' })).toMatchObject({
        status: 0,
        stderr: '',
      })
    const paths = new Set(FILES.map(({ path }) => `/${path}`))
    expect(CONFFILES.filter((path) => !paths.has(path))).toEqual([])
    expect(FILES.filter(({ path }) => path.startsWith('etc/')).map(({ path }) => `/${path}`)).toEqual([...CONFFILES])
  })

  it('never deletes evidence without being told so in so many words', () => {
    const text = readFileSync(join(REPO, 'deploy/edge/deb/postrm'), 'utf8')
    const deleting = text.split('\n').filter((line) => /rm -rf[^#]*\$data/.test(line) && !/^\s*echo/.test(line))
    expect(deleting).toEqual(['      rm -rf "$data" "$etc"'])
    expect(text.indexOf('if [ "$destroy" = yes ]')).toBeLessThan(text.indexOf('rm -rf "$data" "$etc"'))
  })

  it('has units as systemd wants them', () => {
    const units = [
      'deploy/edge/bangtin-edge@.service',
      'deploy/edge/deb/bangtin-upgrade-boot.service',
      'deploy/edge/deb/bangtin-upgrade-watch.service',
    ]
    const folder = mkdtempSync(join(scratch, 'units-'))
    for (const unit of units) {
      const text = readFileSync(join(REPO, unit), 'utf8')
      expect(text).toMatch(/^\[Unit\]$/m)
      expect(
        [...text.matchAll(/^ExecStart=(\S+)/gm)].every((match) =>
          ['/bin/sh', '/opt/bangtin/bangtin'].includes(match[1] ?? ''),
        ),
      ).toBe(true)
      // The program itself is not on this machine.
      writeFileSync(
        join(folder, unit.split('/').at(-1) ?? ''),
        text.replace(/^(ExecStart(?:Pre)?)=\S+/gm, '$1=/bin/true'),
      )
    }
    if (!existsSync('/usr/bin/systemd-analyze')) return
    const names = units.map((unit) => join(folder, (unit.split('/').at(-1) ?? '').replace('@.', '@LC-01.')))
    const said = spawnSync('systemd-analyze', ['--man=no', 'verify', ...names], { encoding: 'utf8' })
    const ours = said.stderr
      .split('\n')
      .filter((line) => /bangtin/.test(line) && !/Failed to (?:create|connect)/.test(line))
    expect(ours).toEqual([])
  })

  it('gives the same bytes for the same files, and tar reads them back', () => {
    const long = `${'thư-mục/'.repeat(12)}tệp.json`
    const entries: readonly Entry[] = [
      { is: 'folder', path: '', mode: 0o755 },
      { is: 'file', path: 'a', mode: 0o755, bytes: () => Buffer.from('#!/bin/sh\n') },
      { is: 'file', path: long, mode: 0o644, bytes: () => Buffer.alloc(1_025, 7) },
      { is: 'link', path: 'b', to: 'a' },
    ]
    const bytes = tar(entries, 1_700_000_000)
    expect(tar(entries, 1_700_000_000).equals(bytes)).toBe(true)
    const listed = spawnSync('tar', ['-tv', '--numeric-owner', '--full-time', '--quoting-style=literal', '--utc'], {
      input: bytes,
      encoding: 'utf8',
      env: { PATH: '/usr/bin:/bin', LC_ALL: 'C.UTF-8' },
    })
    expect(listed.status, listed.stderr).toBe(0)
    expect(listed.stdout).toContain(`-rw-r--r-- 0/0            1025 2023-11-14 22:13:20 ./${long}`)
    expect(listed.stdout).toContain('./b -> a')
    const packed = ar(
      [
        { name: 'debian-binary', bytes: Buffer.from('2.0\n') },
        { name: 'odd', bytes: Buffer.from('x') },
      ],
      5,
    )
    expect(packed.toString('latin1').slice(0, 24)).toBe('!<arch>\ndebian-binary   ')
    expect(packed.length % 2).toBe(0)
  })
})
