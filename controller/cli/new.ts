import { writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import { loadProfile } from '../profile/catalogue.ts'
import { skeletonOf } from '../profile/skeleton.ts'
import { checkVectors } from '../profile/vectors.ts'
import { commandGiven } from './commands.ts'
import { profileGiven } from './files.ts'
import { asJson, type Given, Misuse, refuse, Unusable, type Verb } from './verb.ts'
import type { World } from './world.ts'

export const newVerb: Verb = {
  vi: 'bắt đầu hồ sơ mới từ hồ sơ gần nhất',
  en: 'begin a new profile from the nearest one',
  usage: '<tệp mới.json> --like <hồ sơ> --vendor … --model … --title … --keep lệnh1,lệnh2 [--set /con/trỏ=giá trị…]',
  help: `--like <hồ sơ>    cùng giao thức · of the same protocol
--keep <lệnh,lệnh>  những lệnh thiết bị có · the commands the device has
--title <chữ>     tài liệu đã đọc, trang nào · what was read, which page
--set /a/b=<JSON> giá trị khác với hồ sơ gốc, nhiều lần được · what differs, as often as needed
Mọi thứ có mức tin cậy C; khung mẫu thật đến từ record --into. · Everything is of confidence C; real vectors come from record --into.`,
  options: {
    like: { type: 'string' },
    vendor: { type: 'string' },
    model: { type: 'string' },
    title: { type: 'string' },
    keep: { type: 'string' },
    set: { type: 'string', multiple: true },
  },
  run: async (world, given) => make(world, given),
}

const needed = (given: Given, name: string): string => {
  const text = given.text(name)
  if (text === null || text === '') throw new Misuse(`Thiếu --${name}`, `--${name} is missing`)
  return text
}

/** `/links/0/baudRate=19200`; what is no JSON is text. */
const settingOf = (text: string): readonly [string, unknown] => {
  const at = text.indexOf('=')
  if (at < 2 || !text.startsWith('/'))
    throw new Misuse(`--set: “${text}” không giống /a/b=giá trị`, `--set: “${text}” is not like /a/b=value`)
  const value = text.slice(at + 1)
  try {
    return [text.slice(0, at), JSON.parse(value)]
  } catch {
    return [text.slice(0, at), value]
  }
}

const make = (world: World, given: Given): 0 | 1 => {
  const [file, more] = given.words
  if (file === undefined || more !== undefined || !file.endsWith('.json'))
    throw new Misuse('Cần một tệp mới .json', 'one new file that ends with .json is needed')
  const options = {
    id: basename(file, '.json'),
    vendor: needed(given, 'vendor'),
    model: needed(given, 'model'),
    title: needed(given, 'title'),
    keep: needed(given, 'keep').split(','),
    set: given.texts('set').map(settingOf),
  }
  const like = profileGiven(needed(given, 'like'))
  if (!like.ok) return refuse(world, given, like.error)
  for (const name of options.keep) commandGiven(like.value, name)
  const made = skeletonOf(like.value, options)
  if (!made.ok) throw new Unusable('--keep, --set', made.error)
  const text = `${JSON.stringify(made.value, null, 2)}\n`
  const loaded = loadProfile(file, text)
  const faults = loaded.ok ? checkVectors(loaded.value).map((fault) => ({ file, ...fault })) : loaded.error
  if (faults.length > 0) return refuse(world, given, faults)
  try {
    writeFileSync(file, text, { flag: 'wx' })
  } catch (error) {
    return refuse(world, given, [{ file, where: '/', why: error instanceof Error ? error.message : String(error) }])
  }
  if (given.json) asJson(world, { ok: true, file, commands: options.keep })
  else {
    world.out(`${file}: ${options.keep.length} lệnh · commands`)
    const read = options.keep.find((name) => like.value.commands[name]?.direction === 'read')
    world.out(`tiếp theo · next: bangtin profile send ${file} ${read} --port …`)
  }
  return 0
}
