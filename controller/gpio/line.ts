import { type Static, type TProperties, Type } from 'typebox'

/** Longest debounce, ms. A contact that needs more than this is broken. */
export const MOST_DEBOUNCE_MS = 10_000

const closed = <P extends TProperties>(properties: P) => Type.Object(properties, { additionalProperties: false })

/** What the kernel calls a chip or a line: at most 31 bytes (`GPIO_MAX_NAME_SIZE` less its closing zero). */
const kernelName = (description: string) => Type.String({ minLength: 1, maxLength: 31, description })

const LineOnChip = Type.Union([Type.Integer({ minimum: 0, maximum: 1023 }), kernelName('The name of a line.')], {
  description: 'Which line of that chip: its offset, or its name. On a Raspberry Pi offset 17 is GPIO17.',
})

/**
 * Where a line is. There is no chip number here on purpose: the number after `gpiochip` changes from kernel to kernel (the Pi 5 header
 * was gpiochip4, then gpiochip0), the label and the line names do not.
 */
const Address = Type.Union([
  closed({
    label: kernelName(
      'The chip’s label: pinctrl-rp1 (Pi 5), pinctrl-bcm2711 (Pi 4), pinctrl-bcm2835 (Pi 3 and older).',
    ),
    line: LineOnChip,
  }),
  closed({ lineName: kernelName('The line’s name on whatever chip has it, e.g. GPIO17. It must be there once only.') }),
  closed({
    path: Type.String({
      pattern: '^/dev/.+',
      maxLength: 200,
      description: 'A device file that somebody keeps stable, such as a link made by udev. Character device only.',
    }),
    line: LineOnChip,
  }),
])
export type LineAddress = Static<typeof Address>

const common = {
  name: Type.String({
    pattern: '^[a-z][a-z0-9-]{0,22}$',
    description:
      'Our name for the line, e.g. `door`, `main-contactor`. Also shown by the kernel as the owner: `bangtin:door`.',
  }),
  at: Address,
  activeLow: Type.Boolean({
    description:
      'True when a low voltage means "on": relay boards with an inverted input, a contact that pulls to ground.',
  }),
  bias: Type.Union([Type.Literal('as-is'), Type.Literal('none'), Type.Literal('pull-up'), Type.Literal('pull-down')], {
    description: 'The resistor inside the chip. Chips without one ignore it silently; sysfs cannot set it at all.',
  }),
}

const Input = closed({
  ...common,
  direction: Type.Literal('in'),
  debounceMs: Type.Integer({
    minimum: 0,
    maximum: MOST_DEBOUNCE_MS,
    description: 'A change counts when it has stayed this long. 30 to 50 for contacts and key switches; 0 for none.',
  }),
})

const Output = closed({
  ...common,
  direction: Type.Literal('out'),
  initial: Type.Boolean({
    description: 'On or off from the first instant we own the line; there is no moment between.',
  }),
  safe: Type.Boolean({
    description:
      'Set before the line is given back at an orderly end. A killed daemon cannot do this: the wiring must want the same.',
  }),
})

/** One line a site’s configuration asks for. On and off are what we mean by the line; `activeLow` says which voltage that is. */
export const GpioLineSchema = Type.Union([Input, Output])
export type GpioLine = Static<typeof GpioLineSchema>
export type GpioInput = Static<typeof Input>
export type GpioOutput = Static<typeof Output>
