import { expect, test } from 'vitest'
import { FAULT_IDS } from '#core/contract/faults.ts'
import { runbookPage } from '../server/runbook.ts'
import { makeSeed, startWorld } from './harness.ts'

test('every fault has its anchor on the page that alerts link to, and nobody needs to log in for it', async () => {
  const seed = await makeSeed()
  const world = await startWorld(seed)
  const answer = await fetch(`${world.hub.url}/docs/RUNBOOK.md`)
  const page = await answer.text()
  await world.close()
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8'])
  for (const id of [...FAULT_IDS, 'order-not-shown', 'hub-down']) expect(page, id).toContain(`<h2 id="${id}">`)
  expect(page).toContain('<li><b>Nghĩa là</b>')
})

test('what stands in it is text, whatever it is', () => {
  const page = runbookPage('## a-b\n\n- **Do**: `<script>` & "x"\n\n<img src=x onerror=1>')
  expect(page).toContain('<h2 id="a-b">a-b</h2>')
  expect(page).toContain('<li><b>Do</b>: <code>&lt;script&gt;</code> &amp; &quot;x&quot;</li>')
  expect(page).toContain('<p>&lt;img src=x onerror=1&gt;</p>')
})
