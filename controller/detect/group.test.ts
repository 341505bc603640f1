import { expect, test } from 'vitest'
import type { Values } from '../dialect/dialect.ts'
import { lineName } from '../profile/line.ts'
import type { Finding } from './finding.ts'
import { groupsOf, oneSettingEach } from './group.ts'
import { profileCalled } from './testing.ts'

const finding = (parity: 'none' | 'even', address: Values, values: Values, id = 'generic-xy-md02'): Finding => ({
  profile: profileCalled(id),
  sure: 'family',
  line: { kind: 'serial', baudRate: 9600, dataBits: 8, parity, stopBits: 1 },
  address,
  model: null,
  firmware: null,
  command: 'readClimate',
  look: null,
  values,
})
const warm = { temperature: 30.5, humidity: 54.6 }

test('one device on two settings of a line is one, on the first of them', () => {
  const both = [finding('none', { unit: 2 }, warm), finding('even', { unit: 2 }, warm)]
  expect(oneSettingEach(both).map(({ line }) => lineName(line))).toEqual(['serial 9600 8N1'])
  const other = finding('even', { unit: 2 }, warm, 'microrobotics-rs485-th')
  const folded = oneSettingEach([...both, other])
  expect(folded.map(({ profile, line }) => [profile.id, lineName(line)])).toEqual([
    ['generic-xy-md02', 'serial 9600 8N1'],
    ['microrobotics-rs485-th', 'serial 9600 8N1'],
  ])
  expect(groupsOf(folded).length).toBe(1)
})

test('another address or another answer is another device', () => {
  const here = finding('none', { unit: 2 }, warm)
  for (const other of [finding('even', { unit: 3 }, warm), finding('even', { unit: 2 }, { ...warm, humidity: 60 })]) {
    expect(oneSettingEach([here, other])).toEqual([here, other])
    expect(groupsOf([here, other]).map(({ first }) => first)).toEqual([here, other])
  }
})
