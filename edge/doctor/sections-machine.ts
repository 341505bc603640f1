import { type Health, HOT_CELSIUS, SLOW_PROBE_MS, WORN_RATIO } from '../shell/health.ts'
import type { Machine } from '../shell/machine.ts'
import { inWords } from '../web/words.ts'
import type { DoctorFacts, LiveFacts, StoppedFacts } from './facts.ts'
import { both, bytesText, type Mark, type Row, row, type Section, same, section, span } from './report.ts'
import { timeText } from './when.ts'

/** Sections of the machine, its keys, its line and its log: with a daemon and without. */
export const machineSections = (facts: DoctorFacts): readonly Section[] => {
  const { state } = facts
  return [
    section('link', both('Trung tâm', 'Hub'), state.is === 'live' ? linkRows(facts, state) : [notAsked]),
    section('keys', both('Khóa và đăng ký', 'Keys and enrolment'), keyRows(facts)),
    section('disk', both('Đĩa', 'Disk'), diskRows(facts)),
    section('computer', both('Máy tính', 'Computer'), computerRows(facts.health.machine)),
    section('log', both('Nhật ký', 'Play log'), state.is === 'live' ? logRows(state) : stoppedRows(facts, state)),
    section('evidence', both('Dòng nhật ký gần đây', 'Recent evidence'), evidenceRows(facts)),
  ]
}

const notAsked = row(both('Đường truyền', 'Link'), both('tiến trình không chạy', 'the daemon does not run'))
const ABSENT = both('máy này không có', 'not on this machine')

const linkRows = ({ at, offsetMinutes }: DoctorFacts, { link, hub, status }: LiveFacts): readonly Row[] => {
  if (hub === 'none') return [row(both('Trung tâm', 'Hub'), both('cụm chạy độc lập', 'this site runs by itself'))]
  const waiting = Math.max(0, status.playlog.head + 1 - status.playlog.uploaded)
  const state =
    hub === 'up'
      ? both('đang nối', 'connected')
      : hub === 'rejected'
        ? both('bị từ chối', 'rejected')
        : both('mất liên lạc', 'away')
  const error = link?.lastError ?? null
  return [
    row(both('Tình trạng', 'State'), state, hub === 'up' ? 'good' : 'bad'),
    row(
      both('Nối từ', 'Connected since'),
      link?.since == null
        ? '–'
        : both(
            `${timeText(link.since, offsetMinutes)} (${span(at - link.since).vi})`,
            `${timeText(link.since, offsetMinutes)} (${span(at - link.since).en})`,
          ),
    ),
    row(both('Số lần nối lại', 'Redials'), `${link?.redials ?? 0}`, (link?.redials ?? 0) > 50 ? 'warn' : 'plain'),
    row(
      both('Lỗi gần nhất', 'Last error'),
      error === null ? both('không', 'none') : same(`${timeText(error.at, offsetMinutes)} ${error.why}`),
      error !== null && hub !== 'up' ? 'warn' : 'plain',
    ),
    row(
      both('Đi về', 'Round trip'),
      link?.roundTripMs == null ? '–' : span(link.roundTripMs),
      (link?.roundTripMs ?? 0) > 2_000 ? 'warn' : 'plain',
    ),
    row(both('Chờ gửi', 'Waiting to go'), bytesText(link?.bufferedBytes ?? 0)),
    row(
      both('Nhật ký chưa gửi', 'Evidence not sent'),
      both(`${waiting} dòng`, `${waiting} lines`),
      waiting > 1_000 ? 'warn' : 'plain',
    ),
    ...(link?.certificateUntil == null
      ? []
      : [endRow(both('Chứng thư trung tâm', 'Hub certificate'), link.certificateUntil, { at, offsetMinutes })]),
  ]
}

const DAY_MS = 86_400_000
/** What ends within a month is to be looked at. */
const endRow = (name: Row['name'], end: number, { at, offsetMinutes }: { at: number; offsetMinutes: number }): Row => {
  const left = end - at
  const mark: Mark = left < 0 ? 'bad' : left < 30 * DAY_MS ? 'warn' : 'good'
  const date = timeText(end, offsetMinutes).slice(0, 10)
  return row(
    name,
    left < 0
      ? both(`hết hạn ${date}`, `ended ${date}`)
      : both(`đến ${date} (còn ${span(left).vi})`, `until ${date} (${span(left).en})`),
    mark,
  )
}

