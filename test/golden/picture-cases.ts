import { createCanvas } from '#controller/raster/canvas.ts'
import { DAWN, drawLandscape } from '#controller/raster/landscape.ts'
import {
  type EmergencyMessage,
  type Message,
  type MessageText,
  type PanelGeometry,
  type Picture,
  UNMARKED,
} from '#controller/raster/message.ts'
import { messageOfOrder, messageOfText, type OrderFace, standingMessage } from '#controller/raster/message-of.ts'
import { decodePicture } from '#controller/raster/picture.ts'
import { assert } from '#core/base/result.ts'

/** One message on one panel; each of its pages is a golden picture `NAME-PAGE.png`. */
export type PictureCase = {
  readonly name: string
  readonly message: Message
  readonly panel: PanelGeometry
  /** Pages it must have, as `language`, so that a layout that falls apart is named before pixels are compared. */
  readonly pages: readonly string[]
}

const [P1280, P960, P768, P640, P192] = [
  { width: 1280, height: 640 },
  { width: 960, height: 480 },
  { width: 768, height: 384 },
  { width: 640, height: 320 },
  { width: 192, height: 96 },
] as const

const text = (durationMs: number | null, ...texts: readonly (readonly [string, string, string])[]): Message =>
  messageOfText(
    texts.map(([language, title, body]) => ({ language, title, body })),
    durationMs,
  )

/** Every stacked capital there is: a line of them over another, with the dot below of the upper over the tilde of the lower. */
const CAPITALS = [
  'vi',
  'ẾCH Ỗ ỰA ẶC ẦN ẪM ẬT ẴM ỖI ỘT',
  'ẤẦẨẪẬ ẮẰẲẴẶ ẾỀỂỄỆ ỐỒỔỖỘ ỚỜỞỠỢ ỨỪỬỮỰ ÝỲỶỸỴ Đ\nẬẶỆỘỢỰỴ ẪẴỄỖỠỮỸ ẬẶỆỘỢỰỴ ẪẴỄỖỠỮỸ gjpqy ẪẴỄỖỠỮỸ',
] as const
const MARKET_VI = [
  'vi',
  'Chợ phiên Dào San',
  'Họp Chủ nhật hằng tuần, từ 6 giờ. Xe khách đỗ ngoài bãi phía đông.',
] as const
const MARKET_EN = [
  'en',
  'Dào San weekly market',
  'Every Sunday from 6:00. Coaches park outside, on the east side.',
] as const
const GATE_VI = ['vi', 'Giờ thông quan cửa khẩu Ma Lù Thàng', 'Sáng 7:00–11:30, chiều 13:30–17:00.'] as const
const GATE_ZH = ['zh-Hans-CN', '马鹿塘口岸通关时间', '上午 7:00–11:30，下午 13:30–17:00（越南时间）。'] as const
const TAI = ['blt-Tavt-VN', 'ꪎꪳ ꪼꪕ', ''] as const

/** Public information as it comes: two paragraphs and a list. */
const ARTICLE = [
  'vi',
  'Nhận biết dấu hiệu sạt lở quanh nhà và việc cần làm ngay',
  'Mùa mưa, đất trên sườn dốc ngấm nước có thể trượt xuống bất cứ lúc nào, kể cả khi trời đã tạnh. Mỗi gia đình hãy đi quanh nhà sau mỗi trận mưa lớn và để ý các dấu hiệu sau.\n' +
    'Vết nứt mới trên tường, nền nhà hoặc mặt đường; cửa bỗng khó đóng mở; cây cối, cột điện nghiêng đi.\n' +
    'Nước suối đột nhiên đục hoặc cạn; mạch nước mới chảy ra từ chân dốc; tiếng động lạ trong lòng đất.\n' +
    'Khi thấy một trong các dấu hiệu đó, hãy rời khỏi nhà ngay, báo cho hàng xóm và trưởng bản, gọi 112 hoặc Ủy ban nhân dân xã. Không quay lại lấy đồ khi chưa có thông báo an toàn.',
] as const
const ARTICLE_EN = [
  'en',
  'Signs of a landslide around the house, and what to do at once',
  'After heavy rain walk around your house. New cracks in walls or ground, doors that stick, leaning trees and poles, a stream that turns muddy or dry: leave the house, tell your neighbours and the village head, call 112. Do not go back before it is declared safe.',
] as const

const FLOOD_VI: MessageText = {
  language: 'vi-VN',
  headline: 'LŨ QUÉT: RỜI NGAY KHU VỰC VEN SUỐI, LÊN NƠI CAO',
  instruction: 'Không qua ngầm tràn. Gọi 112 khi cần cứu nạn.',
}
const FLOOD_EN: MessageText = {
  language: 'en',
  headline: 'FLASH FLOOD: leave the stream banks now',
  instruction: 'Call 112 for rescue.',
}
const FLOOD: EmergencyMessage = {
  kind: 'emergency',
  ...UNMARKED,
  hazardLabel: { vi: 'LŨ QUÉT', en: 'FLASH FLOOD', zh: '山洪' },
  level: 3,
  colour: 'orange',
  texts: [FLOOD_VI],
  authority: 'Ban Chỉ huy phòng thủ dân sự tỉnh (dữ liệu mẫu)',
  until: '08:00 18/07/2026',
}

const FLOOD_ZH: MessageText = {
  language: 'zh-Hans-CN',
  headline: '山洪：立即离开溪边',
  instruction: '往高处走，不要涉水过河。求救请拨112。',
}
/** Mountains for a map. */
const sketch = createCanvas(800, 600)
drawLandscape(sketch.getContext('2d'), { width: 800, height: 600 }, DAWN, 2)
const MAP = await decodePicture(await sketch.encode('png'), { panel: P960, strict: true })
assert(MAP.ok, 'a whole picture')

