import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { checkDocument } from '#core/base/check.ts'
import { addressText } from './gpio.ts'
import { type GpioLine, GpioLineSchema } from './line.ts'

const README = readFileSync(fileURLToPath(new URL('README.md', import.meta.url)), 'utf8')

describe('a line of the configuration', () => {
  const door = {
    ...{ name: 'door', at: { lineName: 'GPIO22' }, direction: 'in' },
    ...{ activeLow: true, bias: 'pull-up', debounceMs: 50 },
  }
  const relay = {
    ...{ name: 'relay', at: { label: 'pinctrl-rp1', line: 17 }, direction: 'out' },
    ...{ activeLow: false, bias: 'as-is', initial: false, safe: false },
  }

  it('takes what the README shows', () => {
    const sample: unknown = JSON.parse(/```json\n([\s\S]*?)```/.exec(README)?.[1] ?? '[]')
    const lines = Array.isArray(sample) ? sample : []
    expect(lines).toHaveLength(2)
    for (const line of lines) expect(checkDocument(GpioLineSchema, line)).toMatchObject({ ok: true })
  })

  const WRONG: readonly (readonly [what: string, line: object])[] = [
    ['a chip number', { ...door, at: { chip: 0, line: 17 } }],
    ['a bare pin number', { ...door, at: 17 }],
    ['both a label and a line name', { ...door, at: { label: 'x', lineName: 'GPIO2' } }],
    ['a path outside of /dev', { ...door, at: { path: '../gpio', line: 1 } }],
    ['a debounce of a minute', { ...door, debounceMs: 60_000 }],
    ['an input with a safe value', { ...door, safe: true }],
    ['an output without one', { ...relay, safe: undefined }],
    ['an output that is debounced', { ...relay, debounceMs: 5 }],
    ['a name with a capital', { ...relay, name: 'Relay' }],
    ['a name the kernel would cut', { ...relay, name: 'a-very-long-name-for-a-relay' }],
    ['an unknown bias', { ...door, bias: 'pullup' }],
    ['an unknown key', { ...door, pin: 17 }],
  ]
  it.each(WRONG)('refuses %s', (_, line) => {
    expect(checkDocument(GpioLineSchema, line)).toMatchObject({ ok: false })
  })

  it('is named for people by its address', () => {
    const at: readonly GpioLine['at'][] = [
      { lineName: 'GPIO2' },
      { label: 'x', line: 'EXP1' },
      { path: '/dev/g', line: 3 },
    ]
    expect(at.map(addressText)).toEqual(['GPIO2', 'x/EXP1', '/dev/g/3'])
    // The kernel keeps 31 bytes of an owner’s name: ours is never cut.
    expect(`bangtin:${'x'.repeat(23)}`).toHaveLength(31)
  })
})
