import { unreachable } from '#core/base/result.ts'
import {
  CLOCK_NAMES,
  CLOSE_CAUSE_NAMES,
  capitals,
  ITEM_REFUSAL_NAMES,
  LIT_NAMES,
  type Names,
  ORDER_END_NAMES,
  ORDER_REFUSAL_NAMES,
  ORDER_STAGE_NAMES,
  PERIOD_NAMES,
  type Phrase,
  PROOF_NAMES,
  RANK_NAMES,
  SHORTFALL_NAMES,
} from '#core/contract/words.ts'
import { isLocalIssuer } from '#core/emergency/preset.ts'
import type { EvidenceRecord } from '#core/evidence/record.ts'

type Of<K extends EvidenceRecord['kind']> = Extract<EvidenceRecord, { kind: K }>

const LIT = capitals(LIT_NAMES)
const both = (vi: string, en: string): Phrase => ({ vi, en })
/** The same sentence in both languages, said by `tell` with the names of each. */
const each = (tell: (language: keyof Phrase) => string): Phrase => both(tell('vi'), tell('en'))

/** One line of evidence as a sentence for people, Vietnamese and English. The line itself stays the truth. */
export const inWords = (r: EvidenceRecord): Phrase => {
  switch (r.kind) {
    case 'open':
      return both(`Bắt đầu phát “${r.title}” (${r.supplier}). ${r.why}`, `Began “${r.title}”`)
    case 'close': {
      const [cause, proof] = [CLOSE_CAUSE_NAMES[r.cause], PROOF_NAMES[r.proof]]
      return both(
        `Kết thúc phát: ${cause.vi}; ${seconds(r.ms)} giây; ${proof.vi}`,
        `Ended: ${cause.en}; ${seconds(r.ms)} s; ${proof.en}`,
      )
    }
    case 'screen':
      return both(
        `${LIT[r.lit].vi}${r.intended ? ' (chủ ý)' : ''}${more(r.why)}`,
        `${LIT[r.lit].en}${r.intended ? ' (on purpose)' : ''}`,
      )
    case 'proof':
      return both(`Bằng chứng: ${PROOF_NAMES[r.proof].vi}`, `Proof: ${PROOF_NAMES[r.proof].en} (${r.how})`)
    case 'verdict':
      return both(
        `Màn hình thuộc về: ${RANK_NAMES[r.rank].vi} (${r.winner})`,
        `Screen belongs to: ${RANK_NAMES[r.rank].en}`,
      )
    case 'order':
      return orderInWords(r)
    case 'power':
      if ('stage' in r) return switchedInWords(r)
      return both(`Nguồn: ${r.want === 'on' ? 'bật' : 'tắt'} (${setting(r.why)})`, `Power: ${r.want} (${r.why})`)
    case 'sensor':
      return sensorInWords(r)
    case 'clock':
      return both(
        `Đồng hồ nhảy ${r.stepMs} ms, nay ${CLOCK_NAMES[r.quality].vi}`,
        `Clock stepped by ${r.stepMs} ms, now ${CLOCK_NAMES[r.quality].en}`,
      )
    case 'gap':
      return both(`Khoảng trống nhật ký: ${GAP[r.cause].vi}`, `Hole in the log: ${GAP[r.cause].en}${more(r.detail)}`)
    case 'config':
      return both(
        `${CONFIG[r.what].vi} ${r.version}: ${r.result === 'accepted' ? 'chấp nhận' : 'từ chối'}${more(r.reason ?? '')}`,
        `${CONFIG[r.what].en} ${r.version}: ${r.result}`,
      )
    case 'refusal':
      return each((l) => {
        const said = l === 'vi' ? 'Từ chối nội dung' : 'Refused content'
        return `${said} ${r.item}: ${ITEM_REFUSAL_NAMES[r.reason][l]}${l === 'en' ? more(r.detail) : ''}`
      })
    case 'access':
      return both(`${r.person}: ${ACCESS[r.what] ?? r.what}${more(r.detail)}`, `${r.what}`)
    case 'incident':
      return both(`Sự cố: ${INCIDENT[r.what] ?? r.what}`, `Incident: ${r.what}${more(r.detail)}`)
    case 'airtime':
      return airtimeInWords(r)
    case 'heartbeat':
      return both('Đang chạy', 'Running')
    case 'seal':
      return both(`Niêm phong ngày ${r.day}: ${r.records} dòng`, `Sealed ${r.day}: ${r.records} lines`)
  }
  return unreachable(r)
}

