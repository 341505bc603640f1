import type { LinkSpec } from '../profile/common.ts'
import { lineName } from '../profile/line.ts'
import type { DetectOutcome, Finding } from './run.ts'
import { withoutSecrets } from './secret.ts'

export type ConfigEntry = {
  /** `controller` of the edge’s configuration, or one of its `equipment`. */
  readonly under: 'controller' | 'equipment'
  readonly entry: Readonly<Record<string, unknown>>
}

/** What to write into the edge’s configuration; secrets are left to be filled in. `path`: the stable name of the port. */
export const configFor = (finding: Finding, at: { readonly path: string } | { readonly host: string }): ConfigEntry => {
  const { line, profile, address } = finding
  const usual = profile.links.find((link) => link.kind === 'serial')
  const speed = line.kind === 'serial' && line.baudRate !== usual?.baudRate ? { baudRate: line.baudRate } : {}
  const parity = line.kind === 'serial' && line.parity !== usual?.parity ? { parity: line.parity } : {}
  const link =
    'path' in at
      ? { kind: 'serial', path: at.path, ...speed, ...parity }
      : { kind: line.kind, host: at.host, ...(line.kind === 'serial' ? {} : { port: line.port }) }
  const entry = {
    profile: `firmware-profiles/${profile.id}.json`,
    link,
    ...(Object.keys(address).length > 0 ? { address: withoutSecrets(address) } : {}),
  }
  return profile.display === null
    ? { under: 'equipment', entry: { name: profile.id.slice(0, 32), ...entry } }
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

/** What a person should look at next when nothing was recognised, most likely first; Vietnamese and English side by side. */
export const nextSteps = (outcome: DetectOutcome, kind: LinkSpec['kind']): readonly string[] => {
  const seen = new Set(outcome.tried.flatMap(({ fault }) => (fault === null ? [] : [fault.kind])))
  const [closed] = outcome.notOpen
  if (closed !== undefined && outcome.tried.every(({ fault }) => fault?.kind === 'not-open'))
    return [
      ...(/in use|another/.test(closed.fault.detail)
        ? [
            'Một chương trình khác đang giữ cổng: dừng tiến trình tại cụm · another program holds the port: stop the edge daemon',
          ]
        : []),
      kind === 'serial'
        ? 'Kiểm tra cáp USB và tên cổng (ls -l /dev/serial/by-path) · check the USB cable and the name of the port'
        : 'Kiểm tra địa chỉ IP, dây mạng, nguồn · check the IP address, the network cable, the power',
    ]
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
      ? [
          'Thiết bị có điện không? · is the device powered?',
          'RS-485: đổi chéo A và B, kiểm tra điện trở cuối · swap A and B, check the termination',
          'RS-232: cáp thẳng hay chéo? thử cáp chéo · straight or crossed cable? try a crossed one',
          'Địa chỉ khác trên đường truyền: --address unit=1..32 · another address on the bus',
        ]
      : [
          'Chỉ một phiên TCP: đóng phần mềm cấu hình của hãng · one TCP session only: close the maker’s software',
          'Thử --tcp máy:cổng của bộ chuyển RS-232/Ethernet · try host:port of a serial gateway',
        ]
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
