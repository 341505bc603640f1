#!/usr/bin/env node
/**
 * Real power cuts in a virtual machine. This file needs only the machine’s own Node (20 or newer); the rest is TypeScript on the pinned one.
 */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { runForwarding } from '../../scripts/child.mjs'
import { pinnedNode } from '../../scripts/packages.mjs'
import { fail } from '../../scripts/say.mjs'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const node = pinnedNode(ROOT)
if (!existsSync(node))
  fail(
    'Chưa cài gói npm. Hãy chạy:',
    'The npm packages are not installed yet. Please run:',
    'node scripts/run.mjs setup',
  )
process.exitCode = await runForwarding(node, [
  '--disable-warning=ExperimentalWarning',
  fileURLToPath(new URL('main.ts', import.meta.url)),
  'power-cut',
  ...process.argv.slice(2),
])
