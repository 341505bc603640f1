import { join } from 'node:path'
import type { EdgeConfig } from '../config.ts'
import { listSome, readSome } from '../shell/machine.ts'
import { type AuditResult, about, type Check, found } from './audit-check.ts'

/** What of the machine itself is asked for: by files alone, so that it works without root for most, and in a test. */
export const machineChecks = (root: string, config: EdgeConfig): readonly Check[] => {
  const read = (path: string): string | null => readSome(join(root, path))
  return [
    ssh(root, read),
    users(read),
    ports(read, config),
    firewall(read),
    upgrades(read),
    timeSync(root, read),
    udev(root),
    rootFs(read),
    sandbox(root, read),
    radio(read),
    autologin(root, read),
  ]
}

type Read = (path: string) => string | null

const SSH = about(
  'ssh-password',
  ['SSH không cho vào bằng mật khẩu', 'SSH takes no passwords'],
  ['Mật khẩu bị dò cả ngày trên mạng; khóa thì không.', 'Passwords are guessed all day on a network; keys are not.'],
  [
    'Ghi "PasswordAuthentication no" và "PermitRootLogin no" vào /etc/ssh/sshd_config.d/bangtin.conf rồi systemctl reload ssh.',
    'Put "PasswordAuthentication no" and "PermitRootLogin no" into /etc/ssh/sshd_config.d/bangtin.conf, then systemctl reload ssh.',
  ],
)
const ssh = (root: string, read: Read): Check => {
  const folder = 'etc/ssh/sshd_config.d'
  const main = read('etc/ssh/sshd_config')
  if (main === null) return found(SSH, 'pass', 'không có máy chủ SSH · no SSH server')
  // The first value that is said counts, and Debian includes the folder at the top (sshd_config(5)).
  const text = [...listSome(join(root, folder)).map((name) => read(`${folder}/${name}`) ?? ''), main].join('\n')
  const said = (key: string) => new RegExp(`^\\s*${key}\\s+(\\S+)`, 'im').exec(text)?.[1]?.toLowerCase() ?? null
  const [password, rootLogin] = [
    said('PasswordAuthentication') ?? 'yes',
    said('PermitRootLogin') ?? 'prohibit-password',
  ]
  const result: AuditResult = password !== 'no' ? 'fail' : rootLogin === 'yes' ? 'warn' : 'pass'
  return found(SSH, result, `PasswordAuthentication ${password}, PermitRootLogin ${rootLogin}`)
}

const USERS = about(
  'default-users',
  ['Không còn người dùng mặc định', 'No default user is left'],
  [
    'Tên pi, orangepi… cùng mật khẩu mặc định là thứ đầu tiên người ta thử.',
    'pi, orangepi… with their factory passwords are tried first.',
  ],
  [
    'sudo deluser --remove-home <tên>, hoặc đổi tên và mật khẩu.',
    'sudo deluser --remove-home <name>, or rename it and change its password.',
  ],
)
const DEFAULT_USERS = [
  'pi',
  'orangepi',
  'rock',
  'radxa',
  'ubuntu',
  'debian',
  'odroid',
  'user',
  'test',
  'admin',
] as const
const users = (read: Read): Check => {
  const passwd = read('etc/passwd')
  if (passwd === null) return found(USERS, 'unknown')
  const names = passwd.split('\n').flatMap((line) => {
    const [name = '', , , , , , shell = ''] = line.split(':')
    return DEFAULT_USERS.some((one) => one === name) && !/(nologin|false)$/.test(shell) ? [name] : []
  })
  return found(USERS, names.length === 0 ? 'pass' : names.includes('pi') ? 'fail' : 'warn', names.join(', '))
}

const PORTS = about(
  'open-ports',
  ['Chỉ mở ra mạng những cổng cần', 'Only ports that are needed are open to the network'],
  [
    'Mỗi cổng mở là một cửa; cụm gọi ra trung tâm nên không cần mở cửa vào.',
    'Each is a door; the cluster dials out to the hub and needs none.',
  ],
  [
    'Tắt dịch vụ không dùng (systemctl disable --now …); telnet, VNC, FTP không bao giờ cần.',
    'Switch off what is not used (systemctl disable --now …); telnet, VNC, FTP are never needed.',
  ],
)
/** Telnet, FTP, SMB, RDP, VNC, X11, adb. */
const NEVER = [21, 23, 139, 445, 3389, 5555, 5900, 5901, 6000]
const ports = (read: Read, { web }: EdgeConfig): Check => {
  const tables = [read('proc/net/tcp'), read('proc/net/tcp6')]
  if (tables.every((one) => one === null)) return found(PORTS, 'unknown')
  const open = new Set(tables.flatMap((text) => listening(text ?? '')))
  const odd = [...open].filter((port) => port !== 22 && port !== web.port).sort((a, b) => a - b)
  const bad = odd.some((port) => NEVER.includes(port))
  const all = [...open].sort((a, b) => a - b).join(', ')
  return found(PORTS, bad ? 'fail' : odd.length > 0 ? 'warn' : 'pass', all)
}
/** Ports of the lines in state 0A (LISTEN) whose own address is not loopback; addresses are in the byte order of the machine. */
const listening = (table: string): readonly number[] =>
  table.split('\n').flatMap((line) => {
    const [, address = '', , state] = line.trim().split(/\s+/)
    const [host = '', port = ''] = address.split(':')
    const local =
      /^[0-9A-F]{6}7F$/i.test(host) || /^0{24}01000000$/.test(host) || /^0{16}FFFF0000[0-9A-F]{6}7F$/i.test(host)
    return state === '0A' && !local ? [Number.parseInt(port, 16)] : []
  })

