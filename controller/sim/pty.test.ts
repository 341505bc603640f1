import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openPty } from './pty.ts'

test('bytes nobody reads are lost, as on a serial line, and never stop the process that serves other devices', () => {
  const folder = mkdtempSync(join(tmpdir(), 'bangtin-pty-'))
  const pty = openPty(join(folder, 'line'), () => {})
  try {
    // A pty takes about 4 kB; a blocking one would hang here for ever.
    for (let i = 0; i < 64; i++) pty.write(new Uint8Array(1024).fill(i))
    expect(pty.path).toBe(join(folder, 'line'))
  } finally {
    pty.close()
    rmSync(folder, { recursive: true, force: true })
  }
})