const keyRows = ({ at, offsetMinutes, keys, state }: DoctorFacts): readonly Row[] => {
  const age = (wall: number) =>
    both(
      `${timeText(wall, offsetMinutes).slice(0, 10)} (${span(at - wall).vi})`,
      `${timeText(wall, offsetMinutes).slice(0, 10)} (${span(at - wall).en})`,
    )
  const open = keys.deviceKeyMode !== null && (keys.deviceKeyMode & 0o077) !== 0
  return [
    row(
      both('Đăng ký', 'Enrolled'),
      keys.enrolled ? both('đã ghim khóa gốc', 'the root key is pinned') : both('chưa', 'not yet'),
      keys.enrolled || (state.is === 'live' && state.hub === 'none') ? 'good' : 'warn',
    ),
    row(
      both('Khóa thiết bị', 'Device key'),
      keys.deviceKey === null ? both('chưa có', 'none yet') : both(`mã ${keys.deviceKey}`, `id ${keys.deviceKey}`),
      open ? 'bad' : 'plain',
      keys.deviceKeyMode === null ? '' : `mode ${keys.deviceKeyMode.toString(8).padStart(4, '0')}`,
    ),
    ...(keys.deviceKeyMade === null ? [] : [row(both('Khóa tạo ngày', 'Key made'), age(keys.deviceKeyMade))]),
    ...(keys.registryVersion === 0
      ? [row(both('Sổ khóa', 'Key registry'), both('chưa có', 'none yet'), keys.enrolled ? 'warn' : 'plain')]
      : [
          row(
            both('Sổ khóa', 'Key registry'),
            both(
              `phiên bản ${keys.registryVersion}, ${keys.registryKeys} khóa còn hiệu lực`,
              `version ${keys.registryVersion}, ${keys.registryKeys} keys in force`,
            ),
            keys.registryKeys === 0 ? 'bad' : 'good',
          ),
          ...(keys.registryIssuedAt === null
            ? []
            : [row(both('Sổ khóa ký ngày', 'Registry signed'), age(keys.registryIssuedAt))]),
          ...(keys.registryFirstEnd === null
            ? []
            : [
                endRow(both('Khóa đầu tiên hết hạn', 'First key to end'), keys.registryFirstEnd, { at, offsetMinutes }),
              ]),
        ]),
    ...(keys.fingerprintPinned === null
      ? []
      : [
          row(
            both('Ghim chứng thư trung tâm', 'Hub certificate pinned'),
            keys.fingerprintPinned
              ? both('có', 'yes')
              : both('không, theo các CA của máy', 'no, by the system’s authorities'),
            keys.fingerprintPinned ? 'good' : 'plain',
          ),
        ]),
    ...(keys.enrolCodeLeft && keys.enrolled
      ? [
          row(
            both('Mã đăng ký', 'Enrol code'),
            both('vẫn còn trong cấu hình, hãy xóa', 'still in the configuration; remove it'),
            'warn',
          ),
        ]
      : []),
    row(
      both('Tệp mã ghép nối', 'Pairing code file'),
      keys.pairingCodeFile ? both('còn ở thư mục dữ liệu', 'still in the data folder') : both('đã cất', 'put away'),
    ),
  ]
}

const diskRows = ({ health, offsetMinutes }: DoctorFacts): readonly Row[] => {
  const { machine } = health
  const { space } = machine
  return [
    row(
      both('Còn trống', 'Free'),
      space === null ? ABSENT : same(`${bytesText(space.freeBytes)} / ${bytesText(space.totalBytes)}`),
      space !== null && space.freeBytes < space.totalBytes / 20 ? 'warn' : 'plain',
    ),
    ...(space?.totalInodes == null || space.freeInodes === null
      ? []
      : [
          row(
            both('Số tệp còn tạo được', 'Files that can still be made'),
            `${space.freeInodes} / ${space.totalInodes}`,
            space.freeInodes < space.totalInodes / 50 ? 'warn' : 'plain',
          ),
        ]),
    probeRow(health, offsetMinutes),
    ...machine.mounts.map((m) =>
      row(
        m.what === 'root' ? both('Hệ thống /', 'System /') : both(`Dữ liệu ở ${m.at}`, `Data on ${m.at}`),
        m.readOnly ? both('chỉ đọc', 'read-only') : both('ghi được', 'writable'),
        m.readOnly && m.what === 'data' ? 'bad' : 'plain',
        `${m.device} ${m.type}`,
      ),
    ),
    ...(machine.ext4.length === 0
      ? [row(both('Lỗi ext4', 'ext4 errors'), ABSENT)]
      : machine.ext4.map((one) => ext4Row(one, offsetMinutes))),
    ...machine.storage.map(wearRow),
  ]
}

