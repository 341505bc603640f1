import type { Phrase } from '../contract/words.ts'
import type { RecordBody } from './record.ts'

/** Every kind of record there is, with what people call it. A kind that is added does not compile until it is here, too. */
export const KINDS: { readonly [K in RecordBody['kind']]: Phrase } = {
  open: { vi: 'bắt đầu phát', en: 'a play begins' },
  close: { vi: 'kết thúc phát', en: 'a play ends' },
  proof: { vi: 'bằng chứng', en: 'proof' },
  verdict: { vi: 'màn hình thuộc về ai', en: 'who has the screen' },
  order: { vi: 'lệnh', en: 'order' },
  screen: { vi: 'màn hình sáng hay tối', en: 'display lit or dark' },
  power: { vi: 'nguồn và thiết đặt', en: 'power and settings' },
  sensor: { vi: 'cảm biến', en: 'sensor' },
  clock: { vi: 'đồng hồ', en: 'clock' },
  gap: { vi: 'khoảng trống', en: 'hole in the log' },
  config: { vi: 'lịch, sổ khóa, phần mềm', en: 'schedule, keys, software' },
  refusal: { vi: 'từ chối nội dung', en: 'content refused' },
  access: { vi: 'can thiệp tại chỗ', en: 'access at the board' },
  incident: { vi: 'sự cố', en: 'incident' },
  airtime: { vi: 'thời lượng tối thiểu', en: 'airtime floor' },
  heartbeat: { vi: 'nhịp', en: 'heartbeat' },
  seal: { vi: 'niêm phong ngày', en: 'seal of a day' },
}
