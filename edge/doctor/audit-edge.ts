import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { holdsSecret } from '#controller/detect/secret.ts'
import type { EdgeConfig } from '../config.ts'
import { type AuditResult, about, type Check, found } from './audit-check.ts'

/** Permission bits of a path; null where it cannot be looked at. */
export const modeOf = (path: string): number | null => {
  try {
    return statSync(path).mode & 0o777
  } catch {
    return null
  }
}
const octal = (mode: number): string => mode.toString(8).padStart(4, '0')
const isLoopback = (host: string): boolean => host === 'localhost' || host === '::1' || host.startsWith('127.')

const WEB = about(
  'web-address',
  ['Trang kỹ thuật chỉ mở nơi cần', 'The technician’s page is open only where it must be'],
  [
    'Trang nói HTTP: ai cùng mạng có thể nghe mã ghép nối.',
    'The page speaks plain HTTP: whoever shares the network may hear the pairing code.',
  ],
  [
    'Để web.host là 127.0.0.1, hoặc địa chỉ của mạng riêng cho kỹ thuật viên (không phải 0.0.0.0), và chặn cổng ở các mạng khác.',
    'Leave web.host at 127.0.0.1, or an address of a network for technicians alone (not 0.0.0.0), and block the port elsewhere.',
  ],
)
const HUB_TLS = about(
  'hub-fingerprint',
  ['Chứng thư của trung tâm được ghim', 'The hub’s certificate is pinned'],
  [
    'Không ghim thì mọi CA trong máy đều có thể giả trung tâm.',
    'Without it any authority this machine trusts can stand for the hub.',
  ],
  [
    'Đặt hub.fingerprint bằng vân tay mà trung tâm in ra (bangtin hub --fingerprint).',
    'Set hub.fingerprint to what the hub prints (bangtin hub --fingerprint).',
  ],
)
const ENROL = about(
  'enrol-code-left',
  ['Mã đăng ký không còn trong cấu hình', 'No enrol code is left in the configuration'],
  [
    'Mã đã dùng thì vô ích, mã chưa dùng thì ai đọc tệp cũng đăng ký thay được.',
    'A used one is useless; an unused one enrols whoever reads the file.',
  ],
  ['Xóa khóa hub.enrolCode sau khi đăng ký xong.', 'Remove hub.enrolCode once the device is enrolled.'],
)
const CONFIG_MODE = about(
  'config-mode',
  ['Tệp cấu hình không cho người ngoài đọc hay sửa', 'Nobody else may read or change the configuration'],
  [
    'Ai sửa được tệp này thì đổi được màn hình; trong đó có thể có mật khẩu thiết bị.',
    'Whoever changes it changes the screen, and it may hold passwords of devices.',
  ],
  ['sudo chown root:bangtin <tệp>; sudo chmod 0640 <tệp>', 'sudo chown root:bangtin <file>; sudo chmod 0640 <file>'],
)
const DEVICE_PASSWORD = about(
  'device-network',
  ['Bộ điều khiển mạng được bảo vệ', 'Controllers on the network are protected'],
  [
    'Bộ điều khiển trên mạng không có mật khẩu thì ai cùng mạng cũng đổi được hình (các vụ 2023).',
    'A controller on the network without a password is anybody’s on it (the hacks of 2023).',
  ],
  [
    'Đặt nó trên dây mạng riêng nối thẳng với máy này, đổi mật khẩu và community mặc định, tắt Wi-Fi của nó.',
    'Put it on a cable of its own to this machine, change its default password and community, switch its Wi-Fi off.',
  ],
)
const SERIAL = about(
  'serial-name',
  ['Cổng nối tiếp có tên cố định', 'Serial ports have lasting names'],
  [
    '/dev/ttyUSB0 đổi số khi cắm lại: lệnh có thể đi nhầm thiết bị.',
    '/dev/ttyUSB0 is another adapter after the next plugging: commands may go to the wrong device.',
  ],
  [
    'Dùng tên trong /dev/bangtin/ (luật udev) hoặc /dev/serial/by-id/.',
    'Use a name in /dev/bangtin/ (udev rule) or /dev/serial/by-id/.',
  ],
)
const EXERCISE = about(
  'exercise-mode',
  ['Chế độ diễn tập đang tắt', 'Exercise mode is off'],
  ['Bật lâu dài thì lệnh diễn tập hiện ra trước dân.', 'Left on, drills are shown to the public.'],
  ['Đặt site.exerciseMode là false sau buổi diễn tập.', 'Set site.exerciseMode to false after the drill.'],
)
const CLOCK = about(
  'clock-trust',
  ['Đồng hồ chỉ tin khi có căn cứ', 'The clock is believed only with reason'],
  [
    '"host" tin mọi giờ có vẻ hợp lý; trên Pi không có pin đồng hồ, giờ sau mất điện là sai.',
    '"host" believes any plausible time; on a Pi without a battery clock it is wrong after a power cut.',
  ],
  [
    'Bỏ khóa "clock" (mặc định strict), trừ máy ảo hay container.',
    'Leave "clock" out (strict), except in containers and virtual machines.',
  ],
)

