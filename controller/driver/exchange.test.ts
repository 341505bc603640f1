import { describe, expect, test } from 'vitest'
import { profileOf } from '../sim/profiles.ts'
import type { Frame } from '../wire/layout.ts'
import { type ExchangeInput, type ExchangeOutput, type ExchangeState, exchangeStep } from './exchange.ts'

const address = { source: 0xfe, destination: 0, deviceType: 1, port: 0, board: 0 }
const request: Frame = {
  side: 'request',
  ack: 0,
  sequence: 0,
  direction: 'read',
  address,
  register: 0x02000001,
  length: 1,
  data: new Uint8Array(0),
}
const rules = { request, replyBytes: 1, retries: 2, acks: profileOf('mctrl300').acks }

const reply = (change: Partial<Frame>): ExchangeInput => ({
  in: 'frame',
  frame: { ...request, side: 'reply', sequence: 10, data: Uint8Array.of(0x80), ...change },
})
const start: ExchangeInput = { in: 'start', sequence: 10 }
const timeout = (sequence: number): ExchangeInput => ({ in: 'timeout', sequence })

/** Feeds the inputs and gives every output as a short word. */
const run = (inputs: readonly ExchangeInput[]): string[] => {
  let state: ExchangeState = { is: 'ready' }
  return inputs.map((input) => {
    const step = exchangeStep(rules, state, input)
    state = step.state
    return word(step.output)
  })
}
const word = (output: ExchangeOutput): string => {
  switch (output.do) {
    case 'send':
      return `send ${output.sequence}`
    case 'ignore':
      return `ignore ${output.why}`
    case 'pause':
      return 'pause'
    case 'succeed':
      return `succeed ${[...output.data]}`
    case 'fail':
      return `fail ${output.fault.kind}`
  }
}

const table: readonly (readonly [string, readonly ExchangeInput[], readonly string[]])[] = [
  ['answered at once', [start, reply({})], ['send 10', 'succeed 128']],
  ['a reply before the question is stale', [reply({})], ['ignore stale']],
  [
    'an older serial number is ignored',
    [start, reply({ sequence: 9 }), reply({})],
    ['send 10', 'ignore stale', 'succeed 128'],
  ],
  [
    'another register is foreign',
    [start, reply({ register: 2 }), reply({})],
    ['send 10', 'ignore foreign', 'succeed 128'],
  ],
  ['another card is foreign', [start, reply({ address: { ...address, board: 1 } })], ['send 10', 'ignore foreign']],
  ['another direction is foreign', [start, reply({ direction: 'write' })], ['send 10', 'ignore foreign']],
  ['a retry after silence', [start, timeout(11), reply({ sequence: 11 })], ['send 10', 'send 11', 'succeed 128']],
  [
    'a late answer to the first attempt counts',
    [start, timeout(11), reply({ sequence: 10 })],
    ['send 10', 'send 11', 'succeed 128'],
  ],
  [
    'silence to the end',
    [start, timeout(11), timeout(12), timeout(13)],
    ['send 10', 'send 11', 'send 12', 'fail timeout'],
  ],
  [
    'noise to the end',
    [start, { in: 'noise' }, timeout(11), timeout(12), timeout(13)],
    ['send 10', 'ignore noted', 'send 11', 'send 12', 'fail garbled'],
  ],
  [
    'wrong checksums to the end outrank noise',
    [start, { in: 'wrong-checksum' }, { in: 'noise' }, timeout(11), timeout(12), timeout(13)],
    ['send 10', 'ignore noted', 'ignore noted', 'send 11', 'send 12', 'fail checksum'],
  ],
  [
    'ACK 01 is unreachable, at once',
    [start, reply({ ack: 1, data: new Uint8Array(0) })],
    ['send 10', 'fail unreachable'],
  ],
  [
    'ACK 02 is asked again',
    [start, reply({ ack: 2 }), { in: 'ack-retry', sequence: 11 }, reply({ sequence: 11 })],
    ['send 10', 'pause', 'send 11', 'succeed 128'],
  ],
  [
    'ACK 03 to the end is checksum',
    [
      start,
      reply({ ack: 3 }),
      { in: 'ack-retry', sequence: 11 },
      reply({ ack: 3, sequence: 11 }),
      { in: 'ack-retry', sequence: 12 },
      reply({ ack: 3, sequence: 12 }),
    ],
    ['send 10', 'pause', 'send 11', 'pause', 'send 12', 'fail checksum'],
  ],
  ['ACK 04 is refused', [start, reply({ ack: 4 })], ['send 10', 'fail refused']],
  ['an unknown ACK is refused, its data not believed', [start, reply({ ack: 0xff })], ['send 10', 'fail refused']],
  ['a reply of the wrong size is garbled', [start, reply({ data: Uint8Array.of(1, 2) })], ['send 10', 'fail garbled']],
  [
    'a lost link ends it',
    [start, { in: 'lost', fault: { kind: 'closed', detail: '' } }, reply({})],
    ['send 10', 'fail closed', 'ignore late'],
  ],
  [
    'given up before the start',
    [{ in: 'lost', fault: { kind: 'aborted', detail: '' } }, start],
    ['fail aborted', 'ignore late'],
  ],
]

describe('exchange', () => {
  test.each(table)('%s', (_, inputs, outputs) => {
    expect(run(inputs)).toEqual(outputs)
  })
  test('the table is whole', () => {
    expect(table.length).toBe(19)
  })
})
