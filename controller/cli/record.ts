import { renameSync, writeFileSync } from 'node:fs'
import { err, ok, type Result } from '#core/base/result.ts'
import { openBus } from '../bus/bus.ts'
import { type CheckedVector, vectorsOf } from '../detect/capture.ts'
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
import { profileNamed, readText } from './files.ts'
import { lineOf, PLACE_HELP, PLACE_OPTIONS, placeOf, placeText } from './place.ts'
import { addressesOf, valuesOf } from './values.ts'
import { asJson, type Given, Misuse, refuse, type Verb, wholeNumber } from './verb.ts'
import { listen } from './watch.ts'
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
  const loaded = profileNamed(name)
  if (!loaded.ok) return refuse(world, given, loaded.error)
  const profile = loaded.value
  const line = lineOf(given, place, profile)
  const [address = {}] = addressesOf(given.texts('address'), false)
  const pairing = createPairing(dialectOf(profile), address, {})
  world.err(`${placeText(place)} (${lineName(line)}), ${profile.id}`)
  const link = world.openLink(place, line)
  const asked = given.text('ask')
  const failed =
    asked === null
      ? await overhear(world, { given, profile, link, hear: (one) => hearInto(pairing, one) })
      : await interview(world, { given, profile, link, address, commands: commandsOf(profile, asked), pairing })
  if (failed !== null) world.err(failed)
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
    const spec = Object.hasOwn(profile.commands, name) ? profile.commands[name] : undefined
    if (!spec) throw new Misuse(`--ask: không có lệnh ${name}`, `--ask: no command ${name} in ${profile.id}`)
    if (spec.direction !== 'read' || spec.use !== 'any')
      throw new Misuse(`--ask: ${name} không phải lệnh đọc`, `--ask: ${name} is not a read command`)
  }
  return names
}

type Pairing = ReturnType<typeof createPairing>

const hearInto = (pairing: Pairing, heard: Heard): void => {
  if (heard.is === 'frame' && heard.side !== null) pairing.hear(heard.side, heard.bytes)
}

const overhear = async (
  world: World,
  of: {
    given: Given
    profile: Profile
    link: Parameters<typeof listen>[1]['link']
    hear: (heard: Heard) => void
  },
): Promise<string | null> => {
  const seconds = wholeNumber(of.given, 'seconds', { least: 1, most: 86_400, otherwise: 60 })
  const dialect = dialectOf(of.profile)
  const tap = createTap(dialect)
  const take = (items: readonly Heard[]) => {
    for (const item of items) {
      of.hear(item)
      if (item.is === 'frame' && item.side !== null) world.err(`  ${dialect.describe(item.side, item.bytes)}`)
    }
  }
  const ended = await listen(world, {
    link: of.link,
    seconds,
    opened: () =>
      world.err(
        `đang nghe ${seconds} giây, Ctrl-C để kết thúc sớm · listening for ${seconds} s, Ctrl-C to end earlier`,
      ),
    hear: (chunk) => take(tap.push(chunk)),
    silence: () => take(tap.silence()),
  })
  return ended === null ? null : `${ended.kind}: ${ended.detail}`
}

const interview = async (
  world: World,
  of: {
    given: Given
    profile: Profile
    link: Parameters<typeof openBus>[0]['link']
    address: Values
    commands: readonly string[]
    pairing: Pairing
  },
): Promise<string | null> => {
  const { profile, address, commands, pairing } = of
  const given = valuesOf(of.given.words)
  const dialect = dialectOf(profile)
  const bus = openBus({ ...world, link: of.link, log: () => {} })
  const device = bus.attach({ name: profile.id, dialect, address })
  const stop = bus.onTraffic(({ direction, is, bytes }) => {
    if (is === 'frame') pairing.hear(direction === 'sent' ? 'request' : 'reply', bytes)
  })
  let failed: string | null = null
  for (const command of commands) {
    if (world.signal.aborted) break
    const parameters = completed(dialect, { command, parameters: given, address }) ?? given
    const answer = await device.ask({ command, parameters, urgent: false, signal: world.signal })
    if (answer.ok) world.err(`  ${command}: ${JSON.stringify(withoutSecrets(answer.value))}`)
    else failed = `${command}: ${answer.error.kind}: ${answer.error.detail}`
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
  readonly failed: string | null
}

const finish = (world: World, of: Finish): 0 | 1 => {
  const { given, profile, unpaired, vectors } = of
  const good = vectors.flatMap((one) => (one.fault === null ? [one.vector] : []))
  const bad = vectors.flatMap((one) => (one.fault === null ? [] : [one.fault.why]))
  for (const { why, hex } of unpaired) world.err(`không ghép được · not paired: ${why} [${hex}]`)
  for (const why of bad) world.err(`không qua · does not pass: ${why}`)
  const written = good.length === 0 ? ok(null) : write(world, of, good)
  const fine = of.failed === null && bad.length === 0 && good.length > 0 && written.ok
  if (given.json)
    asJson(world, {
      ok: fine,
      profile: profile.id,
      vectors: good,
      unpaired,
      refused: bad,
      written: written.ok ? written.value : null,
    })
  else if (given.text('out') === null && given.text('into') === null && good.length > 0) asJson(world, good)
  if (!written.ok) world.err(written.error)
  world.err(
    `${good.length} khung mẫu · vectors${written.ok && written.value !== null ? ` → ${written.value}` : ''}; ` +
      `${bad.length} không qua · refused; ${unpaired.length} không ghép được · not paired`,
  )
  return fine ? 0 : 1
}

/** Where it was written; null: nowhere was asked for. */
const write = (world: World, of: Finish, vectors: readonly unknown[]): Result<string | null, string> => {
  const into = of.given.text('into')
  if (into !== null) return append(of, into, vectors)
  const out = of.given.text('out')
  if (out === null) return ok(null)
  const at = new Date(world.clock.read().wall).toISOString()
  const title = of.given.text('title') ?? `Recorded ${at.slice(0, 10)} with bangtin profile record`
  const text = { profile: of.profile.id, recordedAt: at, source: { [of.source]: { title, kind: 'capture' } }, vectors }
  try {
    writeFileSync(out, `${JSON.stringify(text, null, 2)}\n`, { flag: 'wx' })
    return ok(out)
  } catch (error) {
    return err(`${out}: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** The profile file with the vectors at its end, replaced in one step, and only when it still passes everything. */
const append = (of: Finish, file: string, vectors: readonly unknown[]): Result<string, string> => {
  const before = readText(file)
  if (!before.ok) return err(`${file}: ${before.error.why}`)
  const document: { sources: Record<string, unknown>; vectors: unknown[] } = JSON.parse(before.value)
  if (document.sources[of.source] === undefined) {
    const title = of.given.text('title')
    if (title === null)
      return err(`--title: ai, khi nào, thiết bị nào · who, when, which unit (source ${of.source} is new)`)
    document.sources[of.source] = { title, kind: 'capture' }
  }
  document.vectors.push(...vectors)
  const text = `${JSON.stringify(document, null, 2)}\n`
  const loaded = loadProfile(file, text)
  const faults = loaded.ok ? checkVectors(loaded.value) : loaded.error
  if (faults.length > 0) return err(faults.map((fault) => `${file}: ${fault.where}: ${fault.why}`).join('\n'))
  try {
    writeFileSync(`${file}.new`, text)
    renameSync(`${file}.new`, file)
    return ok(file)
  } catch (error) {
    return err(`${file}: ${error instanceof Error ? error.message : String(error)}`)
  }
}
