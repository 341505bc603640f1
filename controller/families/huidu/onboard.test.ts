import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { prng } from '#core/base/prng.ts'
import type { LinkFault } from '#core/screen/display.ts'
import { openBus } from '../../bus/bus.ts'
import type { OnboardPage } from '../../dialect/onboard.ts'
import { type Link, listeners } from '../../link/link.ts'
import type { HuiduSim } from '../../sim/huidu.ts'
import { virtualTime } from '../../sim/virtual-time.ts'
import { openHuiduOnboard, pngSize } from './onboard.ts'
import { benchOf, createCard, pngOf } from './testing.ts'

const { dialect } = benchOf(
  readFileSync(new URL('../../../firmware-profiles/huidu-sdk2.json', import.meta.url), 'utf8'),
)

const md5 = (bytes: Uint8Array) => createHash('md5').update(bytes).digest('hex')
const never = new AbortController().signal
const silent = () => {}
const panel = { width: 320, height: 160 }

/**
 * A wire to the card that counts what goes over it and is cut at given places of what we send: the bytes up to there arrive, the rest does
 * not, and the card forgets the connection.
 */
const cuttable = (card: HuiduSim, cutsAt: readonly number[]) => {
  const data = listeners<Uint8Array>()
  const closed = listeners<LinkFault>()
  const cuts = [...cutsAt].sort((a, b) => a - b)
  let sent = 0
  let open = false
  let cutsDone = 0
  let change = (bytes: Uint8Array) => bytes
  let receive: ReturnType<HuiduSim['cutter']> | null = null
  const deliver = (bytes: Uint8Array) => {
    for (const request of receive?.(bytes) ?? [])
      for (const reply of card.answer(request)) data.tell(Uint8Array.from(reply))
  }
  const link: Link = {
    name: 'cuttable',
    isOpen: () => open,
    onData: data.add,
    onClosed: closed.add,
    open: async () => {
      open = true
      receive = card.cutter()
      return { ok: true, value: undefined }
    },
    write: async (bytes) => {
      if (!open) return { ok: false, error: { kind: 'not-open', detail: 'cut' } }
      const [next] = cuts
      const cut = next !== undefined && sent + bytes.length > next ? next - sent : null
      const arriving = change(bytes).subarray(0, cut ?? bytes.length)
      sent += arriving.length
      deliver(arriving)
      if (cut === null) return { ok: true, value: undefined }
      cuts.shift()
      cutsDone += 1
      open = false
      receive = null
      closed.tell({ kind: 'closed', detail: 'cut' })
      // As a socket: the bytes were handed over, and nobody knows yet that they are lost.
      return { ok: true, value: undefined }
    },
    close: async () => {
      open = false
    },
  }
  return {
    link,
    sent: () => sent,
    cuts: () => cutsDone,
    alter: (how: typeof change) => {
      change = how
    },
  }
}

const world = (cutsAt: readonly number[] = []) => {
  const time = virtualTime()
  const card = createCard()
  const wire = cuttable(card, cutsAt)
  const bus = openBus({ link: wire.link, clock: time.clock, wake: time.wake, log: silent })
  const device = bus.attach({ name: 'card', dialect, address: {} })
  const asked: string[] = []
  const onboard = openHuiduOnboard({
    ask: (ask) => {
      asked.push(ask.command)
      return device.ask(ask)
    },
    md5,
    panel,
    wake: time.wake,
  })
  const run = <T>(promise: Promise<T>) => time.until(promise, 600_000)
  return { card, wire, onboard, asked, run, device }
}
const page = (picture: Uint8Array | null, seconds = 10): OnboardPage => ({ text: '', picture, seconds })
const show = (...pages: readonly OnboardPage[]) => ({ pages, priority: 255, staleAfterSeconds: null })
const nameOf = (bytes: Uint8Array) => `bt-${md5(bytes)}.png`

