import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createModbusSim } from '#controller/sim/modbus.ts'
import { createNovastarSim } from '#controller/sim/novastar.ts'
import { serveDevice } from '#controller/sim/serve.ts'
import { canonicalJson } from '#core/content/item.ts'
import type { Envelope } from '#core/contract/envelope.ts'
import { sealEnvelope } from '#core/contract/verify.ts'
import { at, rawConfig } from './daemon.ts'
import { CODE, officer } from './fakehub.ts'
import { cleanup } from './support.ts'

/** A display on contactors: two with feedback on contacts 0 and 1, the sender on relay 2, smoke on contact 7. */
export const RELAYS = ['mains-1', 'mains-2', 'sender'] as const
const CONTACTORS = 2

const stepOf = (relay: string, settleMs: number) => ({
  step: 'relay',
  relay,
  on: true,
  settleMs,
  feedback: relay === 'sender' ? null : { input: `${relay}-closed`, wanted: true, withinMs: 3000 },
})
const sequence = (settleMs: number) => ({
  version: 1,
  relays: RELAYS,
  inputs: ['mains-1-closed', 'mains-2-closed', 'smoke'].map((name) => ({ name, kind: 'flag' })),
  startOffsetMs: 0,
  minimumOffMs: 300,
  boundMs: 60_000,
  relayWithinMs: 2500,
  blank: { withinMs: 3000, everyMs: 200 },
  steps: [
    ...RELAYS.map((relay) => stepOf(relay, settleMs)),
    { step: 'sender-answers', withinMs: 15_000, everyMs: 200 },
    { step: 'cards-answer', atLeast: 2, withinMs: 10_000, everyMs: 200 },
    { step: 'unblank', withinMs: 3000, everyMs: 200 },
  ],
  interlocks: [{ rule: 'is', input: 'smoke', wanted: false, unknownMs: 10_000, why: 'Có khói · smoke' }],
})

/** All weekdays, one hour of light that is never now by the clock of Việt Nam, or all day. */
export const lightSchedule = (version: number, light: 'always' | 'not-now'): Envelope => {
  const hour = (new Date().getUTCHours() + 7) % 24
  const [from, to] = light === 'always' ? ['00:00', '24:00'] : hour < 12 ? ['20:00', '21:00'] : ['03:00', '04:00']
  const document = {
    site: 'LC-TEST-01',
    version,
    issuedAt: Date.now(),
    issuedBy: 'tructinh',
    policy: 'lai-chau-2024',
    items: [],
    playlists: [],
    frames: [],
    fallbackPlaylist: null,
    power: [{ weekdays: [0, 1, 2, 3, 4, 5, 6], from, to, brightness: 60 }],
  }
  return sealEnvelope('schedule', canonicalJson(document), [officer])
}

/** What the cabinet went through, as words (`mains-1 on`, `dark`, `light`), and whoever waits for one of them. */
const makeStory = () => {
  const words: string[] = []
  const waiting = new Set<() => void>()
  const tell = (word: string): void => {
    words.push(word)
    for (const look of [...waiting]) look()
  }
  /** Resolves in the very moment in which it is told. */
  const when = (word: string): Promise<void> => {
    const from = words.length
    return new Promise((resolve) => {
      const look = (): void => {
        if (!words.slice(from).includes(word)) return
        waiting.delete(look)
        resolve()
      }
      waiting.add(look)
    })
  }
  return { words, tell, when }
}

/** A relay board whose contactors move its own inputs (but those of `stuck`), and which says what its relays did. */
const makeBoard = (of: {
  readonly tell: (word: string) => void
  readonly powered: (yes: boolean) => void
  readonly stuck: ReadonlySet<number>
}) => {
  const board = createModbusSim({ model: 'waveshare-relay-d', framing: 'rtu', unit: 1, now: Date.now })
  const moved = { before: board.state().relays }
  const follow = (): void => {
    const { relays } = board.state()
    for (const [i, name] of RELAYS.entries()) {
      if (relays[i] === moved.before[i]) continue
      of.tell(`${name} ${relays[i] ? 'on' : 'off'}`)
      if (i < CONTACTORS && !of.stuck.has(i)) board.setInput(i, relays[i] === true)
    }
    moved.before = relays
    const { inputs } = board.state()
    of.powered(inputs[0] === true && inputs[1] === true && relays[2] === true)
  }
  return {
    ...board,
    answer: (request: Uint8Array) => {
      const replies = board.answer(request)
      follow()
      return replies
    },
  }
}

/** Board and sender on ptys in `folder`; without power the sender hears and says nothing. Closed after the test. */
export const openCabinet = async (folder: string) => {
  const story = makeStory()
  const stuck = new Set<number>()
  const has = { power: false }
  const sender = createNovastarSim({ model: 'mctrl300', cards: 2 })
  sender.onChange(({ blackout }) => {
    const word = blackout ? 'dark' : 'light'
    if (story.words.findLast((one) => one === 'dark' || one === 'light') !== word) story.tell(word)
  })
  const powered = (yes: boolean): void => {
    // With power it begins anew.
    if (yes && !has.power) sender.powerCycle()
    has.power = yes
  }
  const board = makeBoard({ tell: story.tell, powered, stuck })
  const fed = { ...sender, answer: (request: Uint8Array) => (has.power ? sender.answer(request) : []) }
  for (const [name, device, seed] of [
    ['ttySender', fed, 1],
    ['ttyBoard', board, 2],
  ] as const) {
    const on = { kind: 'pty', path: join(folder, name) } as const
    const served = await serveDevice({ device, seed, faults: {}, log: () => undefined, on })
    cleanup(() => served.close())
  }
  const relays = (): readonly boolean[] => RELAYS.map((_, i) => board.state().relays[i] === true)
  return { story: story.words, when: story.when, stuck, board, sender, relays, isPowered: () => has.power }
}

/** The daemon's configuration for the cabinet of `folder`, with its sequence beside it; a step settles for `settleMs`. */
export const cabinetConfig = (folder: string, hubUrl: string, settleMs: number): object => {
  writeFileSync(join(folder, 'sequence.json'), JSON.stringify(sequence(settleMs)))
  const on = (channel: number) => ({ device: 'tu-dien', channel })
  return rawConfig({
    controller: {
      profile: at('firmware-profiles/novastar-mctrl300.json'),
      link: { kind: 'serial', path: join(folder, 'ttySender') },
    },
    equipment: [
      {
        name: 'tu-dien',
        profile: at('firmware-profiles/waveshare-modbus-rtu-relay-d-8ch.json'),
        link: { kind: 'serial', path: join(folder, 'ttyBoard') },
        address: { unit: 1 },
      },
    ],
    power: {
      sequence: 'sequence.json',
      offAfterSeconds: 1,
      relays: Object.fromEntries(RELAYS.map((name, channel) => [name, on(channel)])),
      inputs: { 'mains-1-closed': on(0), 'mains-2-closed': on(1), smoke: on(7) },
    },
    hub: { url: hubUrl, enrolCode: CODE },
  })
}
