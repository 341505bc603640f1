import type { StatusReport } from '#core/contract/link.ts'
import type { Phrase } from '#core/contract/words.ts'
import { CLOCK_NAMES } from '#core/contract/words.ts'
import type { State } from '#core/engine/state.ts'
import type { PowerSequence } from '#core/power/sequence-schema.ts'
import type { EdgeConfig } from '../config.ts'
import type { Machine } from '../shell/machine.ts'
import { type Draft, type Geometry, STEPS, type StepId } from './document.ts'

/** What a step says of itself before anybody judges: `open` waits for a person or for a trial; what it fails by itself no person can pass. */
export type Measurement = {
  readonly auto: 'pass' | 'fail' | 'open' | 'na'
  /** Each in both languages. Goes into the report as it is. */
  readonly lines: readonly string[]
  /** What to do when it is not a pass. */
  readonly next: Phrase | null
  /** What only eyes and ears can tell; null: nothing. */
  readonly asks: Phrase | null
}

/** What there is to measure with, read at the moment of asking. */
export type View = {
  readonly state: State
  readonly status: StatusReport
  readonly config: EdgeConfig
  readonly profile: string | null
  readonly sequence: PowerSequence | null
  readonly machine: Pick<Machine, 'rtc'>
  /** The kernel says that somebody keeps its clock right; null: it does not say. */
  readonly synchronised: boolean | null
  /** Programs that keep the clock, as far as they can be seen. */
  readonly timeSources: readonly string[]
  readonly hubOffsetMs: number | null
  readonly interfaces: readonly { readonly name: string; readonly addresses: readonly string[]; readonly up: boolean }[]
  readonly enrolled: boolean
  /** One for each script that the site's languages need; `fault` null: it can be drawn. */
  readonly fonts: readonly { readonly script: string; readonly sample: string; readonly fault: Phrase | null }[]
  readonly draft: Draft
}

const said = (auto: Measurement['auto'], lines: readonly string[], next: Phrase | null = null): Measurement => ({
  auto,
  lines,
  next,
  asks: null,
})
const both = (vi: string, en: string): Phrase => ({ vi, en })
const line = (vi: string, en: string): string => (vi === en ? vi : `${vi} · ${en}`)

const ports = ({ status, config, profile, state, draft }: View): Measurement => {
  const { display } = status
  const found = draft.found.map(({ place, profile: fits, model, firmware }) => {
    const says = [model, firmware].filter((one) => one !== '').join(', ')
    return `${place}: ${fits}${says === '' ? '' : ` (${says})`}`
  })
  const equipment = config.equipment.map(({ name }) => {
    const one = state.equipment[name]
    return { name, up: one?.link === 'up', fault: one?.fault ?? null }
  })
  const lines = [
    ...(config.controller === null
      ? [line('Cấu hình: màn hình thường, không có bộ điều khiển', 'configured: a plain monitor, no controller')]
      : [
          line(`Cấu hình: ${profile ?? '?'}, ${placeOf(config)}`, `configured: ${profile ?? '?'}`),
          line(`Liên lạc: ${display.link}`, `link: ${display.link}`) +
            (display.fault === null ? '' : ` (${display.fault})`),
          line(
            `Kiểu: ${display.model ?? '–'} ${display.firmware ?? ''}; ${display.cards ?? '–'} thẻ nhận`,
            `model; ${display.cards ?? '–'} cards`,
          ),
        ]),
    ...equipment.map(({ name, up, fault }) =>
      `${name}: ${up ? line('trả lời', 'answers') : line('không trả lời', 'silent')} ${fault ?? ''}`.trim(),
    ),
    ...(draft.searchedAt === null
      ? []
      : [line(`Đã dò: thấy ${found.length}`, `searched: ${found.length} found`), ...found]),
  ].slice(0, 50)
  if (config.controller === null) {
    const other = draft.found.some(({ under }) => under === 'controller')
    if (other)
      return said(
        'fail',
        lines,
        both(
          'Có bộ điều khiển mà cấu hình chưa khai: xem đề nghị bên dưới.',
          'A controller is there and not configured: see the proposal below.',
        ),
      )
    if (equipment.length === 0)
      return draft.searchedAt === null
        ? said(
            'open',
            lines,
            both('Bấm dò để chắc chắn không có bộ điều khiển nào.', 'Search, to be sure that there is no controller.'),
          )
        : said('na', lines)
  }
  const silent = [
    ...(config.controller !== null && display.link !== 'up'
      ? [both('bộ điều khiển màn hình', 'display controller')]
      : []),
    ...equipment.flatMap(({ name, up }) => (up ? [] : [both(name, name)])),
  ]
  return silent.length === 0
    ? said('pass', lines)
    : said(
        'fail',
        lines,
        both(
          `Không trả lời: ${silent.map(({ vi }) => vi).join(', ')}. Kiểm tra nguồn, cáp, địa chỉ, tốc độ; rồi bấm dò.`,
          `Silent: ${silent.map(({ en }) => en).join(', ')}. Check power, cable, address, speed; then search.`,
        ),
      )
}

