import { describe, expect, test } from 'vitest'
import { assert } from '#core/base/result.ts'
import { MOST_PARTS } from '../dialect/dialect.ts'
import { dialectOf } from '../dialect/open.ts'
import { codecOf } from '../families/novastar/codec.ts'
import { encodeFrame } from '../families/novastar/encode.ts'
import type { Frame } from '../families/novastar/layout.ts'
import { profileOf } from '../sim/profiles.ts'
import {
  type ExchangeInput,
  type ExchangeOutput,
  type ExchangeRules,
  type ExchangeState,
  exchangeStep,
} from './exchange.ts'

const profile = profileOf('mctrl300')
const { layout } = codecOf(profile)
const question = dialectOf(profile).question({
  command: 'readBrightness',
  parameters: { port: 0, card: 0 },
  address: {},
  context: {},
})
assert(question.ok, question.ok ? '' : question.error)
const rules = { question: question.value, before: [8, 9] }

const REPLY: Frame = {
  side: 'reply',
  ack: 0,
  sequence: 10,
  direction: 'read',
  address: { source: 0xfe, destination: 0, deviceType: 1, port: 0, board: 0 },
  register: 0x02000001,
  length: 1,
  data: Uint8Array.of(0x80),
}
const reply = (change: Partial<Frame>): ExchangeInput => ({
  in: 'frame',
  bytes: encodeFrame(layout, { ...REPLY, length: change.data?.length ?? 1, ...change }),
})
const start: ExchangeInput = { in: 'start', token: 10 }
const timeout: ExchangeInput = { in: 'timeout' }

/** Feeds the inputs and gives every output as a short word. */
const run = (inputs: readonly ExchangeInput[], rules: ExchangeRules): string[] => {
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
      return `send ${output.token}`
    case 'ignore':
      return `ignore ${output.why}`
    case 'wait':
      return 'wait'
    case 'succeed':
      return `succeed ${output.values['brightness']}`
    case 'fail':
      return `fail ${output.fault.kind}${output.again ? ' again' : ''}`
  }
}

const table: readonly (readonly [string, readonly ExchangeInput[], readonly string[]])[] = [
  ['answered at once', [start, reply({})], ['send 10', 'succeed 50']],
  ['a reply before the question is stale', [reply({})], ['ignore stale']],
  [
    'an older serial number is ignored',
    [start, reply({ sequence: 7 }), reply({})],
    ['send 10', 'ignore stale', 'succeed 50'],
  ],
  ['a late answer to an earlier attempt answers too', [start, reply({ sequence: 8 })], ['send 10', 'succeed 50']],
  [
    'another register is foreign',
    [start, reply({ register: 2 }), reply({})],
    ['send 10', 'ignore foreign', 'succeed 50'],
  ],
  [
    'another card is foreign',
    [start, reply({ address: { ...REPLY.address, board: 3 } }), reply({})],
    ['send 10', 'ignore foreign', 'succeed 50'],
  ],
  [
    'the answer to a write is foreign',
    [start, reply({ direction: 'write', length: 0, data: new Uint8Array(0) }), reply({})],
    ['send 10', 'ignore foreign', 'succeed 50'],
  ],
  ['silence may be tried again', [start, timeout], ['send 10', 'fail timeout again']],
  ['nothing but noise', [start, { in: 'noise' }, timeout], ['send 10', 'ignore noted', 'fail garbled again']],
  [
    'a wrong checksum names the failure, noise after it does not',
    [start, { in: 'wrong-checksum' }, { in: 'noise' }, timeout],
    ['send 10', 'ignore noted', 'ignore noted', 'fail checksum again'],
  ],
  [
    'a wrong checksum and then the answer',
    [start, { in: 'wrong-checksum' }, reply({})],
    ['send 10', 'ignore noted', 'succeed 50'],
  ],
  ['ACK 01 is unreachable, at once', [start, reply({ ack: 1 })], ['send 10', 'fail unreachable']],
  ['ACK 02 may be tried again', [start, reply({ ack: 2 })], ['send 10', 'fail checksum again']],
  ['ACK 04 is refused', [start, reply({ ack: 4 })], ['send 10', 'fail refused']],
  ['an unknown ACK is refused, its data not believed', [start, reply({ ack: 0xff })], ['send 10', 'fail refused']],
  ['a reply of the wrong size is garbled', [start, reply({ data: Uint8Array.of(1, 2) })], ['send 10', 'fail garbled']],
  ['sent is not answered', [start, { in: 'sent' }, reply({})], ['send 10', 'ignore noted', 'succeed 50']],
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
    expect(run(inputs, rules)).toEqual(outputs)
  })
  test('the table is whole', () => {
    expect(table.length).toBe(19)
  })
  test('a broadcast is done when it is sent', () => {
    const broadcast: ExchangeRules = { question: { ...question.value, answered: false }, before: [] }
    expect(run([start, { in: 'sent' }, timeout], broadcast)).toEqual(['send 10', 'succeed undefined', 'ignore late'])
  })
  test('parts are collected, each gives more time, and too many are an error', () => {
    const parts: ExchangeRules = {
      question: {
        answered: true,
        judge: (_, __, had) => (had.length < 3 ? { is: 'part' } : { is: 'values', values: { brightness: had.length } }),
      },
      before: [],
    }
    const endless: ExchangeRules = { question: { answered: true, judge: () => ({ is: 'part' }) }, before: [] }
    const some = Array.from({ length: 4 }, () => reply({}))
    expect(run([start, ...some], parts)).toEqual(['send 10', 'wait', 'wait', 'wait', 'succeed 3'])
    expect(run([start, ...Array.from({ length: MOST_PARTS }, () => reply({}))], endless).slice(-2)).toEqual([
      'wait',
      'fail garbled',
    ])
  })
})
