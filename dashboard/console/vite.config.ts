import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import preact from '@preact/preset-vite'
import { defineConfig, type Plugin } from 'vite'
import { runbookOf } from './src/operate/runbook.ts'

/** The hub a developer's browser talks to; the built pages always use their own origin. */
const HUB = process.env['BANGTIN_HUB'] ?? 'http://127.0.0.1:8780'
const RUNBOOK = resolve(import.meta.dirname, '../../deploy/RUNBOOK.md')

/** The runbook's advice as a module of its own, fetched by the page when somebody looks at a fault: one text for the book and the console. */
const runbook = (): Plugin => ({
  name: 'runbook',
  resolveId: (id) => (id === 'virtual:runbook' ? '\0runbook' : null),
  load(id) {
    if (id !== '\0runbook') return null
    this.addWatchFile(RUNBOOK)
    return `export const RUNBOOK = ${JSON.stringify(runbookOf(readFileSync(RUNBOOK, 'utf8')))}`
  },
})

// The files go to /static, because /assets/:sha256 is the hub's content store.
// Vite reads its configuration from a default export; nothing else in this folder has one.
export default defineConfig({
  root: import.meta.dirname,
  plugins: [preact({ devToolsEnabled: false, prefreshEnabled: false }), runbook()],
  build: {
    outDir: 'dist',
    assetsDir: 'static',
    emptyOutDir: true,
    target: 'es2023',
    modulePreload: false,
    assetsInlineLimit: 0,
  },
  server: { proxy: { '/api': { target: HUB, ws: true }, '/assets/': HUB } },
})
