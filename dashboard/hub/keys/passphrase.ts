import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { err, ok, type Result } from '#core/base/result.ts'
import { readText } from '../files.ts'

/** Fewer characters than this do not protect a root key, in a folder that may be copied. */
export const SHORTEST = 16
const LONGEST = 1024

const firstLine = (text: string, source: string): Result<string, string> => {
  const line = text.split('\n', 1)[0]?.replace(/\r$/, '') ?? ''
  if (line === '') return err(`${source}: the first line is empty · dòng đầu trống`)
  if (line.length > LONGEST) return err(`${source}: longer than ${LONGEST} characters · quá dài`)
  return ok(line)
}

/** The first line of a file; `-` is standard input. */
export const passphraseFrom = (file: string): Result<string, string> => {
  const text = readText(file === '-' ? '/dev/stdin' : file)
  return text.ok ? firstLine(text.value, `--passphrase-file ${file}`) : err(`--passphrase-file: ${text.error}`)
}

/** Typed by a person, not shown; from a pipe, its first line. */
export const typePassphrase = (prompt: string): Promise<Result<string, string>> => {
  if (!process.stdin.isTTY) return Promise.resolve(firstLine(readFileSync(0, 'utf8'), 'standard input'))
  process.stderr.write(`${prompt}: `)
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input: process.stdin, output: silent, terminal: true })
  return new Promise((resolve) => {
    const answer = (result: Result<string, string>) => {
      lines.removeAllListeners('close')
      lines.close()
      process.stderr.write('\n')
      resolve(result)
    }
    lines.once('line', (line) => answer(firstLine(line, 'passphrase')))
    lines.once('SIGINT', () => answer(err('interrupted, nothing was changed · đã dừng, chưa đổi gì')))
    lines.once('close', () => answer(err('no passphrase was typed · chưa nhập mật ngữ')))
  })
}
