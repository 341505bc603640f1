import type { PowerSequence } from '#core/power/sequence-schema.ts'
import { both, line, type Measurement, said, type View } from './measurement.ts'

/** What is measured of the cabinet: its power sequence and its contacts. */

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

export const power = ({ config, draft, sequence }: View): Measurement => {
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

export const inputs = (view: View): Measurement => {
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
