import { toHex } from '#core/base/bytes.ts'
import type { Wake } from '#core/base/ports.ts'
import { err, ok, type Result } from '#core/base/result.ts'
import { duration } from '#core/base/units.ts'
import type { LinkFault } from '#core/screen/display.ts'
import type { Device } from '../../bus/bus.ts'
import type { Values } from '../../dialect/dialect.ts'
import type { Onboard, OnboardPage, OnboardShow } from '../../dialect/onboard.ts'
import { fault } from '../../link/link.ts'
import { MOST_CHUNK } from './frame.ts'

/** Largest picture, bytes. A PNG of 1024 × 512 with photographs has about one million. */
export const MOST_PICTURE = 4_000_000
const MOST_PAGES = 16
const MOST_SECONDS = 3600
/** Attempts in a row to begin or resume a file without one byte of progress. */
const MOST_STALLS = 12
/** Attempts for one file in all; a link that drops after every packet is not worth more. */
const MOST_STARTS = 200
/** Times a whole file is sent again because its md5 was wrong at the end. */
const MOST_SPOILED = 2
/** Wait before a file is resumed, ms: the link opens again by itself meanwhile. */
const RESUME_MS = 250
/**
 * After so many packets of content, which nobody answers, we ask for a heartbeat, which is answered after them: so a cut costs at most so
 * many packets, and an urgent question never waits behind a whole file in the buffers of a slow link.
 */
const PACKETS_AHEAD = 4
/** Files removed at once, and at most per show. */
const MOST_REMOVED = 64
/** Only files named like this are ours to remove. */
const OURS = /^bt-[0-9a-f]{32}\.png$/

export type HuiduOnboardOptions = {
  /** `ask` of the card’s place on its bus. */
  readonly ask: Device['ask']
  /** Lower-case hex md5; the shell has it, we do not. */
  readonly md5: (bytes: Uint8Array) => string
  /** Pixels; every picture has exactly this size. */
  readonly panel: { readonly width: number; readonly height: number }
  readonly wake: Wake
}

/** What is needed all the time. `heartbeats` goes down for good when a card turns out not to answer them. */
type Here = HuiduOnboardOptions & { heartbeats: boolean }
type Shown = Result<{ readonly readBack: boolean }, LinkFault>
type Picture = { readonly bytes: Uint8Array; readonly md5: string; readonly name: string; readonly seconds: number }

/**
 * Pictures held by a Huidu card. `picture` and not `text`: which fonts a card has, and whether they know ỗ or ự, cannot be asked for before
 * it is on the screen; what we draw ourselves is exact. The card knows neither priorities nor a time-out for stale content.
 */
export const openHuiduOnboard = (options: HuiduOnboardOptions): Onboard => {
  const here: Here = { ...options, heartbeats: true }
  return {
    accepts: 'picture',
    refuse: () => null,
    show: (show, signal) => showPages(here, show, signal),
    clear: (signal) => clear(here, signal),
  }
}

const ask = (here: Here, signal: AbortSignal, command: string, parameters: Values) =>
  here.ask({ command, parameters, urgent: true, signal })

const showPages = async (here: Here, show: OnboardShow, signal: AbortSignal): Promise<Shown> => {
  const pictures = picturesOf(here, show.pages)
  if (!pictures.ok) return pictures
  const sent = new Set<string>()
  for (const picture of pictures.value) {
    if (sent.has(picture.name)) continue
    const done = await upload(here, picture, signal)
    if (!done.ok) return done
    sent.add(picture.name)
  }
  const program = programOf(here, pictures.value)
  const added = await ask(here, signal, 'addPictures', program)
  if (!added.ok) return added
  const readBack = await onlyOurs(here, String(program['guid']), signal)
  if (!readBack.ok) return readBack
  // The screen shows what it should; files that stay behind are a matter of space, tried again with the next show.
  await sweep(here, sent, signal)
  return readBack
}

