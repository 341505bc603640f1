import type { SKRSContext2D } from '#controller/raster/canvas.ts'

export const MOTIFS = ['terraces', 'tea', 'bridge', 'gate', 'landslide', 'clinic', 'cup', 'none'] as const
export type Motif = (typeof MOTIFS)[number]

type Size = { readonly width: number; readonly height: number }

/** The foreground of a sample picture, on the right half, so that the title on the left stays clear. Fixed numbers only. */
export const drawMotif = (context: SKRSContext2D, size: Size, motif: Motif): void => {
  switch (motif) {
    case 'terraces':
      return terraces(context, size)
    case 'tea':
      return tea(context, size)
    case 'bridge':
      return bridge(context, size)
    case 'gate':
      return gate(context, size)
    case 'landslide':
      return landslide(context, size)
    case 'clinic':
      return clinic(context, size)
    case 'cup':
      return cup(context, size)
    case 'none':
      return
  }
}

const polygon = (context: SKRSContext2D, colour: string, points: readonly (readonly [number, number])[]): void => {
  context.fillStyle = colour
  context.beginPath()
  points.forEach(([x, y], i) => {
    if (i === 0) context.moveTo(x, y)
    else context.lineTo(x, y)
  })
  context.closePath()
  context.fill()
}

const disc = (context: SKRSContext2D, colour: string, x: number, y: number, radius: number): void => {
  context.fillStyle = colour
  context.beginPath()
  context.arc(x, y, radius, 0, Math.PI * 2)
  context.fill()
}

/** Bands of rice and water following one hill. */
const terraces = (context: SKRSContext2D, { width, height }: Size): void => {
  const rice = ['#8a8f2b', '#b9a83a', '#d9bd4b', '#c9d27a', '#7f9a3c', '#5f7d33', '#9fb04a', '#dcc766', '#88973a']
  rice.forEach((colour, i) => {
    const rise = height * (0.5 - i * 0.055)
    context.fillStyle = colour
    context.strokeStyle = '#3f3a1a'
    context.lineWidth = 2
    context.beginPath()
    context.ellipse(width * (0.86 - i * 0.012), height * 1.04, width * (0.62 - i * 0.05), rise, 0, Math.PI, Math.PI * 2)
    context.closePath()
    context.fill()
    context.stroke()
  })
  for (let i = 0; i < 5; i++)
    disc(context, '#2c3d1c', width * (0.72 + i * 0.05), height * (0.965 - (i % 2) * 0.02), 9 + (i % 3) * 3)
}

const tea = (context: SKRSContext2D, { width, height }: Size): void => {
  for (let row = 0; row < 7; row++) {
    const y = height * (0.66 + row * 0.06)
    const bush = 16 + row * 5
    for (let x = width * (0.3 - row * 0.03); x < width + bush; x += bush * 1.25) {
      disc(context, row % 2 === 0 ? '#2f7d3a' : '#3b9148', x, y + Math.sin(x / 90 + row) * 7, bush)
    }
  }
}

const bridge = (context: SKRSContext2D, { width, height }: Size): void => {
  polygon(context, '#24306b', [
    [0, height * 0.86],
    [width, height * 0.8],
    [width, height],
    [0, height],
  ])
  context.strokeStyle = '#6f86d6'
  context.lineWidth = 3
  for (let i = 0; i < 6; i++) {
    context.beginPath()
    context.moveTo(width * (0.1 + i * 0.14), height * (0.91 + (i % 3) * 0.025))
    context.lineTo(width * (0.2 + i * 0.14), height * (0.91 + (i % 3) * 0.025))
    context.stroke()
  }
  context.strokeStyle = '#f4d9c6'
  context.lineWidth = 12
  context.beginPath()
  context.moveTo(width * 0.5, height * 0.8)
  context.lineTo(width, height * 0.76)
  context.stroke()
  context.lineWidth = 7
  for (let i = 0; i < 2; i++) {
    const x = width * (0.62 + i * 0.24)
    context.beginPath()
    context.arc(x, height * 0.9, width * 0.105, Math.PI * 1.04, Math.PI * 1.97)
    context.stroke()
  }
  for (let i = 0; i < 9; i++) {
    const x = width * (0.52 + i * 0.055)
    context.lineWidth = 3
    context.beginPath()
    context.moveTo(x, height * (0.798 - i * 0.0045))
    context.lineTo(x, height * (0.745 - i * 0.0045))
    context.stroke()
  }
}

