import { toHex } from '#core/base/bytes.ts'
import { duration, type Reading } from '#core/base/units.ts'
import type { LinkFault } from '#core/screen/display.ts'
import { traceOf } from '../bus/meter.ts'
import { createTap, type Heard, type Tap } from '../detect/tap.ts'
import type { Dialect } from '../dialect/dialect.ts'
import { dialectOf } from '../dialect/open.ts'
import type { Link } from '../link/link.ts'
import { lineName } from '../profile/line.ts'
import { sayFault } from './fault.ts'
import { FOLDER, profileGiven, profilesIn } from './files.ts'
import { lineOf, PLACE_HELP, PLACE_OPTIONS, placeOf, placeText } from './place.ts'
import { asJson, asJsonLine, type Given, refuse, type Verb, wholeNumber } from './verb.ts'
import type { Place, World } from './world.ts'

export const watchVerb: Verb = {
  vi: 'nghe đường truyền và giải mã, không gửi gì',
  en: 'listen to a line and decode it; never sends',
  usage: '--port … | --tcp … [--profile <hồ sơ>]',
  help: `${PLACE_HELP}
--profile <hồ sơ>   giải mã theo hồ sơ này; không có thì đoán xem là loại nào · decode with this profile; without it the make is guessed
                    tốc độ thì không đoán: trên cổng nối tiếp cần --profile hoặc --baud
                    the speed is never guessed: a serial port needs --profile or --baud
--seconds <n>       dừng sau n giây (mặc định: đến khi Ctrl-C) · stop after n seconds (default: until Ctrl-C)
Cổng mà tiến trình tại cụm đang giữ thì không mở được: hãy nghe bằng một bộ chuyển đổi thứ hai.
A port that the daemon holds cannot be opened: listen with a second adapter across the line.`,
  options: { ...PLACE_OPTIONS, profile: { type: 'string' }, seconds: { type: 'string' } },
  run: async (world, given) => watch(world, given),
}

/** After so much silence what is pending is no frame any more, ms. */
const SILENCE_MS = 60
const MOST_SECONDS = 86_400

const watch = async (world: World, given: Given): Promise<0 | 1> => {
  const place = placeOf(given)
  const seconds = wholeNumber(given, 'seconds', { least: 1, most: MOST_SECONDS, otherwise: null })
  const name = given.text('profile')
  const named = name === null ? null : profileGiven(name)
  if (named !== null && !named.ok) return refuse(world, given, named.error)
  const line = lineOf(given, place, named?.value ?? null)
  const all = named === null ? profilesIn([FOLDER]).profiles : [named.value]
  const ear = createEar(all.map(dialectOf))
  sayWhoIsHeard(world, place)
  const link = world.openLink(place, line)
  const ended = await listen(world, {
    link,
    seconds,
    opened: () =>
      world.err(`${placeText(place)} (${lineName(line)}): đang nghe, Ctrl-C để dừng · listening, Ctrl-C to stop`),
    hear: (chunk, at) => show(world, given, { at, ...ear.push(chunk) }),
    silence: (at) => show(world, given, { at, ...ear.silence() }),
  })
  if (ended !== null) {
    if (given.json) asJson(world, { ok: false, fault: ended })
    else sayFault(world, ended, place.kind)
    return 1
  }
  const heard = ear.score().filter(({ frames, noiseBytes }) => frames + noiseBytes > 0)
  if (heard.length === 0) world.err('Không nghe thấy gì. · Nothing was heard.')
  for (const { id, frames, known, checksums, noiseBytes } of heard.slice(0, 3))
    world.err(
      `${id}: ${frames} khung · frames (${known} đã biết · known), ${checksums} sai tổng · checksums, ${noiseBytes} byte nhiễu · noise`,
    )
  return 0
}

/** A connection of one’s own is no tap: it hears nobody else’s. */
export const sayWhoIsHeard = (world: World, place: Place): void => {
  if (place.kind === 'serial') return
  world.err(
    'Qua mạng chỉ nghe được kết nối này, không nghe được phần mềm khác (dùng tcpdump) · over TCP or UDP only this connection is heard, no other software (use tcpdump)',
  )
}

/**
 * Hands on what arrives until Ctrl-C or the end of the time. Nothing is ever written. Null: ended as asked; else why it could not go on. A silence
 * in the line is told once after each run of bytes.
 */
