import { existsSync, readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { standingMessage } from '#controller/raster/message-of.ts'
import { createRaster } from '#controller/raster/render.ts'
import { temporary } from '../test/support.ts'
import { createPages } from './pages.ts'

test('a page that is kept stays while others come and go, and those do not pile up', () => {
  const runDir = temporary()
  const raster = createRaster({ fontDirs: [] })
  const pages = createPages({ runDir, raster: () => raster, panel: { width: 192, height: 96 } })
  const kept = pages.keep(standingMessage('Ma Lù Thàng'))
  if (!kept.ok) throw new Error(kept.error)
  for (let i = 0; i < 12; i++) expect(pages.draw(standingMessage(`Cụm ${i}`)).ok).toBe(true)
  expect(existsSync(kept.value)).toBe(true)
  // Black, the kept one, and the last four.
  expect(readdirSync(runDir).filter((name) => name.endsWith('.bmp'))).toHaveLength(6)
  expect(pages.keep(standingMessage('Ma Lù Thàng'))).toEqual(kept)
  if (raster.ok) raster.value.close()
})
