import preact from '@preact/preset-vite'
import { defineConfig } from 'vite'

/** The hub a developer's browser talks to; the built pages always use their own origin. */
const HUB = process.env['BANGTIN_HUB'] ?? 'http://127.0.0.1:8780'

// The files go to /static, because /assets/:sha256 is the hub's content store.
// Vite reads its configuration from a default export; nothing else in this folder has one.
export default defineConfig({
  root: import.meta.dirname,
  plugins: [preact({ devToolsEnabled: false, prefreshEnabled: false })],
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
