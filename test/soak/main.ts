import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Say } from '../support/options.ts'

/** A long run: 0 when all held, 1 when something did not, 2 for arguments that are none. */
export type LongRun = (args: readonly string[], say: Say) => Promise<number>

/** Each in a file of its own that exports `run(args, say)`. */
const RUNS: { readonly [name: string]: { readonly file: string; readonly vi: string; readonly en: string } } = {
  world: {
    file: './world.ts',
    vi: 'thế giới mô phỏng: --seeds 1000 --days 7 [--from N] [--jobs 2]',
    en: 'simulated worlds, all invariants',
  },
  plays: {
    file: './plays.ts',
    vi: '10 000 lượt phát: --plays 10000',
    en: '10,000 plays on a real disk: memory and files stay flat',
  },
  hour: { file: './hour.ts', vi: 'một giờ thật với mpv: --minutes 60', en: 'a real hour with mpv under Xvfb' },
  transitions: {
    file: './transitions.ts',
    vi: 'chuyển cảnh không khung đen: 200',
    en: 'no black frame between pictures: how many',
  },
  loads: { file: './loads.ts', vi: 'nạp 1 000 tệp vào mpv: 1000', en: 'mpv holds no more after 1,000 loads: how many' },
  netem: {
    file: '../netem/soak-netem.ts',
    vi: 'mạng mất gói, trễ, đứt: --minutes 5 --edges 20 --loss 30 --delay 600',
    en: 'orders over a network that loses, delays and breaks',
  },
  crash: { file: '../crash/soak-kills.ts', vi: 'kill -9 tiến trình đang chạy', en: 'kill -9 of a running edge' },
  'power-cut': { file: '../crash/soak-power.ts', vi: 'cắt điện máy ảo', en: 'real power cuts of a virtual machine' },
}

const HELP = `npm run soak -- --only <tên · name> [...]

Chạy dài: những gì "npm test" chỉ thử ngắn · the long form of what "npm test" tries briefly

${Object.entries(RUNS)
  .map(([name, { vi, en }]) => `  ${name.padEnd(12)} ${vi}\n  ${''.padEnd(12)} ${en}`)
  .join('\n')}

Không có --only thì chạy lần lượt tất cả · without --only all of them, one after the other
Mã thoát · exit: 0 tốt · all held; 1 có lỗi · something did not; 2 dùng sai · bad usage
`

const say: Say = (text) => void process.stdout.write(`${text}\n`)
const complain = (text: string): number => {
  process.stderr.write(`${text}\n\n${HELP}`)
  return 2
}

const one = async (name: string, args: readonly string[]): Promise<number> => {
  const file = RUNS[name]?.file
  if (file === undefined) return complain(`--only ${name}: không có phần này · there is no such run`)
  const url = new URL(file, import.meta.url)
  if (!existsSync(fileURLToPath(url))) {
    process.stderr.write(
      `${name}: thiếu tệp · the file is missing: test/soak/${file}; cây nguồn chưa đủ · this tree is incomplete\n`,
    )
    return 1
  }
  const { run } = (await import(url.href)) as { readonly run: LongRun }
  say(`== ${name}`)
  return await run(args, say)
}

const main = async (args: readonly string[]): Promise<number> => {
  if (args.includes('--help') || args.includes('-h')) {
    say(HELP)
    return 0
  }
  const at = args.indexOf('--only')
  const name = at === -1 ? undefined : args[at + 1]
  if (at !== -1 && name === undefined) return complain('--only: thiếu tên · what is to be run?')
  try {
    if (name !== undefined) return await one(name, [...args.slice(0, at), ...args.slice(at + 2)])
    if (args.length > 0) return complain(`${args.join(' ')}: chỉ dùng cùng --only · only together with --only`)
    let worst = 0
    for (const each of Object.keys(RUNS)) worst = Math.max(worst, await one(each, []))
    return worst
  } catch (error) {
    if (error instanceof RangeError || (error instanceof TypeError && 'code' in error)) return complain(error.message)
    throw error
  }
}

process.exitCode = await main(process.argv.slice(2))
