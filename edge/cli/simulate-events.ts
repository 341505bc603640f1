import { type Static, Type } from 'typebox'
import { checkDocument, type DocumentFault, faultText, parseDocument } from '#core/base/check.ts'
import { err, ok, type Result } from '#core/base/result.ts'
import { instant } from '#core/base/units.ts'
import type { Envelope } from '#core/contract/envelope.ts'
import { Order } from '#core/emergency/order.ts'
import type { RunOptions } from '#core/engine/virtual.ts'
import { sha256 } from './simulate-chain.ts'

/** What happens in a simulation: the file of `--events`. */
export type Given = RunOptions['happenings'][number]

const Strict = { additionalProperties: false } as const
const At = Type.String({ format: 'date-time', maxLength: 40 })
const SIMPLE = ['player-down', 'player-up', 'display-lost', 'display-back', 'display-dark', 'display-lit'] as const
const WithOrder = Type.Object({ at: At, event: Type.Literal('order'), order: Order }, Strict)
const WithStep = Type.Object({ at: At, event: Type.Literal('clock-step'), stepMs: Type.Integer() }, Strict)
const Simple = Type.Object({ at: At, event: Type.Enum([...SIMPLE]) }, Strict)
type Event = Static<typeof WithOrder> | Static<typeof WithStep> | Static<typeof Simple>

const ALLOWED = ['order', 'clock-step', ...SIMPLE] as const
const MOST_EVENTS = 10_000
/** So many bad events are named; one mistake is often made in all of them. */
const MOST_FAULTS = 20

/** The happenings of a file's text. An error names the event, the key and what is allowed there. */
export const parseEvents = (file: string, text: string): Result<readonly Given[], string> => {
  const list = parseDocument(Type.Array(Type.Unknown(), { maxItems: MOST_EVENTS }), text)
  if (!list.ok) return err(faultText(file, list.error))
  const checked = list.value.map(eventOf)
  const faults = checked.flatMap((one, n) =>
    one.ok ? [] : one.error.map(({ where, why }) => ({ where: `/${n}${where === '/' ? '' : where}`, why })),
  )
  if (faults.length > 0) return err(faultText(file, faults.slice(0, MOST_FAULTS)))
  return ok(checked.flatMap((one) => (one.ok ? [happeningOf(one.value)] : [])))
}

const eventOf = (given: unknown): Result<Event, readonly DocumentFault[]> => {
  const tagged = checkDocument(Type.Object({ event: Type.Enum([...ALLOWED]) }), given)
  if (!tagged.ok) {
    const list = ALLOWED.join(', ')
    const why = `phải là một trong · must be one of: ${list}`
    return err([{ where: isObject(given) ? '/event' : '/', why: isObject(given) ? why : `{ "at", "event" }: ${why}` }])
  }
  const found = checkEvent(tagged.value.event, given)
  if (found.ok) return found
  const why = (text: string) =>
    text === 'unknown key' ? 'khóa lạ · unknown key' : `không hợp lệ · is not valid: ${text}`
  return err(found.error.map((fault) => ({ where: fault.where, why: why(fault.why) })))
}

const checkEvent = (event: (typeof ALLOWED)[number], given: unknown): Result<Event, readonly DocumentFault[]> => {
  if (event === 'order') return checkDocument(WithOrder, given)
  return event === 'clock-step' ? checkDocument(WithStep, given) : checkDocument(Simple, given)
}

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value)

const happeningOf = (given: Event): Given => {
  const at = instant(Date.parse(given.at))
  if (given.event === 'order') {
    const envelope: Envelope = { v: 1, type: 'order', payload: JSON.stringify(given.order), signatures: [] }
    return {
      at,
      event: {
        event: 'order',
        // A simulation asks what would happen, so two persons are taken to have signed.
        order: {
          order: given.order,
          envelope,
          keys: ['simulated'],
          persons: [given.order.issuer, 'simulated'],
          hash: sha256(envelope.payload),
        },
      },
    }
  }
  if (given.event === 'player-up') return { at, event: { event: 'player', what: 'up' } }
  if (given.event === 'player-down')
    return { at, event: { event: 'player', what: 'down', detail: 'simulated', missing: false } }
  if (given.event === 'clock-step') return { at, clock: { stepMs: given.stepMs, quality: 'synced' } }
  return { at, panel: PANEL[given.event] }
}

const PANEL = { 'display-lost': 'lost', 'display-back': 'back', 'display-dark': 'dark', 'display-lit': 'lit' } as const
