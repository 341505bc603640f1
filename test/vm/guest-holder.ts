import { writeSync } from 'node:fs'
import { chardevPort } from '#controller/gpio/chardev.ts'
import { gpioFaultText } from '#controller/gpio/gpio.ts'
import { machineKernel } from '#controller/gpio/kernel.ts'

/** A daemon to be killed: takes one line, switches it on, says so, and stays. Arguments: chip label, offset. */
const [label = '', offset = ''] = process.argv.slice(2)
const port = chardevPort({ kernel: machineKernel(), wake: () => () => {} })
const opened = await port.open([
  {
    ...{ name: 'held', at: { label, line: Number(offset) }, activeLow: false, bias: 'as-is' },
    ...{ direction: 'out', initial: true, safe: false },
  },
])
if (!opened.ok) throw new Error(gpioFaultText(opened.error).en)
writeSync(1, 'held\n')
setInterval(() => {}, 1000)
