import { parseArgs } from 'node:util'
import { err, ok, type Result } from '#core/base/result.ts'
import { dateOf } from '#core/base/time.ts'
import { instant } from '#core/base/units.ts'
import type { RegistryEntry } from '#core/contract/keys.ts'
import {
  areasOf,
  minutesOf,
  nameOf,
  provinceOf,
  readRegister,
  rightsOf,
  rolesFor,
  rolesOf,
  userOf,
  windowOf,
} from './args.ts'
import { addPerson, initFolder, revokePerson } from './change.ts'
import { readFolder } from './folder.ts'
import { HELP } from './help.ts'
import { enrolCode, install, renewPassword } from './install.ts'
import { passphraseFrom, SHORTEST, typePassphrase } from './passphrase.ts'

/** What the command says and asks; a test gives its own. */
export type Io = {
  readonly out: (text: string) => void
  readonly err: (text: string) => void
  /** Asks a person; the answer is not shown. */
  readonly type: (prompt: string) => Promise<Result<string, string>>
  /** Wall clock, ms. */
  readonly now: () => number
}
const CONSOLE: Io = {
  out: (text) => void process.stdout.write(`${text}\n`),
  err: (text) => void process.stderr.write(`${text}\n`),
  type: typePassphrase,
  now: Date.now,
}

const text = { type: 'string' } as const
const flag = { type: 'boolean', default: false } as const
/** Every verb with the options it takes; another verb's option is bad usage. */
const OPTIONS = {
  init: { dir: text, province: text, type: flag, 'passphrase-file': text },
  person: {
    dir: text,
    user: text,
    name: text,
    org: text,
    rights: text,
    roles: text,
    areas: text,
    from: text,
    to: text,
    replace: flag,
    'passphrase-file': text,
  },
  revoke: { dir: text, user: text, 'keep-past': flag, 'passphrase-file': text },
  list: { dir: text },
  install: { dir: text, hub: text, sites: text, orgs: text, admin: text },
  password: { hub: text, user: text },
  enrol: { hub: text, site: text, minutes: text },
} as const
type Verb = keyof typeof OPTIONS
const isVerb = (word: string | undefined): word is Verb => word !== undefined && Object.hasOwn(OPTIONS, word)

/** Thrown by what reads options, caught in `keysCommand`: bad usage, exit 2. */
class Usage extends Error {}
const must = <T>(result: Result<T, string>): T => {
  if (result.ok) return result.value
  throw new Usage(result.error)
}

type Given = {
  readonly need: (name: string) => string
  readonly maybe: (name: string) => string | undefined
  readonly is: (name: string) => boolean
  readonly json: boolean
  readonly io: Io
}

/** `bangtin keys …`. 0: done; 1: something is wrong with files, passphrase or versions; 2: bad usage. Nothing is half done. */
export const keysCommand = async (args: string[], io: Io = CONSOLE): Promise<number> => {
  const [verb, ...rest] = args
  if (verb === '--help' || verb === '-h' || verb === 'help' || rest.includes('--help')) {
    io.out(HELP.trimEnd())
    return 0
  }
  try {
    if (!isVerb(verb))
      throw new Usage(verb === undefined ? 'thiếu lệnh · a verb is needed' : `không có lệnh "${verb}" · no such verb`)
    const result = await run(verb, read(verb, rest, io))
    if (result.ok) return 0
    io.err(`✗ ${result.error}`)
    return 1
  } catch (error) {
    if (!(error instanceof Usage)) throw error
    io.err(`✗ ${error.message}\n  bangtin keys --help`)
    return 2
  }
}

const optionsFrom = (verb: Verb, args: string[]) => {
  const options: Readonly<Record<string, typeof text | typeof flag>> = { ...OPTIONS[verb], json: flag }
  try {
    return parseArgs({ args, options }).values
  } catch (error) {
    throw new Usage((error as Error).message)
  }
}

const read = (verb: Verb, args: string[], io: Io): Given => {
  const values = optionsFrom(verb, args)
  const maybe = (name: string) => {
    const value = values[name]
    return typeof value === 'string' ? value : undefined
  }
  const need = (name: string) => must(present(maybe(name), `--${name}`))
  return { need, maybe, is: (name) => values[name] === true, json: values['json'] === true, io }
}
const present = (value: string | undefined, option: string): Result<string, string> =>
  value === undefined || value === '' ? err(`thiếu ${option} · ${option} is needed`) : ok(value)

const run = (verb: Verb, given: Given): Promise<Result<null, string>> => {
  switch (verb) {
    case 'init':
      return init(given)
    case 'person':
      return person(given)
    case 'revoke':
      return revoke(given)
    case 'list':
      return list(given)
    case 'install':
      return bring(given)
    case 'password':
      return password(given)
    case 'enrol':
      return enrol(given)
  }
}

/** One JSON object, or lines for people. */
const say = (given: Given, it: { readonly json: unknown; readonly lines: readonly string[] }): Result<null, string> => {
  given.io.out(given.json ? JSON.stringify(it.json) : it.lines.join('\n'))
  return ok(null)
}
const ONCE = 'chỉ hiện một lần, hãy ghi lại · shown once, write it down'

