import { catalogueOf, loadProfile } from '../profile/catalogue.ts'
import { emergencyLatency } from '../profile/latency.ts'
import { lineName } from '../profile/line.ts'
import type { ProfileFault } from '../profile/parse.ts'
import type { Profile } from '../profile/schema.ts'
import { checkVectors } from '../profile/vectors.ts'
import { warningsOf } from '../profile/warnings.ts'
import { FOLDER, filesOf, readText } from './files.ts'
import { asJson, type Given, type Verb } from './verb.ts'
import type { World } from './world.ts'

export const checkVerb: Verb = {
  vi: 'kiểm tra lược đồ, quy tắc và mọi khung mẫu',
  en: 'check schema, rules and all vectors',
  usage: '[tệp|thư mục…]',
  help: `Không có tệp nào: mọi hồ sơ kèm theo. · Without files: all shipped profiles.
Lỗi làm hồ sơ không dùng được; cảnh báo thì vẫn dùng được. · Errors make a profile unusable; warnings do not.
--strict   cảnh báo cũng là lỗi · warnings count as errors`,
  options: { strict: { type: 'boolean', default: false } },
  run: async (world, given) => check(world, given),
}

const check = (world: World, given: Given): 0 | 1 => {
  const files = (given.words.length === 0 ? [FOLDER] : given.words).flatMap(filesOf)
  const faults: ProfileFault[] = []
  const texts: { file: string; text: string }[] = []
  for (const file of files) {
    const text = readText(file)
    if (text.ok) texts.push({ file, text: text.value })
    else faults.push(text.error)
  }
  if (files.length === 0) faults.push({ file: given.words.join(' '), where: '/', why: 'no profile there' })
  const catalogue = catalogueOf(texts)
  if (!catalogue.ok) faults.push(...catalogue.error)
  const good: Profile[] = []
  const warnings: ProfileFault[] = []
  for (const { file, text } of texts) {
    const loaded = loadProfile(file, text)
    if (!loaded.ok) continue
    const wrong = checkVectors(loaded.value)
    faults.push(...wrong.map((fault) => ({ file, ...fault })))
    warnings.push(...warningsOf(loaded.value).map((fault) => ({ file, ...fault })))
    if (wrong.length === 0) good.push(loaded.value)
  }
  const profiles = good.map(reportOf)
  const fine = faults.length === 0 && (warnings.length === 0 || !given.flag('strict'))
  if (given.json) asJson(world, { ok: fine, profiles, faults, warnings })
  else {
    for (const profile of profiles) world.out(reportText(profile))
    for (const one of warnings) world.err(`cảnh báo · warning: ${one.file}: ${one.where}: ${one.why}`)
    for (const one of faults) world.err(`lỗi · error: ${one.file}: ${one.where}: ${one.why}`)
    world.out(
      `${profiles.length} hồ sơ tốt · profiles fine, ${faults.length} lỗi · errors, ${warnings.length} cảnh báo · warnings`,
    )
  }
  return fine ? 0 : 1
}

type Report = ReturnType<typeof reportOf>

const reportOf = (profile: Profile) => {
  const commands = Object.values(profile.commands)
  const of = (letter: string) => commands.filter((command) => command.confidence === letter).length
  return {
    id: profile.id,
    protocol: profile.protocol,
    confidence: profile.confidence,
    confirmedOnHardware: profile.confirmedOnHardware,
    commands: commands.length,
    commandsByConfidence: { A: of('A'), B: of('B'), C: of('C') },
    writes: commands.filter((command) => command.direction === 'write').length,
    vectors: profile.vectors.length,
    emergency: profile.links.flatMap((link) => {
      if (profile.display === null) return []
      const latency = emergencyLatency(profile, link)
      return [{ link: lineName(link), ...latency, promisedMs: profile.timing.emergencyBoundMs }]
    }),
  }
}

const reportText = (report: Report): string => {
  const { A, B, C } = report.commandsByConfidence
  const latency = report.emergency.map((e) => `${e.worstMs} ms ≤ ${e.promisedMs} ms (${e.link})`)
  return [
    `${report.id}: tốt · fine; ${report.protocol}; tin cậy · confidence ${report.confidence}`,
    `phần cứng · hardware: ${report.confirmedOnHardware ?? 'chưa xác nhận · not confirmed'}`,
    `${report.commands} lệnh · commands (A ${A}, B ${B}, C ${C}; ${report.writes} ghi · writes)`,
    `${report.vectors} khung mẫu · vectors`,
    ...(latency.length > 0 ? [`khẩn cấp tối đa · emergency at most ${latency.join(', ')}`] : []),
  ].join('; ')
}