export const listen = async (
  world: World,
  of: {
    readonly link: Link
    readonly seconds: number | null
    readonly opened: () => void
    readonly hear: (chunk: Uint8Array, at: Reading) => void
    readonly silence: (at: Reading) => void
  },
): Promise<LinkFault | null> => {
  const { link } = of
  let cancelSilence = () => {}
  let stopListening = () => {}
  const done = new Promise<LinkFault | null>((resolve) => {
    const stopData = link.onData((chunk) => {
      of.hear(chunk, world.clock.read())
      cancelSilence()
      cancelSilence = world.wake(duration(SILENCE_MS), () => of.silence(world.clock.read()))
    })
    const stopClosed = link.onClosed((fault) => resolve(fault))
    const stop = () => resolve(null)
    world.signal.addEventListener('abort', stop, { once: true })
    const cancelEnd = of.seconds === null ? () => {} : world.wake(duration(of.seconds * 1000), stop)
    stopListening = () => {
      stopData()
      stopClosed()
      cancelEnd()
      world.signal.removeEventListener('abort', stop)
    }
  })
  const opened = await link.open(world.signal)
  if (opened.ok) of.opened()
  const ended = opened.ok ? await done : opened.error
  stopListening()
  cancelSilence()
  if (opened.ok) of.silence(world.clock.read())
  await link.close()
  return ended
}

type Told = { readonly heard: readonly Heard[]; readonly dialect: Dialect | null; readonly news: string | null }

/** One tap for each profile; the one that understands most is believed. With one profile it is that one. */
export const createEar = (dialects: readonly Dialect[]) => {
  const taps: readonly { readonly dialect: Dialect; readonly tap: Tap }[] = dialects.map((dialect) => ({
    dialect,
    tap: createTap(dialect),
  }))
  let leader = taps.length === 1 ? taps[0] : undefined
  const worth = (tap: Tap) => tap.counts().known * 2 + tap.counts().frames
  const lead = (): string | null => {
    const best = taps.toSorted((a, b) => worth(b.tap) - worth(a.tap))[0]
    if (best === undefined || worth(best.tap) === 0 || best === leader) return null
    if (leader !== undefined && worth(best.tap) <= worth(leader.tap)) return null
    leader = best
    return best.dialect.profile.id
  }
  const through = (chunk: Uint8Array, use: (tap: Tap) => readonly Heard[]): Told => {
    const heard = new Map(taps.map((one) => [one, use(one.tap)]))
    const news = taps.length === 1 ? null : lead()
    if (leader !== undefined) return { heard: heard.get(leader) ?? [], dialect: leader.dialect, news }
    return { heard: chunk.length === 0 ? [] : [{ is: 'noise', side: null, bytes: chunk }], dialect: null, news: null }
  }
  return {
    push: (chunk: Uint8Array) => through(chunk, (tap) => tap.push(chunk)),
    silence: () => through(new Uint8Array(0), (tap) => tap.silence()),
    score: () =>
      taps
        .toSorted((a, b) => worth(b.tap) - worth(a.tap))
        .map(({ dialect, tap }) => ({ id: dialect.profile.id, ...tap.counts() })),
  }
}

/** Most bytes of one piece of noise that are shown. */
const MOST_SHOWN = 64

const show = (world: World, given: Given, told: Told & { readonly at: Reading }): void => {
  const { at, heard, dialect, news } = told
  if (news !== null) world.err(`giống · looks like ${news}`)
  for (const { is, side, bytes } of heard) {
    const says = is === 'frame' && side !== null && dialect !== null ? dialect.describe(side, bytes) : null
    // What is secret in a frame is masked, as everywhere; of noise nobody can know.
    const masked = is === 'frame' && side !== null && dialect !== null ? traceOf(dialect, side, bytes).hex : null
    const hex = masked ?? toHex(bytes.subarray(0, is === 'frame' ? bytes.length : MOST_SHOWN), ' ')
    const when = new Date(at.wall).toISOString()
    if (given.json)
      asJsonLine(world, {
        at: when,
        mono: at.mono,
        is,
        side,
        profile: dialect?.profile.id ?? null,
        says,
        hex,
        bytes: bytes.length,
      })
    else {
      const arrow = is !== 'frame' ? '?' : side === 'request' ? '→' : '←'
      const what =
        says ?? (is === 'checksum' ? 'sai tổng kiểm tra · wrong checksum' : `${bytes.length} byte nhiễu · noise`)
      world.out(`${when.slice(11, 23)}Z ${arrow} ${what}\n               ${hex}`)
    }
  }
}
