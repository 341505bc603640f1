import { lineName } from './line.ts'
import { SETTINGS } from './rules.ts'
import type { Profile } from './schema.ts'

/** The lines of `firmware-profiles/README.md` between which the table stands. */
export const TABLE_BEGIN = '<!-- table: written by npm run gen, do not edit -->'
export const TABLE_END = '<!-- end of table -->'

/** What each profile is, what stands behind it and who confirmed it, as a Markdown table. Pure. */
export const generateTable = (profiles: readonly Profile[]): string => {
  const sorted = profiles.toSorted((a, b) => a.vendor.localeCompare(b.vendor) || a.id.localeCompare(b.id))
  const confirmed = profiles.filter(({ confirmedOnHardware }) => confirmedOnHardware !== null).length
  return [
    '| hồ sơ · profile | hãng, mẫu · make, model | đường truyền · link | tin cậy · confidence | trên phần cứng · on hardware | lệnh · commands A/B/C | khung mẫu: của người khác / tự dựng · vectors: others’ / ours | đọc lại · reads back |',
    '| --- | --- | --- | --- | --- | --- | --- | --- |',
    ...sorted.map(rowOf),
    '',
    `${profiles.length} hồ sơ · profiles; đã xác nhận trên phần cứng · confirmed on hardware: ${confirmed}.`,
  ].join('\n')
}

const rowOf = (profile: Profile): string => {
  const commands = Object.values(profile.commands)
  const rated = (['A', 'B', 'C'] as const).map((letter) => commands.filter((c) => c.confidence === letter).length)
  const ours = profile.vectors.filter(({ source }) => {
    const kind = profile.sources[source]?.kind
    return kind === 'constructed' || kind === 'unverified'
  }).length
  const cells = [
    `\`${profile.id}\``,
    `${profile.vendor} ${profile.model}`,
    profile.links.map(lineName).join(', '),
    profile.confidence,
    profile.confirmedOnHardware ?? '**chưa · not yet**',
    rated.join('/'),
    `${profile.vectors.length - ours} / ${ours}`,
    readsBack(profile),
  ]
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`
}

/** What can be proved by reading, and in brackets what only gets an acknowledgement. */
const readsBack = ({ display, relays, telemetry }: Profile): string => {
  const settings = SETTINGS.flatMap((name) => {
    const use = display?.[name] ?? null
    return use === null ? [] : [{ name: name as string, proved: use.readBack !== null }]
  })
  const all = relays === null ? settings : [...settings, { name: 'relays', proved: relays.readBack !== null }]
  const sensors = [...new Set(telemetry.map(({ what }) => what))]
  const words = [...all.map(({ name, proved }) => (proved ? name : `(${name})`)), ...sensors]
  return words.length === 0 ? '–' : words.join(', ')
}

/** A README with the table put in; null when the two marking lines are not there, once each and in order. */
export const withTable = (readme: string, table: string): string | null => {
  const begin = readme.indexOf(TABLE_BEGIN)
  const end = readme.indexOf(TABLE_END)
  if (begin === -1 || end < begin || readme.lastIndexOf(TABLE_BEGIN) !== begin || readme.lastIndexOf(TABLE_END) !== end)
    return null
  return `${readme.slice(0, begin + TABLE_BEGIN.length)}\n\n${table}\n\n${readme.slice(end)}`
}
