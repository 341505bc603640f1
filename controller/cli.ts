import { checkVerb } from './cli/check.ts'
import { decodeVerb } from './cli/decode.ts'
import { detectVerb } from './cli/detect.ts'
import { encodeVerb } from './cli/encode.ts'
import { newVerb } from './cli/new.ts'
import { recordVerb } from './cli/record.ts'
import { sendVerb } from './cli/send.ts'
import { type Exit, runVerb, type Verb } from './cli/verb.ts'
import { watchVerb } from './cli/watch.ts'
import { inRealWorld, type World } from './cli/world.ts'

const VERBS: { readonly [name: string]: Verb } = {
  check: checkVerb,
  encode: encodeVerb,
  decode: decodeVerb,
  detect: detectVerb,
  send: sendVerb,
  watch: watchVerb,
  record: recordVerb,
  new: newVerb,
}

const help = (): string =>
  [
    'bangtin profile: hồ sơ và bộ điều khiển màn hình · display controllers and their profiles\n',
    ...Object.entries(VERBS).map(
      ([name, { usage, vi, en }]) => `  bangtin profile ${name} ${usage}\n      ${vi} · ${en}`,
    ),
    '',
    '  <hồ sơ> là mã (novastar-mctrl300) hoặc đường dẫn tệp · <hồ sơ> is a profile id or a file',
    '  bangtin profile <lệnh> --help   tùy chọn của lệnh đó · the options of that command',
    '  Chỉ send mới ghi được, và chỉ với --write. · Only send can write, and only with --write.',
    '  Mã thoát · exit: 0 tốt · fine; 1 có lỗi được tìm thấy · found something wrong; 2 dùng sai · bad usage\n',
  ].join('\n')

/** `bangtin profile …` in a given world. */
export const runProfile = async (args: readonly string[], world: World): Promise<Exit> => {
  const [name, ...rest] = args
  if (name === '--help' || name === '-h' || name === 'help') {
    world.out(help())
    return 0
  }
  const verb = name !== undefined && Object.hasOwn(VERBS, name) ? VERBS[name] : undefined
  if (name !== undefined && verb !== undefined) return runVerb(world, { name, verb, args: rest })
  world.err(`Không có lệnh “${name ?? ''}” · no such command “${name ?? ''}”\n\n${help()}`)
  return 2
}

/** `bangtin profile …`. Returns the exit code: 0 fine, 1 found something wrong, 2 bad usage. */
export const profileCommand = (args: string[]): Promise<number> => inRealWorld((world) => runProfile(args, world))