const rootPassphrase = (given: Given) => async (): Promise<Result<string, string>> => {
  const file = given.maybe('passphrase-file')
  return file === undefined ? given.io.type('Mật ngữ khóa gốc · root passphrase') : passphraseFrom(file)
}

/** Null: one shall be made. */
const chosenPassphrase = async (given: Given): Promise<Result<string | null, string>> => {
  const file = given.maybe('passphrase-file')
  if (file === undefined && !given.is('type')) return ok(null)
  const first = file === undefined ? await given.io.type('Mật ngữ mới · new root passphrase') : passphraseFrom(file)
  if (!first.ok) return first
  if ([...first.value].length < SHORTEST)
    return err(`mật ngữ phải từ ${SHORTEST} ký tự · at least ${SHORTEST} characters`)
  if (file !== undefined) return first
  const again = await given.io.type('Lần nữa · once more')
  if (!again.ok) return again
  return again.value === first.value ? first : err('hai lần nhập khác nhau · the two differ')
}

const init = async (given: Given): Promise<Result<null, string>> => {
  const dir = given.need('dir')
  const province = must(provinceOf(given.need('province')))
  const passphrase = await chosenPassphrase(given)
  if (!passphrase.ok) return passphrase
  const made = await initFolder(dir, { province, passphrase: passphrase.value, now: given.io.now() })
  if (!made.ok) return made
  const secret = made.value.passphrase
  return say(given, {
    json: { dir, province, registryVersion: 1, ...made.value },
    lines: [
      `✓ ${dir}: khóa gốc ${made.value.rootKey}, sổ khóa phiên bản 1 (chưa có ai) · root key, registry version 1 (nobody yet)`,
      ...(secret === null ? [] : [`  mật ngữ khóa gốc · root passphrase: ${secret}   (${ONCE})`]),
      '  Giữ thư mục này ngoại tuyến, sao ra hai nơi; mất mật ngữ thì phải đăng ký lại mọi cụm.',
      '  Keep this folder off line, in two copies; if the passphrase is lost, every cluster must be enrolled anew.',
    ],
  })
}

const person = async (given: Given): Promise<Result<null, string>> => {
  const now = given.io.now()
  const rightsText = given.maybe('rights')
  const rights = rightsText === undefined ? [] : must(rightsOf(rightsText))
  const rolesText = given.maybe('roles')
  const roles = rolesText === undefined ? rolesFor(rights) : must(rolesOf(rolesText))
  if (roles.length === 0) throw new Usage('cần --rights hoặc --roles · --rights or --roles is needed')
  const ask = {
    user: must(userOf('--user', given.need('user'))),
    name: must(nameOf(given.need('name'))),
    org: must(userOf('--org', given.need('org'))),
    roles,
    rights,
    areas: rights.length === 0 ? [] : must(areasOf(given.need('areas'))),
    ...must(windowOf(given.maybe('from'), given.maybe('to'), now)),
    replace: given.is('replace'),
    now,
  }
  const made = await addPerson(given.need('dir'), ask, rootPassphrase(given))
  if (!made.ok) return made
  const { key, passphrase, ended, registryVersion } = made.value
  return say(given, {
    json: { ...made.value, roles, rights },
    lines: [
      `✓ ${ask.user} (${ask.name}): ${roles.join(', ')}; sổ khóa phiên bản · registry version ${registryVersion}`,
      ...(key === null
        ? ['  không ký gì · signs nothing']
        : [`  khóa · key ${key}: ${rights.join(', ')} @ ${ask.areas.join(', ')}, ${days(ask)}`]),
      ...(passphrase === null ? [] : [`  mật ngữ ký · signing passphrase: ${passphrase}   (${ONCE})`]),
      ...(ended.length === 0 ? [] : [`  khóa cũ hết hiệu lực từ bây giờ · ended now: ${ended.join(', ')}`, ...AGAIN]),
      '  Tiếp theo · next: bangtin keys install',
    ],
  })
}

const AGAIN = [
  '  Nếu người này đã ký lịch phát: sau khi cài, người khác phải phát hành lại lịch cho các cụm đó.',
  '  If they signed schedules: after the install, somebody else must publish those clusters again.',
]

const days = (e: Pick<RegistryEntry, 'validFrom' | 'validTo'>): string =>
  `${dateOf(instant(e.validFrom), 420)} … ${dateOf(instant(e.validTo - 1), 420)}`

const revoke = async (given: Given): Promise<Result<null, string>> => {
  const ask = { user: given.need('user'), keepPast: given.is('keep-past'), now: given.io.now() }
  const done = await revokePerson(given.need('dir'), ask, rootPassphrase(given))
  if (!done.ok) return done
  const { keys, registryVersion } = done.value
  const worth = ask.keepPast
    ? 'chữ ký trước đó vẫn giá trị · what they signed stays good'
    : 'mọi chữ ký của người này vô hiệu · all they signed is void'
  return say(given, {
    json: { ...done.value, keepPast: ask.keepPast },
    lines: [
      `✓ ${ask.user}: đã thu hồi · revoked; ${keys.length === 0 ? 'không có khóa · had no key' : worth}`,
      `  sổ khóa phiên bản · registry version ${registryVersion}; tài khoản bị khóa khi cài · the account is shut at the install`,
      ...(keys.length === 0 ? [] : AGAIN),
      '  Tiếp theo · next: bangtin keys install',
    ],
  })
}

