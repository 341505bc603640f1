/**
 * SHA-256 (FIPS 180-4) over a stream. WebCrypto hashes only whole buffers, and a clip of a gigabyte must not sit in the memory of
 * an office computer to be checked, so files go through this one chunk by chunk.
 */
const K = Uint32Array.from(
  (
    '428a2f98 71374491 b5c0fbcf e9b5dba5 3956c25b 59f111f1 923f82a4 ab1c5ed5 d807aa98 12835b01 243185be 550c7dc3 ' +
    '72be5d74 80deb1fe 9bdc06a7 c19bf174 e49b69c1 efbe4786 0fc19dc6 240ca1cc 2de92c6f 4a7484aa 5cb0a9dc 76f988da ' +
    '983e5152 a831c66d b00327c8 bf597fc7 c6e00bf3 d5a79147 06ca6351 14292967 27b70a85 2e1b2138 4d2c6dfc 53380d13 ' +
    '650a7354 766a0abb 81c2c92e 92722c85 a2bfe8a1 a81a664b c24b8b70 c76c51a3 d192e819 d6990624 f40e3585 106aa070 ' +
    '19a4c116 1e376c08 2748774c 34b0bcb5 391c0cb3 4ed8aa4a 5b9cca4f 682e6ff3 748f82ee 78a5636f 84c87814 8cc70208 ' +
    '90befffa a4506ceb bef9a3f7 c67178f2'
  )
    .split(' ')
    .map((hex) => Number.parseInt(hex, 16)),
)
const START = [0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19]

const rotr = (x: number, n: number): number => (x >>> n) | (x << (32 - n))

const compress = (h: Uint32Array, w: Uint32Array, view: DataView, at: number): void => {
  const k = (array: Uint32Array, i: number): number => array[i] ?? 0
  for (let i = 0; i < 16; i++) w[i] = view.getUint32(at + i * 4)
  for (let i = 16; i < 64; i++) {
    const x = k(w, i - 15)
    const y = k(w, i - 2)
    const s0 = rotr(x, 7) ^ rotr(x, 18) ^ (x >>> 3)
    const s1 = rotr(y, 17) ^ rotr(y, 19) ^ (y >>> 10)
    w[i] = (k(w, i - 16) + s0 + k(w, i - 7) + s1) | 0
  }
  let [a, b, c, d, e, f, g, t] = [k(h, 0), k(h, 1), k(h, 2), k(h, 3), k(h, 4), k(h, 5), k(h, 6), k(h, 7)]
  for (let i = 0; i < 64; i++) {
    const s1 = rotr(e, 6) ^ rotr(e, 11) ^ rotr(e, 25)
    const t1 = (t + s1 + ((e & f) ^ (~e & g)) + k(K, i) + k(w, i)) | 0
    const s0 = rotr(a, 2) ^ rotr(a, 13) ^ rotr(a, 22)
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0
    t = g
    g = f
    f = e
    e = (d + t1) | 0
    d = c
    c = b
    b = a
    a = (t1 + t2) | 0
  }
  const sums = [a, b, c, d, e, f, g, t]
  for (let i = 0; i < 8; i++) h[i] = k(h, i) + (sums[i] ?? 0)
}

export type Hasher = { readonly add: (bytes: Uint8Array) => void; readonly hex: () => string }

/** `hex` ends the hash; nothing may be added after it. Memory: one 64-byte block and the chunk given. */
export const hasher = (): Hasher => {
  const h = Uint32Array.from(START)
  const w = new Uint32Array(64)
  const block = new Uint8Array(64)
  const blockView = new DataView(block.buffer)
  let held = 0
  let total = 0
  const add = (bytes: Uint8Array): void => {
    total += bytes.length
    let at = 0
    if (held > 0) {
      const take = Math.min(64 - held, bytes.length)
      block.set(bytes.subarray(0, take), held)
      held += take
      at = take
      if (held < 64) return
      compress(h, w, blockView, 0)
      held = 0
    }
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    for (; at + 64 <= bytes.length; at += 64) compress(h, w, view, at)
    block.set(bytes.subarray(at), 0)
    held = bytes.length - at
  }
  const hex = (): string => {
    const bits = total * 8
    const tail = new Uint8Array(held < 56 ? 64 - held : 128 - held)
    tail[0] = 0x80
    const view = new DataView(tail.buffer)
    view.setUint32(tail.length - 8, Math.floor(bits / 4_294_967_296))
    view.setUint32(tail.length - 4, bits >>> 0)
    add(tail)
    return Array.from(h, (word) => word.toString(16).padStart(8, '0')).join('')
  }
  return { add, hex }
}

/** Lower-case hex SHA-256 of a blob, read as a stream. */
export const sha256OfBlob = async (blob: Blob): Promise<string> => {
  const sum = hasher()
  const reader = blob.stream().getReader()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return sum.hex()
    sum.add(value)
  }
}

/** Lower-case hex SHA-256 of the UTF-8 of a text. */
export const sha256OfText = (text: string): string => {
  const sum = hasher()
  sum.add(new TextEncoder().encode(text))
  return sum.hex()
}