const placeOf = ({ controller }: EdgeConfig): string => {
  if (controller === null) return '–'
  const { link } = controller
  return link.kind === 'serial' ? link.path : `${link.kind} ${link.host}:${link.port}`
}

/** Where what a person measured differs from the configuration. */
export const geometryDiffers = (config: EdgeConfig, measured: Geometry): readonly string[] => {
  const { panel } = config.site
  return [
    ...(panel.width === measured.width ? [] : [`/site/panel/width: ${panel.width} → ${measured.width}`]),
    ...(panel.height === measured.height ? [] : [`/site/panel/height: ${panel.height} → ${measured.height}`]),
    ...(panel.pitchMm === measured.pitchMm
      ? []
      : [`/site/panel/pitchMm: ${panel.pitchMm ?? '–'} → ${measured.pitchMm}`]),
  ]
}

const geometry = ({ config, draft, status }: View): Measurement => {
  const { panel } = config.site
  const lines = [
    line(
      `Cấu hình: ${panel.width} × ${panel.height} điểm, bước ${panel.pitchMm ?? '–'} mm`,
      `configured: ${panel.width} × ${panel.height} px, pitch ${panel.pitchMm ?? '–'} mm`,
    ),
    ...(status.display.cards === null
      ? []
      : [
          line(
            `Bộ điều khiển thấy ${status.display.cards} thẻ nhận`,
            `the controller sees ${status.display.cards} cards`,
          ),
        ]),
  ]
  const { geometry: measured } = draft
  if (measured === null)
    return said(
      'open',
      lines,
      both('Nhập kích thước theo bản vẽ hoặc nhãn mô-đun.', 'Enter the size from the drawing or the module plate.'),
    )
  const { width, height, pitchMm, columns, rows } = measured
  const metres = `${((width * pitchMm) / 1000).toFixed(2)} × ${((height * pitchMm) / 1000).toFixed(2)} m`
  const all = [
    ...lines,
    line(
      `Đo được: ${width} × ${height} điểm, bước ${pitchMm} mm, ${columns} × ${rows} mô-đun, ${metres}`,
      'as measured',
    ),
  ]
  const differs = geometryDiffers(config, measured)
  if (differs.length > 0)
    return said(
      'fail',
      [...all, ...differs],
      both('Khác cấu hình: xem đề nghị cấu hình bên dưới.', 'Differs from the configuration: see the proposal below.'),
    )
  return {
    auto: 'open',
    lines: all,
    next: both(
      'Chiếu các hình thử, nhìn từng hình rồi ghi kết quả.',
      'Show the charts, look at each, then record the result.',
    ),
    asks: both(
      'Viền trắng kín bốn cạnh; góc đỏ, lục ở trên, lam, vàng ở dưới; màu đều, không điểm chết; mô-đun sáng đúng thứ tự?',
      'White border on all four sides; red, green corners above, blue, yellow below; even colours, no dead pixels; modules light in order?',
    ),
  }
}

const brightness = ({ config, draft, state }: View): Measurement => {
  if (config.controller === null)
    return said('na', [line('Không có bộ điều khiển để đặt độ sáng', 'no controller sets the brightness')])
  const limit = line(`Giới hạn của thiết bị: ${state.site.brightnessLimit} %`, 'limit of the device')
  if (draft.sweep === null)
    return said('open', [limit], both('Bấm quét độ sáng (khoảng nửa phút).', 'Start the sweep (about half a minute).'))
  const lines = [
    limit,
    ...draft.sweep.map(({ asked, wanted, readBack, lux, ok }) => {
      const held = wanted === asked ? '' : ` (${line(`giữ ở ${wanted} %`, `held at ${wanted} %`)})`
      return `${ok ? '✓' : '✗'} ${asked} %${held} → ${readBack === null ? '–' : `${Math.round(readBack * 10) / 10} %`}${lux === null ? '' : `, ${Math.round(lux)} lx`}`
    }),
  ]
  return draft.sweep.length > 0 && draft.sweep.every(({ ok }) => ok)
    ? said('pass', lines)
    : said(
        'fail',
        lines,
        both(
          'Đọc lại khác mức đã đặt: kiểm tra hồ sơ, cáp, phần mềm khác đang điều khiển; rồi quét lại.',
          'What reads back is not what was set: check the profile, the cable, other software in control; then sweep again.',
        ),
      )
}

