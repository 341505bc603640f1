import { CLOCK_NAMES } from '#core/contract/words.ts'
import { both, line, type Measurement, said, type View } from './measurement.ts'

/** What is measured of the machine and its surroundings: clock, network, sound, fonts, hub, photos. */

/** The phone's clock may differ from ours by so much, ms. */
const PHONE_MS = 5_000

export const clock = ({
  status,
  machine,
  synchronised,
  timeSources,
  hubOffsetMs,
  draft,
  config,
}: View): Measurement => {
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

export const network = ({ interfaces, config, status, state }: View): Measurement => {
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

export const sound = ({ config, draft }: View): Measurement => {
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

export const fonts = ({ fonts: all }: View): Measurement => {
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

export const enrol = ({ config, enrolled, state }: View): Measurement => {
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

export const photos = ({ draft }: View): Measurement =>
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
