import { type Static, type TProperties, Type } from 'typebox'

/**
 * How a large screen is switched on and off: in which order its contactors close, what must answer before the next, what forbids it. Data of
 * one site; the names of relays and inputs are given to real channels elsewhere. All times in milliseconds.
 */
const closed = <P extends TProperties>(properties: P) => Type.Object(properties, { additionalProperties: false })
const name = (description: string) => Type.String({ pattern: '^[a-z][a-z0-9-]{0,39}$', description })
const text = (description: string) => Type.String({ minLength: 1, maxLength: 300, description })
const ms = (least: number, most: number, description: string) =>
  Type.Integer({ minimum: least, maximum: most, description })

const Feedback = closed({
  input: name('Flag that tells whether the contactor really moved: its auxiliary contact.'),
  wanted: Type.Boolean({ description: 'What it says when the contactor is where this step wants it.' }),
  withinMs: ms(10, 60_000, 'From the relay’s answer.'),
})

const within = ms(100, 300_000, 'Most time for the whole step, all attempts together.')
const every = ms(50, 60_000, 'Pause between two attempts.')

const SequenceStepSpec = Type.Union([
  closed({
    step: Type.Literal('relay'),
    relay: name('Name in `relays`.'),
    on: Type.Boolean({ description: 'false: let go again, e.g. of a charging resistor.' }),
    settleMs: ms(0, 120_000, 'Wait after it is confirmed, for inrush currents to pass.'),
    feedback: Type.Union([Feedback, Type.Null()]),
  }),
  closed({ step: Type.Literal('sender-answers'), withinMs: within, everyMs: every }),
  closed({
    step: Type.Literal('cards-answer'),
    atLeast: Type.Integer({ minimum: 1, maximum: 4096, description: 'Receiving cards.' }),
    withinMs: within,
    everyMs: every,
  }),
  closed({ step: Type.Literal('blank'), withinMs: within, everyMs: every }),
  closed({ step: Type.Literal('unblank'), withinMs: within, everyMs: every }),
])

const Interlock = Type.Union([
  closed({
    rule: Type.Literal('is'),
    input: name('Flag in `inputs`.'),
    wanted: Type.Boolean({ description: 'What it must say, e.g. smoke: false.' }),
    unknownMs: ms(0, 600_000, 'How long a lit screen stays on while nobody knows.'),
    why: text('For people: why this forbids power.'),
  }),
  closed({
    rule: Type.Literal('below'),
    input: name('Number in `inputs`.'),
    offAbove: Type.Number({ description: 'Above this the screen goes off.' }),
    onBelow: Type.Number({ description: 'It may go on again only below this.' }),
    unknownMs: ms(0, 600_000, 'How long a lit screen stays on while nobody knows.'),
    why: text('For people: why this forbids power.'),
  }),
])

export const PowerSequenceSchema = closed({
  version: Type.Literal(1),
  relays: Type.Array(name('A relay that is de-energised when the screen is off.'), { minItems: 1, maxItems: 64 }),
  inputs: Type.Array(
    closed({ name: name('Input.'), kind: Type.Union([Type.Literal('flag'), Type.Literal('number')]) }),
    {
      maxItems: 64,
    },
  ),
  startOffsetMs: ms(0, 600_000, 'Before the first step, so that neighbours on one feeder do not start together.'),
  minimumOffMs: ms(0, 3_600_000, 'Power supplies and thermistors need to cool before the next inrush.'),
  boundMs: ms(1000, 1_800_000, 'Promise: switching on, and switching off, take no longer. Start offset not counted.'),
  relayWithinMs: ms(50, 60_000, 'Most time until a relay board answers.'),
  blank: Type.Union([closed({ withinMs: within, everyMs: every }), Type.Null()], {
    description: 'How the picture is made dark before power goes; null: this display cannot.',
  }),
  steps: Type.Array(SequenceStepSpec, { minItems: 1, maxItems: 64, description: 'Switching on. Off is the reverse.' }),
  interlocks: Type.Array(Interlock, {
    maxItems: 32,
    description: 'All must hold; besides, never instead of, hard-wired ones.',
  }),
})

export type PowerSequence = Static<typeof PowerSequenceSchema>
export type SequenceStepSpec = Static<typeof SequenceStepSpec>
export type InterlockSpec = Static<typeof Interlock>
