import type { Prng } from '#core/base/prng.ts'
import { DAY } from '#core/base/time.ts'
import { duration, percent } from '#core/base/units.ts'
import type { Category } from '#core/content/category.ts'
import { canonicalJson, type Item } from '#core/content/item.ts'
import type { SiteFacts } from '#core/engine/site.ts'
import type { VerifiedSchedule } from '#core/engine/verified.ts'
import type { Policy } from '#core/policy/policy.ts'
import type { EnergyRule, Frame, PowerWindow, ScheduleDocument } from '#core/schedule/document.ts'
import { anItem, envelopeOf, siteFacts } from '../build.ts'
import { shippedPolicy } from '../drive.ts'
import { hash } from './hash.ts'

/** Whole, valid documents from a seed. Times are true wall times, ms. */
const PUBLIC: readonly Category[] = [
  'A7_1_POLICY_LAW',
  'A7_2B_KNOWLEDGE',
  'A7_2D_DISASTER_EMERGENCY',
  'A7_3_ACCESS_DEMOCRACY',
  'A7_4_EXTERNAL_INFO',
]
const EVERY_DAY = [0, 1, 2, 3, 4, 5, 6]
const HOUR = 3_600_000

export const pick = <T>(random: Prng, of: readonly [T, ...T[]]): T => of[random.below(of.length)] ?? of[0]
/** Whole numbers from `least` to `most`, both included. */
export const between = (random: Prng, least: number, most: number): number => least + random.below(most - least + 1)

const clockTime = (minutes: number): string =>
  `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`

export const makeSite = (random: Prng): SiteFacts =>
  siteFacts({
    clusterClass: random.chance(0.5) ? 'BORDER_GATE' : 'BULLETIN_BOARD',
    exerciseMode: random.chance(0.3),
    outdoors: random.chance(0.8),
    audio: random.chance(0.5),
    brightnessLimit: percent(between(random, 40, 100)),
    powerOffAfter: random.chance(0.2) ? duration(between(random, 1, 20) * 60_000) : null,
    location: random.chance(0.5) ? { latitude: 22.4, longitude: 103.4 } : null,
    watts: random.chance(0.5) ? { full: 8000, idle: 900 } : null,
    thermal: random.chance(0.4)
      ? { dimAt: 60, dimTo: percent(30), darkAt: 75, emergencyDarkAt: 85, hysteresis: 5 }
      : null,
    onBattery: random.chance(0.3) ? { most: percent(30), darkAfter: duration(900_000) } : null,
  })

export const makePolicy = (random: Prng): Policy => {
  const policy = shippedPolicy()
  const { advertising } = policy
  return {
    ...policy,
    makeUp: { ...policy.makeUp, outsideFrames: random.chance(0.7) },
    periods: policy.periods.map((p) =>
      p.floorMs === 0 || random.chance(0.6) ? p : { ...p, floorMs: between(random, 0, 5) * HOUR },
    ),
    advertising: {
      ...advertising,
      hourShareLimit: random.chance(0.4) ? between(random, 1, 5) / 20 : null,
      dayShareLimit: random.chance(0.3) ? between(random, 2, 10) / 100 : null,
      minimumSpacingMs: random.chance(0.4) ? between(random, 1, 10) * 60_000 : 0,
      limits: random.chance(0.3)
        ? [{ mostMs: between(random, 15, 60) * 1000, withinMs: between(random, 5, 20) * 60_000, source: 'simulated' }]
        : [],
    },
  }
}

type About = { readonly random: Prng; readonly now: number; readonly days: number }

const makeItem = ({ random, now, days }: About, n: number, revision: number): Item => {
  const ad = random.chance(0.3)
  const short = random.chance(0.15)
  const from = now + (random.chance(0.1) ? random.below(days * DAY) : -DAY)
  const to = random.chance(0.2) ? now + random.below(days * DAY) + HOUR : now + 60 * DAY
  const kind = pick<'image' | 'video' | 'text'>(random, ['image', 'video', 'text'])
  const sha256 = hash(`asset ${n} ${revision} ${random.below(1_000_000)}`)
  return anItem({
    id: `${ad ? 'Q' : 'C'}${n}`,
    revision,
    title: `Nội dung ${n}`,
    kind,
    category: ad ? 'A7_5_ADVERTISING' : pick(random, PUBLIC as [Category, ...Category[]]),
    durationMs: between(random, short ? 8 : 20, ad ? 40 : 180) * 1000,
    asset: kind === 'text' ? null : { sha256, bytes: 1000, mime: kind === 'video' ? 'video/mp4' : 'image/png' },
    texts: kind === 'text' ? [{ language: 'vi', title: 'Thông báo', body: 'Nội dung' }] : [],
    audio: random.chance(0.4),
    validFrom: from,
    validTo: Math.max(from + HOUR, to),
    entertainment: !ad && random.chance(0.15),
    ad: ad
      ? {
          advertiser: 'Công ty (mẫu)',
          permit: random.chance(0.1)
            ? null
            : {
                kind: 'NOTIFICATION',
                number: `${n}/TB`,
                issuedBy: 'Sở (mẫu)',
                validFrom: now - DAY,
                validTo: random.chance(0.3) ? now + random.below(days * DAY) + HOUR : now + 60 * DAY,
                sites: random.chance(0.2) ? ['LC-OTHER'] : [],
              },
          ...(random.chance(0.3)
            ? { rules: { mostPerHour: between(random, 1, 6), minimumSpacingMs: between(random, 0, 15) * 60_000 } }
            : {}),
        }
      : null,
  })
}