describe('pictures on a Huidu card', () => {
  test('pages are uploaded once each, shown in turn, read back; the next show removes what is no longer needed', async () => {
    const { card, onboard, asked, run } = world()
    const [a, b, c] = [1, 2, 3].map((seed) => pngOf(320, 160, 20_000, seed)) as [Uint8Array, Uint8Array, Uint8Array]
    expect(onboard.accepts).toBe('picture')
    expect(await run(onboard.show(show(page(a, 5), page(b, 7.5), page(a, 2)), never))).toEqual({
      ok: true,
      value: { readBack: true },
    })
    expect(asked.filter((command) => command === 'fileStart').length).toBe(2)
    expect(card.state().programs[0]?.items).toEqual([
      { what: 'image', shows: nameOf(a), tenths: 50 },
      { what: 'image', shows: nameOf(b), tenths: 75 },
      { what: 'image', shows: nameOf(a), tenths: 20 },
    ])
    expect(card.stored(nameOf(a))).toEqual(Buffer.from(a))
    expect(card.state().files.every((file) => file.whole)).toBe(true)
    // A picture that is there already is not sent again: no content packet.
    asked.length = 0
    expect((await run(onboard.show(show(page(b), page(c)), never))).ok).toBe(true)
    expect(asked.filter((command) => command === 'fileContent').length).toBe(3)
    expect(
      card
        .state()
        .files.map((file) => file.name)
        .sort(),
    ).toEqual([nameOf(b), nameOf(c)].sort())
    expect(await run(onboard.clear(never))).toEqual({ ok: true, value: { readBack: true } })
    expect(card.state()).toMatchObject({ programs: [], files: [], harm: [] })
  })

  test('what cannot be shown as it is, is refused before anything is sent', async () => {
    const { onboard, asked, run } = world()
    const good = pngOf(320, 160, 1000, 1)
    const wrong = [
      show(),
      show(...Array.from({ length: 17 }, () => page(good))),
      show(page(null)),
      show(page(good), page(pngOf(320, 161, 1000, 1))),
      show(page(Uint8Array.of(1, 2, 3))),
      show(page(new Uint8Array())),
      show(page(good, 0)),
      show(page(good, Number.NaN)),
      show(page(good, 3601)),
      show(page(pngOf(320, 160, 4_000_001, 1))),
    ]
    for (const one of wrong) {
      const result = await run(onboard.show(one, never))
      expect(result.ok ? 'shown' : result.error.kind).toBe('unsupported')
    }
    expect(wrong.length).toBe(10)
    expect(asked).toEqual([])
    expect(pngSize(good)).toEqual(panel)
  })

  test('programs of others are removed, their files are not', async () => {
    const { card, onboard, run, device } = world()
    const ask = (command: string, parameters: Record<string, string | number>) =>
      run(device.ask({ command, parameters, urgent: false, signal: never }))
    const text = {
      guid: 'theirs',
      areaGuid: 'a',
      width: 320,
      height: 160,
      itemGuid: 'i',
      text: 'x',
      font: 'Arial',
      size: 16,
      colour: '#fff',
      seconds: 5,
    }
    await ask('addText', text)
    await ask('fileStart', { md5: '0'.repeat(32), size: 5, type: 'picture', name: 'theirs.png' })
    await ask('fileStart', { md5: '1'.repeat(32), size: 5, type: 'picture', name: `bt-${'1'.repeat(32)}.png` })
    expect((await run(onboard.show(show(page(pngOf(320, 160, 900, 1))), never))).ok).toBe(true)
    expect(card.state().programs.length).toBe(1)
    expect(card.state().files.map((file) => file.name)).toEqual(['theirs.png', nameOf(pngOf(320, 160, 900, 1))])
  })

  test('a card that says yes and does nothing is a mismatch', async () => {
    const { card, onboard, run } = world()
    card.lie(true)
    const result = await run(onboard.show(show(page(pngOf(320, 160, 900, 1))), never))
    expect(result.ok ? 'shown' : result.error.kind).toBe('mismatch')
  })

  test('giving up in the middle ends it, and later it goes on from there', async () => {
    const { card, onboard, run, wire } = world()
    const picture = pngOf(320, 160, 60_000, 1)
    const giving = new AbortController()
    let packets = 0
    wire.alter((bytes) => {
      packets += 1
      if (packets === 6) giving.abort()
      return bytes
    })
    const given = await run(onboard.show(show(page(picture)), giving.signal))
    expect(given.ok ? 'shown' : given.error.kind).toBe('aborted')
    const there = card.stored(nameOf(picture))?.length ?? 0
    expect(there).toBeGreaterThan(0)
    expect(there).toBeLessThan(60_000)
    const before = wire.sent()
    expect((await run(onboard.show(show(page(picture)), never))).ok).toBe(true)
    expect(wire.sent() - before).toBeLessThan(60_000 - there + 5000)
  })
})