const STEP_WORDS = {
  'sender-answers': 'bộ phát trả lời',
  'cards-answer': 'đủ thẻ nhận trả lời',
  blank: 'tắt hình',
  unblank: 'bật hình',
} as const

/** The steps of the way up, in words, for whoever reads the plan before it is run. */
export const sequenceLines = (sequence: PowerSequence): readonly string[] =>
  sequence.steps.map((step, i) => {
    const n = `${i + 1}.`
    return step.step === 'relay'
      ? `${n} ${line(`rơ-le ${step.relay} ${step.on ? 'đóng' : 'mở'}, chờ ${step.settleMs} ms`, `relay ${step.relay} ${step.on ? 'on' : 'off'}`)}`
      : `${n} ${line(STEP_WORDS[step.step], step.step)}`
  })

const power = ({ config, draft, sequence }: View): Measurement => {
  if (config.power === null || sequence === null)
    return said('na', [
      line('Máy này không đóng cắt nguồn màn hình', 'this machine does not switch the power of the display'),
    ])
  const plan = sequenceLines(sequence)
  const { powerRun } = draft
  if (powerRun === null)
    return said('open', plan, both('Đọc trình tự, rồi chạy thật một lần.', 'Read the plan, then run it once for real.'))
  const ran = [
    line(`Tắt: ${powerRun.offMs === null ? 'không xong' : `${powerRun.offMs} ms`}`, 'off'),
    line(`Bật: ${powerRun.onMs === null ? 'không xong' : `${powerRun.onMs} ms`}`, 'on'),
    ...(powerRun.fault === null ? [] : [powerRun.fault]),
  ]
  return powerRun.fault === null && powerRun.offMs !== null && powerRun.onMs !== null
    ? said('pass', [...plan, ...ran])
    : said(
        'fail',
        [...plan, ...ran],
        both(
          'Xem bước hỏng: công tắc tơ, tiếp điểm phản hồi, khóa liên động; sửa rồi chạy lại.',
          'See which step failed: contactor, feedback contact, interlock; mend it, then run again.',
        ),
      )
}

export type Contact = {
  /** `device where`, as in the draft. */
  readonly key: string
  readonly name: string
  readonly value: boolean | null
  /** Must be seen in both states: what the configuration uses. Others are shown for information. */
  readonly needed: boolean
}

/** Every contact that is read, what it says now, and whether the site relies on it. */
export const contactsOf = ({ state, config }: Pick<View, 'state' | 'config'>): readonly Contact[] => {
  const pins = new Set(config.gpio?.inputs.map(({ line: pin }) => `gpio ${pin.name}`) ?? [])
  const presets = config.presets.flatMap(({ input, opposite }) => [input, ...(opposite === null ? [] : [opposite])])
  const used = new Set([...pins, ...presets.map(({ device, where }) => `${device} ${where}`)])
  const contacts = Object.entries(state.equipment).flatMap(([device, one]) =>
    one.sensors.flatMap(({ what, where, value }): Contact[] => {
      if (typeof value === 'number') return []
      const key = `${device} ${where}`
      const isContact = value !== null || used.has(key)
      const needed = used.has(key) || what === 'door' || what === 'smoke'
      return isContact ? [{ key, name: `${what}: ${key}`, value: one.link === 'up' ? value : null, needed }] : []
    }),
  )
  const known = new Set(contacts.map(({ key }) => key))
  const missing = [...used]
    .filter((key) => !known.has(key))
    .map((key) => ({ key, name: key, value: null, needed: true }))
  return [...contacts, ...missing]
    .sort((a, b) => Number(b.needed) - Number(a.needed) || (a.key < b.key ? -1 : 1))
    .slice(0, 64)
}