/** All pages as files, or why one of them cannot be shown as it is. Nothing has been sent yet. */
const picturesOf = (here: Here, pages: readonly OnboardPage[]): Result<readonly Picture[], LinkFault> => {
  const refuse = (page: number, why: string) => err(fault('unsupported', `page ${page + 1}: ${why}`))
  if (pages.length < 1 || pages.length > MOST_PAGES)
    return err(fault('unsupported', `${pages.length} pages; 1 to ${MOST_PAGES} can be shown`))
  const pictures: Picture[] = []
  for (const [index, { picture: bytes, seconds }] of pages.entries()) {
    if (bytes === null) return refuse(index, 'no picture; this card is given pictures only')
    if (bytes.length > MOST_PICTURE) return refuse(index, `${bytes.length} bytes, at most ${MOST_PICTURE}`)
    const size = pngSize(bytes)
    if (size === null) return refuse(index, 'not a PNG')
    const { width, height } = here.panel
    if (size.width !== width || size.height !== height)
      return refuse(index, `${size.width} × ${size.height}, the panel has ${width} × ${height}`)
    if (!(seconds >= 1 && seconds <= MOST_SECONDS))
      return refuse(index, `${seconds} seconds; 1 to ${MOST_SECONDS} can be shown`)
    const md5 = here.md5(bytes)
    pictures.push({ bytes, md5, name: `bt-${md5}.png`, seconds })
  }
  return ok(pictures)
}

/** Width and height from the first chunk of a PNG; null when it is none. */
export const pngSize = (bytes: Uint8Array): { readonly width: number; readonly height: number } | null => {
  if (toHex(bytes.subarray(0, 8), '') !== '89504E470D0A1A0A' || toHex(bytes.subarray(12, 16), '') !== '49484452')
    return null
  const number = (at: number) =>
    bytes.length < at + 4 ? 0 : bytes.subarray(at, at + 4).reduce((sum, byte) => sum * 256 + byte, 0)
  return { width: number(16), height: number(20) }
}

/** The same pages always have the same guids, so a program that is shown again looks the same to the card. */
const programOf = ({ md5, panel }: Here, pictures: readonly Picture[]): Values => {
  const guid = (what: string) => {
    const hash = md5(new TextEncoder().encode(what))
    return [hash.slice(0, 8), hash.slice(8, 12), hash.slice(12, 16), hash.slice(16, 20), hash.slice(20, 32)].join('-')
  }
  const all = pictures.map((picture) => `${picture.name} ${picture.seconds}`).join('\n')
  const rows = pictures.map(
    ({ name, seconds }, index) => `${guid(`page ${index} ${all}`)}\t${Math.round(seconds * 10) / 10}\t${name}`,
  )
  return { guid: guid(`program ${all}`), areaGuid: guid(`area ${all}`), ...panel, pages: rows.join('\n') }
}

/** True when the card holds our program and no other; others are removed first. */
const onlyOurs = async (here: Here, guid: string, signal: AbortSignal): Promise<Shown> => {
  const before = await programs(here, signal)
  if (!before.ok) return before
  const foreign = before.value.filter((one) => one !== guid)
  if (foreign.length > 0) {
    const removed = await removePrograms(here, foreign, signal)
    if (!removed.ok) return removed
  }
  const after = foreign.length === 0 ? before : await programs(here, signal)
  if (!after.ok) return after
  return after.value.length === 1 && after.value[0] === guid
    ? ok({ readBack: true })
    : err(fault('mismatch', `programs: sent ${guid}, the card holds ${after.value.join(', ') || 'none'}`))
}

const programs = async (here: Here, signal: AbortSignal): Promise<Result<readonly string[], LinkFault>> => {
  const read = await ask(here, signal, 'readPrograms', {})
  if (!read.ok) return read
  const rows = read.value['programs']
  return ok(typeof rows === 'string' && rows !== '' ? rows.split('\n') : [])
}

const removePrograms = async (
  here: Here,
  guids: readonly string[],
  signal: AbortSignal,
): Promise<Result<void, LinkFault>> => {
  for (let at = 0; at < guids.length; at += MOST_REMOVED) {
    const removed = await ask(here, signal, 'deletePrograms', {
      programs: guids.slice(at, at + MOST_REMOVED).join('\n'),
    })
    if (!removed.ok) return removed
  }
  return ok(undefined)
}

const clear = async (here: Here, signal: AbortSignal): Promise<Shown> => {
  const before = await programs(here, signal)
  if (!before.ok) return before
  const removed = await removePrograms(here, before.value, signal)
  if (!removed.ok) return removed
  const after = await programs(here, signal)
  if (!after.ok) return after
  if (after.value.length > 0) return err(fault('mismatch', `${after.value.length} programs are still there`))
  await sweep(here, new Set(), signal)
  return ok({ readBack: true })
}

