import { existsSync, readdirSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { configFor, nextSteps, unlikeProfile } from '../detect/advice.ts'
import type { Finding } from '../detect/finding.ts'
import { type Group, groupsOf } from '../detect/group.ts'
import { type Attempt, type DetectPlan, planOf, type Where } from '../detect/plan.ts'
import { type DetectOutcome, runDetect } from '../detect/run.ts'
import { SEARCHES, searchNetwork } from '../detect/search.ts'
import { withoutSecrets } from '../detect/secret.ts'
import type { Values } from '../dialect/dialect.ts'
import { dialectOf } from '../dialect/open.ts'
import { lineName } from '../profile/line.ts'
import type { Profile } from '../profile/schema.ts'
import { valuesText } from '../profile/vectors.ts'
import { FOLDER, filesOf, profilesIn } from './files.ts'
import { baudOf, PLACE_HELP, PLACE_OPTIONS, placeOf, placeText } from './place.ts'
import { addressesOf } from './values.ts'
import { asJson, type Given, Unusable, type Verb, wholeNumber } from './verb.ts'
import type { Place, World } from './world.ts'

export const detectVerb: Verb = {
  vi: 'tìm xem bộ điều khiển nào đang nối, chỉ bằng lệnh đọc',
  en: 'find out which controller is connected, with read commands only',
  usage: '--port … | --tcp máy[:cổng] | --udp máy[:cổng] | --search',
  help: `${PLACE_HELP}
--address <tên=từ..đến>   hỏi nhiều địa chỉ trên RS-485, vd. unit=1..8 · ask several addresses
--all      tìm tiếp sau khi đã nhận ra một thiết bị · look on after a device was recognised
--search   hỏi cả mạng nội bộ bằng UDP (Huidu, NovaStar) · ask the local network by UDP
--host <địa chỉ>    nơi hỏi với --search (mặc định 255.255.255.255) · where to ask with --search
--seconds <n>       hỏi bao lâu với --search (mặc định 5) · how long, with --search
--dry-run  chỉ in những gì sẽ hỏi · print only what would be asked
--profiles <thư mục>  hồ sơ ở nơi khác · profiles from another folder
Không có lệnh ghi nào được gửi. · No write is ever sent.`,
  options: {
    ...PLACE_OPTIONS,
    address: { type: 'string', multiple: true },
    all: { type: 'boolean', default: false },
    search: { type: 'boolean', default: false },
    host: { type: 'string', multiple: true },
    seconds: { type: 'string' },
    'dry-run': { type: 'boolean', default: false },
    profiles: { type: 'string', multiple: true },
  },
  run: async (world, given) => (given.flag('search') ? search(world, given) : detect(world, given)),
}

const whereOf = (given: Given, place: Place): Where =>
  place.kind === 'serial' ? { kind: 'serial', baudRate: baudOf(given) } : { kind: place.kind, port: place.port }

const detect = async (world: World, given: Given): Promise<0 | 1> => {
  const place = placeOf(given)
  const where = whereOf(given, place)
  const addresses = addressesOf(given.texts('address'), true)
  const folders = given.texts('profiles')
  for (const folder of folders)
    if (!existsSync(folder) || filesOf(folder).length === 0)
      throw new Unusable(`--profiles: không có hồ sơ nào ở ${folder}`, `--profiles: no profile at ${folder}`)
  const { profiles, files, faults } = profilesIn(folders.length === 0 ? [FOLDER] : folders)
  refuseStrange(profiles, addresses)
  for (const fault of faults) world.err(`${fault.file}: ${fault.where}: ${fault.why}`)
  const plan = planOf(profiles, where, addresses)
  if (given.flag('dry-run')) return printPlan(world, given, plan)
  const seconds = (ms: number) => `${Math.ceil(ms / 1000)} s`
  world.err(
    `${placeText(place)}: ${plan.attempts.length} câu hỏi, chỉ đọc, nhiều nhất ${seconds(plan.boundMs)} · ` +
      `${plan.attempts.length} questions, reads only, ${seconds(plan.boundMs)} at most`,
  )
  const total = plan.attempts.length
  const outcome = await runDetect({
    ...world,
    plan,
    log: () => {},
    openLink: (line) => world.openLink(place, line),
    everything: given.flag('all'),
    onTry: (attempt, index) => world.err(`[${index ?? 'lại · again'}/${total}] ${attemptText(attempt)} …`),
    onTried: ({ fault }) =>
      world.err(fault === null ? '        trả lời · answered' : `        ${fault.kind}: ${fault.detail}`),
  })
  report(world, given, { place, files, outcome })
  return outcome.findings.length > 0 ? 0 : 1
}

/** Every make gets the names it knows; one that no make knows is a mistake in typing. */
const refuseStrange = (profiles: readonly Profile[], addresses: readonly Values[]): void => {
  const known = new Set(profiles.flatMap((profile) => dialectOf(profile).addressKeys))
  const strange = addresses.flatMap(Object.keys).find((key) => !known.has(key))
  if (strange === undefined || profiles.length === 0) return
  const names = [...known].sort().join(', ')
  throw new Unusable(
    `--address: không có “${strange}”; có: ${names}`,
    `--address: no “${strange}”; there are: ${names}`,
  )
}

const search = async (world: World, given: Given): Promise<0 | 1> => {
  const seconds = wholeNumber(given, 'seconds', { least: 1, most: 600, otherwise: 5 })
  const named = given.texts('host')
  const hosts = named.length === 0 ? ['255.255.255.255'] : named
  world.err(
    `UDP → ${hosts.join(', ')}, ${seconds} s: ${SEARCHES.map(({ family, port }) => `${family} ${port}`).join(', ')}`,
  )
  const { found, failed } = await searchNetwork({
    searches: SEARCHES,
    hosts,
    seconds,
    wake: world.wake,
    signal: world.signal,
    onFound: ({ family, host, says }) => {
      if (given.json) return
      world.out(`${host}: ${family} “${says}”`)
      world.out(`  tiếp theo · next: bangtin profile detect --tcp ${host}`)
    },
  })
  for (const why of failed) world.err(`không gửi được · could not be sent: ${why}`)
  if (given.json) asJson(world, { ok: found.length > 0, found, failed })
  else if (found.length === 0) world.out('Không có ai trả lời trong mạng này. · Nobody answered on this network.')
  return found.length > 0 ? 0 : 1
}

const attemptText = (attempt: Attempt): string => {
  const [first, ...others] = attempt.candidates
  const who = first.profile.id + (others.length > 0 ? ` (+${others.length})` : '')
  const where = valuesText(withoutSecrets(attempt.address))
  return `${lineName(attempt.line)} · ${who} ${attempt.command}${where === '' ? '' : ` ${where}`}`
}

const printPlan = (world: World, given: Given, plan: DetectPlan): 0 => {
  const attempts = plan.attempts.map((attempt) => ({
    line: lineName(attempt.line),
    command: attempt.command,
    address: withoutSecrets(attempt.address),
    timeoutMs: attempt.timeoutMs,
    profiles: attempt.candidates.map(({ profile }) => profile.id),
  }))
  if (given.json) asJson(world, { attempts, boundMs: plan.boundMs, left: plan.left })
  else {
    for (const [index, attempt] of plan.attempts.entries()) world.out(`${index + 1}. ${attemptText(attempt)}`)
    world.out(`nhiều nhất · at most ${plan.boundMs} ms`)
    for (const { profile, vi, en } of plan.left) world.out(`bỏ qua · left out: ${profile}: ${vi} · ${en}`)
  }
  return 0
}

const SURE = {
  model: 'chắc chắn: thiết bị tự nói mẫu của nó · certain: it says its model',
  family: 'đúng họ giao thức, chưa rõ mẫu · the protocol is right, the model is not known',
} as const

type Told = {
  readonly place: Place
  /** Where each profile is, by its id. */
  readonly files: ReadonlyMap<string, string>
  readonly outcome: DetectOutcome
}

const report = (world: World, given: Given, told: Told): void => {
  const { place, outcome } = told
  const groups = groupsOf(outcome.findings)
  const steps = outcome.findings.length > 0 ? [] : nextSteps(outcome, place.kind)
  const tried = outcome.tried.map(({ attempt, fault }) => ({
    line: lineName(attempt.line),
    command: attempt.command,
    profiles: attempt.candidates.map(({ profile }) => profile.id),
    fault,
  }))
  if (given.json) {
    const findings = outcome.findings.map((one) => findingOf(one, told))
    const devices = groups.map((group) => deviceOf(group, told))
    return asJson(world, {
      ok: findings.length > 0,
      devices,
      findings,
      tried,
      stopped: outcome.stopped,
      nextSteps: steps,
    })
  }
  if (groups.length > 1) world.out(`${groups.length} thiết bị · devices`)
  for (const group of groups) printGroup(world, group, told)
  if (outcome.stopped) world.err('Đã dừng. · Stopped.')
  if (outcome.findings.length > 0) return
  world.out('Không nhận ra gì. · Nothing was recognised.')
  const lines = new Set(outcome.tried.map(({ attempt }) => lineName(attempt.line)))
  world.out(`Đã thử · tried: ${outcome.tried.length} (${[...lines].join(', ')})`)
  for (const step of steps) world.out(`  - ${step}`)
}

/** One device: the profiles it may be, and what to configure if it is the first of them. */
const deviceOf = ({ first, findings }: Group, told: Told) => {
  const { line, address, config, unlikeProfile: unlike } = findingOf(first, told)
  return { line, address, profiles: findings.map(({ profile }) => profile.id), config, unlikeProfile: unlike }
}

const printGroup = (world: World, { first, findings }: Group, told: Told): void => {
  for (const finding of findings) printFinding(world, finding, told)
  if (findings.length > 1)
    world.out(`${findings.length} hồ sơ có thể đúng: xem nhãn máy · profiles may fit: look at the plate`)
  printConfig(world, first, told)
}

const findingOf = (finding: Finding, { place, files }: Told) => ({
  profile: finding.profile.id,
  vendor: finding.profile.vendor,
  model: finding.profile.model,
  sure: finding.sure,
  says: finding.model,
  firmware: finding.firmware,
  look: finding.look,
  confidence: finding.profile.confidence,
  confirmedOnHardware: finding.profile.confirmedOnHardware,
  line: lineName(finding.line),
  address: withoutSecrets(finding.address),
  values: finding.values,
  config: configFor(
    finding,
    place.kind === 'serial' ? { path: stableName(place.path) } : { host: place.host },
    // Every finding is of a profile that came out of a file.
    files.get(finding.profile.id) ?? join(FOLDER, `${finding.profile.id}.json`),
  ),
  unlikeProfile: unlikeProfile(finding),
})

const printFinding = (world: World, finding: Finding, of: Told): void => {
  const told = findingOf(finding, of)
  const where = valuesText(told.address)
  world.out(`${told.vendor} ${told.model} — ${SURE[told.sure]}`)
  world.out(`  hồ sơ · profile: ${told.profile}, ${told.line}${where === '' ? '' : `, ${where}`}`)
  world.out(`  nói · says: ${valuesText(told.values)}${told.firmware === null ? '' : `; firmware ${told.firmware}`}`)
  if (told.look !== null && told.look.asked > 0)
    world.out(
      `  câu hỏi khác của hồ sơ · its other questions: ${told.look.answered}/${told.look.asked} trả lời · answered`,
    )
  const hardware = told.confirmedOnHardware ?? 'chưa · no'
  world.out(`  tin cậy · confidence ${told.confidence}; xác nhận trên phần cứng · confirmed on hardware: ${hardware}`)
}

const printConfig = (world: World, finding: Finding, told: Told): void => {
  const { config, unlikeProfile: unlike } = findingOf(finding, told)
  if (unlike)
    world.out(
      'bit của đường truyền khác hồ sơ: đặt links đó lên đầu hồ sơ · the line’s bits differ: put that link first in the profile',
    )
  const json = JSON.stringify(config.entry)
  world.out('cấu hình tại cụm · edge configuration:')
  world.out(`  "${config.under}": ${config.under === 'equipment' ? `[${json}]` : json}`)
}

const BY_PATH = '/dev/serial/by-path'

/** The name that stays when adapters are plugged in another order: the socket’s own; the given one where there is none. */
export const stableName = (path: string): string => {
  try {
    const real = realpathSync(path)
    const named = readdirSync(BY_PATH).find((name) => realpathSync(join(BY_PATH, name)) === real)
    return named === undefined ? path : join(BY_PATH, named)
  } catch {
    // No such folder, or the port is gone already: the given name must do.
    return path
  }
}