const probeRow = ({ probe }: Health, offsetMinutes: number): Row => {
  const name = both('Thử ghi 4 KiB', 'Write probe, 4 KiB')
  if (probe === null) return row(name, both('chưa thử', 'not tried yet'))
  const time = timeText(probe.at, offsetMinutes)
  if (probe.ms === null) return row(name, both('HỎNG', 'FAILED'), 'bad', `${time} ${probe.error ?? ''}`)
  return row(name, span(probe.ms), probe.ms > SLOW_PROBE_MS ? 'bad' : probe.ms > 500 ? 'warn' : 'good', time)
}

const ext4Row = (fs: Machine['ext4'][number], offsetMinutes: number): Row => {
  const written = fs.writtenKib === null ? '' : `, ${bytesText(fs.writtenKib * 1024)} written`
  if (fs.errors === 0) return row(same(`ext4 ${fs.device}`), both('không lỗi', 'no errors'), 'good', written.slice(2))
  const when = (wall: number | null) => (wall === null ? '?' : timeText(wall, offsetMinutes))
  return row(
    same(`ext4 ${fs.device}`),
    both(
      `${fs.errors} lỗi, đầu ${when(fs.firstAt)}, cuối ${when(fs.lastAt)}`,
      `${fs.errors} errors, first ${when(fs.firstAt)}, last ${when(fs.lastAt)}`,
    ),
    'bad',
    `${fs.lastFunction ?? ''}${written}`,
  )
}

const wearRow = ({ device, name, lifeUsed, endOfLife }: Machine['storage'][number]): Row =>
  row(
    both(`Tuổi thọ ${device}`, `Wear of ${device}`),
    lifeUsed === null
      ? both('thẻ này không báo', 'this storage does not say')
      : both(`đã dùng tới ${Math.round(lifeUsed * 100)} %`, `up to ${Math.round(lifeUsed * 100)} % used`),
    endOfLife === 'urgent' || (lifeUsed ?? 0) >= WORN_RATIO ? 'bad' : endOfLife === 'warning' ? 'warn' : 'plain',
    [name, endOfLife && `pre_eol ${endOfLife}`].filter(Boolean).join(', '),
  )

const computerRows = (machine: Machine): readonly Row[] => {
  const { boardCelsius, undervoltage, throttled, memory, load, uptimeSeconds } = machine
  return [
    row(both('Máy', 'Machine'), machine.model ?? both('không rõ', 'unknown')),
    row(
      both('Nhiệt độ bo mạch', 'Board temperature'),
      boardCelsius === null ? ABSENT : same(`${boardCelsius} °C`),
      boardCelsius === null ? 'plain' : boardCelsius >= HOT_CELSIUS[0] ? 'bad' : boardCelsius >= 70 ? 'warn' : 'good',
      machine.sensors.map(({ name, celsius }) => `${name} ${celsius}`).join(', '),
    ),
    row(
      both('Sụt áp', 'Under-voltage'),
      undervoltage === null
        ? ABSENT
        : undervoltage.now
          ? both('LÚC NÀY', 'NOW')
          : undervoltage.sinceBoot
            ? both('đã có từ khi bật máy', 'since boot')
            : both('không', 'no'),
      undervoltage === null ? 'plain' : undervoltage.now ? 'bad' : undervoltage.sinceBoot ? 'warn' : 'good',
      throttled === null ? '' : `0x${throttled.bits.toString(16)} ${throttled.words.join(', ')}`.trim(),
    ),
    row(
      both('Bộ nhớ còn', 'Memory available'),
      memory === null ? ABSENT : same(`${bytesText(memory.availableBytes)} / ${bytesText(memory.totalBytes)}`),
      memory !== null && memory.availableBytes < memory.totalBytes / 10 ? 'warn' : 'plain',
    ),
    row(
      both('Tải', 'Load'),
      load === null ? ABSENT : same(`${load.one} ${load.five} ${load.fifteen} (${load.cpus} CPU)`),
      load !== null && load.five > 2 * load.cpus ? 'warn' : 'plain',
    ),
    ...(machine.serialNames.length === 0
      ? []
      : [row(both('Cổng nối tiếp', 'Serial ports'), machine.serialNames.join(', '))]),
    row(both('Chạy từ', 'Up for'), uptimeSeconds === null ? ABSENT : span(uptimeSeconds * 1000)),
  ]
}

