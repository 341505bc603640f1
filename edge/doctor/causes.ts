import { isProtection } from '#core/claim/protection.ts'
import { FAULTS, type FaultId, isFaultId } from '#core/contract/faults.ts'
import { ITEM_REFUSAL_NAMES, nameOf, ORDER_END_NAMES, type Phrase } from '#core/contract/words.ts'
import { RESERVE_BYTES } from '../shell/budget.ts'
import { healthFaults } from '../shell/health.ts'
import { HINTS } from '../web/hints.ts'
import { POWERED_DOWN } from './answer.ts'
import type { DoctorFacts, LiveFacts, OrderFacts, StoppedFacts } from './facts.ts'
import { both, bytesText, type Cause, OWN_CAUSES, type OwnCause, span } from './report.ts'
import { timeText } from './when.ts'

const NEXT: { readonly [C in OwnCause]: Phrase } = {
  'daemon-down': both(
    'Khởi động dịch vụ: sudo systemctl start bangtin-edge@<cụm>; xem lý do: journalctl -u bangtin-edge@<cụm> -n 50.',
    'Start the service: sudo systemctl start bangtin-edge@<site>; see why: journalctl -u bangtin-edge@<site> -n 50.',
  ),
  'daemon-hung': both(
    'Chờ 15 giây (bộ canh sẽ khởi động lại); nếu vẫn vậy: sudo systemctl restart bangtin-edge@<cụm>.',
    'Wait 15 s (the watchdog restarts it); if it stays: sudo systemctl restart bangtin-edge@<site>.',
  ),
  'quiet-hours': both('Không cần làm gì; đổi giờ bật ở trung tâm.', 'Nothing to do; the hours are set at the centre.'),
  'safety-blank': both(
    'Người đã cắt hình trả lại, hoặc trung tâm hủy lệnh.',
    'Whoever made it dark gives it back, or the centre cancels the order.',
  ),
  'own-protection': both(
    'Tìm nguyên nhân nóng hoặc mất điện; màn hình tự sáng lại.',
    'Find the heat or the lost mains; it lights again by itself.',
  ),
  'order-on': both('Không cần làm gì; lệnh hết thì lịch trở lại.', 'Nothing to do; the schedule returns when it ends.'),
  'order-ended': both(
    'Nếu còn cần, trung tâm phải phát lệnh mới; lệnh cũ không quay lại.',
    'If it is still needed the centre has to release a new one; an old one never comes back.',
  ),
  'order-waits': both('Chờ đến giờ bắt đầu.', 'Wait for its beginning.'),
  'order-sleeps': both(
    'Lệnh này không được phép bật màn hình ngoài giờ; trung tâm phát lại với quyền bật.',
    'This order may not wake the screen; the centre releases it again with the right to wake.',
  ),
  'order-broken': both(
    'Báo trung tâm ngay: trang của lệnh không hiện được; thông báo bằng loa, điện thoại.',
    'Tell the centre at once: the page of the order cannot be shown; warn by loudspeaker and telephone.',
  ),
  'held-by-hand': both(
    'Trả lại ở trang “Điều khiển tay”, hoặc chờ hết giờ.',
    'Give it back on “Manual control”, or wait.',
  ),
  'test-pattern': both('Trả lại ở trang “Tình trạng”, hoặc chờ hết giờ.', 'Give it back on “Status”, or wait.'),
  'no-frame-now': both('Không cần làm gì; khung giờ do trung tâm đặt.', 'Nothing to do; frames are set at the centre.'),
  'snapshot-damaged': both(
    'Bản trước được dùng; xem thẻ nhớ (mục Đĩa) và chép dữ liệu.',
    'The copy before is used; look at the card (section Disk) and copy the data.',
  ),
  'not-enrolled': both(
    'Đăng ký với trung tâm bằng mã một lần khi có mạng.',
    'Enrol at the centre with a one-time code when there is a network.',
  ),
}

const own = (id: OwnCause, what: Phrase, evidence = ''): Cause => ({
  id,
  severity: OWN_CAUSES[id],
  what,
  evidence,
  next: NEXT[id],
})
const ofFault = (id: FaultId, detail: string): Cause => ({
  id,
  severity: FAULTS[id].severity,
  what: { vi: FAULTS[id].vi, en: FAULTS[id].en },
  evidence: detail,
  next: HINTS[id],
})

