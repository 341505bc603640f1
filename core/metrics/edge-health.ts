import { metric } from './metric.ts'

/** How the computer itself is: heat, supply, card, and its line to the hub. */
export const HEALTH = {
  boardTemperature: metric({
    name: 'bangtin_board_temperature_celsius',
    type: 'gauge',
    help: 'Temperature of the computer, its hottest sensor.',
    vi: 'Nhiệt độ của máy tính, cảm biến nóng nhất.',
    labels: [],
    from: 'edge',
  }),
  boardUndervoltage: metric({
    name: 'bangtin_board_undervoltage',
    type: 'gauge',
    help: '1 when the computer says that its supply voltage is or was too low; absent where it says nothing.',
    vi: '1 khi máy tính báo điện áp nuôi đang thấp hoặc đã có lần thấp; không có số liệu nếu máy không báo.',
    labels: ['when'],
    values: { when: ['now', 'since_boot'] },
    from: 'edge',
  }),
  diskErrorsTotal: metric({
    name: 'bangtin_disk_errors_total',
    type: 'counter',
    help: 'Errors that the file systems of this machine have noted.',
    vi: 'Số lỗi mà hệ thống tệp của máy đã ghi nhận.',
    labels: [],
    from: 'edge',
  }),
  storageLifeUsed: metric({
    name: 'bangtin_storage_life_used_ratio',
    type: 'gauge',
    help: 'How much of its life the card or eMMC says is used up, 0 to 1, the most used one; absent where none says.',
    vi: 'Phần tuổi thọ thẻ nhớ hoặc eMMC đã dùng, 0 đến 1; không có số liệu nếu thẻ không báo.',
    labels: [],
    from: 'edge',
  }),
  diskWriteProbe: metric({
    name: 'bangtin_disk_write_probe_seconds',
    type: 'gauge',
    help: 'How long the last durable write of a few bytes took; absent when it failed or was not tried yet.',
    vi: 'Lần thử ghi chắc chắn vài byte gần nhất mất bao lâu; không có số liệu khi thử hỏng hoặc chưa thử.',
    labels: [],
    from: 'edge',
  }),
  hubRoundTrip: metric({
    name: 'bangtin_hub_round_trip_seconds',
    type: 'gauge',
    help: 'Round trip of the last ping between edge and hub.',
    vi: 'Thời gian đi và về của lần ping gần nhất giữa cụm và trung tâm.',
    labels: [],
    from: 'edge',
  }),
  hubRedialsTotal: metric({
    name: 'bangtin_hub_redials_total',
    type: 'counter',
    help: 'Times the link to the hub had to be dialled again.',
    vi: 'Số lần phải nối lại với trung tâm.',
    labels: [],
    from: 'edge',
  }),
} as const
