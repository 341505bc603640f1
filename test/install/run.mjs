#!/usr/bin/env node
/** The installation tried from beginning to end. This file needs only the machine’s own Node (20 or newer); the rest is TypeScript on the pinned one. */
import { fileURLToPath } from 'node:url'
import { runPinned } from '../../scripts/packages.mjs'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
process.exitCode = await runPinned(ROOT, 'test/install/main.ts', process.argv.slice(2))
