import type { Mood } from '#controller/raster/landscape.ts'
import type { Motif } from './scenes.ts'

/** One sample picture. Titles are those of domain.md §5.3; no translation is made up here. */
export type SampleItem = {
  readonly id: string
  readonly category: string | null
  readonly languages: readonly string[]
  readonly title: string
  /** The second language's title, where the sample data has one. */
  readonly second: string
  readonly line: string
  readonly accent: string
  readonly motif: Motif
  readonly mood: Mood
  readonly shape: number
  readonly seconds: number
}

const MORNING: Mood = {
  sky: ['#3f8fd0', '#fbe6c0'],
  sun: '#fff6d8',
  ridges: ['#9db9d3', '#7fa3b8', '#5f8c86', '#3f7355', '#2c5a3c'],
}
const GOLD: Mood = {
  sky: ['#27406f', '#ffc46b'],
  sun: '#fff0c2',
  ridges: ['#a58a86', '#82706f', '#5f5a48', '#4a4f33', '#343d25'],
}
const RAIN: Mood = {
  sky: ['#39424d', '#8b98a1'],
  sun: undefined,
  ridges: ['#76858c', '#5f7075', '#4c5d57', '#3c4a3c', '#2c3529'],
}
const DUSK: Mood = {
  sky: ['#1a1f4b', '#d8698a'],
  sun: '#ffd9b8',
  ridges: ['#6a5a8a', '#4e4a7d', '#37386a', '#252a55', '#171c40'],
}
const CLEAN: Mood = {
  sky: ['#0e6f86', '#d4f1ee'],
  sun: undefined,
  ridges: ['#a9dcd8', '#7cc2c0', '#52a6a8', '#2f868c', '#1a6670'],
}

export const SAMPLE_PICTURES: readonly SampleItem[] = [
  {
    id: 'C20',
    category: 'A7_4',
    languages: ['vi'],
    title: 'Lai Châu: miền ruộng bậc thang và chợ phiên',
    second: '',
    line: 'Thông tin đối ngoại',
    accent: '#ffc93c',
    motif: 'terraces',
    mood: GOLD,
    shape: 1.3,
    seconds: 20,
  },
  {
    id: 'C21',
    category: 'A7_4',
    languages: ['vi', 'en'],
    title: 'Khám phá Lai Châu',
    second: 'Discover Lai Châu: mountains, tea and markets',
    line: 'Thông tin đối ngoại',
    accent: '#7ee081',
    motif: 'tea',
    mood: MORNING,
    shape: 2.1,
    seconds: 20,
  },
  {
    id: 'C22',
    category: 'A7_4',
    languages: ['vi', 'zh-Hans-CN'],
    title: 'Giao lưu hữu nghị biên giới Việt – Trung',
    second: '越中边境友好往来',
    line: 'Thông tin đối ngoại',
    accent: '#ff8fa3',
    motif: 'bridge',
    mood: DUSK,
    shape: 0.7,
    seconds: 20,
  },
  {
    id: 'C07',
    category: 'A7_2C',
    languages: ['vi'],
    title: 'Quy định ra vào khu vực biên giới',
    second: '',
    line: 'An ninh, trật tự, an toàn xã hội',
    accent: '#8fd3ff',
    motif: 'gate',
    mood: MORNING,
    shape: 4.4,
    seconds: 15,
  },
  {
    id: 'C09',
    category: 'A7_2D',
    languages: ['vi'],
    title: 'Nhận biết dấu hiệu sạt lở quanh nhà',
    second: '',
    line: 'Phòng chống thiên tai',
    accent: '#ff9f43',
    motif: 'landslide',
    mood: RAIN,
    shape: 4.2,
    seconds: 20,
  },
  {
    id: 'C11',
    category: 'A7_2D',
    languages: ['vi'],
    title: 'Tiêm phòng cho trẻ trong tháng: địa điểm, thời gian',
    second: '',
    line: 'Y tế, phòng chống dịch bệnh',
    accent: '#ffffff',
    motif: 'clinic',
    mood: CLEAN,
    shape: 5.1,
    seconds: 20,
  },
  {
    id: 'C26',
    category: 'A7_5',
    languages: ['vi'],
    title: '[MẪU] Trà Ô long Mẫu Tam Đường',
    second: '',
    line: 'Quảng cáo · Doanh nghiệp mẫu · MAU-QC-0001/2026',
    accent: '#d9f2a5',
    motif: 'cup',
    mood: GOLD,
    shape: 1.7,
    seconds: 15,
  },
  {
    id: 'C06-1',
    category: 'A7_2B',
    languages: ['vi'],
    title: 'Bước 1: Tải ứng dụng chính thức',
    second: '',
    line: 'Cài đặt định danh điện tử · 1/4',
    accent: '#9fe7ff',
    motif: 'none',
    mood: MORNING,
    shape: 1.2,
    seconds: 5,
  },
  {
    id: 'C06-2',
    category: 'A7_2B',
    languages: ['vi'],
    title: 'Bước 2: Nhập số định danh',
    second: '',
    line: 'Cài đặt định danh điện tử · 2/4',
    accent: '#9fe7ff',
    motif: 'none',
    mood: CLEAN,
    shape: 2.2,
    seconds: 5,
  },
  {
    id: 'C06-3',
    category: 'A7_2B',
    languages: ['vi'],
    title: 'Bước 3: Chụp ảnh, xác thực',
    second: '',
    line: 'Cài đặt định danh điện tử · 3/4',
    accent: '#9fe7ff',
    motif: 'none',
    mood: MORNING,
    shape: 3.2,
    seconds: 5,
  },
  {
    id: 'C06-4',
    category: 'A7_2B',
    languages: ['vi'],
    title: 'Bước 4: Đến công an xã nếu cần giúp',
    second: '',
    line: 'Cài đặt định danh điện tử · 4/4',
    accent: '#9fe7ff',
    motif: 'none',
    mood: CLEAN,
    shape: 4.8,
    seconds: 5,
  },
  {
    id: 'C30',
    category: null,
    languages: ['vi'],
    title: 'Cụm thông tin điện tử công cộng',
    second: '',
    line: 'Trang chờ',
    accent: '#ffe3b0',
    motif: 'none',
    mood: DUSK,
    shape: 1.9,
    seconds: 30,
  },
]

/** The moving one. */
export const SAMPLE_CLIP = {
  id: 'C03',
  category: 'A7_2A',
  languages: ['vi'],
  title: 'Tuyến đường liên xã nối Sìn Hồ với vùng thấp: tiến độ tháng này',
  line: 'Dự án, chương trình phát triển',
  accent: '#7fd6ff',
  mood: MORNING,
  seconds: 8,
} as const