export const configChecks = (file: string, config: EdgeConfig): readonly Check[] => {
  const { web, hub } = config
  const mode = modeOf(file)
  const devices = [...(config.controller ? [{ name: 'display', ...config.controller }] : []), ...config.equipment]
  const network = devices.filter(({ link }) => link.kind !== 'serial' && !isLoopback(link.host))
  const bare = network.filter(({ address }) => !holdsSecret(address))
  const unnamed = devices.flatMap(({ link }) =>
    link.kind === 'serial' && /^\/dev\/tty(USB|ACM)\d+$/.test(link.path) ? [link.path] : [],
  )
  const everywhere = web.host === '0.0.0.0' || web.host === '::'
  return [
    found(WEB, isLoopback(web.host) ? 'pass' : everywhere ? 'fail' : 'warn', `web.host ${web.host}:${web.port}`),
    ...(hub === null
      ? []
      : [
          found(
            HUB_TLS,
            hub.fingerprint !== null ? 'pass' : hub.url.startsWith('http:') ? 'warn' : 'warn',
            hub.url.replace(/\/\/[^/@]*@/, '//'),
          ),
          found(ENROL, hub.enrolCode === null ? 'pass' : 'warn'),
        ]),
    found(
      CONFIG_MODE,
      mode === null ? 'unknown' : (mode & 0o022) !== 0 ? 'fail' : (mode & 0o004) !== 0 ? 'warn' : 'pass',
      mode === null ? '' : octal(mode),
    ),
    ...(network.length === 0
      ? []
      : [found(DEVICE_PASSWORD, bare.length === 0 ? 'pass' : 'warn', bare.map(({ name }) => name).join(', '))]),
    found(SERIAL, unnamed.length === 0 ? 'pass' : 'warn', unnamed.join(', ')),
    found(EXERCISE, config.site.exerciseMode ? 'warn' : 'pass'),
    found(CLOCK, config.clock === 'strict' ? 'pass' : 'warn', config.clock),
  ]
}

const FOLDER = about(
  'data-folder-mode',
  ['Thư mục dữ liệu đóng với người ngoài', 'The data folder is closed to others'],
  [
    'Trong đó có khóa thiết bị, mã ghép nối, nhật ký là bằng chứng.',
    'It holds the device key, the pairing code, and the log, which is evidence.',
  ],
  ['sudo chmod 0700 <thư mục dữ liệu>', 'sudo chmod 0700 <data folder>'],
)
const OWNER = about(
  'data-owner',
  ['Tiến trình không chạy bằng root', 'The daemon does not run as root'],
  [
    'Lỗi trong một tệp hình không được thành quyền cả máy.',
    'A flaw in reading a picture must not become the whole machine.',
  ],
  [
    'Chạy bằng người dùng bangtin (User= của dịch vụ), chown thư mục dữ liệu cho người ấy.',
    'Run it as the user bangtin (User= of the unit) and give the data folder to it.',
  ],
)
const SECRET_MODES = about(
  'key-modes',
  ['Khóa và mã chỉ chủ đọc được', 'Keys and codes are readable by their owner alone'],
  [
    'Ai có khóa thiết bị thì nói thay cụm với trung tâm.',
    'Whoever has the device key speaks for this cluster to the hub.',
  ],
  ['sudo chmod 0600 <tệp>', 'sudo chmod 0600 <file>'],
)
const PAIRING = about(
  'pairing-code-file',
  ['Tệp mã ghép nối đã được cất đi', 'The pairing code’s file was put away'],
  ['Ai mở được tủ và đọc được thẻ thì có mã.', 'Whoever opens the box and reads the card has the code.'],
  [
    'Chép mã lên nhãn trong tủ hoặc sổ niêm phong rồi xóa pairing-code.txt.',
    'Write the code on the label inside the box or in the sealed book, then delete pairing-code.txt.',
  ],
)
const READABLE = about(
  'data-readable',
  ['Không tệp dữ liệu nào mở cho mọi người', 'No data file is open to everybody'],
  ['Người khác trên máy đọc hoặc sửa được.', 'Others on this machine can read or change them.'],
  ['sudo chmod -R o-rwx,g-w <thư mục dữ liệu>', 'sudo chmod -R o-rwx,g-w <data folder>'],
)
const SECRET_FILES = [
  'device-key.pem',
  'root-key.json',
  'pairing.hash',
  'pairing-code.txt',
  'snapshot.json',
  'doctor.sock',
] as const
/** Names of one folder that are looked at. */
const MOST_FILES = 2_000

export const dataChecks = ({ dataDir }: EdgeConfig): readonly Check[] => {
  const mode = modeOf(dataDir)
  if (mode === null) return [found(FOLDER, 'unknown', dataDir)]
  const open = SECRET_FILES.flatMap((name) => {
    const bits = modeOf(join(dataDir, name))
    return bits !== null && (bits & 0o077) !== 0 ? [`${name} ${octal(bits)}`] : []
  })
  const closed = (mode & 0o077) === 0
  const loose = closed ? [] : readable(dataDir)
  const owner = statSync(dataDir).uid
  const result: AuditResult = closed ? 'pass' : (mode & 0o022) !== 0 ? 'fail' : 'warn'
  return [
    found(FOLDER, result, octal(mode)),
    found(OWNER, owner === 0 ? 'fail' : 'pass', `uid ${owner}`),
    found(SECRET_MODES, open.length === 0 ? 'pass' : 'fail', open.join(', ')),
    found(PAIRING, modeOf(join(dataDir, 'pairing-code.txt')) === null ? 'pass' : 'warn'),
    // Behind a closed folder nobody gets to the files, whatever their own bits are.
    found(READABLE, loose.length === 0 ? 'pass' : 'warn', loose.slice(0, 5).join(', ')),
  ]
}

const readable = (dataDir: string): readonly string[] =>
  ['', 'plays', 'approvals', 'aggregates', 'assets'].flatMap((folder) => {
    try {
      return readdirSync(join(dataDir, folder))
        .slice(0, MOST_FILES)
        .flatMap((name) => ((modeOf(join(dataDir, folder, name)) ?? 0) & 0o006 ? [join(folder, name)] : []))
    } catch {
      return []
    }
  })
