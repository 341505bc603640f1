import { formatInstant } from '#core/base/time.ts'
import { instant } from '#core/base/units.ts'
import { STATE_NAMES, STEP_NAMES, STEPS, type StepId, type StepState } from '../commission/document.ts'
import { contactsOf, sequenceLines } from '../commission/measure-cabinet.ts'
import type { Measurement } from '../commission/measurement.ts'
import type { Commission } from '../commission/open.ts'
import { MOST_PHOTOS } from '../commission/store.ts'
import type { JobState } from '../commission/trials.ts'
import { escapeHtml, known, named, signedPage, tokenOf, two } from './html.ts'
import { chartForm, heldPart, type ManualFacts } from './manual.ts'
import type { Session } from './pairing.ts'

/** The pages of commissioning as HTML. One list, one page for each step; everything works without a script but for the phone's clock. */

const SIGNS: { readonly [S in StepState]: string } = { pass: '✓', fail: '✗', todo: '○', na: '–' }
const stateText = (state: StepState): string =>
  `<span class="state ${state}"><span aria-hidden="true">${SIGNS[state]}</span> ${named(STATE_NAMES[state])}</span>`

export type Pages = { readonly title: string; readonly offsetMinutes: number; readonly session: Session }
const timeText = (wall: number, { offsetMinutes }: Pages): string =>
  formatInstant(instant(wall), offsetMinutes).slice(0, 16).replace('T', ' ')

const shell = (of: Pages, body: string): string =>
  signedPage(
    { title: of.title, at: '/commission', session: of.session },
    `<link rel="stylesheet" href="/commission.css"><main>${body}</main><script src="/commission.js"></script>`,
  )

/** A refusal, said where the person stands, with the way back. */
export const refusedPage = (of: Pages, why: { readonly vi: string; readonly en: string }, back: string): string =>
  shell(
    of,
    `<p class="bad" role="alert">${named(why)}</p><p><a class="button" href="${back}">${two('Quay lại', 'Back')}</a></p>`,
  )

const RECORD = { vi: 'Số đo đạt: mở ra và ghi kết quả.', en: 'Measures well: open it and record the result.' }

export const listPage = (of: Pages, commission: Commission): string => {
  const states = [...commission.states()]
  const count = (state: StepState) => states.filter(([, one]) => one.state === state).length
  const open = count('todo') + count('fail')
  const lines = states.map(([step, { state, measured }], i) => {
    const advice = state === 'todo' && measured.auto === 'pass' ? RECORD : measured.next
    const next =
      state === 'pass' || state === 'na' || advice === null ? '' : `<span class="next">→ ${named(advice)}</span>`
    return `<li><a href="/commission/${step}"><span class="n">${i + 1}</span><span class="what">${named(STEP_NAMES[step])}${next}</span>${stateText(state)}</a></li>`
  })
  const reports = [...commission.reports()].reverse()
  const differs = commission.differsFromBaseline()
  const token = tokenOf(of.session)
  return shell(
    of,
    `<h2>${two('Nghiệm thu cụm', 'Commissioning')}</h2>
<p>${open === 0 ? `<span class="good">${two('Đã xong mọi bước.', 'Every step is done.')}</span>` : two(`Còn ${open} bước chưa đạt hoặc chưa làm.`, `${open} steps to go.`)}</p>
<ol class="steps">${lines.join('')}</ol>
<section><h2>${two('Biên bản bàn giao', 'Hand-over report')}</h2>
<form method="post" action="/commission/report">${token}<button>${open === 0 ? two('Ký biên bản', 'Sign the report') : two('Ký biên bản dù chưa xong', 'Sign it although not finished')}</button></form>
<p class="hint">${two('Thiết bị ký bằng khóa của nó. Biên bản đầu tiên là mốc để so sánh về sau.', 'The device signs with its own key. The first report is the baseline for later.')}</p>
${reports.length === 0 ? '' : `<ul>${reports.map((n) => reportLine(of, commission, n)).join('')}</ul>`}
${reports.length === 0 ? '' : differs.length === 0 ? `<p class="good">${two('Hiện trạng khớp mốc ban đầu.', 'What is here now is as in the baseline.')}</p>` : `<details><summary>${two(`Khác mốc ban đầu: ${differs.length} điểm`, `differs from the baseline: ${differs.length}`)}</summary><ul>${differs.map((one) => `<li>${escapeHtml(one)}</li>`).join('')}</ul></details>`}</section>
<details class="control"><summary>${two('Làm lại từ đầu', 'Begin anew')}</summary><form method="post" action="/commission/restart">${token}<button>${two('Xóa kết quả các bước (biên bản đã ký vẫn giữ)', 'Forget the results; signed reports stay')}</button></form></details>`,
  )
}

