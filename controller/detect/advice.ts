import type { LinkFault, LinkFaultKind } from '#core/screen/display.ts'
import type { LinkSpec } from '../profile/common.ts'
import { lineName } from '../profile/line.ts'
import type { Finding } from './finding.ts'
import type { DetectOutcome } from './run.ts'
import { withoutSecrets } from './secret.ts'

export type ConfigEntry = {
  /** `controller` of the edge’s configuration, or one of its `equipment`. */
  readonly under: 'controller' | 'equipment'
  readonly entry: Readonly<Record<string, unknown>>
}

/**
 * What to write into the edge’s configuration; secrets are left to be filled in. `path`: the stable name of the port. `file`: where the
 * profile is, absolute, as the configuration lies in another folder.
 */
export const configFor = (
  finding: Finding,
  at: { readonly path: string } | { readonly host: string },
  file: string,
): ConfigEntry => {
  const { line, profile, address } = finding
  const usual = profile.links.find((link) => link.kind === 'serial')
  const speed = line.kind === 'serial' && line.baudRate !== usual?.baudRate ? { baudRate: line.baudRate } : {}
  const parity = line.kind === 'serial' && line.parity !== usual?.parity ? { parity: line.parity } : {}
  const link =
    'path' in at
      ? { kind: 'serial', path: at.path, ...speed, ...parity }
      : { kind: line.kind, host: at.host, ...(line.kind === 'serial' ? {} : { port: line.port }) }
  const entry = {
    profile: file,
    link,
    ...(Object.keys(address).length > 0 ? { address: withoutSecrets(address) } : {}),
  }
  // Two devices of one kind on a bus need two names.
  const place = Object.values(address).find((value) => typeof value === 'number')
  const suffix = place === undefined ? '' : `-${place}`
  return profile.display === null
    ? { under: 'equipment', entry: { name: `${profile.id.slice(0, 32 - suffix.length)}${suffix}`, ...entry } }
    : { under: 'controller', entry }
}

/** Are the bits on the line other than the profile’s first setting? The configuration can change speed and parity only. */
export const unlikeProfile = (finding: Finding): boolean => {
  const { line, profile } = finding
  const own = profile.links.find((link) => link.kind === 'serial')
  return (
    line.kind === 'serial' &&
    (own === undefined || lineName({ ...own, baudRate: line.baudRate, parity: line.parity }) !== lineName(line))
  )
}

const WIRING: readonly string[] = [
  'Thiết bị có điện không? · is the device powered?',
  'RS-485: đổi chéo A và B, kiểm tra điện trở cuối · swap A and B, check the termination',
  'RS-232: cáp thẳng hay chéo? thử cáp chéo · straight or crossed cable? try a crossed one',
]
const NETWORK: readonly string[] = [
  'Chỉ một phiên TCP: đóng phần mềm cấu hình của hãng · one TCP session only: close the maker’s software',
]

const notOpenSteps = (fault: LinkFault, kind: LinkSpec['kind']): readonly string[] => [
  ...(/in use|another/.test(fault.detail)
    ? [
        'Chương trình khác đang giữ cổng, thường là dịch vụ tại cụm; dừng nó · another program holds the port, mostly the service; stop it: systemctl stop bangtin-edge@<site>',
      ]
    : []),
  kind === 'serial'
    ? 'Kiểm tra cáp USB và tên cổng (ls -l /dev/serial/by-path) · check the USB cable and the name of the port'
    : 'Kiểm tra địa chỉ IP, dây mạng, nguồn · check the IP address, the network cable, the power',
]

/** What each failure of an exchange means, for a person. */
const MEANINGS: { readonly [K in LinkFaultKind]: string } = {
  'not-open': 'không mở được đường truyền · the link cannot be opened',
  closed: 'đường truyền đứt giữa chừng · the link was lost meanwhile',
  timeout: 'không có trả lời · no answer',
  garbled: 'có trả lời, nhưng không đúng giao thức · an answer, but not of this protocol',
  checksum: 'trả lời sai tổng kiểm tra · the answer has a wrong checksum',
  refused: 'thiết bị từ chối lệnh · the device refuses the command',
  unreachable: 'bộ điều khiển trả lời, thẻ phía sau thì không · the controller answers, the card behind it does not',
  mismatch: 'đã ghi, nhưng đọc lại khác · written, but reads back different',
  unsupported: 'không hỏi được như vậy · it cannot be asked like this',
  quarantined: 'lỗi quá nhiều lần, đang tạm ngừng hỏi · too many failures, left alone for now',
  aborted: 'đã dừng theo yêu cầu · stopped as asked',
}