const seconds = (ms: number): string => (ms / 1000).toFixed(1)
/** A controller setting reads `name = value` in the log. */
const setting = (why: string): string => {
  const [name = '', value = ''] = why.split(' = ')
  return value === '' ? why : `${SETTING[name] ?? name} = ${value}`
}
const SETTING: { readonly [name: string]: string } = {
  brightness: 'độ sáng',
  blackout: 'tắt hình',
  freeze: 'đứng hình',
  testPattern: 'mẫu thử',
  input: 'đầu vào',
}
const more = (text: string): string => (text === '' ? '' : `: ${text}`)

const orderInWords = (r: Of<'order'>): Phrase => {
  const reasons: { readonly [reason: string]: Phrase } =
    r.stage === 'ended' ? ORDER_END_NAMES : { ...ORDER_END_NAMES, ...ORDER_REFUSAL_NAMES }
  const reason = r.reason === null ? null : (reasons[r.reason] ?? both(r.reason, r.reason))
  const at = isLocalIssuer(r.issuer) ? both(' tại chỗ', ' at the site') : both('', '')
  return both(
    `Lệnh${at.vi} ${r.order}: ${ORDER_STAGE_NAMES[r.stage].vi}${more(reason?.vi ?? '')}`,
    `Order${at.en}: ${ORDER_STAGE_NAMES[r.stage].en}${more(reason?.en ?? '')}${more(r.detail)}`,
  )
}

const FLOOR: Names<Of<'airtime'>['stage']> = {
  short: both('không còn đủ', 'can no longer be met'),
  recovered: both('lại có thể đủ', 'can be met again'),
  met: both('đã đủ', 'met'),
  missed: both('không đủ', 'missed'),
  exempt: both('được miễn theo Điều 8.2', 'exempt under Art. 8.2'),
}
const airtimeInWords = (r: Of<'airtime'>): Phrase =>
  each((l) => {
    const missing = r.missingMs === 0 ? '' : ` (${Math.ceil(r.missingMs / 60_000)} ${l === 'vi' ? 'phút' : 'min'})`
    const floor = l === 'vi' ? 'Thời lượng' : 'Airtime'
    const cause = r.cause === null ? '' : `, ${SHORTFALL_NAMES[r.cause][l]}`
    return `${floor} ${PERIOD_NAMES[r.period][l]} ${r.date}: ${FLOOR[r.stage][l]}${missing}${cause}${more(r.detail)}`
  })

const STAGE = {
  asked: both('cần', 'wanted'),
  done: both('đã xong', 'done'),
  failed: both('không thành', 'failed'),
} as const
const switchedInWords = (r: Extract<Of<'power'>, { stage: unknown }>): Phrase => {
  const took = r.ms === null || r.stage === 'asked' ? '' : `, ${seconds(r.ms)}`
  const step = r.step === null ? '' : ` · ${r.step}`
  const onOff = r.want === 'on' ? both('đóng', 'on') : both('cắt', 'off')
  return both(
    `Nguồn màn hình ${onOff.vi}: ${STAGE[r.stage].vi}${took && `${took} giây`}${step}${more(r.why)}`,
    `Display power ${onOff.en}: ${STAGE[r.stage].en}${took && `${took} s`}${step}`,
  )
}

