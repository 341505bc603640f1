import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sha256 } from '#edge/shell/crypto.ts'
import { realFs } from '#edge/shell/playlog-fs.ts'
import { verifyFolder } from '#edge/shell/playlog-segments.ts'
import { linesOf, openPlace, type Place, recordOf } from '../crash/kills/place.ts'
import { SITE } from '../crash/power/office.ts'
import { type Say, withOptions } from '../support/options.ts'
import { litShare } from '../support/pixels.ts'
import { childrenOf, residentBytes } from '../support/processes.ts'
import { until } from '../support/until.ts'
import { type Look, slopeOf } from './slope.ts'

const PLAY_MS = 10_000
const LOOK_MS = 250
const SAMPLE_MS = 60_000
/** An emergency is shown and cancelled every so many samples. */
const ORDER_EVERY = 5
/** Memory of the first part is the start’s: fonts, compiled code, caches. Growth is judged after it. */
const WARM_SHARE = 0.3
/** Most growth, MB an hour: what is above it is a leak. Short runs are judged on less, see `limitOf`. */
const MOST_EDGE = 8
const MOST_MPV = 16
/** Resident memory of the daemon, MB (design §4.6), and its descriptors beyond those after the warm-up. */
const MOST_RESIDENT = 120
const MORE_FILES = 3

type Sample = { readonly hours: number; readonly edge: number; readonly mpv: number; readonly files: number }
type Glass = { looks: number; black: number; longest: number; run: number }

const megabytes = (bytes: number | null): number => (bytes ?? 0) / 1024 / 1024
const filesOf = (pid: number): number => {
  try {
    return readdirSync(`/proc/${pid}/fd`).length
  } catch {
    return 0
  }
}

/** A real edge with mpv under Xvfb for so long: memory and descriptors flat, no black frame, every line of the log in its place. */
export const run = (args: readonly string[], say: Say): Promise<number> =>
  withOptions(
    {
      args,
      say,
      help: 'Một giờ thật với mpv · a real hour with mpv\n\n  --minutes N   (60)\n',
      numbers: { minutes: { standard: 60, least: 0.1 } },
    },
    ({ minutes }) => live(minutes, say),
  )

