/** A cutter for devices that take lines of text: cuts at a carriage return, drops lines that are too long. Bounded by `most` bytes. */
export const lineCutter = (most: number) => () => {
  let held: number[] = []
  let tooLong = false
  return (chunk: Uint8Array): readonly Uint8Array[] => {
    const whole: Uint8Array[] = []
    for (const byte of chunk) {
      if (byte !== 0x0d) {
        tooLong = tooLong || held.length >= most
        if (!tooLong) held.push(byte)
        continue
      }
      if (!tooLong && held.length > 0) whole.push(Uint8Array.from(held))
      held = []
      tooLong = false
    }
    return whole
  }
}

export const asText = (bytes: Uint8Array): string => Array.from(bytes, (byte) => String.fromCharCode(byte)).join('')
export const asBytes = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0) % 256)