const inputs = (view: View): Measurement => {
  const needed = contactsOf(view).filter((one) => one.needed)
  if (needed.length === 0)
    return said('na', [line('Cấu hình không dùng tiếp điểm nào', 'the configuration uses no contacts')])
  const lines = needed.map(({ key, name, value }) => {
    const seen = view.draft.seen[key]
    const done = seen !== undefined && seen.on !== null && seen.off !== null
    const now =
      value === null ? line('không đọc được', 'cannot be read') : value ? line('bật', 'on') : line('nghỉ', 'off')
    return `${done ? '✓' : '…'} ${name}: ${now}`
  })
  if (needed.some(({ value }) => value === null))
    return said(
      'fail',
      lines,
      both(
        'Có tiếp điểm không đọc được: kiểm tra dây, nguồn, địa chỉ.',
        'A contact cannot be read: check wires, power, address.',
      ),
    )
  return lines.every((one) => one.startsWith('✓'))
    ? said('pass', lines)
    : said(
        'open',
        lines,
        both(
          'Mở rồi đóng từng cửa, thử khói, xoay từng công tắc: trang này phải thấy đổi cả hai chiều.',
          'Open and close each door, try the smoke contact, turn each switch: this page must see both ways.',
        ),
      )
}

/** The phone's clock may differ from ours by so much, ms. */
const PHONE_MS = 5_000

const clock = ({ status, machine, synchronised, timeSources, hubOffsetMs, draft, config }: View): Measurement => {
  const quality = CLOCK_NAMES[status.clock.quality]
  const offset = (ms: number | null) => (ms === null ? '–' : `${ms > 0 ? '+' : ''}${(ms / 1000).toFixed(1)} s`)
  const lines = [
    line(`Chất lượng: ${quality.vi}`, quality.en),
    line(
      `Nhân hệ điều hành: ${synchronised === null ? 'không nói' : synchronised ? 'đã đồng bộ' : 'chưa đồng bộ'}`,
      `kernel: ${synchronised === true ? 'synchronised' : 'not synchronised'}`,
    ),
    machine.rtc === null
      ? line('⚠ Không có đồng hồ pin (RTC): nên lắp', 'no battery clock (RTC): fit one')
      : line(`Đồng hồ pin: ${machine.rtc.name}`, 'battery clock'),
    line(
      `Nguồn giờ: ${timeSources.join(', ') || 'không thấy'}`,
      timeSources.length > 0 ? 'time source' : 'no time source seen',
    ),
    line(`So với trung tâm: ${offset(hubOffsetMs)}`, 'against the hub'),
    line(`So với điện thoại: ${offset(draft.phoneOffsetMs)}`, 'against the phone'),
    ...(config.clock === 'host'
      ? [line('Cấu hình tin giờ của máy chủ (clock: host)', 'the configuration trusts the host')]
      : []),
  ]
  if (status.clock.quality === 'unset')
    return said(
      'fail',
      lines,
      both(
        'Giờ chưa đặt: nối mạng cho chrony đồng bộ, hoặc lắp RTC rồi đặt giờ.',
        'The clock is not set: let chrony synchronise over a network, or fit an RTC and set it.',
      ),
    )
  if (draft.phoneOffsetMs !== null && Math.abs(draft.phoneOffsetMs) > PHONE_MS)
    return said(
      'fail',
      lines,
      both(
        'Lệch giờ với điện thoại: xem giờ nào đúng, rồi sửa.',
        'Differs from the phone: find out which is right, then mend it.',
      ),
    )
  return draft.phoneOffsetMs === null
    ? said('open', lines, both('Bấm so giờ với điện thoại.', 'Compare with the clock of the phone.'))
    : said('pass', lines)
}

const network = ({ interfaces, config, status, state }: View): Measurement => {
  const lines = [
    ...interfaces.map(({ name, addresses, up }) =>
      `${name}: ${up ? line('có nối', 'up') : line('đứt', 'down')} ${addresses.join(', ')}`.trim(),
    ),
    ...(config.hub === null
      ? [line('Cụm chạy độc lập, không có trung tâm', 'this cluster runs by itself, no hub')]
      : [
          line(
            `Trung tâm ${config.hub.url}: ${state.hub === 'up' ? 'đang nối' : 'không nối'}`,
            state.hub === 'up' ? 'connected' : 'away',
          ),
        ]),
    ...status.faults
      .filter(({ id }) => id.startsWith('hub-'))
      .map(({ id, detail }) => `${id}: ${detail}`.slice(0, 300)),
  ]
  const linked = interfaces.some(({ up }) => up)
  if (config.hub === null) return said(linked ? 'pass' : 'na', lines)
  return state.hub === 'up'
    ? said('pass', lines)
    : said(
        'fail',
        lines,
        both(
          'Kiểm tra dây mạng hoặc 4G, địa chỉ trung tâm, dấu vân tay chứng thư, bước đăng ký.',
          'Check cable or 4G, the address of the hub, the fingerprint of its certificate, the step enrol.',
        ),
      )
}

