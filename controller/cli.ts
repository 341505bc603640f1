import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { fromHex, toHex } from '#core/base/bytes.ts'
import { err, ok, type Result } from '#core/base/result.ts'
import { catalogueOf, loadProfile } from './profile/catalogue.ts'
import { emergencyLatency } from './profile/latency.ts'
import type { ProfileFault } from './profile/parse.ts'
import type { Profile } from './profile/schema.ts'
import { type Codec, codecOf, type Value } from './wire/codec.ts'
import { decodeFrame, decodeValues } from './wire/decode.ts'
import { encodeFrame, requestFrame } from './wire/encode.ts'
import { commandOf, explainFrame } from './wire/explain.ts'
import type { Side } from './wire/layout.ts'
import { checkVectors } from './wire/vectors.ts'

const FOLDER = fileURLToPath(new URL('../firmware-profiles/', import.meta.url))

const HELP = `bangtin profile: hồ sơ bộ điều khiển màn hình · display controller profiles

  bangtin profile check [tệp|thư mục…]        kiểm tra lược đồ, quy tắc và mọi khung mẫu · check schema, rules and all vectors
  bangtin profile encode <hồ sơ> <lệnh> [tên=giá trị…]   lệnh → byte · command → bytes
  bangtin profile decode <hồ sơ> <hex…>       giải thích từng trường của một khung · explain a frame field by field

  <hồ sơ>         mã hồ sơ (novastar-mctrl300) hoặc đường dẫn tệp · profile id or file
  --sequence <n>  số thứ tự 0–255 (mặc định 0) · serial number (default 0)
  --target <tên>  đích khác với đích của lệnh · another target than the command’s own
  --json          kết quả dạng JSON · result as JSON
  --help          trang này · this page

  Không có lệnh nào ghi bộ nhớ hay khôi phục cài đặt gốc. · No command stores or resets.
  Mã thoát · exit: 0 tốt · fine; 1 có lỗi được tìm thấy · found something wrong; 2 dùng sai · bad usage
`

type Options = {
  readonly json: boolean
  readonly sequence: number
  readonly target: string | null
  readonly words: readonly string[]
}

const print = (text: string) => void process.stdout.write(text.endsWith('\n') ? text : `${text}\n`)
const complain = (text: string) => void process.stderr.write(`${text}\n`)
const asJson = (value: unknown) => print(JSON.stringify(value, null, 2))
const usage = (vi: string, en: string): 2 => {
  complain(`${vi} · ${en}\n`)
  complain(HELP)
  return 2
}

/** `bangtin profile …`. Returns the exit code: 0 fine, 1 found something wrong, 2 bad usage. */
export const profileCommand = async (args: string[]): Promise<number> => {
  let parsed: ReturnType<typeof read>
  try {
    parsed = read(args)
  } catch (error) {
    return usage('Tham số sai', error instanceof Error ? error.message : String(error))
  }
  const [verb, ...words] = parsed.positionals
  if (parsed.values.help || verb === 'help') {
    print(HELP)
    return 0
  }
  const sequence = Number(parsed.values.sequence)
  if (!Number.isInteger(sequence) || sequence < 0 || sequence > 255)
    return usage('--sequence phải là số nguyên từ 0 đến 255', '--sequence must be a whole number from 0 to 255')
  const options: Options = { json: parsed.values.json, sequence, target: parsed.values.target ?? null, words }
  if (verb === 'check') return check(options)
  if (verb === 'encode') return encode(options)
  if (verb === 'decode') return decode(options)
  return usage(`Không có lệnh “${verb ?? ''}”`, `no such command “${verb ?? ''}”`)
}

const read = (args: string[]) =>
  parseArgs({
    args,
    allowPositionals: true,
    options: {
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
      sequence: { type: 'string', default: '0' },
      target: { type: 'string' },
    },
  })

const readText = (file: string): Result<string, ProfileFault> => {
  try {
    return ok(readFileSync(file, 'utf8'))
  } catch (error) {
    return err({ file, where: '/', why: `cannot be read: ${error instanceof Error ? error.message : String(error)}` })
  }
}

const filesOf = (place: string): readonly string[] => {
  if (!statSync(place, { throwIfNoEntry: false })?.isDirectory()) return [place]
  return readdirSync(place)
    .filter((name) => name.endsWith('.json') && name !== 'schema.json')
    .sort()
    .map((name) => join(place, name))
}