/** A road to a barrier with a guard's hut. */
const gate = (context: SKRSContext2D, { width, height }: Size): void => {
  polygon(context, '#4a4f55', [
    [width * 0.76, height * 0.66],
    [width * 0.8, height * 0.66],
    [width * 1.02, height],
    [width * 0.5, height],
  ])
  for (let i = 0; i < 4; i++) {
    const y = height * (0.7 + i * 0.08)
    polygon(context, '#f2f2ea', [
      [width * 0.777, y],
      [width * 0.782, y],
      [width * (0.783 - i * 0.004), y + 26],
      [width * (0.772 - i * 0.006), y + 26],
    ])
  }
  polygon(context, '#1f4e79', [
    [width * 0.9, height * 0.52],
    [width * 0.99, height * 0.52],
    [width * 0.99, height * 0.8],
    [width * 0.9, height * 0.8],
  ])
  polygon(context, '#b3261e', [
    [width * 0.885, height * 0.53],
    [width * 0.945, height * 0.45],
    [width * 1.005, height * 0.53],
  ])
  polygon(context, '#cfe8ff', [
    [width * 0.915, height * 0.58],
    [width * 0.975, height * 0.58],
    [width * 0.975, height * 0.66],
    [width * 0.915, height * 0.66],
  ])
  for (let i = 0; i < 10; i++) {
    const x = width * (0.585 + i * 0.031)
    polygon(context, i % 2 === 0 ? '#e23b2e' : '#ffffff', [
      [x, height * 0.735],
      [x + width * 0.031, height * 0.73],
      [x + width * 0.031, height * 0.755],
      [x, height * 0.76],
    ])
  }
}

const landslide = (context: SKRSContext2D, { width, height }: Size): void => {
  polygon(context, '#5a4030', [
    [width * 0.58, height],
    [width * 0.78, height * 0.42],
    [width * 0.88, height * 0.34],
    [width * 1.01, height * 0.3],
    [width * 1.01, height],
  ])
  polygon(context, '#8a5a3a', [
    [width * 0.66, height],
    [width * 0.82, height * 0.44],
    [width * 0.88, height * 0.42],
    [width * 0.84, height],
  ])
  context.strokeStyle = '#20150d'
  context.lineWidth = 6
  context.beginPath()
  context.moveTo(width * 0.8, height * 0.44)
  for (let i = 0; i < 7; i++) context.lineTo(width * (0.82 + i * 0.028), height * (0.43 + (i % 2) * 0.035 - i * 0.008))
  context.stroke()
  for (let i = 0; i < 9; i++) {
    disc(
      context,
      i % 2 === 0 ? '#6f6a63' : '#4f4a44',
      width * (0.69 + ((i * 37) % 13) / 90),
      height * (0.62 + i * 0.04),
      10 + ((i * 7) % 17),
    )
  }
  polygon(context, '#d8c49a', [
    [width * 0.5, height * 0.8],
    [width * 0.62, height * 0.8],
    [width * 0.62, height * 0.95],
    [width * 0.5, height * 0.95],
  ])
  polygon(context, '#8c2f24', [
    [width * 0.485, height * 0.81],
    [width * 0.56, height * 0.7],
    [width * 0.635, height * 0.81],
  ])
  context.strokeStyle = 'rgba(220,230,240,0.35)'
  context.lineWidth = 2
  for (let i = 0; i < 90; i++) {
    const x = ((i * 271) % 1000) / 1000
    const y = ((i * 613) % 1000) / 1000
    context.beginPath()
    context.moveTo(width * x, height * y)
    context.lineTo(width * x - 9, height * y + 30)
    context.stroke()
  }
}

const clinic = (context: SKRSContext2D, { width, height }: Size): void => {
  disc(context, 'rgba(255,255,255,0.9)', width * 0.82, height * 0.5, height * 0.25)
  const arm = height * 0.055
  const reach = height * 0.16
  const [x, y] = [width * 0.82, height * 0.5]
  // Green, because the red cross on white is a protected emblem.
  polygon(context, '#12946a', [
    [x - arm, y - reach],
    [x + arm, y - reach],
    [x + arm, y - arm],
    [x + reach, y - arm],
    [x + reach, y + arm],
    [x + arm, y + arm],
    [x + arm, y + reach],
    [x - arm, y + reach],
    [x - arm, y + arm],
    [x - reach, y + arm],
    [x - reach, y - arm],
    [x - arm, y - arm],
  ])
}

const cup = (context: SKRSContext2D, size: Size): void => {
  tea(context, size)
  const { width, height } = size
  const [x, y] = [width * 0.8, height * 0.56]
  context.strokeStyle = '#fffdf4'
  context.lineWidth = 20
  context.beginPath()
  context.arc(x + 132, y + 70, 52, 0, Math.PI * 2)
  context.stroke()
  context.fillStyle = '#fffdf4'
  context.beginPath()
  context.moveTo(x - 140, y)
  context.bezierCurveTo(x - 130, y + 190, x - 70, y + 210, x, y + 210)
  context.bezierCurveTo(x + 70, y + 210, x + 130, y + 190, x + 140, y)
  context.closePath()
  context.fill()
  context.fillStyle = '#c98a2b'
  context.beginPath()
  context.ellipse(x, y, 140, 34, 0, 0, Math.PI * 2)
  context.fill()
  context.strokeStyle = '#fffdf4'
  context.lineWidth = 9
  context.stroke()
  context.strokeStyle = 'rgba(255,255,255,0.55)'
  context.lineWidth = 10
  for (let i = -1; i <= 1; i++) {
    context.beginPath()
    context.moveTo(x + i * 60, y - 40)
    context.bezierCurveTo(x + i * 60 - 40, y - 90, x + i * 60 + 40, y - 120, x + i * 60, y - 180)
    context.stroke()
  }
}