/** What explains an empty or wrong screen, what is nearest to the glass and hardest to go round first. */
const NEAREST: readonly string[] = [
  'daemon-down',
  'daemon-hung',
  'config-invalid',
  'data-folder-locked',
  'smoke-detected',
  'power-interlock',
  'power-failed',
  'battery-low',
  'own-protection',
  'over-temperature-dark',
  'display-lost',
  'player-missing',
  'player-lost',
  'no-signal',
  'panel-dark',
  'display-flapping',
  'display-contradicts',
  'fonts-missing',
  'order-broken',
  'local-blank',
  'local-emergency',
  'no-schedule',
  'asset-missing',
  'content-refused',
]
const SEVERITIES = ['critical', 'warning', 'info'] as const

/** The strongest explanation first: by severity, within it by what stands nearest to the glass. */
export const byWeight = (causes: readonly Cause[]): readonly Cause[] => {
  const near = ({ id }: Cause): number => (NEAREST.includes(id) ? NEAREST.indexOf(id) : NEAREST.length)
  return causes.toSorted((a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) || near(a) - near(b))
}

export const causesOf = (facts: DoctorFacts): readonly Cause[] => {
  const { state } = facts
  const causes = state.is === 'live' ? liveCauses(facts, state) : stoppedCauses(facts, state)
  return byWeight(causes.filter(({ id }, i) => causes.findIndex((other) => other.id === id) === i))
}

const liveCauses = (facts: DoctorFacts, live: LiveFacts): readonly Cause[] => [
  ...live.status.faults.flatMap(({ id, detail }) => (isFaultId(id) ? [ofFault(id, evidenceOf(id, detail, live))] : [])),
  ...verdictCauses(facts, live),
  ...live.orders.flatMap((order) => orderCause(order, facts)),
  ...handCauses(live),
]

/** The fault says how many; names and reasons are what one can act upon. */
const evidenceOf = (id: FaultId, detail: string, { content }: LiveFacts): string => {
  const some = (all: readonly string[]) =>
    `${all.slice(0, 5).join('; ')}${all.length > 5 ? `; +${all.length - 5}` : ''}`
  if (id === 'asset-missing' && content.missing.length > 0)
    return `${detail}: ${some(content.missing.map(({ title, item }) => title || item))}`
  if (id === 'content-refused' && content.refused.length > 0)
    return some(
      content.refused.map(
        (r) => `${r.item}: ${nameOf(ITEM_REFUSAL_NAMES, r.reason).vi}${r.detail && ` (${r.detail})`}`,
      ),
    )
  return detail
}

const verdictCauses = (facts: DoctorFacts, live: LiveFacts): readonly Cause[] => {
  const winner = live.verdict?.winner
  if (winner === undefined) return []
  const { want } = winner
  if (want.want === 'dark' && isProtection(winner.id))
    return [
      own(
        'own-protection',
        both('Màn hình tự tắt hình để khỏi hỏng', 'The display is dark to protect itself'),
        want.why,
      ),
    ]
  if (want.want === 'dark' && winner.rank === 'quiet-hours') {
    const until = timeText(live.power.until, facts.offsetMinutes)
    return [
      own(
        'quiet-hours',
        both(`Tắt theo lịch, sáng lại ${until}`, `Dark by its calendar, lights again ${until}`),
        want.why,
      ),
    ]
  }
  // Who holds it, and for how long, is among what is held by hand.
  if (winner.id === POWERED_DOWN) return []
  if (want.want === 'dark')
    return [own('safety-blank', both('Có người ra lệnh tắt hình', 'Somebody ordered the screen dark'), want.why)]
  const title = live.titles[winner.id] ?? winner.order
  if (winner.order !== null && title)
    return [own('order-on', both(`Đang chiếu lệnh “${title}”`, `The order “${title}” has the screen`), winner.id)]
  const { content } = live
  if (want.want === 'standing' && content.scheduleVersion > 0 && !content.frameNow && content.missing.length === 0)
    return [own('no-frame-now', both('Lúc này lịch không có khung giờ nào', 'The schedule has no frame now'))]
  return []
}

