import { unreachable } from '#core/base/result.ts'
import type { EvidenceRecord } from '#core/evidence/record.ts'

export type Words = { readonly vi: string; readonly en: string }

/** One line of evidence as a sentence for people, Vietnamese and English. The line itself stays the truth. */
export const inWords = (r: EvidenceRecord): Words => {
  const both = (vi: string, en: string): Words => ({ vi, en })
  switch (r.kind) {
    case 'open':
      return both(
        `Bắt đầu phát “${r.title}” (${r.supplier}) – ${r.why}`,
        `Began “${r.title}” (${r.supplier}) – ${r.why}`,
      )
    case 'close':
      return both(
        `Kết thúc phát (${r.cause}), ${seconds(r.ms)} giây, bằng chứng: ${r.proof}`,
        `Ended (${r.cause}), ${seconds(r.ms)} s, proof: ${r.proof}`,
      )
    case 'screen':
      return both(
        `Màn hình: ${LIT[r.lit].vi}${r.intended ? ' (chủ ý)' : ''} ${r.why}`,
        `Screen: ${r.lit}${r.intended ? ' (on purpose)' : ''} ${r.why}`,
      )
    case 'proof':
      return both(`Bằng chứng hiển thị: ${r.proof} – ${r.how}`, `Proof of showing: ${r.proof} – ${r.how}`)
    case 'verdict':
      return both(`Quyền hiển thị: ${r.rank} (${r.winner})`, `Screen belongs to: ${r.rank} (${r.winner})`)
    case 'order':
      return both(
        `Lệnh ${r.order}: ${ORDER[r.stage]} ${r.reason ?? ''} ${r.detail}`,
        `Order ${r.order}: ${r.stage} ${r.reason ?? ''} ${r.detail}`,
      )
    case 'power':
      return both(`Nguồn: ${r.want === 'on' ? 'bật' : 'tắt'} – ${r.why}`, `Power: ${r.want} – ${r.why}`)
    case 'sensor':
      return both(
        `Cảm biến ${r.what}: ${r.value ?? 'không rõ'} (${r.state})`,
        `Sensor ${r.what}: ${r.value ?? 'unknown'} (${r.state})`,
      )
    case 'clock':
      return both(`Đồng hồ nhảy ${r.stepMs} ms, nay ${r.quality}`, `Clock stepped by ${r.stepMs} ms, now ${r.quality}`)
    case 'gap':
      return both(`Khoảng trống nhật ký (${r.cause}): ${r.detail}`, `Hole in the log (${r.cause}): ${r.detail}`)
    case 'config':
      return both(
        `${r.what} phiên bản ${r.version}: ${r.result === 'accepted' ? 'chấp nhận' : 'từ chối'} ${r.reason ?? ''}`,
        `${r.what} version ${r.version}: ${r.result} ${r.reason ?? ''}`,
      )
    case 'refusal':
      return both(
        `Từ chối nội dung ${r.item}: ${r.reason} ${r.detail}`,
        `Refused content ${r.item}: ${r.reason} ${r.detail}`,
      )
    case 'access':
      return both(`${r.person}: ${r.what} ${r.detail}`, `${r.person}: ${r.what} ${r.detail}`)
    case 'incident':
      return both(`Sự cố ${r.what}: ${r.detail}`, `Incident ${r.what}: ${r.detail}`)
    case 'heartbeat':
      return both('Đang chạy', 'Running')
    case 'seal':
      return both(`Niêm phong ngày ${r.day}: ${r.records} dòng`, `Sealed ${r.day}: ${r.records} lines`)
  }
  return unreachable(r)
}

const seconds = (ms: number): string => (ms / 1000).toFixed(1)
const LIT = { lit: { vi: 'sáng' }, dark: { vi: 'tối' }, unknown: { vi: 'không rõ' } } as const
const ORDER = {
  received: 'đã nhận',
  refused: 'từ chối',
  active: 'có hiệu lực',
  shown: 'đã hiển thị',
  ended: 'kết thúc',
} as const
