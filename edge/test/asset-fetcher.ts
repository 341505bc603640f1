import { openAssets } from '../shell/assets.ts'

/** A process that fetches one file and may be killed while it does: `asset-fetcher.ts <data folder> <hub> <sha256>`. */
const [dataDir = '', url = '', sha256 = ''] = process.argv.slice(2)
const BYTES = 300_000
/** Slow enough that a file is several pieces long. */
const SPEED = 16_000_000

const store = openAssets({
  dataDir,
  log: () => {},
  bitsPerSecond: SPEED,
  windowOpen: () => {
    process.stdout.write('piece\n')
    return true
  },
  changed: (_, state) => {
    process.stdout.write(`${state}\n`)
    if (state === 'present') process.exit(0)
  },
})
if (store.list().includes(sha256)) {
  process.stdout.write('present\n')
  process.exit(0)
}
store.source({ url, token: 't', tls: {} })
store.want([{ sha256, bytes: BYTES, mime: 'image/png' }])
