import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createCanvas } from '#controller/raster/canvas.ts'
import { createHuiduSim } from '#controller/sim/huidu.ts'
import { createNtcipSim } from '#controller/sim/ntcip.ts'
import { createOnbonSim } from '#controller/sim/onbon.ts'
import { prng } from '#core/base/prng.ts'
import { temporary } from '../test/support.ts'
import { DARK, file, latin, order, type RigOptions, rig, standing, text } from './onboard-testing.ts'

type Cards = ReturnType<typeof createOnbonSim>
const onbon = (over: Partial<RigOptions<Cards>> = {}) => {
  const world = rig({
    profile: 'onbon-bx5k',
    device: (now) => createOnbonSim({ screen: 1, deviceType: 0x51, now, programs: [] }),
    fallback: 'unmarked',
    ...over,
  })
  return { ...world, shown: () => world.device.state().areas.map((area) => latin(area.text)) }
}

describe('text cards', () => {
  test('an emergency takes the place of an item within a second, and comes with its proof', async () => {
    const { time, show, shown, happened, device } = onbon()
    await time.advance(1_000)
    expect(happened('up').length).toBe(1)
    show('p1', text('Giờ mở cửa', '07:00 - 17:30'))
    await time.advance(1_000)
    expect(shown()).toEqual(['Gio mo cua\n07:00 - 17:30'])
    show('p2', order({}))
    const told = time.now()
    await time.advance(1_000)
    expect(shown()).toEqual([
      'LU QUET - CAP 4\nLu quet dang ve\nRoi khoi bo suoi ngay\nBCH PCTT xa Muong Kim\nDen 08:00 01/01/1970',
    ])
    expect(happened('shown')).toMatchObject([
      { play: 'p1', proof: 'acknowledged' },
      { play: 'p2', proof: 'acknowledged', how: expect.stringContaining('2 page(s)') },
    ])
    expect((happened('shown')[1]?.at ?? Number.NaN) - told).toBeLessThan(500)
    expect(device.state().areas[0]).toMatchObject({ id: 0, runMode: 2, timeoutSeconds: 3600 - told / 1000 })
    expect(happened('ended')).toEqual([])
  })

  test('darkness clears the card', async () => {
    const { time, show, shown } = onbon()
    show('p1', standing('Cua khau'))
    await time.advance(1_000)
    expect(shown()).toEqual(['Cua khau\nCum thong tin dien tu\ncong cong'])
    show('', DARK)
    await time.advance(1_000)
    expect(shown()).toEqual([])
  })

  test('what was lost in a power cut that nobody told us of is back by itself; an order within half a minute and a round', async () => {
    const { time, show, shown, device, happened } = onbon()
    let cuts = 0
    for (const [play, source, within] of [
      ['p1', order({}), 30_000 + 2 * 8_000],
      ['p2', standing('Cua khau'), 60_000 + 5_000],
    ] as const) {
      show(play, source)
      await time.advance(5_000)
      const before = shown()
      expect(before.length).toBe(1)
      device.powerCycle()
      expect(shown()).toEqual([])
      await time.advance(within)
      expect(shown()).toEqual(before)
      cuts += 1
    }
    expect(cuts).toBe(2)
    // Being put up again is no second showing.
    expect(happened('shown').map((e) => 'play' in e && e.play)).toEqual(['p1', 'p2'])
  })

  test('a card that was away and lost everything has its content within seconds of its return', async () => {
    const { time, show, shown, device, cable } = onbon()
    show('p1', order({}))
    await time.advance(1_000)
    const before = shown()
    cable.vanish()
    device.powerCycle()
    await time.advance(600_000)
    cable.comeBack()
    expect(shown()).toEqual([])
    await time.advance(12_000)
    expect(shown()).toEqual(before)
  })

  test('a link that was lost, or silence on one that was not: as soon as the card is heard again it is told again', async () => {
    const { time, show, shown, device, cable, setFaults } = onbon()
    show('p1', order({}))
    await time.advance(1_000)
    const before = shown()
    expect(before.length).toBe(1)
    // Long before it would be put up again in any case.
    cable.vanish()
    device.powerCycle()
    await time.advance(3_000)
    cable.comeBack()
    await time.advance(3_000)
    expect(shown()).toEqual(before)
    // A serial line says nothing of a card without power; the questions of the display driver find out.
    setFaults({ dropChance: 1 })
    device.powerCycle()
    await time.advance(8_000)
    setFaults({})
    expect(shown()).toEqual([])
    await time.advance(10_000)
    expect(shown()).toEqual(before)
  })

  test('only the newest of many wishes is sent to a card that comes back', async () => {
    const { time, show, shown, cable, happened, lines } = onbon()
    await time.advance(1_000)
    cable.vanish()
    for (let i = 0; i < 50; i++) {
      show(`p${i}`, text(`So ${i}`, ''))
      await time.advance(3_000)
    }
    cable.comeBack()
    await time.advance(20_000)
    expect(shown()).toEqual(['So 49'])
    expect(happened('shown').map((e) => 'play' in e && e.play)).toEqual(['p49'])
    expect(happened('failed')).toEqual([])
    // An outage is one line in the journal, its end another.
    expect(lines.filter((line) => line.message.startsWith('the controller did not')).length).toBe(1)
    expect(lines.filter((line) => line.message.startsWith('the controller takes')).length).toBe(1)
  })

  test('a daemon that lives keeps its page up; one that dies leaves it for a quarter of an hour, an order until it expires', async () => {
    const { time, show, shown, die } = onbon()
    show('p1', standing('Cua khau'))
    await time.advance(2_000_000)
    expect(shown().length).toBe(1)
    await die()
    await time.advance(800_000)
    expect(shown().length).toBe(1)
    await time.advance(101_000)
    expect(shown()).toEqual([])
    const second = onbon()
    second.show('p1', order({ expiresAt: 1_500_000 }))
    await second.time.advance(300_000)
    await second.die()
    await second.time.advance(1_100_000)
    expect(second.shown().length).toBe(1)
    await second.time.advance(101_000)
    expect(second.shown()).toEqual([])
  })

  test('Vietnamese is refused with the characters named, and what was up before goes', async () => {
    const { time, show, shown, happened } = onbon({ fallback: 'refuse' })
    show('p1', text('Gio mo cua', ''))
    await time.advance(1_000)
    expect(shown().length).toBe(1)
    show('p2', text('Lũ quét đang về', ''))
    await time.advance(1_000)
    expect(happened('failed')).toMatchObject([{ play: 'p2', detail: expect.stringMatching(/ký tự ũ đ .*font: ũ đ/) }])
    expect(shown()).toEqual([])
  })

  test('an order that the font cannot show even without marks fails with the reason', async () => {
    const { time, show, happened } = onbon()
    show('p1', order({ texts: [{ language: 'vi', headline: 'Bản ꪒꪱ', instruction: '' }] }))
    await time.advance(1_000)
    expect(happened('failed')).toMatchObject([{ play: 'p1', detail: expect.stringContaining('ꪒ ꪱ') }])
    expect(happened('shown')).toEqual([])
  })

  test('pictures and clips are refused in words, too long a text is shown with less in it or refused', async () => {
    const { time, show, happened, shown } = onbon()
    show('p1', file('a', 'image'))
    await time.advance(1_000)
    show('p2', file('a', 'video'))
    await time.advance(1_000)
    expect(happened('failed')).toMatchObject([
      { play: 'p1', detail: expect.stringContaining('text, no pictures') },
      { play: 'p2', detail: expect.stringContaining('plays no video') },
    ])
    const long = 'Nước lên rất nhanh. '.repeat(22).trim()
    const texts = [
      { language: 'vi' as const, headline: 'Lũ quét', instruction: long },
      { language: 'en' as const, headline: 'Flash flood', instruction: 'Water is rising fast. '.repeat(20).trim() },
    ]
    show('p3', order({ texts }))
    await time.advance(1_000)
    expect(happened('shown')).toMatchObject([{ play: 'p3', how: expect.stringContaining('en left out: does not fit') }])
    expect(shown()[0]).toContain('Lu quet')
    expect(shown()[0]).not.toContain('Flash flood')
    show('p4', text('X', 'x'.repeat(2_000)))
    await time.advance(1_000)
    expect(happened('failed').at(-1)).toMatchObject({
      play: 'p4',
      detail: expect.stringContaining('longer than 16 pages'),
    })
  })

  test('an exercise has its banner on every page', async () => {
    const { time, show, shown } = onbon()
    const texts = [
      {
        language: 'vi' as const,
        headline: 'Lũ quét',
        instruction: 'Rời khỏi bờ suối ngay, đi lên chỗ cao. '.repeat(4).trim(),
      },
      { language: 'en' as const, headline: 'Flash flood', instruction: 'Leave the stream bank.' },
    ]
    for (const of of ['emergency', 'priority'] as const) {
      show('p1', order({ class: of, status: 'exercise', texts }))
      await time.advance(1_000)
      const lines = (shown()[0] ?? '').split('\n')
      const pages = Math.ceil(lines.length / 4)
      expect(pages).toBeGreaterThan(3)
      for (let page = 0; page < pages; page++) expect(lines[page * 4]).toMatch(/^DIEN TAP/)
    }
  })

  test('a card that says no three times is a failure, and is asked again only when something new is wanted', async () => {
    const { time, show, device, happened } = onbon()
    device.busy(1_000_000)
    show('p1', text('abc', ''))
    await time.advance(60_000)
    expect(happened('failed')).toMatchObject([{ play: 'p1', detail: expect.stringContaining('refused: error 3') }])
    device.busy(0)
    show('p2', text('abc', ''))
    await time.advance(60_000)
    expect(happened('shown')).toMatchObject([{ play: 'p2' }])
  })
})