/** A failed exchange: what it means, and what to look at next, most likely first; Vietnamese and English side by side. Pure. */
export const faultAdvice = (
  fault: LinkFault,
  kind: LinkSpec['kind'],
): { readonly means: string; readonly steps: readonly string[] } => ({
  means: MEANINGS[fault.kind],
  steps: stepsFor(fault, kind),
})

const stepsFor = (fault: LinkFault, kind: LinkSpec['kind']): readonly string[] => {
  switch (fault.kind) {
    case 'not-open':
      return notOpenSteps(fault, kind)
    case 'closed':
      return [
        kind === 'serial'
          ? 'Kiểm tra đầu cắm USB và nguồn của bộ chuyển · check the USB plug and the adapter’s power'
          : 'Đóng phần mềm khác đang nối tới thiết bị, rồi thử lại · close other software connected to the device, then try again',
      ]
    case 'timeout':
      return [
        ...(kind === 'serial' ? WIRING : NETWORK),
        'Địa chỉ và tốc độ đúng chưa (--address, --baud)? · are address and speed right? bangtin profile detect',
      ]
    case 'garbled':
    case 'checksum':
      return [
        kind === 'serial'
          ? 'Sai tốc độ hoặc chẵn lẻ (--baud, --mode), hoặc dây nhiễu · wrong speed or parity, or noise on the wire'
          : 'Đúng hồ sơ và cổng chưa? · are profile and port right?',
        'Xem thiết bị là loại nào · find out what it is: bangtin profile detect',
      ]
    case 'refused':
      return [
        'Mẫu máy này có thể không có lệnh hoặc giá trị đó · this model may lack the command or the value: bangtin profile detect',
      ]
    case 'unreachable':
      return ['Kiểm tra nguồn và cáp của thẻ, và số port/card · check power and cable of the card, and its port/card']
    case 'mismatch':
      return ['Có phần mềm khác đang điều khiển không? · is other software in control as well?']
    case 'unsupported':
      return ['Xem chi tiết ở trên; có thể thiếu --address · see the detail above; --address may be missing']
    case 'quarantined':
      return ['Đợi một phút rồi thử lại · wait a minute and try again']
    case 'aborted':
      return []
  }
}

/** What a person should look at next when nothing was recognised, most likely first; Vietnamese and English side by side. */
export const nextSteps = (outcome: DetectOutcome, kind: LinkSpec['kind']): readonly string[] => {
  const seen = new Set(outcome.tried.flatMap(({ fault }) => (fault === null ? [] : [fault.kind])))
  const [closed] = outcome.notOpen
  if (closed !== undefined && outcome.tried.every(({ fault }) => fault?.kind === 'not-open'))
    return notOpenSteps(closed.fault, kind)
  const refusing = outcome.tried.flatMap(({ attempt, fault }) =>
    fault?.kind === 'refused' || fault?.kind === 'unreachable'
      ? [`${attempt.candidates[0].profile.protocol} (${lineName(attempt.line)})`]
      : [],
  )
  // After a greeting we understood, it is our question that could not be made: a password, say.
  const wanting = outcome.tried.flatMap(({ attempt: { candidates }, fault }) =>
    fault?.kind === 'unsupported' ? [`${candidates[0].profile.protocol}: ${fault.detail}`] : [],
  )
  if (wanting.length > 0)
    return [`Có trả lời, nhưng còn thiếu (--address) · it answers, and wants more (--address): ${wanting.join('; ')}`]
  const heard = seen.has('garbled') || seen.has('checksum')
  const wiring =
    kind === 'serial'
      ? [...WIRING, 'Địa chỉ khác trên đường truyền: --address unit=1..32 · another address on the bus']
      : [...NETWORK, 'Thử --tcp máy:cổng của bộ chuyển RS-232/Ethernet · try host:port of a serial gateway']
  if (refusing.length > 0)
    return [
      `Có thiết bị trả lời nhưng từ chối câu hỏi: đúng giao thức, mẫu khác · a device answers and refuses: the protocol is right, the model is another: ${[...new Set(refusing)].join(', ')}`,
      'Viết hồ sơ mới: firmware-profiles/README.md · write a profile for it',
    ]
  return [
    ...(heard
      ? [
          'Có thiết bị trả lời nhưng không hiểu được: thử --baud khác, hoặc: bangtin profile watch · something answers but is not understood: try another --baud, or watch',
        ]
      : []),
    ...wiring,
    'Loại chưa có hồ sơ? Xem firmware-profiles/README.md · a make without a profile? see firmware-profiles/README.md',
  ]
}