const FIREWALL = about(
  'firewall',
  ['Tường lửa đang bật', 'A firewall is on'],
  ['Chặn cả những cổng mà bản cập nhật sau này mở ra.', 'It also stops what some later update opens.'],
  [
    'sudo apt install ufw; sudo ufw default deny incoming; sudo ufw allow from <mạng kỹ thuật>; sudo ufw enable',
    'sudo apt install ufw; sudo ufw default deny incoming; sudo ufw allow from <technicians’ network>; sudo ufw enable',
  ],
)
const firewall = (read: Read): Check => {
  const ufw = /^ENABLED=yes/m.test(read('etc/ufw/ufw.conf') ?? '')
  const nft = /hook input[^}]*policy drop/s.test(read('etc/nftables.conf') ?? '')
  const tables = (read('etc/iptables/rules.v4') ?? '').includes(':INPUT DROP')
  return found(
    FIREWALL,
    ufw || nft || tables ? 'pass' : 'warn',
    ufw ? 'ufw' : nft ? 'nftables' : tables ? 'iptables' : '',
  )
}

const UPGRADES = about(
  'security-upgrades',
  ['Bản vá an toàn tự cài', 'Security upgrades install themselves'],
  ['Không ai đến tủ chỉ để cài bản vá.', 'Nobody comes to the box for that.'],
  [
    'sudo apt install unattended-upgrades; sudo dpkg-reconfigure -plow unattended-upgrades',
    'sudo apt install unattended-upgrades; sudo dpkg-reconfigure -plow unattended-upgrades',
  ],
)
const upgrades = (read: Read): Check => {
  const text = read('etc/apt/apt.conf.d/20auto-upgrades')
  const on = /Unattended-Upgrade\s+"[1-9]/.test(text ?? '')
  return found(UPGRADES, on ? 'pass' : 'warn', text === null ? '20auto-upgrades: –' : '')
}

const TIME = about(
  'time-sync',
  ['Đồng hồ được đồng bộ và có pin', 'The clock is synchronised and has a battery'],
  ['Giờ sai làm bằng chứng sai; lệnh hết hạn hoặc đến muộn.', 'A wrong clock makes wrong evidence, and orders late.'],
  ['sudo apt install chrony; lắp module DS3231 cho Pi.', 'sudo apt install chrony; fit a DS3231 to a Pi.'],
)
const timeSync = (root: string, read: Read): Check => {
  const wants = 'etc/systemd/system'
  const folders = ['multi-user.target.wants', 'sysinit.target.wants', 'dbus-org.freedesktop.timesync1.service']
  const units = [...folders.flatMap((one) => listSome(join(root, wants, one))), ...listSome(join(root, wants))]
  const service = units.find((name) =>
    /^(chrony|chronyd|ntpsec|ntp|systemd-timesyncd|dbus-org\.freedesktop\.timesync1)\.service$/.test(name),
  )
  const rtc = read('sys/class/rtc/rtc0/name')?.trim() ?? null
  const evidence = `${service ?? 'không có dịch vụ giờ · no time service'}; RTC: ${rtc ?? '–'}`
  return found(TIME, service !== undefined && rtc !== null ? 'pass' : 'warn', evidence)
}

const UDEV = about(
  'udev-rule',
  ['Luật udev của bangtin đã cài', 'The udev rule of bangtin is installed'],
  [
    'Không có nó, cổng nối tiếp không có tên cố định và quyền đúng.',
    'Without it serial ports have no lasting names and rights.',
  ],
  [
    'sudo cp deploy/edge/99-bangtin.rules /etc/udev/rules.d/ && sudo udevadm control --reload',
    'sudo cp deploy/edge/99-bangtin.rules /etc/udev/rules.d/ && sudo udevadm control --reload',
  ],
)
const udev = (root: string): Check => {
  const rules = ['etc/udev/rules.d', 'usr/lib/udev/rules.d', 'lib/udev/rules.d'].flatMap((folder) =>
    listSome(join(root, folder)).filter((name) => name.includes('bangtin')),
  )
  return found(UDEV, rules.length > 0 ? 'pass' : 'warn', rules.join(', '))
}