const stateOf = (e: RegistryEntry, now: number): string => {
  if (now >= e.validTo) return 'đã hết · ended'
  if (now < e.validFrom) return 'chưa đến · not yet'
  const left = Math.ceil((e.validTo - now) / 86_400_000)
  return left <= 60 ? `còn ${left} ngày · ${left} days left` : 'đang dùng · in force'
}

const list = async (given: Given): Promise<Result<null, string>> => {
  const folder = readFolder(given.need('dir'))
  if (!folder.ok) return folder
  const { registry, people } = folder.value
  const now = given.io.now()
  const keys = registry.entries.map(
    (e) =>
      `  ${e.person} (${e.name}, ${e.org}): ${e.rights.join(', ')} @ ${e.areas.join(', ')}; ${days(e)}; ${stateOf(e, now)}; ${e.key}`,
  )
  const accounts = people.map(
    (p) => `  ${p.user} (${p.name}, ${p.org}): ${p.closed ? 'khóa tài khoản · shut' : p.roles.join(', ')}`,
  )
  const shown = people.map(({ key, ...rest }) => ({ ...rest, key: key?.key ?? null }))
  return say(given, {
    json: { rootPublicKey: folder.value.rootPublicKey, registry, people: shown },
    lines: [
      `Sổ khóa · registry: tỉnh · province ${registry.province}, phiên bản · version ${registry.version}, ${dateOf(instant(registry.issuedAt), 420)}`,
      `Khóa · keys (${keys.length})`,
      ...keys,
      `Người · people (${accounts.length})`,
      ...accounts,
    ],
  })
}

const bring = async (given: Given): Promise<Result<null, string>> => {
  const register = readRegister(given.maybe('sites'), given.maybe('orgs'))
  if (!register.ok) return register
  const adminText = given.maybe('admin')
  const admin = adminText === undefined ? null : must(userOf('--admin', adminText))
  const hub = given.need('hub')
  const done = await install({ dir: given.need('dir'), hub, ...register.value, admin, now: given.io.now() })
  if (!done.ok) return done
  const { registryVersion, before, made, changed, reopened, closed, sites, warnings } = done.value
  for (const warning of warnings) given.io.err(`! ${warning}`)
  const was = before === registryVersion ? 'như cũ · as before' : `trước đó · before: ${before ?? '-'}`
  return say(given, {
    json: { hub, ...done.value },
    lines: [
      `✓ ${hub}: sổ khóa phiên bản · registry version ${registryVersion} (${was})${sites === 0 ? '' : `; ${sites} cụm · clusters`}`,
      ...made.map(
        (a) =>
          `  ${a.user} (${a.name}) [${a.roles.join(', ')}]   mật khẩu đầu · first password: ${a.password}   (${ONCE})`,
      ),
      ...(changed.length === 0 ? [] : [`  đã đổi · changed: ${changed.join(', ')}`]),
      ...(reopened.length === 0
        ? []
        : [`  nội dung phải phê duyệt lại · content to be approved again: ${reopened.join(', ')}`]),
      ...(closed.length === 0 ? [] : [`  đã khóa tài khoản · accounts shut: ${closed.join(', ')}`]),
      '  Trung tâm đang chạy thì nạp · a running hub takes it up with: systemctl reload bangtin-hub',
      ...(sites === 0
        ? []
        : ['  cụm mới hoặc đổi: khởi động lại · clusters new or changed: systemctl restart bangtin-hub']),
    ],
  })
}

const password = async (given: Given): Promise<Result<null, string>> => {
  const user = given.need('user')
  const renewed = await renewPassword(given.need('hub'), { user, now: given.io.now() })
  if (!renewed.ok) return renewed
  return say(given, {
    json: { user, password: renewed.value },
    lines: [
      `✓ ${user}: mật khẩu mới · new password: ${renewed.value}   (${ONCE})`,
      '  Mọi phiên đăng nhập đã kết thúc · all sessions ended',
    ],
  })
}

const enrol = async (given: Given): Promise<Result<null, string>> => {
  const site = given.need('site')
  const minutes = must(minutesOf(given.maybe('minutes') ?? '60'))
  const made = await enrolCode(given.need('hub'), { site, minutes, now: given.io.now() })
  if (!made.ok) return made
  return say(given, {
    json: { site, ...made.value },
    lines: [
      `✓ ${site}: mã đăng ký, dùng một lần trong ${minutes} phút · one-time code for ${minutes} minutes: ${made.value.code}`,
      "  Ghi vào /hub/enrolCode của cụm, vân tay vào /hub/fingerprint · put it into the cluster's configuration, with the fingerprint of",
      '  bangtin hub --fingerprint --config …',
    ],
  })
}
