const RATE = 16_000
const HEADER = 44
/** Faded in and out over this, s, so that nothing clicks. */
const FADE = 0.01

/**
 * A tone as a file: 16-bit PCM with the 44-byte header of WAVE. `level`: at most 32,767, full scale. `hertzAt`: for each channel the pitch at
 * a time in seconds, or null for silence there.
 */
export const waveOf = (tone: {
  readonly seconds: number
  readonly level: number
  readonly channels: readonly ((second: number) => number | null)[]
}): Buffer => {
  const { seconds, level, channels } = tone
  const samples = RATE * seconds
  const frame = channels.length * 2
  const out = Buffer.alloc(HEADER + samples * frame)
  out.write('RIFF', 0)
  out.writeUInt32LE(HEADER - 8 + samples * frame, 4)
  out.write('WAVEfmt ', 8)
  out.writeUInt32LE(16, 16)
  out.writeUInt16LE(1, 20)
  out.writeUInt16LE(channels.length, 22)
  out.writeUInt32LE(RATE, 24)
  out.writeUInt32LE(RATE * frame, 28)
  out.writeUInt16LE(frame, 32)
  out.writeUInt16LE(16, 34)
  out.write('data', 36)
  out.writeUInt32LE(samples * frame, 40)
  for (let i = 0; i < samples; i++) {
    const second = i / RATE
    const edge = Math.min(1, second / FADE, (seconds - second) / FADE)
    for (const [channel, hertzAt] of channels.entries()) {
      const value = Math.sin(2 * Math.PI * (hertzAt(second) ?? 0) * second) * level * edge
      out.writeInt16LE(Math.round(value), HEADER + i * frame + channel * 2)
    }
  }
  return out
}