describe('a link that is cut', () => {
  test('300 KB over a link cut three times at random places: resumed each time, less than 1.2 times the bytes', async () => {
    const ratios: number[] = []
    for (let seed = 1; seed <= 8; seed++) {
      const random = prng(seed)
      const size = 300_000
      const picture = pngOf(320, 160, size, seed)
      const cuts = [0, 1, 2].map(() => 500 + random.below(size - 10_000))
      const { card, wire, onboard, run } = world(cuts)
      expect(await run(onboard.show(show(page(picture)), never)), `seed ${seed}`).toEqual({
        ok: true,
        value: { readBack: true },
      })
      expect(wire.cuts(), `seed ${seed}`).toBe(3)
      expect(card.stored(nameOf(picture)), `seed ${seed}`).toEqual(Buffer.from(picture))
      ratios.push(wire.sent() / size)
    }
    expect(ratios.length).toBe(8)
    expect(Math.max(...ratios)).toBeLessThan(1.2)
    expect(Math.min(...ratios)).toBeGreaterThan(1)
  })

  test('one cut at every place of a small upload, program and all: it always comes through', async () => {
    const picture = pngOf(320, 160, 900, 1)
    const whole = world()
    expect((await whole.run(whole.onboard.show(show(page(picture)), never))).ok).toBe(true)
    const length = whole.wire.sent()
    let shown = 0
    let tried = 0
    for (let cut = 0; cut < length; cut += 29) {
      const { card, onboard, run } = world([cut])
      const first = await run(onboard.show(show(page(picture)), never))
      tried += 1
      if (first.ok) shown += 1
      // Cut while the program went out: whoever asked tries again, and only that is sent anew.
      else expect((await run(onboard.show(show(page(picture)), never))).ok, `cut at ${cut}`).toBe(true)
      expect(card.stored(nameOf(picture))).toEqual(Buffer.from(picture))
      expect(card.state().programs.length).toBe(1)
    }
    expect(tried).toBeGreaterThan(60)
    expect(shown).toBeGreaterThan(tried / 3)
  })

  test('a wrong byte is found by the md5 at the end: the file is removed and sent again, once', async () => {
    const picture = pngOf(320, 160, 30_000, 1)
    const once = world()
    let spoilt = 0
    once.wire.alter((bytes) => {
      if (bytes.length < 8000 || spoilt > 0) return bytes
      spoilt += 1
      return bytes.with(5000, (bytes[5000] ?? 0) ^ 1)
    })
    expect((await once.run(once.onboard.show(show(page(picture)), never))).ok).toBe(true)
    expect(spoilt).toBe(1)
    expect(once.card.stored(nameOf(picture))).toEqual(Buffer.from(picture))
    expect(once.asked.filter((command) => command === 'fileEnd').length).toBe(2)
    const always = world()
    always.wire.alter((bytes) => (bytes.length < 8000 ? bytes : bytes.with(5000, (bytes[5000] ?? 0) ^ 1)))
    const failed = await always.run(always.onboard.show(show(page(picture)), never))
    expect(failed.ok ? 'shown' : `${failed.error.kind} ${failed.error.detail}`).toMatch(
      /^refused end of file 14 kFileContentError/,
    )
    expect(always.card.state()).toMatchObject({ programs: [], files: [] })
  })

  test('a card that knows no heartbeats gets its file too, and is not asked again', async () => {
    const { card, wire, onboard, asked, run } = world()
    wire.alter((bytes) => (bytes.length === 4 && bytes[2] === 0x5f ? new Uint8Array() : bytes))
    const pictures = [1, 2].map((seed) => pngOf(320, 160, 60_000, seed))
    expect((await run(onboard.show(show(...pictures.map((picture) => page(picture))), never))).ok).toBe(true)
    expect(asked.filter((command) => command === 'heartbeat').length).toBe(1)
    expect(card.state().files.every((file) => file.whole)).toBe(true)
  })

  test('a link that is dead for good is given up', async () => {
    const { onboard, run } = world(Array.from({ length: 500 }, () => 0))
    const failed = await run(onboard.show(show(page(pngOf(320, 160, 900, 1))), never))
    expect(failed.ok).toBe(false)
  })
})
