import { run as runKills } from './soak-kills.ts'
import { run as runPower } from './soak-power.ts'

const say = (line: string): void => void process.stdout.write(`${line}\n`)

// An orderly exit takes machines and daemons with it; the default end by a signal would leave them running.
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const)
  process.once(signal, () => process.exit(code))

const [which, ...args] = process.argv.slice(2)
if (which === 'power-cut') process.exitCode = await runPower(args, say)
else if (which === 'crash') process.exitCode = await runKills(args, say)
else {
  say('node test/crash/power-cut.mjs | node test/crash/kills.mjs')
  process.exitCode = 2
}