const reportLine = (of: Pages, commission: Commission, number: number): string => {
  const checked = commission.read(number)
  const words =
    checked === null
      ? `<span class="bad">${two('hỏng: chữ ký không đúng', 'damaged: the signature does not verify')}</span>`
      : `${timeText(checked.report.at, of)}, ${escapeHtml(checked.report.person)} <code>${checked.hash.slice(0, 12)}…</code>`
  return `<li><a href="/commission/report/${number}">${two(`Biên bản ${number}`, `report ${number}`)}</a> ${words}</li>`
}

const linesPart = ({ lines }: Measurement): string =>
  lines.length === 0 ? '' : `<ul class="measured">${lines.map((one) => `<li>${escapeHtml(one)}</li>`).join('')}</ul>`

const jobPart = (job: JobState | null, name: JobState['name']): string => {
  if (job === null || job.name !== name) return ''
  if (!job.over) return `<p role="status">⏳ ${two('Đang chạy', 'running')} ${escapeHtml(job.doing)}</p>`
  return job.fault === null
    ? `<p class="good">✓ ${two('Xong', 'done')}</p>`
    : `<p class="bad">${escapeHtml(job.fault)}</p>`
}
const JOB_OF: { readonly [S in StepId]?: JobState['name'] } = {
  ports: 'search',
  brightness: 'sweep',
  power: 'power',
  sound: 'tone',
}

/** What of a step renews itself. */
export const livePart = (
  step: StepId,
  of: { readonly commission: Commission; readonly manual: ManualFacts; readonly session: Session },
): string => {
  const { commission } = of
  const found = commission.states().get(step)
  if (found === undefined) return ''
  const { state, measured } = found
  const job = JOB_OF[step]
  const next = measured.next === null || state === 'na' ? '' : `<p class="next">→ ${named(measured.next)}</p>`
  const held =
    step === 'geometry' || step === 'brightness' || step === 'power'
      ? heldPart(of.manual, of.session, `/commission/${step}`)
      : ''
  return `<p data-auto="${measured.auto} ${measured.asks === null}">${stateText(state)}</p>${linesPart(measured)}${job === undefined ? '' : jobPart(commission.job(), job)}${next}${held}`
}

type Of = Pages & { readonly commission: Commission; readonly manual: ManualFacts }

export const stepPage = (step: StepId, of: Of): string => {
  const at = STEPS.indexOf(step)
  const [before, after] = [STEPS[at - 1], STEPS[at + 1]]
  const link = (to: StepId | undefined, words: string) =>
    to === undefined
      ? '<span></span>'
      : `<a href="/commission/${to}" title="${escapeHtml(`${STEP_NAMES[to].vi} · ${STEP_NAMES[to].en}`)}">${words}</a>`
  const live = livePart(step, of)
  return shell(
    of,
    `<p class="way">${link(before, `<span aria-hidden="true">←</span> ${two('Trước', 'Back')}`)} <a href="/commission">${two('Các bước', 'all steps')}</a> ${link(after, `${two('Tiếp', 'Next')} <span aria-hidden="true">→</span>`)}</p>
<h2>${at + 1}. ${named(STEP_NAMES[step])}</h2>
<div id="live" data-from="/commission/${step}/live">${live}</div>
${TOOLS[step](of)}${recordPart(step, of)}`,
  )
}

/** The result as it was recorded, and the form that records it. */
const recordPart = (step: StepId, of: Of): string => {
  const { commission, session } = of
  const measured = commission.states().get(step)?.measured
  const { draft } = commission.view()
  const was = draft.steps[step]
  const recorded =
    was === undefined
      ? ''
      : `<p class="hint">${two(`Đã ghi: ${STATE_NAMES[was.state].vi}`, `recorded: ${STATE_NAMES[was.state].en}`)}, ${escapeHtml(was.person)}, ${timeText(was.at, of)}${was.note === '' ? '' : `: ${escapeHtml(was.note)}`}</p>`
  if (measured === undefined || measured.auto === 'na') return recorded
  const asks = measured.asks === null ? '' : `<p><strong>${named(measured.asks)}</strong></p>`
  const pass = measured.auto === 'pass' || measured.asks !== null
  const button = (verdict: string, words: string) =>
    `<button name="verdict" value="${verdict}" class="${verdict}">${words}</button>`
  return `<section class="record"><h2>${two('Ghi kết quả', 'Record the result')}</h2>${recorded}${asks}
<form method="post" action="/commission/${step}/record">${tokenOf(session)}<label>${two('Ghi chú', 'Note')}<input name="note" maxlength="400"></label>
<div class="grid">${pass ? button('pass', two('Đạt', 'Pass')) : ''}${button('fail', two('Không đạt', 'Fail'))}${button('na', two('Không áp dụng', 'Not applicable'))}</div></form></section>`
}

