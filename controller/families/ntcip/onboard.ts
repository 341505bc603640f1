import type { Wake } from '#core/base/ports.ts'
import { err, ok, type Result } from '#core/base/result.ts'
import { duration } from '#core/base/units.ts'
import type { LinkFault } from '#core/screen/display.ts'
import type { Values } from '../../dialect/dialect.ts'
import type { Onboard, OnboardShow } from '../../dialect/onboard.ts'
import {
  ACTIVATE_ERRORS,
  BLANK_GUARDED,
  BLANK_OPEN,
  blank,
  buildMulti,
  CURRENT,
  ENDLESS,
  type MessageId,
  MULTI_ERRORS,
  type MultiOptions,
  messageCrc,
  missingCharacters,
  sameMessage,
} from './message.ts'
import type { NtcipProfile } from './schema.ts'

/** One question to the sign; `ask` of a device on a bus fits. */
export type AskSign = (ask: {
  readonly command: string
  readonly parameters: Values
  readonly urgent: boolean
  readonly signal: AbortSignal
}) => Promise<Result<Values, LinkFault>>

export type NtcipOnboardOptions = {
  readonly ask: AskSign
  readonly profile: NtcipProfile
  readonly wake: Wake
  /** What a page holds in the sign’s own font; null: the sign alone decides, when it checks the text. */
  readonly panel: { readonly lines: number; readonly columns: number } | null
  readonly layout: MultiOptions
  /** Written beside every message, for whoever looks at the sign. ASCII. */
  readonly owner: string
  /** Our IPv4 address, kept by the sign as the requester; `0.0.0.0` when it does not matter. */
  readonly requester: string
}

/** What the sign says about itself. */
export type SignStatus = {
  readonly controlMode: string
  /** Who put up what is shown: `central`, `commLoss`, `endDuration`, … */
  readonly sourceMode: string
  readonly showing: MessageId
  /** Null: without end. */
  readonly minutesRemaining: number | null
  /** What is shown is the last message we put up, or our blackout before it. False after fallbacks, resets and other people. */
  readonly ours: boolean
}
export type NtcipOnboard = Onboard & {
  readonly status: (signal: AbortSignal) => Promise<Result<SignStatus, LinkFault>>
}

/** A sign checks a text for so long at most: looks × pause. */
const LOOKS = 20
const LOOK_MS = 250
/** Activation priority of everything we do: we are the centre; who may replace whom was decided before. The run-time priority protects it. */
const OURS = 255

type Done<T> = Promise<Result<T, LinkFault>>
const fault = (kind: LinkFault['kind'], detail: string) => err<LinkFault>({ kind, detail })

/**
 * Content of a message sign (facts §6.4, order of writing as IRIS does): open the row, look who controls the sign, write text and run-time
 * priority, have it checked, compare status and CRC, activate with priority 255, set the fallback messages, read back what is shown. The row
 * may be written while it is shown: the sign shows a copy. Nothing on the screen changes before the activation. A blackout is never lifted here.
 */
export const openNtcipOnboard = (options: NtcipOnboardOptions): NtcipOnboard => {
  const { profile } = options
  const row = { memory: profile.message.memory, number: profile.message.number }
  let last: MessageId | null = null

  const refuse = (text: string): string | null => {
    const missing = missingCharacters(text)
    if (missing.length === 0) return null
    const which = missing.slice(0, 20).join(' ')
    return `Phông có sẵn của bảng không có: ${which} (the sign’s base fonts do not have these characters)`
  }
  const asker = (signal: AbortSignal) => (command: string, parameters: Values) =>
    options.ask({ command, parameters, urgent: true, signal })

  const show = async (wanted: OnboardShow, signal: AbortSignal): Done<{ readBack: boolean }> => {
    const multi = multiOf(options, wanted)
    if (!multi.ok) return multi
    const ask = asker(signal)
    const stored = await store(options, { ask, row, signal }, { multi: multi.value, priority: wanted.priority })
    if (!stored.ok) return stored
    const message: MessageId = { ...row, crc: stored.value }
    const put = await replace(options, ask, { message, staleAfterSeconds: wanted.staleAfterSeconds })
    if (put.ok) last = message
    return put
  }
  const clear = async (signal: AbortSignal): Done<{ readBack: boolean }> => {
    const message = blank(BLANK_OPEN)
    const put = await replace(options, asker(signal), { message, staleAfterSeconds: null })
    if (put.ok) last = message
    return put
  }
  const status = async (signal: AbortSignal): Done<SignStatus> => {
    const ask = asker(signal)
    const control = await ask('readControlMode', {})
    if (!control.ok) return control
    const shown = await ask('readShown', {})
    if (!shown.ok) return shown
    const showing = messageIn(shown.value)
    const minutes = shown.value['minutes']
    return ok({
      controlMode: String(control.value['controlMode']),
      sourceMode: String(shown.value['sourceMode']),
      showing,
      minutesRemaining: typeof minutes === 'number' && minutes < ENDLESS ? minutes : null,
      ours: last !== null && (sameMessage(last, showing) || isBlackout(showing)),
    })
  }
  return { accepts: 'text', refuse, show, clear, status }
}

