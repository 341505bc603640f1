import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { run, runForwarding } from './child.mjs'
import { pinnedNode } from './packages.mjs'
import { say } from './say.mjs'

/** Types, types of the console, lint and format: each is one check, run one after the other and never cut short by an earlier one. */
export const runChecks = (root) => {
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
  const biome = join(root, 'node_modules', '@biomejs', 'biome', 'bin', 'biome')
  const checks = [
    { name: 'tsc', args: [tsc, '--noEmit', '-p', '.'] },
    ...(existsSync(join(root, 'dashboard/console/tsconfig.json'))
      ? [{ name: 'tsc dashboard/console', args: [tsc, '--noEmit', '-p', 'dashboard/console'] }]
      : []),
    { name: 'biome check', args: [biome, 'check', '--max-diagnostics=40', '.'] },
  ]
  const failed = []
  for (const check of checks) {
    const code = run(pinnedNode(root), check.args, { cwd: root })
    say(`${check.name}: ${code === 0 ? 'đạt' : 'KHÔNG ĐẠT'}`, code === 0 ? 'ok' : `failed (code ${code})`)
    if (code !== 0) failed.push(check.name)
  }
  return { passed: checks.length - failed.length, failed: failed.length }
}

/** Runs vitest with its JSON reporter beside the readable one, and counts what its report says. */
export const runVitest = async (root, args) => {
  const folder = mkdtempSync(join(tmpdir(), 'bangtin-test-'))
  const report = join(folder, 'report.json')
  try {
    const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
    const code = await runForwarding(pinnedNode(root), [vitest, 'run', ...reporters, ...args], { cwd: root })
    return countReport(report, { root, code, filtered: args.length > 0 })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/**
 * A file that could not be loaded has no failed test in it but is a failure; so is an exit code that no test explains (an unhandled
 * error), a run without any test, and, in a whole run, a skipped test.
 */
const countReport = (file, { root, code, filtered }) => {
  if (!existsSync(file)) return { passed: 0, failed: 1 }
  const report = JSON.parse(readFileSync(file, 'utf8'))
  const broken = report.testResults.filter(
    (one) => one.status === 'failed' && !one.assertionResults.some((test) => test.status === 'failed'),
  )
  for (const one of broken) say(`Không nạp được ${one.name}`, `could not load: ${(one.message ?? '').split('\n')[0]}`)
  const skipped = report.numPendingTests + report.numTodoTests
  if (skipped > 0) say(`${skipped} phép thử bị bỏ qua`, `${skipped} tests skipped`)
  const known = report.numFailedTests + broken.length + (filtered ? 0 : skipped)
  if (report.numPassedTests + known === 0) {
    say('Không có phép thử nào chạy', 'no test ran')
    return { passed: 0, failed: 1 }
  }
  const named = report.testResults.flatMap((one) =>
    one.assertionResults
      .filter((test) => test.status === 'failed')
      .map((test) => `${relative(root, one.name)} > ${test.fullName}: ${firstLine(test.failureMessages[0] ?? '')}`),
  )
  return { named, passed: report.numPassedTests, failed: known === 0 && code !== 0 ? 1 : known }
}

const firstLine = (message) => message.split('\n')[0].slice(0, 300)

/**
 * The last lines of a test run: each failed test by name, for a reader who gets only the end of a long output, and the count.
 * `BANGTIN_TEST_SUMMARY` names a file that gets the count too, for callers whose own output may follow ours (npm prints after a failure).
 */
export const summarise = (...counts) => {
  const passed = counts.reduce((sum, one) => sum + one.passed, 0)
  const failed = counts.reduce((sum, one) => sum + one.failed, 0)
  for (const one of counts.flatMap((count) => count.named ?? [])) process.stdout.write(`KHÔNG ĐẠT / FAILED: ${one}\n`)
  const line = `${passed} passed, ${failed} failed\n`
  if (process.env.BANGTIN_TEST_SUMMARY) writeFileSync(process.env.BANGTIN_TEST_SUMMARY, line)
  process.stdout.write(line)
  return failed === 0 && passed > 0 ? 0 : 1
}
