import { GROUND } from './frame.ts'
import type { Pen } from './pen.ts'
import { CLEAR_PALETTE, type Sign } from './scene.ts'
import type { Area } from './stack.ts'

type Point = readonly [number, number]
/** Draws in a square of side 1, so that a shape is written down once for every size. */
type Brush = {
  readonly fill: (points: readonly Point[], colour: string) => void
  readonly disc: (at: Point, radius: number, colour: string) => void
  readonly stroke: (points: readonly Point[], width: number, colour: string) => void
  readonly ring: (at: Point, radius: number, width: number) => void
  readonly arc: (at: Point, radius: number, from: number, to: number) => void
}

const WHITE = '#ffffff'
const rect = (x: number, y: number, w: number, h: number): readonly Point[] => [
  [x, y],
  [x + w, y],
  [x + w, y + h],
  [x, y + h],
]

/** What people must do, without words. Plain shapes of our own, white on the dark ground, thick enough for an LED panel. */
export const drawPictogram = (pen: Pen, area: Area, sign: Sign['sign']): void => SHAPES[sign](brushFor(pen, area))

const SHAPES: { readonly [S in Sign['sign']]: (brush: Brush) => void } = {
  evacuate: (b) => {
    b.disc([0.5, 0.16], 0.1, WHITE)
    b.stroke(pts(0.47, 0.34, 0.38, 0.58), 0.13, WHITE)
    b.stroke(pts(0.4, 0.58, 0.57, 0.68, 0.53, 0.92), 0.1, WHITE)
    b.stroke(pts(0.37, 0.58, 0.28, 0.78, 0.08, 0.8), 0.1, WHITE)
    b.stroke(pts(0.48, 0.34, 0.62, 0.48, 0.76, 0.42), 0.08, WHITE)
    b.stroke(pts(0.45, 0.33, 0.25, 0.36, 0.17, 0.52), 0.08, WHITE)
    b.stroke(pts(0.72, 0.16, 0.96, 0.16), 0.07, WHITE)
    b.fill(pts(0.84, 0.02, 1, 0.16, 0.84, 0.3), WHITE)
  },
  shelter: (b) => {
    b.fill(pts(0.5, 0.04, 1, 0.48, 0, 0.48), WHITE)
    b.fill(rect(0.12, 0.46, 0.76, 0.5), WHITE)
    b.disc([0.5, 0.5], 0.085, GROUND)
    b.fill(rect(0.41, 0.62, 0.18, 0.34), GROUND)
  },
  prepare: (b) => {
    b.arc([0.5, 0.34], 0.2, Math.PI, 0)
    b.fill(rect(0.06, 0.34, 0.88, 0.6), WHITE)
    b.fill(rect(0.43, 0.44, 0.14, 0.4), GROUND)
    b.fill(rect(0.3, 0.57, 0.4, 0.14), GROUND)
  },
  execute: (b) => {
    b.fill(pts(0.02, 0.38, 0.22, 0.38, 0.6, 0.1, 0.6, 0.9, 0.22, 0.62, 0.02, 0.62), WHITE)
    b.arc([0.6, 0.5], 0.2, -0.9, 0.9)
    b.arc([0.6, 0.5], 0.36, -0.9, 0.9)
  },
  avoid: (b) => {
    b.disc([0.5, 0.5], 0.48, WHITE)
    b.disc([0.5, 0.5], 0.4, '#d90416')
    b.fill(rect(0.2, 0.41, 0.6, 0.18), WHITE)
  },
  monitor: (b) => {
    b.stroke(pts(0.24, 0.44, 0.74, 0.08), 0.06, WHITE)
    b.fill(rect(0.04, 0.42, 0.92, 0.52), WHITE)
    b.disc([0.3, 0.68], 0.17, GROUND)
    b.fill(rect(0.56, 0.54, 0.3, 0.08), GROUND)
    b.fill(rect(0.56, 0.74, 0.3, 0.08), GROUND)
  },
  assess: (b) => {
    b.ring([0.42, 0.42], 0.3, 0.11)
    b.stroke(pts(0.66, 0.66, 0.92, 0.92), 0.14, WHITE)
  },
  clear: (b) => {
    b.disc([0.5, 0.5], 0.49, CLEAR_PALETTE.band)
    b.stroke(pts(0.25, 0.53, 0.43, 0.71, 0.76, 0.32), 0.13, WHITE)
  },
}

const pts = (...flat: readonly number[]): readonly Point[] => {
  const out: Point[] = []
  for (let i = 0; i + 1 < flat.length; i += 2) out.push([flat[i] ?? 0, flat[i + 1] ?? 0])
  return out
}

const brushFor = (pen: Pen, area: Area): Brush => {
  const { context } = pen
  const side = Math.min(area.width, area.height)
  const left = area.x + (area.width - side) / 2
  const top = area.y + (area.height - side) / 2
  const x = (part: number): number => left + side * part
  const y = (part: number): number => top + side * part
  const path = (points: readonly Point[]): void => {
    context.beginPath()
    points.forEach(([px, py], i) => {
      if (i === 0) context.moveTo(x(px), y(py))
      else context.lineTo(x(px), y(py))
    })
  }
  const circle = ([px, py]: Point, radius: number): void => {
    context.beginPath()
    context.arc(x(px), y(py), side * radius, 0, Math.PI * 2)
    context.closePath()
  }
  const line = (width: number, colour: string): void => {
    context.lineWidth = Math.max(1.5, side * width)
    context.strokeStyle = colour
    context.lineCap = 'round'
    context.lineJoin = 'round'
    context.stroke()
    context.lineCap = 'butt'
    context.lineJoin = 'miter'
  }
  return {
    fill: (points, colour) => {
      path(points)
      context.closePath()
      context.fillStyle = colour
      context.fill()
    },
    disc: (at, radius, colour) => {
      circle(at, radius)
      context.fillStyle = colour
      context.fill()
    },
    stroke: (points, width, colour) => {
      path(points)
      line(width, colour)
    },
    ring: (at, radius, width) => {
      circle(at, radius)
      line(width, WHITE)
    },
    arc: ([px, py], radius, from, to) => {
      context.beginPath()
      context.arc(x(px), y(py), side * radius, from, to)
      line(0.08, WHITE)
    },
  }
}
