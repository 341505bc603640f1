import { accessSync, constants, existsSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { err, ok, type Result } from '#core/base/result.ts'
import type { LinkFault } from '#core/screen/display.ts'
import { openBus } from '../bus/bus.ts'
import { type CaptureVector, type CheckedVector, vectorsOf } from '../detect/capture.ts'
import { completed } from '../detect/first.ts'
import { createPairing, type Unpaired } from '../detect/pair.ts'
import { withoutSecrets } from '../detect/secret.ts'
import { createTap, type Heard } from '../detect/tap.ts'
import type { Values } from '../dialect/dialect.ts'
import { dialectOf } from '../dialect/open.ts'
import { loadProfile } from '../profile/catalogue.ts'
import { lineName } from '../profile/line.ts'
import type { Profile } from '../profile/schema.ts'
import { checkVectors } from '../profile/vectors.ts'
import { commandGiven } from './commands.ts'
import { sayFault } from './fault.ts'
import { profileGiven, readText } from './files.ts'
import { lineOf, PLACE_HELP, PLACE_OPTIONS, placeOf, placeText } from './place.ts'
import { addressesOf, valuesOf } from './values.ts'
import { asJson, type Given, Misuse, refuse, Unusable, type Verb, wholeNumber } from './verb.ts'
import { listen, sayWhoIsHeard } from './watch.ts'
import type { World } from './world.ts'

export const recordVerb: Verb = {
  vi: 'ghi lại trao đổi thật thành khung mẫu của hồ sơ',
  en: 'record a real conversation as vectors of a profile',
  usage: '--profile <hồ sơ> --port … | --tcp … [--ask lệnh1,lệnh2 [tên=giá trị…]]',
  help: `${PLACE_HELP}
--profile <hồ sơ>    cần có · needed
--ask <lệnh,lệnh>    tự hỏi những lệnh đọc này thay vì nghe · ask these read commands instead of listening
--address <tên=giá trị>   thiết bị nào · which device
--seconds <n>        nghe bao lâu (mặc định 60) · how long to listen (default 60)
--out <tệp.json>     tệp mới cho các khung mẫu; không có thì in ra · a new file for the vectors; else they are printed
--into <hồ sơ.json>  thêm vào hồ sơ này, sau khi kiểm tra · add to this profile, after checking
--source <mã>        nguồn ghi trong khung mẫu (mặc định bench) · source cited by the vectors (default bench)
--title <chữ>        ai, khi nào, thiết bị nào: bắt buộc với --into khi nguồn là mới · who, when, which unit: needed with --into for a new source
Khung mẫu không qua được kiểm tra thì không được ghi. · Vectors that do not pass are not written.`,
  options: {
    ...PLACE_OPTIONS,
    profile: { type: 'string' },
    ask: { type: 'string' },
    address: { type: 'string', multiple: true },
    seconds: { type: 'string' },
    out: { type: 'string' },
    into: { type: 'string' },
    source: { type: 'string' },
    title: { type: 'string' },
  },
  run: async (world, given) => record(world, given),
}

const MOST_COMMANDS = 64

const record = async (world: World, given: Given): Promise<0 | 1> => {
  const name = given.text('profile') ?? given.text('into')
  if (name === null) throw new Misuse('Thiếu --profile', '--profile is missing')
  if (given.text('into') !== null && given.text('out') !== null)
    throw new Misuse('Chỉ một trong --out, --into', 'one of --out, --into only')
  const source = given.text('source') ?? 'bench'
  if (!/^[a-z][A-Za-z0-9]{0,39}$/.test(source))
    throw new Misuse('--source: chữ thường, số', '--source: letters and digits, beginning with a small letter')
  const place = placeOf(given)
  const loaded = profileGiven(name)
  if (!loaded.ok) return refuse(world, given, loaded.error)
  const profile = loaded.value
  const line = lineOf(given, place, profile)
  const [address = {}] = addressesOf(given.texts('address'), false)
  const asked = given.text('ask')
  const commands = asked === null ? null : commandsOf(profile, asked)
  const values = valuesGiven(profile, commands ?? [], given.words)
  const seconds = wholeNumber(given, 'seconds', { least: 1, most: 86_400, otherwise: 60 })
  mustBeWritable(given, source)
  // Everything a person can have typed wrong is known by now: what is heard from here on must not be lost.
  const pairing = createPairing(dialectOf(profile), address, {})
  world.err(`${placeText(place)} (${lineName(line)}), ${profile.id}`)
  const link = world.openLink(place, line)
  if (commands === null) sayWhoIsHeard(world, place)
  const failed =
    commands === null
      ? await overhear(world, { seconds, profile, link, hear: (one) => hearInto(pairing, one) })
      : await interview(world, { values, profile, link, address, commands, pairing })
  if (failed !== null) sayFault(world, failed, place.kind)
  const { recorded, unpaired } = pairing.end()
  const day = new Date(world.clock.read().wall).toISOString().slice(0, 10)
  const vectors = vectorsOf(profile, recorded, { source, name: `recorded ${day}` })
  return finish(world, { given, profile, vectors, unpaired, source, failed })
}

/** Read commands only: what is recorded must not change the device. */
const commandsOf = (profile: Profile, text: string): readonly string[] => {
  const names = text.split(',').filter((name) => name !== '')
  if (names.length === 0 || names.length > MOST_COMMANDS)
    throw new Misuse(`--ask: 1 đến ${MOST_COMMANDS} lệnh`, `--ask: 1 to ${MOST_COMMANDS} commands`)
  for (const name of names) {
    const [spec] = commandGiven(profile, name)
    if (spec.direction !== 'read' || spec.use !== 'any')
      throw new Misuse(`--ask: ${name} không phải lệnh đọc`, `--ask: ${name} is not a read command`)
  }
  return names
}

/** `channel=2` for whichever of the commands take it; a usage error for what none of them does. */
const valuesGiven = (profile: Profile, commands: readonly string[], words: readonly string[]): Values => {
  const values = valuesOf(words)
  const dialect = dialectOf(profile)
  const known = new Set(commands.flatMap((command) => dialect.parameterKeys(command)))
  const strange = Object.keys(values).find((key) => !known.has(key))
  if (strange === undefined) return values
  const there = [...known].join(', ')
  throw new Unusable(`không lệnh nào của --ask dùng “${strange}”`, `no command of --ask takes “${strange}” (${there})`)
}

/** Finds before the recording what would keep its result from being written. A usage error says what. */
const mustBeWritable = (given: Given, source: string): void => {
  const into = given.text('into')
  const out = given.text('out')
  const file = into ?? out
  if (file === null) return
  if (out !== null && existsSync(out)) throw new Unusable(`--out: ${out} đã có`, `--out: ${out} is there already`)
  try {
    accessSync(dirname(file), constants.W_OK)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new Unusable(`không ghi được vào thư mục của ${file}`, `the folder of ${file} cannot be written: ${why}`)
  }
  if (into === null) return
  const target = profileGiven(into)
  if (target.ok && !Object.hasOwn(target.value.sources, source) && given.text('title') === null)
    throw new Misuse(
      `Thiếu --title: ai, khi nào, thiết bị nào (nguồn ${source} là mới)`,
      `--title is missing: who, when, which unit (source ${source} is new)`,
    )
}

type Pairing = ReturnType<typeof createPairing>

const hearInto = (pairing: Pairing, heard: Heard): void => {
  if (heard.is === 'frame' && heard.side !== null) pairing.hear(heard.side, heard.bytes)
}

const overhear = async (
  world: World,
  of: {
    seconds: number
    profile: Profile
    link: Parameters<typeof listen>[1]['link']
    hear: (heard: Heard) => void
  },
): Promise<LinkFault | null> => {
  const { seconds } = of
  const dialect = dialectOf(of.profile)
  const tap = createTap(dialect)
  const take = (items: readonly Heard[]) => {
    for (const item of items) {
      of.hear(item)
      if (item.is === 'frame' && item.side !== null) world.err(`  ${dialect.describe(item.side, item.bytes)}`)
    }
  }
  return listen(world, {
    link: of.link,
    seconds,
    opened: () =>
      world.err(
        `đang nghe ${seconds} giây, Ctrl-C để kết thúc sớm · listening for ${seconds} s, Ctrl-C to end earlier`,
      ),
    hear: (chunk) => take(tap.push(chunk)),
    silence: () => take(tap.silence()),
  })
}

const interview = async (
  world: World,
  of: {
    values: Values
    profile: Profile
    link: Parameters<typeof openBus>[0]['link']
    address: Values
    commands: readonly string[]
    pairing: Pairing
  },
): Promise<LinkFault | null> => {
  const { profile, address, commands, pairing } = of
  const dialect = dialectOf(profile)
  const bus = openBus({ ...world, link: of.link, log: () => {} })
  const device = bus.attach({ name: profile.id, dialect, address })
  const stop = bus.onTraffic(({ direction, is, bytes }) => {
    if (is === 'frame') pairing.hear(direction === 'sent' ? 'request' : 'reply', bytes)
  })
  let failed: LinkFault | null = null
  for (const command of commands) {
    if (world.signal.aborted) break
    const takes = dialect.parameterKeys(command)
    const given = Object.fromEntries(Object.entries(of.values).filter(([key]) => takes.includes(key)))
    const parameters = completed(dialect, { command, parameters: given, address }) ?? given
    const answer = await device.ask({ command, parameters, urgent: false, signal: world.signal })
    if (answer.ok) world.err(`  ${command}: ${JSON.stringify(withoutSecrets(answer.value))}`)
    else failed = { ...answer.error, detail: `${command}: ${answer.error.detail}` }
    if (failed !== null) break
  }
  stop()
  await bus.close()
  return failed
}

type Finish = {
  readonly given: Given
  readonly profile: Profile
  readonly vectors: readonly CheckedVector[]
  readonly unpaired: readonly Unpaired[]
  readonly source: string
  readonly failed: LinkFault | null
}

const finish = (world: World, of: Finish): 0 | 1 => {
  const { given, profile, unpaired, vectors } = of
  const good = vectors.flatMap((one) => (one.fault === null && one.vector !== null ? [one.vector] : []))
  const bad = vectors.flatMap((one) => (one.fault === null ? [] : [one.fault.why]))
  for (const { why, hex } of unpaired) world.err(`không ghép được · not paired: ${why} [${hex}]`)
  for (const why of bad) world.err(`không qua · does not pass: ${why}`)
  const written = good.length === 0 ? ok(NOWHERE) : write(world, of, good)
  const fine = of.failed === null && bad.length === 0 && good.length > 0 && written.ok
  const { file, known } = written.ok ? written.value : NOWHERE
  if (given.json) {
    const counts = { written: file, alreadyThere: known }
    asJson(world, { ok: fine, profile: profile.id, vectors: good, unpaired, refused: bad, ...counts })
  } else if (file === null && good.length > 0) asJson(world, good)
  if (!written.ok)
    world.err(`không ghi được, khung mẫu in ra ở đây · not written, the vectors are printed: ${written.error}`)
  if (known > 0) world.err(`${known} khung mẫu đã có, bỏ qua · vectors are there already, left out`)
  world.err(
    `${good.length - known} khung mẫu · vectors${file === null ? '' : ` → ${file}`}; ` +
      `${bad.length} không qua · refused; ${unpaired.length} không ghép được · not paired`,
  )
  return fine ? 0 : 1
}

/** Where it was written, null: nowhere was asked for. `known`: vectors left out, as their bytes are there already. */
type Written = { readonly file: string | null; readonly known: number }
const NOWHERE: Written = { file: null, known: 0 }

const write = (world: World, of: Finish, vectors: readonly CaptureVector[]): Result<Written, string> => {
  const into = of.given.text('into')
  if (into !== null) return append(of, into, vectors)
  const out = of.given.text('out')
  if (out === null) return ok(NOWHERE)
  const at = new Date(world.clock.read().wall).toISOString()
  const title = of.given.text('title') ?? `Recorded ${at.slice(0, 10)} with bangtin profile record`
  const text = { profile: of.profile.id, recordedAt: at, source: { [of.source]: { title, kind: 'capture' } }, vectors }
  try {
    writeFileSync(out, `${JSON.stringify(text, null, 2)}\n`, { flag: 'wx' })
    return ok({ file: out, known: 0 })
  } catch (error) {
    return err(`${out}: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** What makes two vectors the same proof. */
const bytesKey = (vector: { readonly [key: string]: unknown }): string =>
  JSON.stringify([vector['command'], vector['request'], vector['reply']])

/** The profile file with the new vectors at its end, replaced in one step, and only when it still passes everything. */
const append = (of: Finish, file: string, vectors: readonly CaptureVector[]): Result<Written, string> => {
  const before = readText(file)
  if (!before.ok) return err(`${file}: ${before.error.why}`)
  const document: { sources: Record<string, unknown>; vectors: { [key: string]: unknown }[] } = JSON.parse(before.value)
  const there = new Set(document.vectors.map(bytesKey))
  const fresh = vectors.filter((vector) => !there.has(bytesKey(vector)))
  const known = vectors.length - fresh.length
  if (fresh.length === 0) return ok({ file, known })
  // That there is a title was made sure of before the recording.
  const title = of.given.text('title') ?? of.source
  if (document.sources[of.source] === undefined) document.sources[of.source] = { title, kind: 'capture' }
  document.vectors.push(...fresh)
  const text = `${JSON.stringify(document, null, 2)}\n`
  const loaded = loadProfile(file, text)
  const faults = loaded.ok ? checkVectors(loaded.value) : loaded.error
  if (faults.length > 0) return err(faults.map((fault) => `${file}: ${fault.where}: ${fault.why}`).join('\n'))
  try {
    writeFileSync(`${file}.new`, text)
    renameSync(`${file}.new`, file)
    return ok({ file, known })
  } catch (error) {
    return err(`${file}: ${error instanceof Error ? error.message : String(error)}`)
  }
}
