/**
 * CRC-16/X-25: polynomial 1021 reflected, start FFFF, final exclusive-or FFFF; `123456789` gives 906E. NTCIP 1203 uses it for messages, HDLC
 * for frames; both send the low byte first.
 */
export const crc16 = (bytes: Uint8Array): number => {
  let crc = 0xffff
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x8408 : crc >>> 1
  }
  return crc ^ 0xffff
}

/** As it travels: low byte first. */
export const crcBytes = (bytes: Uint8Array): Uint8Array => {
  const crc = crc16(bytes)
  return Uint8Array.from([crc & 0xff, crc >> 8])
}