const ROOT_FS = about(
  'root-filesystem',
  ['Phân vùng hệ thống chỉ đọc', 'The system’s file system is read-only'],
  [
    'Mất điện giữa lúc ghi làm hỏng thẻ; ai vào được cũng không để lại gì qua lần khởi động.',
    'A power cut while it is written breaks the card; and nothing an intruder leaves survives a restart.',
  ],
  [
    'Nên làm: overlayroot (deploy/edge/README.md), thư mục dữ liệu ở phân vùng riêng.',
    'Advised: overlayroot (deploy/edge/README.md), the data folder on a partition of its own.',
  ],
)
const rootFs = (read: Read): Check => {
  const line = (read('proc/self/mountinfo') ?? '').split('\n').findLast((one) => one.split(' ')[4] === '/')
  if (line === undefined) return found(ROOT_FS, 'unknown')
  const [, type = ''] = / - (\S+)/.exec(line) ?? []
  const readOnly = (line.split(' ')[5] ?? '').split(',').includes('ro')
  return found(ROOT_FS, readOnly || type === 'overlay' ? 'pass' : 'warn', `${type} ${readOnly ? 'ro' : 'rw'}`)
}

const SANDBOX = about(
  'service-sandbox',
  ['Dịch vụ chạy trong hộp cát', 'The service runs in a sandbox'],
  [
    'Hộp cát giữ cho một lỗi không thành cả máy; bộ canh khởi động lại tiến trình treo.',
    'It keeps one flaw from becoming the machine; the watchdog restarts a hung daemon.',
  ],
  ['Dùng bangtin-edge@.service của gói, đừng bớt dòng nào.', 'Use the unit bangtin-edge@.service as it comes.'],
)
const WANTED = ['NoNewPrivileges=yes', 'ProtectSystem=strict', 'ProtectHome=yes', 'WatchdogSec='] as const
const sandbox = (root: string, read: Read): Check => {
  const unit = ['etc/systemd/system', 'usr/lib/systemd/system', 'lib/systemd/system']
    .map((folder) => `${folder}/bangtin-edge@.service`)
    .find((path) => read(path) !== null)
  if (unit === undefined) return found(SANDBOX, 'warn', 'bangtin-edge@.service: –')
  const extra = listSome(join(root, 'etc/systemd/system/bangtin-edge@.service.d'))
  const text = [unit, ...extra.map((name) => `etc/systemd/system/bangtin-edge@.service.d/${name}`)]
    .map((path) => read(path) ?? '')
    .join('\n')
  const missing: string[] = WANTED.filter((line) => !text.includes(line))
  const user = /^User=(\S+)/m.exec(text)?.[1] ?? 'root'
  if (user === 'root') missing.push('User=')
  return found(
    SANDBOX,
    missing.length === 0 ? 'pass' : 'fail',
    missing.length === 0 ? unit : `thiếu · missing: ${missing.join(', ')}`,
  )
}

const RADIO = about(
  'open-radio',
  ['Không phát Wi-Fi mở', 'No open Wi-Fi of its own'],
  ['Wi-Fi mở ở bảng là cách các bảng bị chiếm năm 2023.', 'Open radio at the board is how boards were taken in 2023.'],
  [
    'Tắt hostapd, hoặc đặt wpa=2 với mật khẩu riêng của cụm.',
    'Switch hostapd off, or set wpa=2 with a password of this site alone.',
  ],
)
const radio = (read: Read): Check => {
  const text = read('etc/hostapd/hostapd.conf')
  if (text === null) return found(RADIO, 'pass', 'hostapd: –')
  return found(RADIO, /^\s*wpa=[23]/m.test(text) ? 'pass' : 'fail', 'hostapd.conf')
}

const LOGIN = about(
  'auto-login',
  ['Màn hình dòng lệnh không tự đăng nhập', 'No console logs in by itself'],
  ['Ai mở tủ, cắm bàn phím là vào máy.', 'Whoever opens the box and plugs in a keyboard is in.'],
  [
    'Bỏ --autologin trong getty@tty1.service.d (raspi-config: Console, không Autologin).',
    'Remove --autologin from getty@tty1.service.d (raspi-config: Console, no Autologin).',
  ],
)
const autologin = (root: string, read: Read): Check => {
  const folder = 'etc/systemd/system/getty@tty1.service.d'
  const files = listSome(join(root, folder)).filter((name) => (read(`${folder}/${name}`) ?? '').includes('--autologin'))
  return found(LOGIN, files.length === 0 ? 'pass' : 'warn', files.join(', '))
}
