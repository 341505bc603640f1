import { parseArgs } from 'node:util'
import { codecs, fuzz } from './fuzz.ts'

const HELP = `npm run fuzz -- [--bytes N] [--seed N] [--only name,…] [--json]

Cho byte ngẫu nhiên và khung hỏng qua mọi bộ giải mã · random bytes and damaged frames through every codec

  --bytes N   byte cho mỗi bộ (mặc định 10 000 000) · bytes for each codec (default 10,000,000)
  --seed N    hạt giống (mặc định 1) · seed (default 1)
  --only LIST chỉ các bộ này · only these codecs
  --json      kết quả dạng JSON · result as JSON

Mã thoát · exit: 0 tốt · fine; 1 có lỗi, in hạt giống và byte · something failed, with seed and bytes; 2 dùng sai · bad usage
`

const main = (): number => {
  let options: { bytes: number; seed: number; only: string | undefined; json: boolean; help: boolean }
  try {
    const { values } = parseArgs({
      options: {
        bytes: { type: 'string', default: '10000000' },
        seed: { type: 'string', default: '1' },
        only: { type: 'string' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    })
    options = { ...values, bytes: Number(values.bytes), seed: Number(values.seed), only: values.only }
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${HELP}`)
    return 2
  }
  if (options.help) {
    process.stdout.write(HELP)
    return 0
  }
  const wanted = options.only?.split(',')
  const chosen = codecs().filter((c) => wanted === undefined || wanted.includes(c.name))
  if (!(options.bytes >= 1 && Number.isInteger(options.seed)) || chosen.length === 0) {
    process.stderr.write(HELP)
    return 2
  }
  const heap = () => {
    globalThis.gc?.()
    return process.memoryUsage().heapUsed / 1e6
  }
  for (const { name, profile } of chosen) {
    const before = heap()
    try {
      const done = fuzz(profile, options)
      const grown = heap() - before
      if (options.json) process.stdout.write(`${JSON.stringify({ codec: name, ...done, grownMb: grown })}\n`)
      else
        process.stdout.write(
          `${name}: ${done.bytes} byte, ${done.frames} khung · frames, ${done.wrongChecksums} sai tổng kiểm · wrong checksums, ` +
            `${done.noise} nhiễu · noise, giữ nhiều nhất · held at most ${done.mostPending}/${done.mostAllowed}, ` +
            `${(done.bytes / 1000 / done.ms).toFixed(1)} MB/s, bộ nhớ · memory ${grown >= 0 ? '+' : ''}${grown.toFixed(1)} MB\n`,
        )
    } catch (error) {
      process.stderr.write(`${name}: ${error instanceof Error ? error.message : String(error)}\n`)
      return 1
    }
  }
  return 0
}

process.exitCode = main()