const check = (options: Options): number => {
  const files = (options.words.length === 0 ? [FOLDER] : options.words).flatMap(filesOf)
  const faults: ProfileFault[] = []
  const texts: { file: string; text: string }[] = []
  for (const file of files) {
    const text = readText(file)
    if (text.ok) texts.push({ file, text: text.value })
    else faults.push(text.error)
  }
  if (files.length === 0) faults.push({ file: options.words.join(' '), where: '/', why: 'no profile there' })
  const catalogue = catalogueOf(texts)
  if (!catalogue.ok) faults.push(...catalogue.error)
  const good: Profile[] = []
  for (const { file, text } of texts) {
    const loaded = loadProfile(file, text)
    if (!loaded.ok) continue
    const wrong = checkVectors(codecOf(loaded.value))
    faults.push(...wrong.map((fault) => ({ file, ...fault })))
    if (wrong.length === 0) good.push(loaded.value)
  }
  const profiles = good.map((profile) => ({
    id: profile.id,
    confidence: profile.confidence,
    confirmedOnHardware: profile.confirmedOnHardware,
    commands: Object.keys(profile.commands).length,
    vectors: profile.vectors.length,
    emergency: profile.links.map((link) => ({
      link: link.kind,
      ...emergencyLatency(profile, link),
      promisedMs: profile.timing.emergencyBoundMs,
    })),
  }))
  if (options.json) asJson({ ok: faults.length === 0, profiles, faults })
  else {
    for (const p of profiles)
      print(
        `${p.id}: tốt · fine; ${p.commands} lệnh · commands, ${p.vectors} khung mẫu · vectors, tin cậy · confidence ${p.confidence}, ` +
          `phần cứng · hardware: ${p.confirmedOnHardware ?? 'chưa xác nhận · not confirmed'}; khẩn cấp tối đa · emergency at most ` +
          `${p.emergency.map((e) => `${e.worstMs} ms (${e.link})`).join(', ')}`,
      )
    for (const fault of faults) complain(`${fault.file}: ${fault.where}: ${fault.why}`)
  }
  return faults.length === 0 ? 0 : 1
}

const codecNamed = (name: string): Result<Codec, readonly ProfileFault[]> => {
  const file = name.includes('/') || name.endsWith('.json') ? name : join(FOLDER, `${name}.json`)
  const text = readText(file)
  if (!text.ok) return err([text.error])
  const loaded = loadProfile(file, text.value)
  return loaded.ok ? ok(codecOf(loaded.value)) : loaded
}

const refuse = (options: Options, faults: readonly ProfileFault[]): 1 => {
  if (options.json) asJson({ ok: false, faults })
  else for (const fault of faults) complain(`${fault.file}: ${fault.where}: ${fault.why}`)
  return 1
}

const readValue = (text: string): Value => {
  if (text === 'true' || text === 'false') return text === 'true'
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text
}

const encode = (options: Options): number => {
  const [name, command, ...pairs] = options.words
  if (name === undefined || command === undefined) return usage('Thiếu hồ sơ hoặc lệnh', 'profile or command missing')
  const wrong = pairs.find((pair) => !/^[A-Za-z]\w*=./.test(pair))
  if (wrong !== undefined) return usage(`“${wrong}” không phải tên=giá trị`, `“${wrong}” is not name=value`)
  const codec = codecNamed(name)
  if (!codec.ok) return refuse(options, codec.error)
  const parameters = Object.fromEntries(
    pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), readValue(pair.slice(pair.indexOf('=') + 1))]),
  )
  const frame = requestFrame(codec.value, { command, target: options.target, parameters, sequence: options.sequence })
  if (!frame.ok) return refuse(options, [{ file: name, where: `/commands/${command}`, why: frame.error }])
  const hex = toHex(encodeFrame(codec.value.layout, frame.value), ' ')
  if (options.json) asJson({ ok: true, hex, bytes: (hex.length + 1) / 3 })
  else print(hex)
  return 0
}

const decode = (options: Options): number => {
  const [name, ...hex] = options.words
  const bytes = fromHex(hex.join(''))
  if (name === undefined || hex.length === 0) return usage('Thiếu hồ sơ hoặc byte', 'profile or bytes missing')
  if (bytes === undefined) return usage('Không phải số hex theo từng byte', 'not whole bytes of hex')
  const codec = codecNamed(name)
  if (!codec.ok) return refuse(options, codec.error)
  const { layout, profile } = codec.value
  const side: Side = layout.markers.reply.every((byte, i) => bytes[i] === byte) ? 'reply' : 'request'
  const decoded = decodeFrame(layout, side, bytes)
  const fields = explainFrame(codec.value, side, bytes)
  const command = decoded.ok ? (commandOf(codec.value, decoded.value) ?? null) : null
  const spec = command === null ? undefined : profile.commands[command]
  const values =
    decoded.ok && spec && decoded.value.data.length > 0 ? decodeValues(spec, decoded.value.data) : undefined
  const faults = [...(decoded.ok ? [] : [decoded.error.detail]), ...(values && !values.ok ? [values.error] : [])]
  if (options.json)
    asJson({ ok: faults.length === 0, side, command, values: values?.ok ? values.value : null, fields, faults })
  else {
    for (const field of fields)
      print(`${String(field.at).padStart(3)}  ${field.name.padEnd(12)} ${field.hex.padEnd(14)} ${field.says}`)
    print(`     ${side}${command === null ? '' : ` · ${command}: ${spec?.title}`}`)
    if (values?.ok)
      for (const [key, value] of Object.entries(values.value)) print(`     ${key} = ${value ?? 'không có · none'}`)
    for (const fault of faults) complain(`sai · wrong: ${fault}`)
  }
  return faults.length === 0 ? 0 : 1
}