/** Pictures are deflated beside the virtual time, so a test waits for what comes of it, a little virtual time at each look. */
const until = (world: { readonly time: { advance: (ms: number) => Promise<void> } }, done: () => boolean) =>
  expect
    .poll(
      async () => {
        await world.time.advance(250)
        return done()
      },
      { interval: 5 },
    )
    .toBe(true)

const photo = (folder: string, seed: number): string => {
  const canvas = createCanvas(400, 100)
  const context = canvas.getContext('2d')
  const random = prng(seed)
  for (let x = 0; x < 400; x++)
    for (let y = 0; y < 100; y++) {
      context.fillStyle = `rgb(${random.below(256)}, ${random.below(256)}, ${random.below(256)})`
      context.fillRect(x, y, 1, 1)
    }
  const path = join(folder, `photo-${seed}.png`)
  writeFileSync(path, canvas.toBuffer('image/png'))
  return path
}

describe('cards that take pictures', () => {
  const panel = { width: 320, height: 160 }
  const huidu = (bytesPerSecond?: number) => {
    const folder = temporary()
    return rig({
      profile: 'huidu-sdk2',
      device: () => createHuiduSim({ model: 'C16L', id: 'C16L-D24-000A2', screen: panel, answerChunk: 9204, seed: 1 }),
      panel,
      files: { photo: photo(folder, 1), other: photo(folder, 2) },
      ...(bytesPerSecond === undefined ? {} : { bytesPerSecond }),
    })
  }
  const pages = (world: ReturnType<typeof huidu>) =>
    world.device.state().programs.map((program) => program.items.map((one) => one.shows))

  test('what is drawn and what is a file arrive whole, in the size of the panel, and are read back', async () => {
    const world = huidu()
    world.show('p1', file('photo', 'image'))
    await until(world, () => world.happened('shown').length === 1)
    expect(world.happened('shown')).toMatchObject([{ play: 'p1', proof: 'read-back' }])
    const [[name = ''] = []] = pages(world)
    const stored = Buffer.from(world.device.stored(name) ?? [])
    expect([stored.readUInt32BE(16), stored.readUInt32BE(20)]).toEqual([320, 160])
    expect(name).toContain(createHash('md5').update(stored).digest('hex'))
    world.show('p2', order({}))
    await until(world, () => world.happened('shown').length === 2)
    expect(world.happened('shown').at(-1)).toMatchObject({ play: 'p2', proof: 'read-back' })
    expect(pages(world).length).toBe(1)
    expect(pages(world)[0]).not.toContain(name)
    world.show('p3', file('photo', 'video'))
    await world.time.advance(20_000)
    expect(world.happened('failed')).toMatchObject([{ play: 'p3', detail: expect.stringContaining('plays no video') }])
    expect(pages(world)).toEqual([])
  })

  test('an emergency breaks off the upload of an item and goes at once', async () => {
    // The photograph has about 150 kB: half a minute on this line.
    const world = huidu(5_000)
    world.show('p1', file('photo', 'image'))
    await until(world, () => world.device.state().files.length === 1)
    await world.time.advance(5_000)
    expect(world.device.state().files).toMatchObject([{ whole: false }])
    world.show('p2', order({}))
    const told = world.time.now()
    await until(world, () => world.happened('shown').length > 0)
    expect(world.happened('shown')).toMatchObject([{ play: 'p2', proof: 'read-back' }])
    expect((world.happened('shown')[0]?.at ?? Number.NaN) - told).toBeLessThan(15_000)
    // Nothing is left of the item, and the order is all there is.
    expect(pages(world).length).toBe(1)
    expect(world.device.state().files.every((one) => one.whole)).toBe(true)
  })

  test('on a line too slow for the items none is said to be shown that was not', async () => {
    const world = huidu(5_000)
    const told: { readonly play: string; readonly from: number }[] = []
    for (let i = 0; i < 12; i++) {
      const play = `p${i}`
      told.push({ play, from: world.time.now() })
      world.show(play, file(i % 2 === 0 ? 'photo' : 'other', 'image'))
      // Half a minute each for the upload, and twenty seconds on the screen.
      for (let at = 0; at < 20_000; at += 500) await world.time.advance(500)
    }
    expect(pages(world).length).toBe(1)
    world.show('last', standing('Ma Lù Thàng'))
    await until(world, () => world.happened('shown').some((e) => 'play' in e && e.play === 'last'))
    const shown = world.happened('shown').filter((e) => 'play' in e && e.play !== 'last')
    for (const event of shown) {
      const on = told.filter(({ from }) => from <= event.at).at(-1)
      expect('play' in event && event.play).toBe(on?.play)
    }
  })
})