const sound = ({ config, draft }: View): Measurement => {
  if (!config.site.audio) return said('na', [line('Cụm không dùng loa', 'this site has no sound')])
  const lines = [line(`Đã phát: ${draft.tones.join(', ') || 'chưa'}`, `played: ${draft.tones.join(', ') || 'none'}`)]
  if (!draft.tones.includes('left') || !draft.tones.includes('right'))
    return said('open', lines, both('Phát tiếng thử từng bên.', 'Play the tone on each side.'))
  return {
    auto: 'open',
    lines,
    next: both('Nghe từng bên rồi ghi kết quả.', 'Listen to each side, then record the result.'),
    asks: both(
      'Mỗi tiếng ra đúng loa của nó, đủ to ở chỗ người xem?',
      'Each tone from its own speaker, loud enough where people stand?',
    ),
  }
}

const fonts = ({ fonts: all }: View): Measurement => {
  const lines = all.map(
    ({ script, sample, fault }) =>
      `${fault === null ? '✓' : '✗'} ${script}: ${sample}${fault === null ? '' : ` (${fault.vi} · ${fault.en})`}`,
  )
  return all.every(({ fault }) => fault === null)
    ? said('pass', lines)
    : said(
        'fail',
        lines,
        both(
          'Cài phông Noto: apt install fonts-noto-core fonts-noto-cjk, rồi khởi động lại dịch vụ.',
          'Install the Noto fonts: apt install fonts-noto-core fonts-noto-cjk, then restart the service.',
        ),
      )
}

const enrol = ({ config, enrolled, state }: View): Measurement => {
  if (config.hub === null)
    return said('na', [line('Cấu hình không có trung tâm (/hub)', 'no hub in the configuration')])
  if (!enrolled)
    return said(
      'open',
      [line(`Chưa đăng ký với ${config.hub.url}`, 'not enrolled')],
      both(
        'Nhập mã một lần do trung tâm cấp, hoặc quét mã QR. Có thể làm sau, khi có mạng.',
        'Enter the one-time code of the hub, or scan its QR. This can be done later, with a network.',
      ),
    )
  return said('pass', [
    line(`Đã đăng ký với ${config.hub.url}; ${state.hub === 'up' ? 'đang nối' : 'chưa nối'}`, 'enrolled'),
  ])
}

const photos = ({ draft }: View): Measurement =>
  draft.photos.length === 0
    ? said(
        'open',
        [],
        both(
          'Chụp mặt trước màn hình sáng, trong tủ, nhãn thiết bị.',
          'Take the lit panel from the front, the inside of the cabinet, the plates.',
        ),
      )
    : said(
        'pass',
        draft.photos.map(({ caption, sha256 }) => `${caption === '' ? '–' : caption}: sha256 ${sha256.slice(0, 16)}…`),
      )

const MEASURES: { readonly [S in StepId]: (view: View) => Measurement } = {
  ports,
  geometry,
  brightness,
  power,
  inputs,
  clock,
  network,
  sound,
  fonts,
  enrol,
  photos,
}

export const measure = (step: StepId, view: View): Measurement => MEASURES[step](view)
export const measureAll = (view: View): ReadonlyMap<StepId, Measurement> =>
  new Map(STEPS.map((step) => [step, measure(step, view)]))

export type Verdict = 'pass' | 'fail' | 'na'

/** What is recorded when a person says `verdict`: nobody passes what fails by itself or has not been tried. Null: nothing to record yet. */
export const judged = ({ auto, asks }: Measurement, verdict: Verdict | null): Verdict | null => {
  if (auto === 'na') return 'na'
  if (verdict === 'na' || verdict === 'fail' || auto === 'fail') return verdict === 'na' ? 'na' : 'fail'
  if (auto === 'pass') return 'pass'
  return asks !== null && verdict === 'pass' ? 'pass' : null
}
