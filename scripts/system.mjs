import { accessSync, constants, existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { run } from './child.mjs'
import { fail, say } from './say.mjs'

const NOTO = '/usr/share/fonts/truetype/noto'
const CJK = '/usr/share/fonts/opentype/noto'
const GOOGLE = '/usr/share/fonts/google-noto'

/**
 * What the machine itself must have, found by the program or file that is used, so that any way of installing it counts.
 * `all` must each exist; of `any` one is enough.
 */
const NEEDS = {
  mpv: { all: ['mpv'] },
  xvfb: { all: ['Xvfb'] },
  chromium: { any: ['chromium', 'chromium-browser', 'google-chrome'] },
  prometheus: { all: ['prometheus', 'promtool'] },
  'fonts-noto-core': {
    any: [`${NOTO}/NotoSans-Bold.ttf`, `${GOOGLE}/NotoSans-Bold.ttf`, '/usr/share/fonts/noto/NotoSans-Bold.ttf'],
  },
  'fonts-noto-cjk': { any: [`${CJK}/NotoSansCJK-Bold.ttc`, '/usr/share/fonts/noto-cjk/NotoSansCJK-Bold.ttc'] },
}

const onPath = (name) =>
  (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK)
      return true
    } catch {
      return false
    }
  })

const has = (thing) => (thing.startsWith('/') ? existsSync(thing) : onPath(thing))
const present = (need) => (need.all?.every(has) ?? true) && (need.any?.some(has) ?? true)

/** Debian package names a command needs. A demo on a machine with a screen needs no virtual one. */
const wantedFor = (command) => {
  const demo = ['mpv', 'fonts-noto-core', 'fonts-noto-cjk']
  if (command === 'demo') return process.env.DISPLAY ? demo : [...demo, 'xvfb']
  return [...demo, 'xvfb', 'chromium', 'prometheus']
}

/** Installs what is missing with apt where that is allowed; otherwise prints the exact command and ends. */
export const ensureSystem = (command) => {
  const missing = wantedFor(command).filter((name) => !present(NEEDS[name]))
  if (missing.length === 0) return
  const install = ['install', '-y', '--no-install-recommends', ...missing]
  const byHand = `sudo apt-get update && sudo RUNLEVEL=1 apt-get ${install.join(' ')}`
  const list = missing.join(' ')
  if (!onPath('apt-get'))
    fail(
      `Thiếu: ${list}. Hãy cài bằng trình quản lý gói của máy.`,
      `Missing: ${list}. Install them with this machine's package manager (names are Debian's).`,
    )
  if (process.env.BANGTIN_NO_APT === '1')
    fail(
      `Thiếu: ${list} (BANGTIN_NO_APT=1 nên không tự cài).`,
      `Missing: ${list} (BANGTIN_NO_APT=1, so nothing was installed).`,
      byHand,
    )
  const prefix = rights()
  if (prefix === undefined)
    fail(`Thiếu: ${list}. Cần quyền root, hãy chạy:`, `Missing: ${list}. This needs root, please run:`, byHand)
  say(`Cài gói hệ thống: ${list}`, 'installing system packages with apt')
  if (missing.includes('prometheus')) sayAboutService()
  apt(prefix, ['update'], byHand)
  apt(prefix, install, byHand)
  const still = missing.filter((name) => !present(NEEDS[name]))
  if (still.length > 0)
    fail(
      `apt đã chạy nhưng vẫn thiếu: ${still.join(' ')}`,
      `apt finished but these are still not found: ${still.join(' ')}`,
      byHand,
    )
}

/** How to become root without asking for a password: nothing, sudo, or not at all. */
const rights = () => {
  if (process.getuid?.() === 0) return []
  if (onPath('sudo') && run('sudo', ['-n', 'true'], { stdio: 'ignore' }) === 0) return ['sudo', '-n']
  return undefined
}

const apt = (prefix, args, byHand) => {
  // RUNLEVEL=1 keeps a package that brings a service (prometheus) from starting it.
  const words = [...prefix, 'env', 'DEBIAN_FRONTEND=noninteractive', 'RUNLEVEL=1', 'apt-get', ...args]
  const code = run(words[0], words.slice(1), { stdio: ['ignore', 2, 2] })
  if (code !== 0)
    fail(`apt-get ${args[0]} không thành công (mã ${code}).`, `apt-get ${args[0]} failed (code ${code}).`, byHand)
}

const sayAboutService = () => {
  say(
    'Không khởi động dịch vụ prometheus (RUNLEVEL=1)',
    'the prometheus service is not to start (RUNLEVEL=1); tests start their own',
  )
  if (existsSync('/run/systemd/system'))
    say(
      'Nếu systemd vẫn bật nó: sudo systemctl disable --now prometheus',
      'if systemd starts it all the same: the command before',
    )
}
