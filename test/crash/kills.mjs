#!/usr/bin/env node
/** Five hundred kills of a running edge. This file needs only the machine’s own Node (20 or newer); the rest is TypeScript on the pinned one. */
import { fileURLToPath } from 'node:url'
import { runPinned } from '../../scripts/packages.mjs'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
process.exitCode = await runPinned(ROOT, 'test/crash/main.ts', ['crash', ...process.argv.slice(2)])