const live = async (minutes: number, say: Say): Promise<number> => {
  const folder = mkdtempSync(join(tmpdir(), 'bangtin-hour-'))
  const place = await openPlace(folder)
  try {
    place.start()
    await until({ what: 'the edge is linked', atMostMs: 180_000 }, (note) => {
      note(place.log.slice(-5))
      return place.heard.status ?? undefined
    })
    place.hub.send({ t: 'schedule', envelope: place.office.schedule(1, PLAY_MS) })
    await until({ what: 'something is on the glass', atMostMs: 120_000 }, () =>
      litShare(place.pixels()) > 0.02 ? true : undefined,
    )
    return await watch(place, minutes, say)
  } finally {
    await place.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

const watch = async (place: Place, minutes: number, say: Say): Promise<number> => {
  const begun = performance.now()
  const end = begun + minutes * 60_000
  const samples: Sample[] = []
  const glass: Glass = { looks: 0, black: 0, longest: 0, run: 0 }
  const orders = { sent: 0, shown: [] as number[], sentAt: 0 }
  say('  phút · min   edge MB    mpv MB   files   lượt · plays   đen · black')
  for (let next = begun + SAMPLE_MS; performance.now() < end; ) {
    look(place, glass)
    note(place, orders)
    await new Promise((done) => setTimeout(done, LOOK_MS))
    if (performance.now() < next) continue
    next += SAMPLE_MS
    const sample = take(place, begun)
    samples.push(sample)
    order(place, samples.length, orders)
    say(row(sample, { plays: playsOf(place), black: glass.black }))
  }
  await place.leave()
  return judge(place, { samples, glass, shown: orders.shown, minutes, say })
}

const look = (place: Place, glass: Glass): void => {
  const black = litShare(place.pixels()) < 0.001
  glass.looks += 1
  glass.black += black ? 1 : 0
  glass.run = black ? glass.run + 1 : 0
  glass.longest = Math.max(glass.longest, glass.run)
}

const take = (place: Place, begun: number): Sample => {
  const pid = place.pid() ?? 0
  const mpv = childrenOf(pid).find((c) => c.name.startsWith('mpv'))
  return {
    hours: (performance.now() - begun) / 3_600_000,
    edge: megabytes(residentBytes(pid)),
    mpv: megabytes(mpv === undefined ? null : residentBytes(mpv.pid)),
    files: filesOf(pid),
  }
}

const order = (place: Place, n: number, orders: { sent: number; sentAt: number }): void => {
  const { hub, office } = place
  if (n % ORDER_EVERY === 0) {
    orders.sent += 1
    orders.sentAt = performance.now()
    return void hub.send({ t: 'order', envelope: office.order(`H-${orders.sent}`, {}) })
  }
  const id = `H-${orders.sent}`
  if (n % ORDER_EVERY === 1 && orders.sent > 0)
    hub.send({ t: 'order', envelope: office.order(`${id}c`, { action: 'cancel', references: [id], texts: [] }) })
}

/** From sending to the receipt "shown", to within one look. */
const note = (place: Place, orders: { sent: number; shown: number[]; sentAt: number }): void => {
  const shown = place.heard.receipts.get(`H-${orders.sent}`)?.has('shown') === true
  if (shown && orders.shown.length < orders.sent) orders.shown.push(performance.now() - orders.sentAt)
}

const playsOf = (place: Place): number =>
  [...linesOf(place.plays, 0).values()].filter((line) => line.includes(',"kind":"close",')).length

const row = (s: Sample, of: { readonly plays: number; readonly black: number }): string =>
  `  ${(s.hours * 60).toFixed(0).padStart(10)} ${s.edge.toFixed(1).padStart(9)} ${s.mpv.toFixed(1).padStart(9)} ${String(s.files).padStart(7)} ${String(of.plays).padStart(14)} ${String(of.black).padStart(13)}`

/** Over less than an hour the same noise makes a steeper line. */
const limitOf = (most: number, hours: number): number => most / Math.min(1, Math.max(hours, 0.02))

const judge = (
  place: Place,
  of: { samples: readonly Sample[]; glass: Glass; shown: readonly number[]; minutes: number; say: Say },
): number => {
  const { samples, glass, say } = of
  const warm = samples.slice(Math.floor(samples.length * WARM_SHARE))
  const hours = (warm.at(-1)?.hours ?? 0) - (warm[0]?.hours ?? 0)
  const looks = (value: (s: Sample) => number): Look[] => warm.map((s) => ({ hours: s.hours, value: value(s) }))
  const edge = slopeOf(looks((s) => s.edge))
  const mpv = slopeOf(looks((s) => s.mpv))
  const most = Math.max(...samples.map((s) => s.edge), 0)
  const files = Math.max(...warm.map((s) => s.files), 0) - (warm[0]?.files ?? 0)
  const log = verifyFolder(realFs, place.plays, { sha256, seals: null })
  const lines = [...linesOf(place.plays, 0).values()].map(recordOf)
  const failed = lines.filter((r) => r.kind === 'close' && (r.cause === 'failed' || r.cause === 'player-lost')).length
  const plays = lines.filter((r) => r.kind === 'close').length
  say(
    `edge: ${edge.toFixed(1)} MB/h (≤ ${limitOf(MOST_EDGE, hours).toFixed(0)}), cao nhất · at most ${most.toFixed(1)} MB; mpv: ${mpv.toFixed(1)} MB/h (≤ ${limitOf(MOST_MPV, hours).toFixed(0)})`,
  )
  say(`tệp mở thêm · more open files: ${files} (≤ ${MORE_FILES}); lượt phát · plays ${plays}, lỗi · failed ${failed}`)
  say(
    `khung hình đã xem · looks ${glass.looks}, đen · black ${glass.black} (dài nhất · longest run ${glass.longest} × ${LOOK_MS} ms)`,
  )
  say(
    `lệnh lên hình · orders shown ${of.shown.length}: ${of.shown.map((ms) => ms.toFixed(0)).join(', ')} ms (± ${LOOK_MS})`,
  )
  say(`nhật ký · log of ${SITE}: ${log.records} bản ghi · records, ${log.breaks.length} chỗ hỏng · breaks`)
  const faults = [
    ...(samples.length < 2 ? ['too short to say anything: two samples are needed'] : []),
    ...(edge > limitOf(MOST_EDGE, hours) ? ['the daemon grows'] : []),
    ...(mpv > limitOf(MOST_MPV, hours) ? ['mpv grows'] : []),
    ...(most > MOST_RESIDENT ? [`the daemon is larger than ${MOST_RESIDENT} MB`] : []),
    ...(files > MORE_FILES ? ['descriptors grow'] : []),
    ...(glass.black > 0 ? ['black frames'] : []),
    ...(log.breaks.length > 0 || log.tornBytes > 0 ? ['the log does not verify'] : []),
    ...(failed > 0 ? ['plays failed'] : []),
    // A third less than there could be: a loaded machine, and the orders between.
    ...(plays < (of.minutes * 60_000) / PLAY_MS / 1.5 ? ['too few plays'] : []),
  ]
  for (const fault of faults) say(`  ✗ ${fault}`)
  return faults.length === 0 ? 0 : 1
}