/** Frames of one day that do not overlap, on whole quarters of an hour. */
const makeFrames = (random: Prng, playlists: readonly string[]): readonly Frame[] => {
  const frames: Frame[] = []
  let at = between(random, 20, 32) * 15
  for (let n = 1; at < 21 * 60 && n <= 6; n++) {
    const to = Math.min(22 * 60, at + between(random, 4, 22) * 15)
    frames.push({
      id: `F${n}`,
      weekdays: random.chance(0.85) ? EVERY_DAY : [1, 2, 3, 4, 5],
      from: clockTime(at),
      to: clockTime(to),
      playlist: playlists[random.below(playlists.length)] ?? 'PL1',
      purpose: n === 1 || random.chance(0.75) ? 'propaganda' : 'programme',
      decidedBy: 'svhttdl',
      reason: '',
    })
    at = to + between(random, 0, 10) * 15
  }
  return frames
}

const makeWindows = (random: Prng): readonly PowerWindow[] => {
  if (random.chance(0.1)) return []
  const on = between(random, 4 * 4, 7 * 4) * 15
  const off = between(random, 19 * 4, 24 * 4) * 15
  const noon = random.chance(0.2) ? [{ weekdays: EVERY_DAY, from: '11:30', to: '13:00', brightness: 90 }] : []
  return [
    ...noon,
    { weekdays: EVERY_DAY, from: clockTime(on), to: clockTime(off), brightness: between(random, 30, 100) },
  ]
}

const makeEnergy = (random: Prng): readonly EnergyRule[] => {
  const about = { weekdays: EVERY_DAY, decidedBy: 'svhttdl', source: 'Chỉ thị (mẫu)' }
  return [
    ...(random.chance(0.5) ? [{ ...about, rule: { kind: 'curfew' as const }, from: '21:30', to: '24:00' }] : []),
    ...(random.chance(0.5) ? [{ ...about, rule: { kind: 'dim' as const, most: 40 }, from: '18:00', to: '21:00' }] : []),
  ]
}

/** A document in force from `now` on, as the gate would hand it over. */
export const makeSchedule = (
  about: About & { readonly version: number; readonly site: SiteFacts; readonly policy: Policy },
): VerifiedSchedule => {
  const { random, now, version } = about
  const items = Array.from({ length: between(random, 3, 14) }, (_, i) => makeItem(about, i + 1, version))
  const lists = Array.from({ length: between(random, 1, 4) }, (_, i) => `PL${i + 1}`)
  const some = () => items.filter(() => random.chance(0.6)).map((i) => i.id)
  const document: ScheduleDocument = {
    site: about.site.id,
    version,
    issuedAt: now - 60_000,
    issuedBy: 'duyet',
    policy: about.policy.id,
    items: items.map((item) => ({ item, approval: envelopeOf('approval', { item: item.id }) })),
    playlists: lists.map((id) => {
      const of = some()
      return { id, items: of.length > 0 ? of : [items[0]?.id ?? 'C1'] }
    }),
    frames: [...makeFrames(random, lists)],
    fallbackPlaylist: random.chance(0.4) ? (lists[0] ?? null) : null,
    power: [...makeWindows(random)],
    ...(random.chance(0.3) ? { energy: [...makeEnergy(random)] } : {}),
    ...(random.chance(0.25) ? { brightness: makeBrightness(random) } : {}),
  }
  return {
    document,
    envelope: envelopeOf('schedule', { version, document: hash(canonicalJson(document.frames)) }),
    key: 'b'.repeat(32),
    items: Object.fromEntries(items.map((i) => [i.id, i])),
    hashes: Object.fromEntries(items.map((i) => [i.id, hash(`${i.id} ${version}`)])),
    refused: [],
  }
}

const makeBrightness = (random: Prng): NonNullable<ScheduleDocument['brightness']> => ({
  by: random.chance(0.5)
    ? { way: 'sun', day: 90, night: 25, twilightMs: 1_800_000 }
    : {
        way: 'sensor',
        curve: [
          { lux: 1, percent: 15 },
          { lux: 1000, percent: 60 },
          { lux: 50_000, percent: 100 },
        ],
        hysteresis: 5,
        settleMs: 60_000,
      },
  ...(random.chance(0.5) ? { nightCap: { most: 40, from: '18:00', to: '06:00' } } : {}),
  decidedBy: 'svhttdl',
  reason: '',
})