const post = (of: Of, action: string, body: string): string =>
  `<form method="post" action="/commission/${action}">${tokenOf(of.session)}${body}</form>`
const nothing = (): string => ''

const portsTools = (of: Of): string => {
  const { commission } = of
  const ports = commission.ports()
  const free =
    ports.length === 0
      ? two('không có cổng nối tiếp nào còn trống', 'no free serial port')
      : ports.map(escapeHtml).join('<br>')
  return `<section class="control"><p>${two('Cổng chưa ai dùng', 'ports that nobody uses')}: ${free}</p>
${post(of, 'ports/search', `<label>${two('Địa chỉ mạng cần hỏi (IP, cách nhau bằng dấu cách)', 'network addresses to ask')}<input name="hosts" maxlength="300" inputmode="decimal" placeholder="192.168.1.10:5200" autocomplete="off"></label><button>${two('Dò, chỉ bằng lệnh đọc', 'Search, by read commands only')}</button>`)}
<p class="hint">${two('Không gửi lệnh ghi nào. Mỗi nơi tối đa 3 phút. Cổng mà dịch vụ đang dùng không bị đụng tới.', 'No write is ever sent. Three minutes a place at most. Ports in use by the service are left alone.')}</p></section>${proposalPart(of)}`
}

/** The configuration belongs to root: what differs is shown and kept beside it, and applied by a person. */
const proposalPart = ({ commission }: Of): string => {
  const proposal = commission.proposal()
  if (proposal === null) return ''
  return `<section class="control"><h2>${two('Đề nghị sửa cấu hình', 'Proposed change of the configuration')}</h2><ul class="measured">${proposal.lines.map((one) => `<li><code>${escapeHtml(one)}</code></li>`).join('')}</ul>
<p class="hint">${two('Trang này không sửa cấu hình. Bản đề nghị nằm ở commissioning/config-proposal.json trong thư mục dữ liệu. Cách áp dụng: sửa tệp cấu hình bằng quyền root, chạy', 'This page changes no configuration. The proposal is commissioning/config-proposal.json in the data folder. To apply: edit the configuration as root, run')} <code>bangtin edge --config … --check</code>, ${two('rồi khởi động lại dịch vụ', 'then restart the service')}.</p></section>`
}

const geometryTools = (of: Of): string => {
  const { draft, config } = of.commission.view()
  const { panel } = config.site
  const had = draft.geometry
  const field = (name: string, words: string, value: number | undefined, mode = 'numeric') =>
    `<label>${words}<input name="${name}" inputmode="${mode}" required maxlength="6" value="${value ?? ''}"></label>`
  const modules = had ?? { columns: 1, rows: 1 }
  return `<section class="control">${post(
    of,
    'geometry/set',
    `<div class="grid">${field('width', two('Rộng, điểm', 'width, px'), had?.width ?? panel.width)}${field('height', two('Cao, điểm', 'height, px'), had?.height ?? panel.height)}${field('pitchMm', two('Bước điểm, mm', 'pitch, mm'), had?.pitchMm ?? panel.pitchMm, 'decimal')}${field('columns', two('Mô-đun ngang', 'modules across'), had?.columns)}${field('rows', two('Mô-đun dọc', 'modules down'), had?.rows)}</div><button>${two('Ghi kích thước', 'Keep the size')}</button>`,
  )}</section>
<section class="control"><h2>${two('Chiếu hình thử', 'Show a chart')}</h2><figure><img id="frame" src="/frame.jpg" alt="Hình đang phát"></figure>${of.manual.charts ? chartForm(of.session, { modules, back: '/commission/geometry' }) : ''}<p class="hint">${two('Chạy mô-đun: từng mô-đun sáng lần lượt từ góc trên bên trái, sang phải, rồi xuống hàng. Mô-đun sáng sai chỗ là đấu dây sai.', 'Module walk: from the top left, to the right, then down. A module that lights in the wrong place is wired wrong.')}</p></section>${proposalPart(of)}`
}

