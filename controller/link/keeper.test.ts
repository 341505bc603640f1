import { expect, test } from 'vitest'
import { ok } from '#core/base/result.ts'
import { duration } from '#core/base/units.ts'
import { virtualTime } from '../sim/virtual-time.ts'
import { keepOpen } from './keeper.ts'
import { fault, type Link, listeners } from './link.ts'
import { memoryLink } from './memory.ts'

const nothing = () => {}

test('pauses grow to half a second while the device is away, and it is open within half a second of its return, for every instant of return', async () => {
  let tried = 0
  for (let away = 0; away < 6000; away += 137) {
    const time = virtualTime()
    const { link, device } = memoryLink('cable')
    const keeper = keepOpen({ link, wake: time.wake, log: nothing, onOpen: nothing })
    expect((await time.until(keeper.ready(), 10)).ok).toBe(true)
    device.vanish()
    await time.advance(away)
    device.comeBack()
    const back = time.now()
    while (!link.isOpen() && time.now() - back < 5000) await time.advance(10)
    expect(time.now() - back).toBeLessThanOrEqual(510)
    expect(keeper.reopened()).toBe(1)
    await keeper.close()
    tried += 1
  }
  expect(tried).toBe(44)
})

test('a device that takes the connection and drops it at once is not tried more than about twice a second, and logged once', async () => {
  const time = virtualTime()
  const closed = listeners<ReturnType<typeof fault>>()
  let opens = 0
  const link: Link = {
    name: 'busy sender',
    isOpen: () => false,
    onData: () => nothing,
    onClosed: closed.add,
    open: async () => {
      opens += 1
      time.wake(duration(1), () => closed.tell(fault('closed', 'another session')))
      return ok(undefined)
    },
    write: async () => ok(undefined),
    close: async () => {},
  }
  const warnings: string[] = []
  const keeper = keepOpen({
    link,
    wake: time.wake,
    log: (level, text) => level !== 'debug' && warnings.push(text),
    onOpen: nothing,
  })
  await time.until(keeper.ready(), 10)
  await time.advance(60_000)
  expect(opens).toBeGreaterThan(55)
  expect(opens).toBeLessThan(126)
  expect(warnings).toEqual(['display link is not open'])
  await keeper.close()
  await time.advance(60_000)
  expect(opens).toBeLessThan(126)
})

test('an outage that follows a recycling is an outage: logged once, counted, and told as lost', async () => {
  for (const how of ['reopening fails', 'lost again after it'] as const) {
    const time = virtualTime()
    const { link, device } = memoryLink('cable')
    const warnings: string[] = []
    const opened: string[] = []
    const keeper = keepOpen({
      link,
      wake: time.wake,
      log: (level, text) => level === 'warn' && warnings.push(text),
      onOpen: (why) => opened.push(why),
    })
    expect((await time.until(keeper.ready(), 10)).ok).toBe(true)
    await keeper.recycle()
    if (how === 'lost again after it') await time.advance(1000)
    device.vanish()
    await time.advance(60_000)
    expect(warnings, how).toEqual(['display link is not open'])
    device.comeBack()
    await time.advance(1000)
    expect(opened, how).toEqual(how === 'reopening fails' ? ['first', 'lost'] : ['first', 'recycled', 'lost'])
    expect(keeper.reopened(), how).toBe(1)
    await keeper.close()
  }
})

test('a recycling that succeeds is none: nothing logged, nothing counted', async () => {
  const time = virtualTime()
  const { link } = memoryLink('cable')
  const warnings: string[] = []
  const opened: string[] = []
  const keeper = keepOpen({
    link,
    wake: time.wake,
    log: (level, text) => level === 'warn' && warnings.push(text),
    onOpen: (why) => opened.push(why),
  })
  await time.until(keeper.ready(), 10)
  await keeper.recycle()
  await time.advance(1000)
  expect([warnings, opened, keeper.reopened()]).toEqual([[], ['first', 'recycled'], 0])
  await keeper.close()
})
