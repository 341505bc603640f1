import { existsSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { err, ok, type Result } from '#core/base/result.ts'
import { TOKEN_SCOPES, type TokenScope } from '#core/contract/api.ts'
import { gateText, textFaultText } from '#core/text/gate.ts'
import { readConfig } from './config.ts'
import { databaseOf } from './main.ts'
import { newToken, TOKEN_NAME } from './server/tokens.ts'
import type { AuditEntry, Store, TokenRow } from './store/port.ts'
import { openSqliteStore } from './store/sqlite.ts'
import { MOST_TOKENS } from './store/tokens.ts'

const MOST_DAYS = 366
const DEFAULT_DAYS = '90'
const MOST_LISTED = 500

const HELP = `bangtin hub token: mã truy cập của chương trình · tokens of programs (API, CAP)

  bangtin hub token create --name TÊN --scope VIỆC[,VIỆC…] --as TÀI_KHOẢN [--days ${DEFAULT_DAYS}]   in mã ra một lần · prints the token once
  bangtin hub token list                                     mã đang có và đã hết · those alive and those over
  bangtin hub token revoke ID --as TÀI_KHOẢN                 thu hồi ngay · ends it at once

  --config FILE   tệp cấu hình của trung tâm; trung tâm có thể đang chạy · the hub's configuration; the hub may be running
  --as ACCOUNT    ai làm việc này, ghi vào nhật ký; tài khoản quản trị · who does it, for the audit log; an administrator's account
  --scope LIST    ${TOKEN_SCOPES.join(', ')}
  --days N        1–${MOST_DAYS}
  --json          kết quả dạng JSON · the result as JSON

Mã thoát · exit: 0 tốt · fine; 1 không làm được · could not be done; 2 dùng sai · bad usage
`

const OPTIONS = {
  config: { type: 'string' },
  name: { type: 'string' },
  scope: { type: 'string' },
  as: { type: 'string' },
  days: { type: 'string', default: DEFAULT_DAYS },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const

const parse = (args: readonly string[]) => parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true })
type Values = ReturnType<typeof parse>['values']
/** `usage`: exit 2. */
type Fault = { readonly text: string; readonly usage: boolean }
const misused = (text: string) => err<Fault>({ text, usage: true })
const failed = (text: string) => err<Fault>({ text, usage: false })
type Done = { readonly value: unknown; readonly words: string }

export type TokenIo = {
  readonly out: (text: string) => void
  readonly err: (text: string) => void
  readonly now: () => number
}
const REAL: TokenIo = {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  now: Date.now,
}

/** `bangtin hub token …`, for whoever has the hub's machine and no browser there. What it does stands in the audit log under a person's name. */
export const tokenCommand = async (args: readonly string[], io: TokenIo = REAL): Promise<number> => {
  const parsed = parsedOf(args)
  if (parsed.ok && parsed.value.values.help) {
    io.out(HELP)
    return 0
  }
  const done = parsed.ok ? await carryOut(parsed.value, io.now()) : parsed
  if (done.ok) {
    io.out(parsed.ok && parsed.value.values.json ? `${JSON.stringify(done.value.value)}\n` : done.value.words)
    return 0
  }
  io.err(`✗ ${done.error.text}\n${done.error.usage ? '  bangtin hub token --help\n' : ''}`)
  return done.error.usage ? 2 : 1
}

const parsedOf = (args: readonly string[]): Result<ReturnType<typeof parse>, Fault> => {
  try {
    return ok(parse(args))
  } catch (error) {
    return misused(error instanceof Error ? error.message : String(error))
  }
}

const carryOut = async (
  { values, positionals }: ReturnType<typeof parse>,
  now: number,
): Promise<Result<Done, Fault>> => {
  const [verb, id] = positionals
  if (values.config === undefined) return misused('thiếu --config FILE · --config FILE is needed')
  if (verb === 'list' && positionals.length === 1) return withStore(values.config, (store) => list(store, now))
  if (verb === 'create' && positionals.length === 1)
    return withStore(values.config, (store) => create(store, values, now))
  if (verb === 'revoke' && id !== undefined && positionals.length === 2)
    return withStore(values.config, (store) => revoke(store, { id, as: values.as, now }))
  return misused('create · list · revoke ID')
}