const brightnessTools = (of: Of): string =>
  of.commission.view().config.controller === null
    ? ''
    : `<section class="control">${post(of, 'brightness/sweep', `<button>${two('Quét độ sáng', 'Sweep the brightness')}</button>`)}<p class="hint">${two('Từng mức được đặt rồi đọc lại; không bao giờ quá giới hạn của thiết bị; xong tự trả lại.', 'Each level is set and read back; never above the limit of the device; given back at the end.')}</p></section>`

const powerTools = (of: Of): string => {
  const { sequence } = of.commission.view()
  if (sequence === null) return ''
  return `<section class="control"><h2>${two('Chạy thật', 'Run it')}</h2><p>${two(`Màn hình sẽ tắt hẳn rồi bật lại theo ${sequenceLines(sequence).length} bước.`, 'The display goes off and comes up again.')}</p>
${post(of, 'power/run', `<label class="check"><input type="checkbox" name="sure" value="yes" required> ${two('Tôi đứng tại màn hình, không ai đang làm trong tủ', 'I am at the display; nobody works in the cabinet')}</label><button class="danger">${two('Tắt rồi bật lại', 'Power off and on')}</button>`)}</section>`
}

const inputsTools = (of: Of): string => {
  const view = of.commission.view()
  const others = contactsOf(view).filter(({ needed }) => !needed)
  if (others.length === 0) return ''
  return `<details><summary>${two('Tiếp điểm khác (cấu hình không dùng)', 'other contacts (not used by the configuration)')}</summary><ul>${others.map(({ name, value }) => `<li>${escapeHtml(name)}: ${known(value, '')}</li>`).join('')}</ul></details>`
}

const clockTools = (of: Of): string =>
  `<section class="control">${post(of, 'clock/phone', `<input type="hidden" name="phone" value=""><label class="typed">${two('Giờ trên điện thoại (GG:PP:SS)', 'time on the phone')}<input name="time" placeholder="08:30:00" maxlength="8"></label><button data-phone>${two('So giờ với điện thoại', 'Compare with the phone')}</button>`)}</section>`

const soundTools = (of: Of): string => {
  if (!of.commission.view().config.site.audio) return ''
  const side = (value: string, words: string) => `<button name="side" value="${value}">${words}</button>`
  return `<section class="control">${post(of, 'sound/tone', `<div class="grid">${side('left', two('Loa trái', 'Left'))}${side('right', two('Loa phải', 'Right'))}${side('both', two('Cả hai', 'Both'))}</div>`)}</section>`
}

const enrolTools = (of: Of): string => {
  const { commission } = of
  if (!commission.canEnrol || commission.view().enrolled) return ''
  return `<section class="control">${post(of, 'enrol/code', `<label>${two('Mã một lần', 'One-time code')}<input name="code" required minlength="4" maxlength="64" autocomplete="off" autocapitalize="characters"></label><button>${two('Đăng ký', 'Enrol')}</button>`)}
<p class="hint">${two('Mã QR của trung tâm mở trang này với mã điền sẵn (…/commission#enrol=MÃ). Mã dùng một lần.', 'The QR of the hub opens this page with the code filled in (…/commission#enrol=CODE). It works once.')}</p></section>`
}

const photosTools = (of: Of): string => {
  const { photos } = of.commission.view().draft
  const shown = photos.map(
    ({ id, caption }) =>
      `<figure><img src="/commission/photo/${id}" alt="${escapeHtml(caption)}" loading="lazy"><figcaption>${escapeHtml(caption)}</figcaption>${post(of, 'photos/drop', `<input type="hidden" name="id" value="${id}"><button>${two('Bỏ ảnh này', 'Drop')}</button>`)}</figure>`,
  )
  const form =
    photos.length >= MOST_PHOTOS
      ? ''
      : `<form method="post" action="/commission/photos/add" enctype="multipart/form-data" data-photo>${tokenOf(of.session)}<label>${two('Chú thích', 'Caption')}<input name="caption" maxlength="120" placeholder="Mặt trước, trong tủ, nhãn…"></label><label>${two('Ảnh (JPEG, PNG)', 'Picture')}<input type="file" name="photo" accept="image/jpeg,image/png" capture="environment" required></label><button>${two('Thêm ảnh', 'Add the photo')}</button></form>`
  return `<section class="control">${form}<p class="hint">${two(`${photos.length}/${MOST_PHOTOS} ảnh. Ảnh được thu nhỏ còn 1600 điểm và mã hóa lại, bỏ vị trí GPS.`, 'Pictures are made smaller (1600 px) and encoded anew, without GPS place.')}</p></section><div class="photos">${shown.join('')}</div>`
}