type AskOne = (command: string, parameters: Values) => Done<Values>

/** The whole text, or why this sign cannot show it. Nothing has been sent yet. */
const multiOf = (options: NtcipOnboardOptions, { pages }: OnboardShow): Result<string, LinkFault> => {
  const { message } = options.profile
  if (pages.length < 1 || pages.length > message.pages)
    return fault('unsupported', `${pages.length} pages; the sign takes 1 to ${message.pages}`)
  for (const [i, page] of pages.entries()) {
    const where = `page ${i + 1}`
    if (page.picture !== null) return fault('unsupported', `${where} has a picture; this sign takes text`)
    const missing = missingCharacters(page.text)
    if (missing.length > 0)
      return fault('unsupported', `${where} needs characters the base fonts lack: ${missing.join(' ')}`)
    const lines = page.text.split('\n')
    const { panel } = options
    if (panel === null) continue
    if (lines.length > panel.lines) return fault('unsupported', `${where} has ${lines.length} lines of ${panel.lines}`)
    const long = lines.find((line) => line.length > panel.columns)
    if (long !== undefined)
      return fault('unsupported', `${where}: “${long}” is longer than ${panel.columns} characters`)
  }
  const timed = pages.map(({ text, seconds }) => ({ text, seconds: pages.length > 1 ? seconds : null }))
  const multi = buildMulti(timed, options.layout)
  return multi.length > message.mostBytes
    ? fault('unsupported', `the text has ${multi.length} bytes with its tags, at most ${message.mostBytes} fit`)
    : ok(multi)
}

/** Writes the row and has it checked; gives the CRC it now has. */
const store = async (
  options: NtcipOnboardOptions,
  at: { ask: AskOne; row: { memory: number; number: number }; signal: AbortSignal },
  message: { multi: string; priority: number },
): Done<string> => {
  const { ask, row } = at
  const opened = await ask('requestModify', row)
  if (!opened.ok) return opened
  const control = await ask('readControlMode', {})
  if (!control.ok) return control
  if (control.value['controlMode'] === 'local') return fault('refused', ACTIVATE_ERRORS['localMode'] ?? 'local control')
  const written = await ask('writeMessage', { ...row, ...message, owner: options.owner })
  if (!written.ok) return written
  const extras = await ask('writeMessageOptions', { ...row, beacon: 0, pixelService: 0 })
  // A sign without beacons refuses; its CRC then counts zeros, and a beacon that was left on shows in the CRC.
  if (!extras.ok && extras.error.kind !== 'refused') return extras
  const asked = await ask('requestValidate', row)
  if (!asked.ok) return asked
  const state = await checked(options.wake, at)
  if (!state.ok) return state
  if (state.value['status'] !== 'valid') return fault('unsupported', await syntaxText(ask))
  const crc = messageCrc({ multi: message.multi, beacon: 0, pixelService: 0 })
  const found = String(state.value['crc'])
  if (found === crc || found === crc.slice(2) + crc.slice(0, 2)) return ok(crc)
  return fault('mismatch', `the sign calculates CRC ${found} for this message, it should be ${crc}`)
}

