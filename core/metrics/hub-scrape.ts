import { SCRAPE_OUTCOMES } from './labels.ts'
import { metric } from './metric.ts'

/** What Prometheus and the history of the edges cost the hub. */
export const SCRAPE = {
  scrapesTotal: metric({
    name: 'bangtin_hub_scrapes_total',
    type: 'counter',
    help: 'Scrapes of edges through the hub, by what became of them.',
    vi: 'Số lần hỏi số liệu cụm qua trung tâm, theo kết quả.',
    labels: ['outcome'],
    values: { outcome: SCRAPE_OUTCOMES },
    from: 'hub',
  }),
  scrapeBytesTotal: metric({
    name: 'bangtin_hub_scrape_bytes_total',
    type: 'counter',
    help: 'Bytes of metrics that edges sent for scrapes, as they came over the link (packed).',
    vi: 'Số byte số liệu các cụm gửi về, tính lúc còn nén.',
    labels: [],
    from: 'hub',
  }),
  scrapeSeconds: metric({
    name: 'bangtin_hub_scrape_seconds',
    type: 'histogram',
    help: "From Prometheus's request for an edge's metrics to the edge's answer at the hub.",
    vi: 'Từ khi Prometheus hỏi đến khi cụm trả lời tại trung tâm.',
    labels: [],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    from: 'hub',
  }),
  historySamplesTotal: metric({
    name: 'bangtin_hub_history_samples_total',
    type: 'counter',
    help: 'Samples from before a link came back that were taken over from edges, to be handed to Prometheus.',
    vi: 'Số mẫu đo lúc mất kết nối được lấy về từ cụm để chuyển cho Prometheus.',
    labels: [],
    from: 'hub',
  }),
  backupTime: metric({
    name: 'bangtin_hub_backup_timestamp_seconds',
    type: 'gauge',
    help: 'When the newest whole backup of the hub was made, Unix time; absent where the hub makes none by itself.',
    vi: 'Lúc làm bản sao lưu trọn vẹn mới nhất của trung tâm, giờ Unix; không có số liệu nếu trung tâm không tự sao lưu.',
    labels: [],
    from: 'hub',
  }),
} as const
