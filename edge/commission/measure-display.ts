import type { EdgeConfig } from '../config.ts'
import type { Geometry } from './document.ts'
import { both, line, type Measurement, said, type View } from './measurement.ts'

/** What is measured of the display itself: its controller, its size, its light. */

export const ports = ({ status, config, profile, state, draft }: View): Measurement => {
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

export const geometry = ({ config, draft, status }: View): Measurement => {
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

export const brightness = ({ config, draft, state }: View): Measurement => {
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