const TOOLS: { readonly [S in StepId]: (of: Of) => string } = {
  ports: portsTools,
  geometry: geometryTools,
  brightness: brightnessTools,
  power: powerTools,
  inputs: inputsTools,
  clock: clockTools,
  network: nothing,
  sound: soundTools,
  fonts: nothing,
  enrol: enrolTools,
  photos: photosTools,
}

export const COMMISSION_STYLE = `.steps{list-style:none;padding:0}.steps a{display:flex;gap:.7rem;align-items:flex-start;padding:.7rem 0;border-bottom:1px solid #8883;color:inherit;text-decoration:none;min-height:44px;box-sizing:border-box}
.steps .n{flex:none;width:1.6rem;text-align:right;opacity:.6}.steps .what{flex:1;font-weight:600}.steps .what small{font-weight:400}.next{display:block;font-weight:400;font-size:.85rem;margin:.2rem 0}
.state{flex:none;white-space:nowrap}.state small{display:block;text-align:right}.state.pass{color:#1a7f37}.state.fail{color:#b3261e}.state.todo{color:#9a6700}.state.na{opacity:.7}p .state small{display:inline}
@media(prefers-color-scheme:dark){.state.pass{color:#7ee2a0}.state.fail{color:#ff8a80}.state.todo{color:#ffca66}}
.way{display:flex;justify-content:space-between;align-items:center}.way a{padding:.6rem .8rem;text-align:center}.way small{display:block}.measured{padding-left:1.1rem;overflow-wrap:anywhere;font-variant-numeric:tabular-nums}
.grid{display:grid;grid-template-columns:repeat(auto-fill,minmax(8.5rem,1fr));gap:.5rem;margin:.5rem 0}.grid label{margin:0}button.fail{background:#b3261e}button.na{background:#5b6068}button.pass{background:#1a7f37}button small{opacity:.85;display:block}
.choice .time{max-width:12rem}.held{padding-left:1.1rem}.held form,.alarm form{margin:.3rem 0}.check{display:flex;gap:.6rem;align-items:center}.check input{width:auto}
.photos{display:grid;grid-template-columns:repeat(auto-fill,minmax(14rem,1fr));gap:.8rem}.photos figure{margin:0;background:none}.photos img{max-height:18rem;object-fit:contain}.button{display:inline-block;padding:.6rem 1rem;background:#0b63c5;color:#fff;border-radius:.4rem;text-decoration:none}section.control h2{margin-top:.2rem}`

export const COMMISSION_SCRIPT = `'use strict'
const offset = document.querySelector('[data-phone]')
if (offset) {
  offset.form.querySelector('.typed').hidden = true
  offset.addEventListener('click', () => { offset.form.elements.phone.value = String(Date.now()) })
}
const given = sessionStorage.getItem('enrol'), code = document.querySelector('input[name=code]')
if (given && location.pathname === '/commission/enrol') {
  if (code) code.value = given
  sessionStorage.removeItem('enrol')
}
const auto = () => document.querySelector('[data-auto]')?.dataset.auto, first = auto()
const part = document.getElementById('live')
if (part) new MutationObserver(() => { if (auto() && auto() !== first && !document.querySelector('input:focus')) location.reload() }).observe(part, { childList: true })
const photo = document.querySelector('form[data-photo]')
if (photo) photo.addEventListener('submit', async (event) => {
  event.preventDefault()
  const button = photo.querySelector('button'), file = photo.elements.photo.files[0]
  button.disabled = true
  try {
    const data = new FormData()
    for (const name of ['csrf', 'caption']) data.append(name, photo.elements[name].value)
    let small = file
    try {
      const picture = await createImageBitmap(file), scale = Math.min(1, 1600 / Math.max(picture.width, picture.height))
      const canvas = document.createElement('canvas')
      canvas.width = Math.round(picture.width * scale); canvas.height = Math.round(picture.height * scale)
      canvas.getContext('2d').drawImage(picture, 0, 0, canvas.width, canvas.height)
      small = await new Promise((done) => canvas.toBlob((blob) => done(blob || file), 'image/jpeg', 0.85))
    } catch {}
    data.append('photo', small, 'photo.jpg')
    const answer = await fetch(photo.action, { method: 'POST', body: data })
    if (answer.ok) return location.reload()
    document.open(); document.write(await answer.text()); document.close()
  } finally { button.disabled = false }
})
`