describe('message signs', () => {
  const ntcip = (fallback: 'refuse' | 'unmarked', bytesPerSecond?: number) =>
    rig({
      profile: 'ntcip-1203',
      device: (now) => createNtcipSim({ framing: 'udp', community: 'bangtin-test', unit: 1, now }),
      panel: { width: 126, height: 27 },
      fallback,
      address: { community: 'bangtin-test' },
      ...(bytesPerSecond === undefined ? {} : { bytesPerSecond }),
    })

  test('an item does not break off an item: where putting up takes longer than an item lasts, something is still up', async () => {
    const { time, show, device } = ntcip('unmarked', 250)
    for (let i = 0; i < 20; i++) {
      show(`p${i}`, text(`So ${i}`, ''))
      await time.advance(2_000)
    }
    expect(device.state().text).toMatch(/So 1\d/)
    show('last', order({}))
    await time.advance(10_000)
    expect(device.state().text).toContain('LU QUET')
  })

  test('an order is shown and read back; after a power loss, or a text of somebody else, it is put up again', async () => {
    const { time, show, device, happened, lines } = ntcip('unmarked')
    show('p1', order({}))
    await time.advance(5_000)
    expect(happened('shown')).toMatchObject([{ play: 'p1', proof: 'read-back' }])
    const before = device.state().text
    expect(before).toContain('LU QUET - CAP 4')
    device.powerCycle()
    expect(device.state().text).not.toBe(before)
    await time.advance(60_000)
    expect(device.state().text).toBe(before)
    expect(lines.some((line) => line.message.includes('something else'))).toBe(true)
    expect(happened('shown').length).toBe(1)
  })

  test('a daemon that dies: the sign goes dark by itself', async () => {
    const { time, show, device, die } = ntcip('unmarked')
    show('p1', standing('Cua khau Ma Lu Thang'))
    await time.advance(5_000)
    expect(device.state().text).toContain('Cua khau')
    await die()
    await time.advance(800_000)
    expect(device.state().text).toContain('Cua khau')
    await time.advance(200_000)
    expect(device.state().text).toBe('')
  })

  test('an order of an hour whose daemon dies at its end is gone a quarter of an hour later, not an hour', async () => {
    const { time, show, device, die } = ntcip('unmarked')
    show('p1', order({ expiresAt: 3_600_000 }))
    await time.advance(3_000_000)
    expect(device.state().text).toContain('LU QUET')
    await die()
    await time.advance(590_000)
    expect(device.state().text).toContain('LU QUET')
    await time.advance(920_000)
    expect(device.state().text).toBe('')
  })

  test('Vietnamese is refused where nothing else was agreed', async () => {
    const { time, show, happened } = ntcip('refuse')
    show('p1', order({}))
    await time.advance(5_000)
    expect(happened('failed')).toMatchObject([{ play: 'p1', detail: expect.stringContaining('Ũ') }])
  })
})

test('the picture of what is up is drawn by us: none before the first, then a JPEG', async () => {
  const { time, show, player } = onbon()
  expect(await player.frame()).toBeNull()
  show('p1', order({}))
  await time.advance(1_000)
  const frame = await player.frame()
  expect(Buffer.from(frame?.bytes.subarray(0, 3) ?? []).toString('hex')).toBe('ffd8ff')
  expect(player.lastShowMs()).toBeLessThan(500)
})