const sensorInWords = (r: Of<'sensor'>): Phrase => {
  const value =
    r.value === null ? both('không rõ', 'not known') : typeof r.value === 'boolean' ? YES[`${r.value}`] : null
  const [what, state] = [SENSOR_NAMES[r.what], STATE[r.state]]
  const where = 'where' in r ? ` · ${r.where}` : ''
  return each((l) => `${what[l]}${where}: ${value?.[l] ?? r.value} (${state[l]})`)
}

const YES = { true: both('có', 'yes'), false: both('không', 'no') } as const
export const SENSOR_NAMES: Names<Of<'sensor'>['what']> = {
  temperature: both('Nhiệt độ', 'Temperature'),
  voltage: both('Điện áp', 'Voltage'),
  humidity: both('Độ ẩm', 'Humidity'),
  light: both('Ánh sáng', 'Ambient light'),
  fan: both('Quạt', 'Fan'),
  hours: both('Giờ chạy', 'Running hours'),
  smoke: both('Khói', 'Smoke'),
  door: both('Cửa tủ mở', 'Door open'),
  cable: both('Cáp hỏng', 'Cable fault'),
  contact: both('Tiếp điểm đóng', 'Contact closed'),
  mains: both('Điện lưới', 'Mains'),
  battery: both('Chạy bằng ắc quy', 'On battery'),
  charge: both('Dung lượng ắc quy', 'Battery charge'),
  generator: both('Máy phát chạy', 'Generator runs'),
  failure: both('Thiết bị báo hỏng', 'Device failure'),
  signal: both('Tín hiệu hình', 'Picture signal'),
  cards: both('Thẻ nhận', 'Receiving cards'),
}
const STATE: Names<Of<'sensor'>['state']> = {
  normal: both('bình thường', 'normal'),
  warning: both('cảnh báo', 'warning'),
  fault: both('sự cố', 'fault'),
}
const GAP: Names<Of<'gap'>['cause']> = {
  'power-cut': both('mất điện hoặc bị ngắt', 'power cut or killed'),
  stopped: both('tiến trình đã dừng', 'the daemon was stopped'),
  disk: both('không ghi được đĩa', 'the disk could not be written'),
  'torn-tail': both('dòng cuối ghi dở', 'the last line was not whole'),
}
const CONFIG: Names<Of<'config'>['what']> = {
  schedule: both('Lịch đăng phát, phiên bản', 'Schedule, version'),
  registry: both('Sổ khóa, phiên bản', 'Key registry, version'),
  policy: both('Hồ sơ quy chế', 'Policy'),
  site: both('Khởi động, phần mềm', 'Started, software'),
}
/** What people and the daemon did, and what went wrong, are open lists in the log: an unknown one stands as it is written. */
const ACCESS: { readonly [what: string]: string } = {
  'sign-in': 'vào trang kỹ thuật',
  'sign-in-refused': 'vào trang kỹ thuật bị từ chối',
  'test-pattern': 'thử màn hình',
  'local-blank': 'cắt hình tại cụm',
  enrolled: 'đã đăng ký với trung tâm',
  stop: 'dừng tiến trình',
  retention: 'dọn nhật ký quá hạn lưu',
}
const INCIDENT: { readonly [what: string]: string } = {
  'display-contradicts': 'màn hình khác với lệnh',
  'display-flapping': 'thiết đặt màn hình bị đổi qua đổi lại',
  equipment: 'thiết bị phụ trợ',
  heat: 'nhiệt độ màn hình',
  'light-sensor': 'cảm biến ánh sáng',
  'panel-light': 'ánh sáng của màn hình',
  display: 'bộ điều khiển không làm theo',
  'refused-registry': 'từ chối sổ khóa',
  'refused-schedule': 'từ chối lịch đăng phát',
  'refused-order': 'từ chối lệnh',
  'asset-changed': 'tệp đã bị thay đổi',
  intrusion: 'xâm nhập, nội dung lạ trên màn hình',
  'preset-input': 'không đọc được công tắc khẩn cấp',
  power: 'đóng cắt nguồn màn hình',
  player: 'trình phát dừng',
  'player-failed': 'không phát được nội dung',
}