/** An order as an officer signs it, through the same function as on the edge. */
const order = (over: Partial<OrderFace>, picture: Picture | null = null): Message => {
  const message = messageOfOrder(
    {
      class: 'emergency',
      status: 'actual',
      hazard: 'FLASH_FLOOD',
      severity: 'extreme',
      riskLevel: 3,
      texts: [FLOOD_VI, FLOOD_EN].map((text, i) => ({ ...text, language: i === 0 ? 'vi' : 'en' })),
      authority: 'Ban Chỉ huy phòng thủ dân sự tỉnh (dữ liệu mẫu)',
      startsAt: Date.UTC(2026, 6, 17, 19, 14),
      expiresAt: Date.UTC(2026, 6, 18, 1, 0),
      response: ['evacuate'],
      ...over,
    },
    420,
    picture,
  )
  assert(message !== null, 'it draws something')
  return message
}
const FIRE_DANGER = [
  {
    language: 'vi',
    headline: 'NGUY CƠ CHÁY RỪNG tại xã Sìn Hồ: cấm dùng lửa',
    instruction: 'Không đốt nương, đốt rác, hút thuốc trong và gần rừng. Thấy khói, lửa: gọi 114 ngay.',
  },
] as const
const SAFE = [
  {
    language: 'vi',
    headline: 'ĐÃ AN TOÀN tại xã Mường Tè',
    instruction: 'Nguy hiểm đã qua, bà con có thể trở về. Cần giúp đỡ: gọi 112.',
  },
] as const

export const PICTURES: readonly PictureCase[] = [
  { name: 'capitals-1280x640', message: text(null, CAPITALS), panel: P1280, pages: ['vi'] },
  { name: 'capitals-640x320', message: text(null, CAPITALS), panel: P640, pages: ['vi'] },
  { name: 'capitals-192x96', message: text(null, ['vi', CAPITALS[1], '']), panel: P192, pages: ['vi'] },
  { name: 'vi-en-960x480', message: text(20_000, MARKET_EN, MARKET_VI), panel: P960, pages: ['vi+en'] },
  { name: 'vi-en-192x96', message: text(40_000, MARKET_VI, MARKET_EN), panel: P192, pages: ['vi', 'en'] },
  { name: 'vi-zh-1280x640', message: text(20_000, GATE_VI, GATE_ZH), panel: P1280, pages: ['vi+zh'] },
  { name: 'vi-zh-768x384', message: text(20_000, GATE_VI, GATE_ZH), panel: P768, pages: ['vi+zh'] },
  { name: 'tai-viet-640x320', message: text(null, TAI), panel: P640, pages: ['blt'] },
  { name: 'vi-tai-960x480', message: text(null, ['vi', 'Chữ Thái', ''], TAI), panel: P960, pages: ['vi+blt'] },
  { name: 'three-768x384', message: text(null, GATE_VI, MARKET_EN, GATE_ZH), panel: P768, pages: ['vi', 'en', 'zh'] },
  { name: 'article-960x480', message: text(120_000, ARTICLE), panel: P960, pages: ['vi', 'vi'] },
  {
    name: 'article-vi-en-1280x640',
    message: text(120_000, ARTICLE, ARTICLE_EN),
    panel: P1280,
    pages: ['vi', 'vi', 'en'],
  },
  { name: 'emergency-1280x640', message: { ...FLOOD, texts: [FLOOD_VI, FLOOD_EN] }, panel: P1280, pages: ['vi+en'] },
  { name: 'emergency-192x96', message: FLOOD, panel: P192, pages: ['vi', 'vi', 'vi'] },
  { name: 'exercise-768x384', message: { ...FLOOD, mark: 'exercise' }, panel: P768, pages: ['vi'] },
  { name: 'order-1280x640', message: order({}), panel: P1280, pages: ['vi+en'] },
  {
    name: 'order-two-signs-640x320',
    message: order({ riskLevel: null, hazard: 'LANDSLIDE', response: ['avoid', 'monitor'] }),
    panel: P640,
    pages: ['vi+en'],
  },
  {
    name: 'order-192x96',
    message: order({ texts: [{ ...FLOOD_VI, language: 'vi' }] }),
    panel: P192,
    pages: ['vi', 'vi', 'vi', 'vi'],
  },
  {
    name: 'order-zh-960x480',
    message: order({ riskLevel: 5, texts: [{ ...FLOOD_ZH, language: 'zh' }] }),
    panel: P960,
    pages: ['zh'],
  },
  {
    name: 'fire-danger-640x320',
    message: order({
      class: 'priority',
      hazard: 'FOREST_FIRE',
      riskLevel: null,
      forestFireLevel: 5,
      response: ['prepare'],
      texts: [...FIRE_DANGER],
    }),
    panel: P640,
    pages: ['vi'],
  },
  {
    name: 'all-clear-1280x640',
    message: order({ allClear: true, texts: [...SAFE] }),
    panel: P1280,
    pages: ['vi'],
  },
  {
    name: 'all-clear-exercise-640x320',
    message: order({ allClear: true, status: 'exercise', texts: [...SAFE] }),
    panel: P640,
    pages: ['vi'],
  },
  { name: 'test-640x320', message: order({ status: 'test' }), panel: P640, pages: ['vi+en'] },
  {
    name: 'picture-960x480',
    message: order({ texts: [{ ...FLOOD_VI, language: 'vi' }] }, MAP.value),
    panel: P960,
    pages: ['vi', 'vi'],
  },
  { name: 'standing-640x320', message: standingMessage('Cửa khẩu Ma Lù Thàng'), panel: P640, pages: ['vi'] },
]