const withStore = async (
  file: string,
  act: (store: Store) => Promise<Result<Done, Fault>>,
): Promise<Result<Done, Fault>> => {
  const config = readConfig(file)
  if (!config.ok) return failed(config.error)
  const database = databaseOf(config.value.dataDir)
  if (!existsSync(database)) return failed(`/dataDir: ${database}: không có cơ sở dữ liệu · there is no database`)
  const store = openSqliteStore(database)
  try {
    return await act(store)
  } finally {
    await store.close()
  }
}

/** The log names a person for everything, and only administrators make tokens, here as in the console. */
const administrator = async (store: Store, user: string | undefined): Promise<Result<string, Fault>> => {
  if (user === undefined) return misused('thiếu --as TÀI_KHOẢN · --as ACCOUNT is needed')
  const account = await store.accounts.get(user)
  if (account?.roles.includes('admin') === true) return ok(user)
  return failed(`--as: "${user}" không phải tài khoản quản trị · is no administrator's account`)
}

const entry = (by: string, at: number, it: Pick<AuditEntry, 'action' | 'subject' | 'detail'>): AuditEntry => ({
  ...{ at, person: by, address: 'bangtin hub token' },
  ...it,
})

const scopesOf = (text: string | undefined): Result<readonly TokenScope[], Fault> => {
  const asked = (text ?? '').split(',').filter((s) => s !== '')
  const scopes = TOKEN_SCOPES.filter((s) => asked.includes(s))
  const strange = asked.find((s) => !TOKEN_SCOPES.some((known) => known === s))
  if (strange === undefined && scopes.length > 0) return ok(scopes)
  return misused(`--scope: ${strange === undefined ? 'thiếu · missing' : `"${strange}"?`} (${TOKEN_SCOPES.join(', ')})`)
}

const create = async (store: Store, values: Values, now: number): Promise<Result<Done, Fault>> => {
  const name = gateText(values.name ?? '', TOKEN_NAME)
  if (!name.ok) return misused(`--name: ${textFaultText(name.error).vi} · ${textFaultText(name.error).en}`)
  if (name.value.text === '') return misused('thiếu --name TÊN · --name NAME is needed')
  const scopes = scopesOf(values.scope)
  if (!scopes.ok) return scopes
  const days = Number(values.days)
  if (!Number.isInteger(days) || days < 1 || days > MOST_DAYS) return misused(`--days: 1–${MOST_DAYS}`)
  const by = await administrator(store, values.as)
  if (!by.ok) return by
  const made = newToken({ name: name.value.text, scopes: scopes.value, days, by: by.value, now })
  const outcome = await store.tokens.add(made.row, entry(by.value, now, made.told))
  if (outcome === 'full') return failed(`${MOST_TOKENS} mã đang dùng, hãy thu hồi bớt · tokens are alive, revoke some`)
  if (outcome === 'name-taken')
    return failed(`"${made.row.name}": đã có mã đang dùng mang tên này · a live token has this name`)
  const view = viewOf(made.row)
  return ok({ value: { ...view, token: made.token }, words: `${made.token}\n${line(view, now)}` })
}

const list = async (store: Store, now: number): Promise<Result<Done, Fault>> => {
  const views = (await store.tokens.list(MOST_LISTED)).map(viewOf)
  const words = views.length === 0 ? 'chưa có mã nào · no tokens\n' : views.map((v) => line(v, now)).join('')
  return ok({ value: views, words })
}

const revoke = async (
  store: Store,
  it: { readonly id: string; readonly as: string | undefined; readonly now: number },
): Promise<Result<Done, Fault>> => {
  const by = await administrator(store, it.as)
  if (!by.ok) return by
  const row = await store.tokens.revoke(
    it.id,
    entry(by.value, it.now, { action: 'token.revoke', subject: it.id, detail: '' }),
  )
  if (row === null) return failed(`"${it.id}": không có mã này · there is no such token`)
  return ok({ value: viewOf(row), words: line(viewOf(row), it.now) })
}

const viewOf = ({ hash: _, ...view }: TokenRow) => view
const line = (t: ReturnType<typeof viewOf>, now: number): string => {
  const state = t.revokedAt !== null ? 'thu hồi · revoked' : t.expiresAt <= now ? 'hết hạn · expired' : 'còn · alive'
  return `${t.id}  ${state}  ${new Date(t.expiresAt).toISOString().slice(0, 10)}  ${t.scopes.join(',')}  ${t.name}\n`
}
