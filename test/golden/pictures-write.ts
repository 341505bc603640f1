import { createRaster } from '#controller/raster/render.ts'
import { FOLDER, writeAll } from './pictures.ts'

/** `node test/golden/pictures-write.ts`: draws the golden pictures anew with the fonts of this machine. */
const raster = createRaster({ fontDirs: [] })
if (!raster.ok) {
  process.stderr.write(`${raster.error.vi} · ${raster.error.en}\n`)
  process.exitCode = 1
} else {
  const names = await writeAll(raster.value)
  process.stdout.write(`${names.length} pictures in ${FOLDER}: look at each one that changed.\n`)
  raster.value.close()
}
