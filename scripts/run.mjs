#!/usr/bin/env node
/**
 * What every npm script runs. It needs only the machine's own Node (20.19 or newer) and nothing installed: it installs what the tree
 * and the command need, then hands over to the pinned Node.
 */
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ensureConsole } from './console.mjs'
import { ensurePackages, pinnedNode, runPinned } from './packages.mjs'
import { fail, say } from './say.mjs'
import { ensureSystem } from './system.mjs'
import { runChecks, runVitest, summarise } from './tests.mjs'

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)))
/** Every generator of a committed file. Each is run with no arguments and writes its own files. */
const GENERATORS = [
  'controller/profile/generate.ts',
  'controller/cli/write-table.ts',
  'dashboard/grafana/generate.ts',
  'dashboard/grafana/page/generate.ts',
  'dashboard/grafana/alertmanager/generate.ts',
]

/** Runs one TypeScript file of this tree on the pinned Node. */
const onPinned = async (file, args) => {
  if (!existsSync(join(ROOT, file))) fail(`Không thấy ${file}.`, `${file} is not there: this tree is incomplete.`)
  return await runPinned(ROOT, file, args)
}

const COMMANDS = {
  demo: async (args) => {
    ensureSystem('demo')
    ensureConsole(ROOT, { always: false })
    return await onPinned('bangtin.ts', ['demo', ...args])
  },
  test: async (args) => {
    ensureSystem('test')
    ensureConsole(ROOT, { always: false })
    // With arguments somebody is looking for one thing: the whole tree is not checked then.
    const checks = args.length === 0 ? runChecks(ROOT) : { passed: 0, failed: 0 }
    return summarise(checks, await runVitest(ROOT, args))
  },
  check: async () => summarise(runChecks(ROOT), await runVitest(ROOT, ['test/house'])),
  bench: async (args) => {
    ensureSystem('test')
    ensureConsole(ROOT, { always: false })
    return await onPinned('test/bench/main.ts', args)
  },
  fuzz: async (args) => await onPinned('test/fuzz/main.ts', args),
  soak: async (args) => {
    ensureSystem('test')
    return await onPinned('test/soak/main.ts', args)
  },
  gen: async () => {
    for (const file of GENERATORS) {
      const code = await onPinned(file, [])
      if (code !== 0) return code
    }
    return 0
  },
  deb: async (args) => await onPinned('scripts/deb/main.ts', args),
  build: async () => {
    ensureConsole(ROOT, { always: true })
    return 0
  },
  setup: async () => {
    say('Sẵn sàng', `ready: ${pinnedNode(ROOT)}`)
    return 0
  },
}

const [name, ...args] = process.argv.slice(2)
if (name === undefined || !Object.hasOwn(COMMANDS, name)) {
  process.stderr.write(`Cách dùng · usage: node scripts/run.mjs ${Object.keys(COMMANDS).join('|')} [...]\n`)
  process.exit(2)
}
const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 20 || (major === 20 && minor < 19))
  fail(
    `Cần Node 20.19 trở lên, máy đang có ${process.versions.node}.`,
    `Node 20.19 or newer is needed, this is ${process.versions.node}.`,
  )
ensurePackages(ROOT)
process.exitCode = await COMMANDS[name](args)
