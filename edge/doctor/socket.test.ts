import { statSync } from 'node:fs'
import { createConnection, type Socket } from 'node:net'
import { expect, test } from 'vitest'
import { PATIENCE_MS } from '../test/patience.ts'
import { memoryLog, temporary } from '../test/support.ts'
import { askDaemon, serveDoctor, socketPath } from './socket.ts'

const over = (socket: Socket): Promise<void> => new Promise((resolve) => socket.once('close', () => resolve()))

test('its owner alone, three words at most, never above its bound, and a stop waits for nobody who only stands there', async () => {
  const dataDir = temporary()
  const answers = { report: async () => ({ v: 1 }), metrics: async () => 'x'.repeat(8_388_609) }
  const served = serveDoctor({ dataDir, answers, log: memoryLog().log })
  const path = socketPath(dataDir)
  expect(statSync(path).mode & 0o777).toBe(0o600)
  expect(await askDaemon(dataDir, 'report', PATIENCE_MS)).toEqual({ ok: true, value: '{"v":1}' })
  expect(await askDaemon(dataDir, 'metrics', PATIENCE_MS)).toEqual({ ok: false, error: 'silent' })

  const rude = ['shutdown\n', 'x'.repeat(65)].map((text) => {
    const socket = createConnection(path)
    socket.end(text)
    socket.resume()
    return over(socket)
  })
  await Promise.all(rude)
  const idle = createConnection(path)
  await new Promise<void>((resolve) => idle.once('connect', () => resolve()))
  const closed = over(idle)
  await served.stop()
  await closed
  expect(await askDaemon(dataDir, 'report', PATIENCE_MS)).toEqual({ ok: false, error: 'nobody' })
})

test('a folder whose name is too long for a socket is told, and nobody answers there', async () => {
  const { log, lines } = memoryLog()
  const dataDir = `/tmp/${'d'.repeat(120)}`
  const served = serveDoctor({ dataDir, answers: { report: async () => ({}), metrics: async () => '' }, log })
  await served.stop()
  expect(lines.length).toBe(1)
  expect(await askDaemon(dataDir, 'report', PATIENCE_MS)).toEqual({ ok: false, error: 'nobody' })
})
