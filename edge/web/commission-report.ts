import { formatInstant } from '#core/base/time.ts'
import { instant } from '#core/base/units.ts'
import { CLOCK_NAMES } from '#core/contract/words.ts'
import { STATE_NAMES, STEP_NAMES } from '../commission/document.ts'
import { type Checked, differences } from '../commission/report.ts'
import { escapeHtml, named, rows, two } from './html.ts'

/** The hand-over report as a page to print on A4, with its photos and how to check its signature. */
export const reportPage = (
  { report, hash }: Checked,
  of: {
    readonly offsetMinutes: number
    readonly before: Checked | null
    readonly foreign: string | null
    readonly wrongPhotos: readonly string[]
  },
): string => {
  const time = (wall: number) => formatInstant(instant(wall), of.offsetMinutes).slice(0, 16).replace('T', ' ')
  const { site, device, baseline, geometry, photos } = report
  const { configured, measured } = geometry
  const differs = of.before === null ? [] : differences(of.before.report, report)
  const steps = report.steps.map(({ step, state, result }, i) => {
    const lines =
      result === null ? '' : `<ul>${result.measured.map((one) => `<li>${escapeHtml(one)}</li>`).join('')}</ul>`
    const by = result === null ? '' : `${escapeHtml(result.person)}<br>${time(result.at)}`
    const note = result === null || result.note === '' ? '' : `<p><em>${escapeHtml(result.note)}</em></p>`
    return `<tr><td>${i + 1}. ${named(STEP_NAMES[step])}${lines}${note}</td><td class="${state}"><strong>${named(STATE_NAMES[state])}</strong></td><td>${by}</td></tr>`
  })
  const readings = Object.entries(baseline.readings).map(
    ([name, value]) => `<tr><td>${escapeHtml(name)}</td><td>${escapeHtml(String(value))}</td></tr>`,
  )
  const shown = photos.map(
    ({ id, caption, sha256, at, person }) =>
      `<figure><img src="/commission/photo/${id}" alt="${escapeHtml(caption)}"><figcaption>${escapeHtml(caption)} · ${escapeHtml(person)} · ${time(at)}<br><code>${sha256}</code>${of.wrongPhotos.includes(id) ? `<br><strong class="fail">${two('Tệp ảnh thiếu hoặc đã bị đổi sau khi ký', 'The file is missing, or was changed after it was signed')}</strong>` : ''}</figcaption></figure>`,
  )
  return `<!doctype html>
<html lang="vi"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>Biên bản ${report.number} ${escapeHtml(site.id)}</title><link rel="stylesheet" href="/commission-report.css"></head><body>
<p class="back"><a href="/commission">← ${two('Các bước', 'all steps')}</a> <a href="/commission/report/${report.number}.json" download>${two('Tải tệp đã ký', 'Download the signed file')}</a></p>
<h1>${two(`Biên bản nghiệm thu, bàn giao số ${report.number}`, `Commissioning and hand-over report ${report.number}`)}</h1>
${rows([
  [two('Cụm', 'Cluster'), `${escapeHtml(site.name)} <code>${escapeHtml(site.id)}</code>, ${escapeHtml(site.unitCode)}`],
  [two('Lúc', 'At'), `${time(report.at)} (${named(CLOCK_NAMES[report.clock])})`],
  [two('Người ký', 'Signed by'), escapeHtml(report.person)],
  [two('Phần mềm', 'Software'), escapeHtml(device.version)],
  [
    two('Vân tay khóa thiết bị', 'Fingerprint of the device key'),
    `<code>${device.key}</code>${of.foreign === null ? '' : ` <strong class="fail">${two('không phải khóa hiện nay của máy này', 'not the key that this device has now')}</strong>`}`,
  ],
  [
    two('Màn hình', 'Panel'),
    `${configured.width} × ${configured.height}, ${configured.pitchMm ?? '–'} mm${measured === null ? '' : `; ${two('đo', 'measured')} ${measured.width} × ${measured.height}, ${measured.pitchMm} mm, ${measured.columns} × ${measured.rows} ${two('mô-đun', 'modules')}`}`,
  ],
  [
    two('Bộ điều khiển', 'Controller'),
    escapeHtml(
      [baseline.controller.profile, baseline.controller.model, baseline.controller.firmware]
        .filter((one) => one !== null)
        .join(', ') || '–',
    ),
  ],
])}
<h2>${two('Các bước', 'Steps')}</h2><table><thead><tr><th>${two('Bước và số đo', 'step and readings')}</th><th>${two('Kết quả', 'result')}</th><th>${two('Ai, lúc nào', 'who, when')}</th></tr></thead><tbody>${steps.join('')}</tbody></table>
${of.before === null ? `<p>${report.previous === null ? two('Đây là mốc ban đầu.', 'This is the baseline.') : two('Không đọc được mốc ban đầu.', 'The baseline cannot be read.')}</p>` : `<h2>${two('Khác mốc ban đầu', 'Differences from the baseline')}</h2>${differs.length === 0 ? `<p>${two('Không khác.', 'None.')}</p>` : `<ul>${differs.map((one) => `<li>${escapeHtml(one)}</li>`).join('')}</ul>`}`}
${readings.length === 0 ? '' : `<h2>${two('Số đọc ban đầu', 'Readings')}</h2><table>${readings.join('')}</table>`}
${shown.length === 0 ? '' : `<h2>${two('Ảnh', 'Photos')}</h2><div class="photos">${shown.join('')}</div>`}
<h2>${two('Chữ ký', 'Signature')}</h2><p>${two('Mã băm SHA-256 của nội dung đã ký', 'SHA-256 of what was signed')}:<br><code>${hash}</code></p>
<p>${two('Cách kiểm', 'How to check')}: <code>bangtin playlog verify-report report-${String(report.number).padStart(3, '0')}.json --key ${device.key}</code></p>
<div class="sign"><p>${two('Bên giao', 'Handed over by')}</p><p>${two('Bên nhận', 'Accepted by')}</p></div></body></html>`
}

export const REPORT_STYLE = `:root{color-scheme:light;font:15px/1.4 system-ui,"Noto Sans",sans-serif}body{max-width:46rem;margin:auto;padding:0 1rem 2rem;background:#fff;color:#111}
h1{font-size:1.3rem}h2{font-size:1.05rem;margin:1.2rem 0 .4rem;break-after:avoid}small{color:#555;font-size:.8em}dl{margin:0}dl div{display:flex;justify-content:space-between;gap:1rem;border-bottom:1px solid #ccc;padding:.2rem 0}dd{margin:0;text-align:right;overflow-wrap:anywhere}
table{width:100%;border-collapse:collapse}td,th{border:1px solid #bbb;padding:.3rem .4rem;text-align:left;vertical-align:top;overflow-wrap:anywhere}td ul{margin:.2rem 0;padding-left:1.1rem;font-size:.85rem}tr{break-inside:avoid}.pass{color:#1a7f37}.fail{color:#b3261e}
code{overflow-wrap:anywhere;font-size:.85em}.photos{display:grid;grid-template-columns:repeat(2,1fr);gap:.6rem}figure{margin:0;break-inside:avoid}figure img{width:100%;max-height:9cm;object-fit:contain}figcaption{font-size:.75rem}
.back{display:flex;justify-content:space-between}.sign{display:grid;grid-template-columns:1fr 1fr;text-align:center;min-height:6rem;break-inside:avoid}
@media print{.back{display:none}@page{size:A4;margin:14mm}body{max-width:none;padding:0;font-size:11pt}}`