/** Looks until the sign has made up its mind about the row. */
const checked = async (
  wake: Wake,
  { ask, row, signal }: { ask: AskOne; row: Values; signal: AbortSignal },
): Done<Values> => {
  for (let look = 0; look < LOOKS; look++) {
    const state = await ask('readMessageStatus', row)
    if (!state.ok || state.value['status'] !== 'validating') return state
    if (signal.aborted) return fault('aborted', 'given up while the sign was checking the text')
    await new Promise<void>((resolve) => void wake(duration(LOOK_MS), resolve))
  }
  return fault('timeout', `the sign has been checking the text for ${(LOOKS * LOOK_MS) / 1000} s`)
}

const syntaxText = async (ask: AskOne): Promise<string> => {
  const why = await ask('readMultiError', {})
  if (!why.ok) return 'the sign does not accept the text'
  const { syntax, position } = why.value
  return `the sign does not accept the text: ${MULTI_ERRORS[String(syntax)] ?? syntax} (character ${position})`
}

const activate = async (options: NtcipOnboardOptions, ask: AskOne, message: MessageId): Done<Values> => {
  const { requester } = options
  const done = await ask('activate', { minutes: ENDLESS, activationPriority: OURS, ...message, requester })
  if (done.ok || done.error.kind !== 'refused') return done
  const why = await ask('readActivateError', {})
  if (!why.ok || why.value['error'] === 'none') return done
  const error = String(why.value['error'])
  if (error === 'syntaxMULTI') return fault('unsupported', await syntaxText(ask))
  return fault('refused', ACTIVATE_ERRORS[error] ?? error)
}

const isBlackout = (message: MessageId): boolean => sameMessage(message, blank(BLANK_GUARDED))

/**
 * Puts a message in the place of what is shown. During a blackout (blank 255, which only the driver sets and lifts) it is put behind it: as
 * the end-duration message, which is what comes when the blackout ends. So content and blackout do not undo each other.
 */
const replace = async (
  options: NtcipOnboardOptions,
  ask: AskOne,
  of: { message: MessageId; staleAfterSeconds: number | null },
): Done<{ readBack: boolean }> => {
  const before = await ask('readShown', {})
  if (!before.ok) return before
  const dark = isBlackout(messageIn(before.value))
  const activated = dark ? ok({}) : await activate(options, ask, of.message)
  if (!activated.ok) return activated
  const guarded = await fallbacks(ask, { end: of.message, staleAfterSeconds: of.staleAfterSeconds })
  if (!guarded.ok) return guarded
  return confirm(ask, dark ? 'readEndDuration' : 'readShown', of.message)
}

/**
 * What the sign does by itself. `end` comes when a message ends, which only our un-blackout brings about, so it is what we last showed.
 * With a stale guard, a centre that falls silent and a power loss end in the dark; without, the message stays through both.
 */
const fallbacks = async (
  ask: AskOne,
  { end, staleAfterSeconds }: { end: MessageId; staleAfterSeconds: number | null },
): Done<Values> => {
  const stays = staleAfterSeconds === null
  const then = stays ? CURRENT : blank(BLANK_OPEN)
  const minutes = stays ? 0 : Math.max(1, Math.ceil(staleAfterSeconds / 60))
  const steps: readonly (readonly [string, Values])[] = [
    ['setCommLoss', { minutes, ...then }],
    ['setPowerRecovery', then],
    ['setResetMessage', then],
    ['setEndDuration', end],
  ]
  for (const [command, parameters] of steps) {
    const done = await ask(command, parameters)
    if (!done.ok) return done
  }
  return ok({})
}

const messageIn = (values: Values): MessageId => ({
  memory: Number(values['memory']),
  number: Number(values['number']),
  crc: String(values['crc']),
})

/** What was acknowledged is believed only when the sign says that it has this message there. */
const confirm = async (ask: AskOne, where: string, message: MessageId): Done<{ readBack: boolean }> => {
  const shown = await ask(where, {})
  if (!shown.ok) return shown
  const { memory, number, crc } = messageIn(shown.value)
  if (sameMessage(message, { memory, number, crc })) return ok({ readBack: true })
  return fault('mismatch', `the sign has message ${memory}.${number} ${crc}, not ${message.memory}.${message.number}`)
}
