import { spawn, spawnSync } from 'node:child_process'
import { constants } from 'node:os'

/** Runs one program in the foreground; waits; returns its exit code (127 when it could not be started). */
export const run = (file, args, options = {}) => {
  const done = spawnSync(file, args, { stdio: 'inherit', ...options })
  if (done.error) {
    process.stderr.write(`✗ ${file}: ${done.error.message}\n`)
    return 127
  }
  if (done.signal !== null) return 128 + constants.signals[done.signal]
  return done.status
}

/**
 * Runs one program in the foreground while this process stays able to pass signals on; resolves to its exit code.
 * A terminal sends Ctrl-C to the whole foreground group, so it is passed on only where no terminal does it.
 */
export const runForwarding = (file, args, options = {}) =>
  new Promise((resolve) => {
    const child = spawn(file, args, { stdio: 'inherit', ...options })
    const pass = (signal) => child.kill(signal)
    process.on('SIGTERM', pass)
    process.on('SIGHUP', pass)
    process.on('SIGINT', (signal) => {
      if (!process.stdin.isTTY) pass(signal)
    })
    child.on('error', (error) => {
      process.stderr.write(`✗ ${file}: ${error.message}\n`)
      resolve(127)
    })
    child.on('exit', (code, signal) => resolve(signal === null ? code : 128 + constants.signals[signal]))
  })
