import { mkdirSync, writeFileSync } from 'node:fs'
import { metricsPage } from './page.ts'

const out = new URL('../../../docs/metrics.md', import.meta.url)
mkdirSync(new URL('.', out), { recursive: true })
const text = metricsPage()
writeFileSync(out, text)
console.log(`docs/metrics.md: ${Buffer.byteLength(text)} bytes`)