const logRows = ({ status, hub }: LiveFacts): readonly Row[] => {
  const { playlog } = status
  return [
    row(
      both('Ghi được', 'Writable'),
      playlog.writable ? both('có', 'yes') : both('KHÔNG', 'NO'),
      playlog.writable ? 'good' : 'bad',
    ),
    row(both('Bản ghi cuối', 'Last record'), `${playlog.head}`),
    ...(hub === 'none' ? [] : [row(both('Trung tâm đã có', 'The hub has'), `${playlog.uploaded}`)]),
    row(
      both('Dung lượng', 'Size'),
      both(
        `${bytesText(playlog.bytes)}, ${playlog.segments} ngày`,
        `${bytesText(playlog.bytes)}, ${playlog.segments} days`,
      ),
    ),
    row(
      both('Bộ nhớ của tiến trình', 'Memory of the daemon'),
      bytesText(status.process.rssBytes),
      status.process.rssBytes > 125_829_120 ? 'warn' : 'plain',
    ),
    row(both('Tiến trình chạy', 'The daemon is up for'), span(status.process.uptimeMs)),
  ]
}

const stoppedRows = ({ offsetMinutes }: DoctorFacts, stopped: StoppedFacts): readonly Row[] => {
  const { playlog, snapshot, ports } = stopped
  return [
    row(
      both('Cấu hình', 'Configuration'),
      stopped.config === null ? both('đúng', 'fine') : both('SAI', 'WRONG'),
      stopped.config === null ? 'good' : 'bad',
      stopped.config ?? '',
    ),
    row(
      both('Thư mục dữ liệu', 'Data folder'),
      stopped.dataThere ? both('có', 'there') : both('chưa có', 'not there'),
      stopped.dataThere ? 'good' : 'warn',
    ),
    ...(playlog === null
      ? [row(both('Nhật ký', 'Play log'), both('chưa có', 'none yet'))]
      : [
          row(
            both('Chuỗi nhật ký', 'Chain of the log'),
            playlog.broken === null ? both('khớp', 'holds') : both('KHÔNG KHỚP', 'BROKEN'),
            playlog.broken === null ? 'good' : 'bad',
            playlog.broken ?? '',
          ),
          row(
            both('Bản ghi cuối', 'Last record'),
            playlog.lastAt === null ? `${playlog.head}` : `${playlog.head}, ${timeText(playlog.lastAt, offsetMinutes)}`,
          ),
          row(
            both('Dung lượng', 'Size'),
            both(
              `${bytesText(playlog.bytes)}, ${playlog.days} ngày`,
              `${bytesText(playlog.bytes)}, ${playlog.days} days`,
            ),
          ),
          row(
            both('Lần trước kết thúc', 'The last run ended'),
            playlog.cleanStop === null
              ? both('không rõ', 'unknown')
              : playlog.cleanStop
                ? both('dừng đàng hoàng', 'by a clean stop')
                : both('đột ngột: mất điện hoặc bị ngắt', 'suddenly: power cut or killed'),
            playlog.cleanStop === false ? 'warn' : 'plain',
          ),
        ]),
    ...(snapshot === null
      ? [row(both('Trạng thái đã lưu', 'Saved state'), both('chưa có', 'none yet'))]
      : [
          row(
            both('Trạng thái đã lưu', 'Saved state'),
            both(
              `${snapshot.orders} lệnh, ${snapshot.schedule ? 'có lịch' : 'chưa có lịch'}`,
              `${snapshot.orders} orders, ${snapshot.schedule ? 'with a schedule' : 'no schedule'}`,
            ),
            snapshot.faults.length > 0 ? 'warn' : 'good',
            snapshot.faults.join('; '),
          ),
        ]),
    ...ports.map((port) =>
      row(
        both(`Cổng của ${port.device}`, `Port of ${port.device}`),
        port.trouble ?? both('có', 'there'),
        port.trouble === null ? 'good' : 'bad',
        port.at,
      ),
    ),
  ]
}

const evidenceRows = ({ evidence, offsetMinutes }: DoctorFacts): readonly Row[] =>
  evidence.map((record) =>
    row(
      same(`${timeText(record.at.wall, offsetMinutes).slice(5)} #${record.seq}`),
      inWords(record),
      record.kind === 'incident' || record.kind === 'refusal' ? 'warn' : 'plain',
    ),
  )