/** Removes our files that no page needs any more. What cannot be removed now stays for the next time. */
const sweep = async (here: Here, needed: ReadonlySet<string>, signal: AbortSignal): Promise<void> => {
  const listed = await ask(here, signal, 'listFiles', {})
  if (!listed.ok || typeof listed.value['files'] !== 'string') return
  const names = listed.value['files'].split('\n').map((row) => row.split('\t')[0] ?? '')
  const old = names.filter((name) => OURS.test(name) && !needed.has(name)).slice(0, MOST_REMOVED)
  if (old.length > 0) await ask(here, signal, 'deleteFiles', { files: old.join('\n') })
}

/** What one attempt came to. */
type Attempt =
  | { readonly is: 'done' }
  /** It can go on where the card says. */
  | { readonly is: 'cut'; readonly fault: LinkFault; readonly existing: number | null }
  /** All bytes are there, and their md5 is not the right one. */
  | { readonly is: 'spoiled'; readonly fault: LinkFault }
  | { readonly is: 'refused'; readonly fault: LinkFault }

const upload = async (here: Here, picture: Picture, signal: AbortSignal): Promise<Result<void, LinkFault>> => {
  let furthest = -1
  let stalls = 0
  let spoiled = 0
  for (let start = 0; start < MOST_STARTS; start++) {
    if (signal.aborted) return err(fault('aborted', `${picture.name} is not sent any further`))
    const attempt = await sendFile(here, picture, signal)
    if (attempt.is === 'done') return ok(undefined)
    if (attempt.is === 'refused') return err(attempt.fault)
    if (attempt.is === 'spoiled') {
      spoiled += 1
      furthest = -1
      if (spoiled >= MOST_SPOILED) return err(attempt.fault)
      continue
    }
    const further = attempt.existing !== null && attempt.existing > furthest
    furthest = Math.max(furthest, attempt.existing ?? -1)
    stalls = further ? 0 : stalls + 1
    if (stalls >= MOST_STALLS) return err(attempt.fault)
    await new Promise<void>((resolve) => void here.wake(duration(RESUME_MS), resolve))
  }
  return err(fault('timeout', `${picture.name}: not through after ${MOST_STARTS} attempts`))
}

/**
 * One start, the bytes that are missing, one end. The end is sent even when no byte was missing, as the maker’s program does: it is the end
 * that makes the card check the md5.
 */
const sendFile = async (here: Here, picture: Picture, signal: AbortSignal): Promise<Attempt> => {
  const { bytes, md5, name } = picture
  const began = await ask(here, signal, 'fileStart', { md5, size: bytes.length, type: 'picture', name })
  if (!began.ok) return failed(began.error, null)
  const { existing, session } = began.value
  if (typeof existing !== 'number') return { is: 'refused', fault: fault('garbled', `${name}: no place to go on from`) }
  for (let at = existing, packets = 1; at < bytes.length; at += MOST_CHUNK, packets++) {
    const content = toHex(bytes.subarray(at, at + MOST_CHUNK), '')
    const sent = await ask(here, signal, 'fileContent', session === undefined ? { content } : { content, session })
    // `unsupported`: the link was lost and opened again, and the session with our file is gone.
    if (!sent.ok) return failed(sent.error, existing)
    if (!here.heartbeats || packets % PACKETS_AHEAD !== 0) continue
    const alive = await ask(here, signal, 'heartbeat', {})
    if (alive.ok) continue
    here.heartbeats = alive.error.kind !== 'timeout' && alive.error.kind !== 'refused'
    return alive.error.kind === 'aborted' ? failed(alive.error, existing) : { is: 'cut', fault: alive.error, existing }
  }
  const ended = await ask(here, signal, 'fileEnd', {})
  if (ended.ok) return { is: 'done' }
  if (ended.error.kind !== 'refused') return failed(ended.error, existing)
  // A step out of order: the end came to a session that had no beginning.
  if (/kProcessError|kFileNotFinish/.test(ended.error.detail)) return { is: 'cut', fault: ended.error, existing }
  if (!/kFileContentError|kInvalidFileData/.test(ended.error.detail)) return { is: 'refused', fault: ended.error }
  // Were the wrong bytes still there, the card would go on from them.
  await ask(here, signal, 'deleteFiles', { files: name })
  return { is: 'spoiled', fault: ended.error }
}

const failed = (why: LinkFault, existing: number | null): Attempt =>
  why.kind === 'refused' || why.kind === 'aborted' ? { is: 'refused', fault: why } : { is: 'cut', fault: why, existing }
