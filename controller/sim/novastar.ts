import type { SimDevice } from './device.ts'
import {
  access,
  answerWith,
  createRequestCutter,
  createSimDisplay,
  failed,
  replyTo,
  type SimDisplay,
  type SimHardware,
} from './display.ts'
import { type FunctionCard, functionCard } from './function-card.ts'

/** What is the same for everything that speaks the maker's frames. */
const framed = {
  cutter: createRequestCutter,
  greeting: null,
  spoil: (reply: Uint8Array): Uint8Array => {
    const copy = reply.slice()
    const last = copy.length - 2
    copy[last] = ((copy[last] ?? 0) + 1) & 255
    return copy
  },
  refuse: (request: Uint8Array, code: number): Uint8Array => answerWith(request, failed(code)),
}

export type NovastarSim = Omit<SimDisplay, 'answer'> & SimDevice

/** A simulated sender or processor with its receiving cards, as the wire sees it. */
export const createNovastarSim = (hardware: SimHardware): NovastarSim => {
  const display = createSimDisplay(hardware)
  return {
    ...display,
    ...framed,
    answer: (request) => {
      const reply = display.answer(request)
      return reply === null ? [] : [reply]
    },
  }
}

export type FunctionCardSim = SimDevice & Pick<FunctionCard, 'relays' | 'plug'>

/**
 * A simulated MFN300 on a serial port of its own, as in the maker's example: relays as device type 00, its sockets and its id as
 * device type 02.
 */
export const createFunctionCardSim = (): FunctionCardSim => {
  const card = functionCard()
  let lying = false
  return {
    ...framed,
    relays: card.relays,
    plug: card.plug,
    powerCycle: card.powerCycle,
    lie: (on) => {
      lying = on
    },
    answer: (request) => {
      if (request.length < 20 || request[0] !== 0x55 || request[1] !== 0xaa) return []
      return [
        replyTo(request, (asked) => {
          if (asked.destination !== 0 && asked.destination !== 0xff) return failed(1)
          if (asked.deviceType !== (isRelay(asked.address) ? 0 : 2)) return failed(4)
          return asked.writing && lying ? failed(0) : access(asked, [card])
        }),
      ]
    },
  }
}

const isRelay = (address: number): boolean => address >= 0x05000010 && address <= 0x05000017
