import { rmSync } from 'node:fs'
import { createConnection, createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import type { Log } from '#core/base/ports.ts'
import { err, ok, type Result } from '#core/base/result.ts'

/**
 * Where the daemon answers `bangtin doctor`: a Unix socket in the data folder, which only the daemon's own user and root may enter (mode
 * 0700). No network, no password: whoever gets there can read everything the answer is made of.
 */
export const socketPath = (dataDir: string): string => join(dataDir, 'doctor.sock')

/** `sun_path` of Linux has 108 bytes, one of them the end. */
const MOST_PATH = 107
/** What a question may be long, how many are answered at once, and how long one may take, ms. */
const MOST_QUESTION = 64
const MOST_AT_ONCE = 4
const ANSWER_MS = 30_000
/** Largest answer that is taken, bytes. */
const MOST_ANSWER = 8_388_608

export type LocalAnswers = { readonly report: () => Promise<object>; readonly metrics: () => Promise<string> }
type Question = keyof LocalAnswers
const isQuestion = (text: string): text is Question => text === 'report' || text === 'metrics'

/** Answers until it is stopped. A folder whose name is too long for a socket is told in the log, and the command does without a daemon. */
export const serveDoctor = (of: {
  readonly dataDir: string
  readonly answers: LocalAnswers
  readonly log: Log
}): { readonly stop: () => Promise<void> } => {
  const path = socketPath(of.dataDir)
  if (Buffer.byteLength(path) > MOST_PATH) {
    of.log('warn', 'bangtin doctor cannot ask this daemon: the path of its socket is too long', { path })
    return { stop: async () => undefined }
  }
  // The lock of the folder is ours, so nobody answers there any more.
  rmSync(path, { force: true })
  const open = new Set<Socket>()
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    open.add(socket)
    socket.on('close', () => open.delete(socket))
    serve(socket, of.answers)
  })
  server.maxConnections = MOST_AT_ONCE
  server.on('error', (error) => of.log('warn', 'bangtin doctor cannot ask this daemon', { detail: error.message }))
  // Made for its owner alone from the first moment on; listening happens at once, so nobody else's file is made with this mask.
  const before = process.umask(0o177)
  try {
    server.listen(path)
  } finally {
    process.umask(before)
  }
  server.unref()
  return { stop: () => close(server, open) }
}

/** Whoever is connected and asks nothing must not keep the daemon from stopping. */
const close = (server: Server, open: ReadonlySet<Socket>): Promise<void> =>
  new Promise((resolve) => {
    if (!server.listening) return resolve()
    server.close(() => resolve())
    for (const socket of open) socket.destroy()
  })

const serve = (socket: Socket, answers: LocalAnswers): void => {
  socket.setTimeout(ANSWER_MS, () => socket.destroy())
  socket.on('error', () => socket.destroy())
  const text = { asked: '' }
  socket.on('end', () => {
    if (!text.asked.includes('\n')) socket.destroy()
  })
  socket.on('data', (chunk) => {
    text.asked += chunk.toString('utf8')
    if (text.asked.length > MOST_QUESTION) return void socket.destroy()
    const [line] = text.asked.split('\n')
    if (line === undefined || !text.asked.includes('\n')) return
    socket.removeAllListeners('data')
    void answer(socket, line, answers)
  })
}

const answer = async (socket: Socket, line: string, answers: LocalAnswers): Promise<void> => {
  if (!isQuestion(line)) return void socket.destroy()
  try {
    const said = await answers[line]()
    const text = typeof said === 'string' ? said : JSON.stringify(said)
    if (Buffer.byteLength(text) > MOST_ANSWER) return void socket.destroy()
    socket.end(text)
  } catch {
    socket.destroy()
  }
}

export type LocalFault = 'nobody' | 'silent' | 'forbidden'

/** Asks the daemon that runs over this data folder. `nobody`: none does; `silent`: one does and does not answer. */
export const askDaemon = (dataDir: string, question: Question, waitMs: number): Promise<Result<string, LocalFault>> =>
  new Promise((resolve) => {
    const path = socketPath(dataDir)
    if (Buffer.byteLength(path) > MOST_PATH) return resolve(err('nobody'))
    const chunks: Buffer[] = []
    const size = { bytes: 0 }
    const socket = createConnection(path)
    const done = (result: Result<string, LocalFault>): void => {
      clearTimeout(timer)
      socket.destroy()
      resolve(result)
    }
    const timer = setTimeout(() => done(err('silent')), waitMs)
    socket.on('connect', () => socket.write(`${question}\n`))
    socket.on('data', (chunk: Buffer) => {
      size.bytes += chunk.length
      if (size.bytes > MOST_ANSWER) return done(err('silent'))
      chunks.push(chunk)
    })
    socket.on('end', () => done(chunks.length === 0 ? err('silent') : ok(Buffer.concat(chunks).toString('utf8'))))
    socket.on('error', (error: NodeJS.ErrnoException) => done(err(error.code === 'EACCES' ? 'forbidden' : 'nobody')))
  })
