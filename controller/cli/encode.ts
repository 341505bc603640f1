import { toHex } from '#core/base/bytes.ts'
import { dialectOf } from '../dialect/open.ts'
import { commandGiven } from './commands.ts'
import { profileGiven } from './files.ts'
import { addressesOf, VALUES_HELP, valuesOf } from './values.ts'
import { asJson, Misuse, refuse, Unusable, type Verb, wholeNumber } from './verb.ts'

export const encodeVerb: Verb = {
  vi: 'lệnh → byte',
  en: 'command → bytes',
  usage: '<hồ sơ> <lệnh> [tên=giá trị…]',
  help: `${VALUES_HELP}
--address <tên=giá trị>   thiết bị nào trên đường truyền, vd. unit=3 · which device on the bus
--context <tên=giá trị>   điều mà bắt tay cho biết · what the handshake learns
--token <n>               số thứ tự 0–255 (mặc định 0) · serial number (default 0)`,
  options: {
    address: { type: 'string', multiple: true },
    context: { type: 'string', multiple: true },
    token: { type: 'string' },
  },
  run: async (world, given) => {
    const [name, named, ...pairs] = given.words
    if (name === undefined) throw new Misuse('Thiếu hồ sơ', 'profile missing')
    const profile = profileGiven(name)
    if (!profile.ok) return refuse(world, given, profile.error)
    const [, command] = commandGiven(profile.value, named)
    const parameters = valuesOf(pairs)
    const token = wholeNumber(given, 'token', { least: 0, most: 255, otherwise: 0 })
    const [address = {}] = addressesOf(given.texts('address'), false)
    const context = valuesOf(given.texts('context'))
    const question = dialectOf(profile.value).question({ command, parameters, address, context })
    if (!question.ok) throw new Unusable(command, question.error)
    const bytes = question.value.encode(token)
    const { text, write, answered } = question.value
    const hex = toHex(bytes, ' ')
    if (given.json) asJson(world, { ok: true, hex, bytes: bytes.length, text, write, answered })
    else world.out(hex)
    return 0
  },
}
