import { mkdirSync, writeFileSync } from 'node:fs'
import { alertmanagerTemplate, alertmanagerYaml } from './alertmanager.ts'

const out = new URL('../../../deploy/hub/prometheus/alertmanager/', import.meta.url)
mkdirSync(out, { recursive: true })
const files = { 'alertmanager.yml': alertmanagerYaml(), 'bangtin.tmpl': alertmanagerTemplate() }
for (const [file, text] of Object.entries(files)) {
  writeFileSync(new URL(file, out), text)
  console.log(`${file}: ${Buffer.byteLength(text)} bytes`)
}
