import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { chardevPort } from '#controller/gpio/chardev.ts'
import { survey } from '#controller/gpio/chips.ts'
import { type GpioFault, type GpioLines, gpioFaultText } from '#controller/gpio/gpio.ts'
import { machineKernel } from '#controller/gpio/kernel.ts'
import type { GpioLine, GpioOutput } from '#controller/gpio/line.ts'
import { resolveNumbers, sysfsChips } from '#controller/gpio/sysfs.ts'
import type { Wake } from '#core/base/ports.ts'
import { assert, type Result } from '#core/base/result.ts'
import { equal, guest } from './guest.ts'

/** Inside of the raspi3b machine: the real driver pinctrl-bcm2835 on the model of a Raspberry Pi 3, arm64. */
const LABEL = 'pinctrl-bcm2835'
const wake: Wake = (delay, then) => {
  const timer = setTimeout(then, delay)
  return () => clearTimeout(timer)
}
const port = chardevPort({ kernel: machineKernel(), wake })
const got = <T>(result: Result<T, GpioFault>): T => {
  assert(result.ok, result.ok ? '' : gpioFaultText(result.error).en)
  return result.value
}
const output = (more: Partial<GpioOutput>): GpioOutput => ({
  ...{ name: 'relay', at: { lineName: 'GPIO17' }, activeLow: false, bias: 'as-is' },
  ...{ direction: 'out', initial: false, safe: false },
  ...more,
})
const withLines = async <T>(lines: readonly GpioLine[], run: (open: GpioLines) => Promise<T>): Promise<T> => {
  const open = got(await port.open(lines))
  try {
    return await run(open)
  } finally {
    await open.close()
  }
}
/** What is on the pin, read without changing it. */
const level = (): Promise<boolean> =>
  withLines(
    [{ name: 'look', at: { label: LABEL, line: 17 }, activeLow: false, bias: 'as-is', direction: 'in', debounceMs: 0 }],
    async (open) => got(await open.read('look')),
  )

const { step, note, done } = guest()

await step('the chip is found by its label', async () => {
  const { chips } = got(survey(machineKernel()))
  const found = chips.find((chip) => chip.label === LABEL)
  equal('lines', found?.all.length, 54)
  return chips.map((chip) => `${chip.path} [${chip.label}] ${chip.all.length}`).join(', ')
})

await step('GPIO17 by its name: initial value, set, read back', () =>
  withLines([output({ initial: true })], async (open) => {
    equal('initial', got(await open.read('relay')), true)
    got(await open.set('relay', false))
    equal('off', got(await open.read('relay')), false)
    got(await open.set('relay', true))
    equal('on', got(await open.read('relay')), true)
    return 'on, off, on'
  }),
)

await step('the same line by label and offset, active low', () =>
  withLines([output({ at: { label: LABEL, line: 17 }, activeLow: true, initial: true })], async (open) => {
    equal('read', got(await open.read('relay')), true)
    got(await open.set('relay', false))
    equal('off', got(await open.read('relay')), false)
    return 'on is low'
  }),
)

await step('a second owner is refused and told who has the line', () =>
  withLines([output({})], async () => {
    const second = await port.open([output({ name: 'other', at: { label: LABEL, line: 17 } })])
    assert(!second.ok && second.error.kind === 'busy', 'busy')
    equal('consumer', second.error.consumer, 'bangtin:relay')
    return gpioFaultText(second.error).vi
  }),
)

await step('bias and edges are accepted by the real driver', () =>
  withLines(
    [{ name: 'door', at: { lineName: 'GPIO22' }, activeLow: true, bias: 'pull-up', direction: 'in', debounceMs: 50 }],
    async (open) => `door reads ${got(await open.read('door'))} (the model has no resistors and no edges)`,
  ),
)

await step('value after giving the line back', async () => {
  const seen: string[] = []
  for (const safe of [true, false]) {
    await withLines([output({ initial: !safe, safe })], async () => {})
    seen.push(`safe ${safe ? 1 : 0} → ${(await level()) ? 1 : 0}`)
  }
  return seen.join(', ')
})

await step('a killed process: what this kernel makes of its relay', async () => {
  const holder = fileURLToPath(new URL('guest-holder.ts', import.meta.url))
  const child = spawn(process.execPath, [holder, LABEL, '17'], { stdio: ['ignore', 'pipe', 'inherit'] })
  await new Promise((resolve) => child.stdout.once('data', resolve))
  const held = await port.open([output({ name: 'other' })])
  assert(!held.ok && held.error.kind === 'busy', 'held by the other process')
  equal('owner seen from here', held.error.consumer, 'bangtin:held')
  child.kill('SIGKILL')
  await new Promise((resolve) => child.once('exit', resolve))
  return `on while held, ${(await level()) ? 'on' : 'off'} after SIGKILL`
})

await step('sysfs: the base of the chip is found, by label and by name', async () => {
  const chips = got(sysfsChips('/sys/class/gpio'))
  const base = chips.find((chip) => chip.label === LABEL)?.base
  assert(base !== undefined && base > 0, 'base')
  const lines = [output({ name: 'named' }), output({ name: 'numbered', at: { label: LABEL, line: 22 } })]
  const numbers = got(resolveNumbers('/sys/class/gpio', lines)).map(({ number }) => number)
  equal('numbers', numbers, [base + 17, base + 22])
  return `${chips.map((chip) => `${chip.label}@${chip.base}`).join(', ')}; GPIO17 is ${base + 17}`
})

const model = readFileSync('/proc/device-tree/model', 'utf8').replace(/\0/g, '')
note(`${model}, node ${process.version} ${process.arch}`)
done()