/** An order that ended or was refused within this is still being asked about, ms. */
const RECENT_MS = 6 * 3_600_000
const orderCause = (order: OrderFacts, { at, offsetMinutes }: DoctorFacts): readonly Cause[] => {
  const name = order.headline || order.id
  const when = (wall: number) => timeText(wall, offsetMinutes)
  if (order.state === 'pending')
    return [
      own(
        'order-waits',
        both(`Lệnh “${name}” bắt đầu ${when(order.startsAt)}`, `The order “${name}” begins ${when(order.startsAt)}`),
        order.id,
      ),
    ]
  if (order.state === 'ended') {
    if (order.class === '' || at - order.expiresAt > RECENT_MS) return []
    const why = nameOf(ORDER_END_NAMES, order.endReason ?? 'expired')
    const end = when(order.expiresAt)
    return [
      own(
        'order-ended',
        both(`Lệnh “${name}” không chiếu nữa: ${why.vi}`, `The order “${name}” is over: ${why.en}`),
        `${order.id}, ${end}`,
      ),
    ]
  }
  if (order.silent === 'sleeps')
    return [
      own(
        'order-sleeps',
        both(`Lệnh “${name}” không được bật màn hình ngoài giờ`, `The order “${name}” may not wake the screen`),
        order.id,
      ),
    ]
  if (order.silent === 'broken')
    return [
      own(
        'order-broken',
        both(`Trang của lệnh “${name}” không hiện được`, `The page of “${name}” cannot be shown`),
        order.id,
      ),
    ]
  return []
}

const handCauses = ({ technician, held }: LiveFacts): readonly Cause[] => [
  ...(technician === null || technician.pattern === 'none'
    ? []
    : [
        own(
          'test-pattern',
          both(
            `${technician.person} đang thử mẫu ${technician.pattern}, còn ${span(technician.leftMs).vi}`,
            `${technician.person} has the test pattern ${technician.pattern} on, ${span(technician.leftMs).en} more`,
          ),
        ),
      ]),
  ...(held.length === 0
    ? []
    : [
        own(
          'held-by-hand',
          both(
            `Đang giữ bằng tay: ${held.map((h) => `${h.what} (${h.person}, còn ${span(h.leftMs).vi})`).join('; ')}`,
            `Held by hand: ${held.map((h) => `${h.what} (${h.person}, ${span(h.leftMs).en} more)`).join('; ')}`,
          ),
        ),
      ]),
]

const stoppedCauses = (facts: DoctorFacts, stopped: StoppedFacts): readonly Cause[] => {
  const { machine } = facts.health
  const free = machine.space?.freeBytes ?? null
  const dead = stopped.ports.flatMap(({ device, at, trouble }) =>
    trouble === null ? [] : [`${device} ${at}: ${trouble}`],
  )
  const down =
    stopped.hungPid === null
      ? own('daemon-down', both('Tiến trình bangtin edge không chạy', 'The daemon bangtin edge does not run'))
      : own(
          'daemon-hung',
          both(
            'Tiến trình bangtin edge giữ thư mục mà không trả lời',
            'The daemon holds the folder and does not answer',
          ),
          `pid ${stopped.hungPid}`,
        )
  return [
    down,
    ...(stopped.config === null ? [] : [ofFault('config-invalid', stopped.config)]),
    ...(stopped.playlog?.broken ? [ofFault('playlog-damaged', stopped.playlog.broken)] : []),
    ...((stopped.snapshot?.faults.length ?? 0) > 0
      ? [
          own(
            'snapshot-damaged',
            both('Bản lưu trạng thái hỏng', 'A copy of the saved state is damaged'),
            stopped.snapshot?.faults.join('; ') ?? '',
          ),
        ]
      : []),
    ...(free !== null && free < RESERVE_BYTES ? [ofFault('disk-full', `${bytesText(free)} trống · free`)] : []),
    ...(dead.length > 0 ? [ofFault('display-lost', dead.join('; '))] : []),
    ...(stopped.playerMissing ? [ofFault('player-missing', 'mpv')] : []),
    ...(facts.keys.enrolled || !stopped.hasHub
      ? []
      : [own('not-enrolled', both('Thiết bị chưa đăng ký với trung tâm', 'This device is not enrolled'))]),
    ...healthFaults(facts.health, false).map(({ id, detail }) => ofFault(id, detail)),
  ]
}
