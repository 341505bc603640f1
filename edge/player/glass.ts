import { err, ok, type Result } from '#core/base/result.ts'
import { GRID, type Grid } from './look.ts'
import { openX } from './xclient.ts'

/** Points that are looked at in each direction, for each cell of the grid. */
const POINTS = 8
const GET_IMAGE = 73
const Z_PIXMAP = 2

/**
 * The picture that the X server really has on its screen, whoever drew it, as the coarse grid in which pictures are compared. Sixty-four single
 * rows are asked for, not the whole picture: half a megabyte at 1080p.
 */
export const glassGrid = async (
  display: string,
  panel: { readonly width: number; readonly height: number },
): Promise<Result<Grid, string>> => {
  const opened = await openX(display)
  if (!opened.ok) return opened
  const { value: x } = opened
  try {
    const { screen } = x
    if (screen.width < panel.width || screen.height < panel.height)
      return err(`the screen has ${screen.width} × ${screen.height}, the panel ${panel.width} × ${panel.height}`)
    if (screen.depth !== 24 && screen.depth !== 32) return err(`a screen of ${screen.depth} bits is not looked at`)
    const rows = GRID.rows * POINTS
    const asked = Array.from({ length: rows }, (_, row) => {
      const request = Buffer.alloc(20)
      request.writeUInt8(GET_IMAGE, 0)
      request.writeUInt8(Z_PIXMAP, 1)
      request.writeUInt32LE(screen.root, 4)
      request.writeInt16LE(Math.floor(((row + 0.5) * panel.height) / rows), 10)
      request.writeUInt16LE(panel.width, 12)
      request.writeUInt16LE(1, 14)
      request.writeUInt32LE(0xffffffff, 16)
      return x.ask(request)
    })
    const answers = await Promise.all(asked)
    const sums = new Array<number>(GRID.columns * GRID.rows * 3).fill(0)
    for (const [row, answer] of answers.entries()) {
      if (!answer.ok) return answer
      add(sums, row, { pixels: answer.value.subarray(32), width: panel.width, littleEndian: screen.littleEndian })
    }
    return ok(sums)
  } finally {
    x.close()
  }
}

const add = (
  sums: number[],
  row: number,
  line: { readonly pixels: Buffer; readonly width: number; readonly littleEndian: boolean },
): void => {
  const columns = GRID.columns * POINTS
  for (let column = 0; column < columns; column++) {
    const at = Math.floor(((column + 0.5) * line.width) / columns) * 4
    const cell = (Math.floor(row / POINTS) * GRID.columns + Math.floor(column / POINTS)) * 3
    for (let c = 0; c < 3; c++) {
      const value = line.pixels[line.littleEndian ? at + 2 - c : at + 1 + c] ?? 0
      sums[cell + c] = (sums[cell + c] ?? 0) + value / (POINTS * POINTS)
    }
  }
}
