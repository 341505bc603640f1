import { expect, test } from 'vitest'
import { virtualTime } from '../sim/virtual-time.ts'
import { type Port, portLink } from './serial.ts'

const options = { path: '/dev/ttyUSB0', baudRate: 9600, dataBits: 8, parity: 'none', stopBits: 1 } as const

/** A port that opens when the test says so: as with an adapter that is half gone. */
const slowPort = () => {
  const time = virtualTime()
  const made: { open: () => void; closed: number; isOpen: boolean }[] = []
  const create = (): Port => {
    const one = { open: () => {}, closed: 0, isOpen: false }
    made.push(one)
    return {
      get isOpen() {
        return one.isOpen
      },
      open: (done) => {
        one.open = () => {
          one.isOpen = true
          done(null)
        }
      },
      close: (done) => {
        one.isOpen = false
        one.closed += 1
        done(null)
      },
      write: (_, done) => done(null),
      on: () => {},
    }
  }
  return { time, made, link: portLink({ options, wake: time.wake, create }) }
}
const never = new AbortController().signal

test('a port that does not open within 5 s is not open, and is closed when it opens later', async () => {
  const { time, made, link } = slowPort()
  const opening = link.open(never)
  expect(await time.until(opening, 5000)).toEqual({
    ok: false,
    error: { kind: 'not-open', detail: '/dev/ttyUSB0: did not open within 5000 ms' },
  })
  expect(time.now()).toBe(5000)
  made[0]?.open()
  expect(made[0]).toMatchObject({ closed: 1, isOpen: false })
  expect(link.isOpen()).toBe(false)
  const second = link.open(never)
  made[1]?.open()
  expect(await second).toEqual({ ok: true, value: undefined })
  expect(link.isOpen()).toBe(true)
  expect(time.waiting()).toBe(0)
})

test('giving up is heard at once, and the port is closed when it opens later', async () => {
  const { time, made, link } = slowPort()
  const giveUp = new AbortController()
  const opening = link.open(giveUp.signal)
  giveUp.abort()
  expect(await time.until(opening, 0)).toMatchObject({ ok: false, error: { kind: 'aborted' } })
  made[0]?.open()
  expect(made[0]?.closed).toBe(1)
  expect([link.isOpen(), time.waiting()]).toEqual([false, 0])
})
