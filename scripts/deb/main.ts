import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { buildDeb, writeDeb } from './build.ts'
import type { Machine } from './lock.ts'

const REPO = fileURLToPath(new URL('../../', import.meta.url)).replace(/\/$/, '')
const MACHINES: { readonly [arch: string]: readonly Machine[] } = {
  amd64: [{ cpu: 'x64' }],
  arm64: [{ cpu: 'arm64' }],
  all: [{ cpu: 'arm64' }, { cpu: 'x64' }],
}
/** Where neither the environment nor a commit says a time, every build still has the same. */
const EPOCH = 315_532_800
const VERSION = /^[0-9][0-9A-Za-z.+~]*$/

const HELP = `node scripts/run.mjs deb [--arch arm64|amd64|all] [--out DIR] [--version V]

Đóng gói tiến trình tại cụm cho Debian 12/13 và Raspberry Pi OS, Node ở trong gói · packs the edge for Debian 12/13 and Raspberry Pi OS, Node inside.
Cùng cây mã nguồn cho cùng một tệp, từng byte (SOURCE_DATE_EPOCH) · the same tree gives the same bytes.

  --arch WHICH  mặc định · default: all
  --out DIR     mặc định · default: var/deb
  --version V   mặc định: của package.json · default: that of package.json
`

/** The time of every file: SOURCE_DATE_EPOCH, else that of the commit, else a fixed one. */
const epochOf = (): number => {
  const given = Number(process.env['SOURCE_DATE_EPOCH'] ?? '')
  if (process.env['SOURCE_DATE_EPOCH'] !== undefined && Number.isSafeInteger(given) && given >= 0) return given
  const asked = spawnSync('git', ['log', '-1', '--format=%ct'], { cwd: REPO, encoding: 'utf8' })
  const told = Number((asked.stdout ?? '').trim())
  return asked.status === 0 && Number.isSafeInteger(told) && told > 0 ? told : EPOCH
}

const megabytes = (bytes: number): string => `${(bytes / 1_000_000).toFixed(1)} MB`

const main = (args: string[]): number => {
  let values: { arch: string; out: string; version?: string | undefined; help: boolean }
  try {
    values = parseArgs({
      args,
      options: {
        arch: { type: 'string', default: 'all' },
        out: { type: 'string', default: 'var/deb' },
        version: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    }).values
  } catch (error) {
    process.stderr.write(`✗ ${error instanceof Error ? error.message : String(error)}\n${HELP}`)
    return 2
  }
  if (values.help) {
    process.stdout.write(HELP)
    return 0
  }
  const machines = MACHINES[values.arch]
  if (machines === undefined) {
    process.stderr.write(`✗ --arch ${values.arch}: arm64, amd64, all\n`)
    return 2
  }
  const about = JSON.parse(readFileSync(join(REPO, 'package.json'), 'utf8')) as { readonly version: string }
  const version = values.version ?? about.version
  if (!VERSION.test(version)) {
    process.stderr.write(`✗ --version ${version}: chữ số trước, không dấu gạch · a digit first, no dash (Debian)\n`)
    return 2
  }
  for (const machine of machines) {
    const deb = buildDeb({ repo: REPO, machine, version, epoch: epochOf() })
    const { file, sha256 } = writeDeb(deb, resolve(REPO, values.out))
    process.stdout.write(
      `${file}\n  ${megabytes(deb.bytes.length)}, cài ra · installed ${megabytes(deb.installedBytes)}, ${deb.program.files.length} tệp · files, ${deb.program.packages.length} gói npm · npm packages, ${deb.id}\n  sha256 ${sha256}\n`,
    )
  }
  return 0
}

process.exitCode = main(process.argv.slice(2))
