import { join } from 'node:path'
import { expect, test } from 'vitest'
import { err } from '#core/base/result.ts'
import { LINK_FAULTS } from '#core/screen/display.ts'
import { faultAdvice } from '../detect/advice.ts'
import { shippedProfiles } from '../detect/testing.ts'
import { memoryLink } from '../link/memory.ts'
import { commandList } from './commands.ts'
import { FOLDER } from './files.ts'
import { AT, run } from './run-testing.ts'

const RELAY = 'waveshare-modbus-rtu-relay-8ch'

test('an unknown profile: the nearest ids, no path, exit 2, whichever verb', async () => {
  const calls = [
    ['encode', 'novastar-mctl300', 'readModelId'],
    ['send', 'novastar-mctl300', 'readModelId', ...AT],
    ['decode', 'novastar-mctl300', '55'],
    ['watch', '--profile', 'novastar-mctl300', ...AT],
    ['record', '--profile', 'novastar-mctl300', ...AT],
  ]
  for (const call of calls) {
    const { code, err: said } = await run(call)
    expect([code, said], call[0]).toEqual([
      2,
      expect.stringContaining('no such profile “novastar-mctl300”; nearest: novastar-mctrl300'),
    ])
    expect(said).not.toContain(FOLDER)
  }
  expect(calls.length).toBe(5)
  expect((await run(['encode', 'xy-md02'])).err).toContain('nearest: generic-xy-md02')
})

test('no command, or an unknown one: what there is, with parameters and title, exit 2', async () => {
  for (const verb of ['encode', 'send'])
    for (const words of [[], ['setRelai']]) {
      const { code, err: said } = await run([verb, RELAY, ...words])
      expect([code, said]).toEqual([2, expect.stringMatching(/^ {2}setRelay channel=… on=… +ghi · write · \S/m)])
    }
  let checked = 0
  for (const profile of shippedProfiles()) {
    expect(commandList(profile).split('\n').length, profile.id).toBe(Object.keys(profile.commands).length)
    checked += 1
  }
  expect(checked).toBeGreaterThan(30)
})

test('a value out of range and a bad --keep are bad usage', async () => {
  const value = await run(['encode', 'novastar-mctrl300', 'setBrightness', 'brightness=500'])
  expect([value.code, value.err]).toEqual([2, expect.stringContaining('brightness')])
  const sent = await run(['send', 'novastar-mctrl300', 'setBrightness', 'brightness=500', ...AT, '--write', '--yes'])
  expect(sent.code).toBe(2)
  const like = ['--like', RELAY, '--vendor', 'V', '--model', 'M', '--title', 'T']
  const keep = await run(['new', join('/nonexistent', 'v-m.json'), ...like, '--keep', 'setRelai'])
  expect([keep.code, keep.err]).toEqual([2, expect.stringContaining('setRelay')])
})

test('a line the profile does not have: which it has', async () => {
  const { code, err: said } = await run(['send', 'novastar-mctrl300', 'readModelId', '--tcp', 'h'])
  expect([code, said]).toEqual([
    2,
    expect.stringContaining('novastar-mctrl300 has no tcp link; it has: serial 115200 8N1'),
  ])
  const serial = await run(['watch', '--profile', 'pjlink-class1', ...AT])
  expect([serial.code, serial.err]).toEqual([2, expect.stringContaining('no serial link; it has: tcp 4352')])
})

test('a fault of send is told in both languages with what to do next', async () => {
  const words = ['send', 'novastar-mctrl300', 'readModelId', ...AT]
  const silent = await run(words, () => memoryLink('x').link)
  expect(silent.err).toMatch(/fault timeout: không có trả lời · no answer[\s\S]*- .*powered/)
  const detail = '/dev/ttyUSB0: in use by another program'
  const busy = await run(words, () => ({
    ...memoryLink('x').link,
    open: async () => err({ kind: 'not-open', detail } as const),
  }))
  expect([busy.code, busy.err]).toEqual([1, expect.stringContaining('systemctl stop bangtin-edge@<site>')])
})

test('every kind of fault has a meaning in both languages, and a next step', () => {
  for (const kind of LINK_FAULTS)
    for (const line of ['serial', 'tcp'] as const) {
      const { means, steps } = faultAdvice({ kind, detail: '' }, line)
      for (const text of [means, ...steps]) expect(text, kind).toContain(' · ')
      expect(steps.length > 0, kind).toBe(kind !== 'aborted')
    }
  expect(LINK_FAULTS.length).toBe(11)
})
