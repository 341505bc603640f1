import type { SiteFacts } from '#core/engine/site.ts'
import type { VerifiedSchedule } from '#core/engine/verified.ts'
import type { SimClock } from './clock.ts'
import type { createContactors } from './contactors.ts'
import type { Disk } from './disk.ts'
import type { SimEdge } from './edge.ts'
import { streamOf } from './hash.ts'
import type { Hub } from './hub.ts'
import type { Panel } from './panel.ts'
import type { SimPlayer } from './screen.ts'
import type { Entry } from './script.ts'
import { RESTART_MS, type Sight } from './sight.ts'
import type { Troubles } from './trouble.ts'
import type { createStepWatch } from './watch.ts'

type Happens = Entry['happens']

/** How long the edge may need after each kind of trouble, by the pauses that the engine states, ms. */
const SETTLE = {
  panel: 15_000,
  flap: 66_000,
  draw: 310_000,
  player: 12_000,
  power: 1_830_000,
  cabinet: 120_000,
} as const

type Stage = {
  readonly now: () => number
  readonly after: (ms: number, act: () => void) => void
  readonly edge: SimEdge
  readonly panel: Panel
  readonly player: SimPlayer
  readonly contactors: ReturnType<typeof createContactors>
  readonly disk: Disk
  readonly clock: SimClock
  readonly troubles: Troubles
  readonly sight: Sight
  readonly hub: Hub
  readonly watch: ReturnType<typeof createStepWatch>
  readonly site: SiteFacts
  readonly newSchedule: () => VerifiedSchedule
  readonly seed: number
}

/** Brings the script onto the stage: faults begin and end, the power goes and comes back, the edge starts and stops. */
export const play = (stage: Stage) => {
  const { after, edge, panel, player, contactors, disk, clock, troubles, sight, hub, watch, site } = stage
  const random = streamOf(stage.seed, 'fate')
  const state = {
    linkDown: 0,
    cutMs: 0,
    mains: true,
    celsius: 30,
    lux: 5_000,
    smoke: false,
    battery: false,
    booting: 0,
  }

  const trouble = (name: string, of: { ms: number; settle: number; on: () => void; off: () => void }): void => {
    troubles.begin(name, of.settle)
    sight.disturbed()
    of.on()
    sight.look()
    after(of.ms, () => {
      of.off()
      troubles.end(name)
      sight.disturbed()
      sight.look()
      sight.lookAfter(of.settle + 1)
    })
  }
  const jolt = (name: string, settle: number): void => {
    troubles.jolt(name, settle)
    sight.disturbed()
    sight.lookAfter(settle + 1)
  }

  const equipment = (): void => {
    const { celsius, lux, smoke, battery } = state
    const value = (what: 'temperature' | 'light' | 'smoke' | 'mains' | 'battery', is: number | boolean) =>
      ({ what, where: what === 'light' ? 'mast' : 'cabinet', value: is }) as const
    const values = [
      value('temperature', celsius),
      value('light', lux),
      value('smoke', smoke),
      value('mains', !battery),
      value('battery', battery),
    ]
    edge.post({ event: 'equipment', device: 'cabinet', result: { ok: true, value: values } })
  }
  const poll = (): void => {
    if (edge.up()) equipment()
    after(60_000, poll)
  }

  const boot = (): void => {
    state.booting += 1
    const { booting } = state
    contactors.boot()
    const up = edge.boot()
    if (up === 'cut') return
    if (up === 'failed') {
      // The supervisor tries again.
      after(5_000, () => {
        if (booting === state.booting) boot()
      })
      return
    }
    clockAfterBoot()
    player.start(300 + random.below(2_700))
    equipment()
    sight.booted()
    hub.checkPromises()
    // Drawn in any case, so that a world with its hub away goes on as the one with its hub there.
    const dialMs = 500 + random.below(3_000)
    if (state.linkDown === 0) after(dialMs, () => linkUp(booting))
    if (edge.reading().quality === 'unset' || Math.abs(clock.error()) > 3_000) {
      sight.clockMoves()
      sight.doubt()
    }
  }
  const linkUp = (booting: number): void => {
    if (booting === state.booting && state.linkDown === 0) hub.up()
  }
  /** The network sets the clock some time after the start. */
  const clockAfterBoot = (): void => {
    if (clock.synced()) return
    sight.clockMoves()
    const { booting } = state
    after(random.chance(0.8) ? 20_000 + random.below(600_000) : random.below(6 * 3_600_000), () => {
      if (booting === state.booting) setClock(0, true)
    })
  }
  const setClock = (error: number, synced: boolean): void => {
    sight.clockMoves()
    sight.doubt()
    clock.set(error, synced)
    edge.lookAtClock()
    // It is seen on the next second.
    after(2_500, () => {
      sight.clockMoves()
      sight.doubt()
      sight.look()
    })
  }

  const processGone = (): void => {
    state.booting += 1
    edge.die()
    player.gone()
    panel.forgetAsker()
    contactors.gone()
    hub.down()
    watch.cut()
  }
  const mainsGone = (ms: number): void => {
    processGone()
    disk.cut()
    panel.power(false)
    troubles.begin('mains-cut', RESTART_MS)
    sight.look()
    const { booting } = state
    after(ms, () => {
      troubles.end('mains-cut')
      if (booting !== state.booting) return
      if (site.powerOffAfter === null) panel.power(true)
      clock.wakeFromCut()
      after(5_000 + random.below(10_000), () => {
        if (booting === state.booting) boot()
      })
    })
  }
  const powerGone = (): void => mainsGone(state.cutMs)
  const kill = (ms: number): void => {
    processGone()
    disk.closeAll()
    jolt('killed', ms + RESTART_MS)
    const { booting } = state
    after(ms, () => {
      if (booting === state.booting) boot()
    })
  }

  const happen = (h: Happens): void => {
    if (atHub(h) || atPanel(h) || atPlayer(h)) return
    atMachine(h)
  }
  const atHub = (h: Happens): boolean => {
    if (h.do === 'order') hub.send(h)
    else if (h.do === 'schedule') hub.offer(stage.newSchedule())
    else if (h.do === 'old-schedule') hub.offerOld()
    else if (h.do === 'asset') hub.lose(h.pick)
    else if (h.do === 'link-down') linkDown(h.ms)
    else return false
    return true
  }
  const linkDown = (ms: number): void => {
    state.linkDown += 1
    troubles.note('link-down')
    hub.down()
    after(ms, () => {
      state.linkDown -= 1
      if (state.linkDown === 0) hub.up()
    })
  }
  const atPanel = (h: Happens): boolean => {
    const { trouble: wrong } = panel
    const mode = (name: string, ms: number, on: () => void, off: () => void) =>
      trouble(name, { ms, settle: SETTLE.panel, on, off })
    if (h.do === 'silent')
      mode(
        h.do,
        h.ms,
        () => (wrong.silent = true),
        () => (wrong.silent = false),
      )
    else if (h.do === 'lie') lie(h.ms)
    else if (h.do === 'no-signal')
      mode(
        h.do,
        h.ms,
        () => (wrong.noSignal = true),
        () => (wrong.noSignal = false),
      )
    else if (h.do === 'garble')
      mode(
        h.do,
        h.ms,
        () => (wrong.garble = h.chance),
        () => (wrong.garble = 0),
      )
    else if (h.do === 'refuse')
      mode(
        h.do,
        h.ms,
        () => (wrong.refuse = h.what),
        () => (wrong.refuse = null),
      )
    else if (h.do === 'flap') flap(h.ms)
    else if (h.do === 'panel-reboot') {
      jolt(h.do, 15_000 + SETTLE.panel)
      panel.reboot()
    } else return false
    return true
  }
  const lie = (ms: number): void => {
    sight.untrue(true)
    trouble('lie', {
      ms,
      settle: SETTLE.panel,
      on: () => (panel.trouble.lie = true),
      off: () => {
        panel.trouble.lie = false
        sight.untrue(false)
      },
    })
  }
  const flap = (ms: number): void => {
    const run = { on: true }
    const again = (): void => {
      if (!run.on) return
      panel.meddle()
      sight.disturbed()
      after(3_000 + random.below(60_000), again)
    }
    trouble('flap', { ms, settle: SETTLE.flap, on: again, off: () => (run.on = false) })
  }
  const atPlayer = (h: Happens): boolean => {
    const { trouble: wrong } = player
    if (h.do === 'player-dies') {
      jolt(h.do, h.ms + SETTLE.player)
      player.die(h.ms)
    } else if (h.do === 'player-late')
      trouble(h.do, { ms: h.ms, settle: SETTLE.player, on: () => (wrong.late = h.lateMs), off: () => (wrong.late = 0) })
    else if (h.do === 'player-fails')
      trouble(h.do, {
        ms: h.ms,
        settle: SETTLE.draw,
        on: () => (wrong.failing = true),
        off: () => (wrong.failing = false),
      })
    else if (h.do === 'item-broken') {
      const ids = edge.up() ? Object.keys(edge.state().schedule?.items ?? {}) : []
      const id = ids[h.pick % Math.max(1, ids.length)] ?? ''
      troubles.note(h.do)
      wrong.broken.add(id)
      after(h.ms, () => wrong.broken.delete(id))
    } else if (h.do === 'contradict') {
      troubles.note(h.do)
      player.contradict()
    } else return false
    return true
  }
  const atMachine = (h: Happens): void => {
    if (h.do === 'disk-full' || h.do === 'disk-io') return diskFault(h)
    if (h.do === 'clock-step') return clockStep(h)
    if (h.do === 'holdover') return holdover(h)
    if (h.do === 'mains-cut') return mainsCut(h)
    if (h.do === 'kill' && edge.up()) return kill(h.ms)
    if (h.do === 'stop' && edge.up()) {
      state.cutMs = h.ms
      return edge.post({ event: 'stop', reason: 'simulated' })
    }
    if (h.do === 'technician') {
      troubles.note(h.do)
      return edge.post({ event: 'technician', person: 'ktv', pattern: 'white', forMs: h.ms })
    }
    if (h.do === 'by-hand') {
      troubles.note(h.do)
      return edge.post({ event: 'manual', person: 'ktv', wish: h.wish, forMs: h.ms })
    }
    if (h.do === 'power-fails')
      return trouble(h.do, {
        ms: h.ms,
        settle: SETTLE.power,
        on: () => contactors.fail(true),
        off: () => contactors.fail(false),
      })
    atCabinet(h)
  }
  const atCabinet = (h: Happens): void => {
    const say = (change: Partial<typeof state>): void => {
      Object.assign(state, change)
      equipment()
    }
    if (h.do === 'light') return say({ lux: h.lux })
    if (h.do !== 'hot' && h.do !== 'battery' && h.do !== 'smoke') return
    const { cabinet } = sight
    const what = h.do === 'hot' ? 'hot' : h.do === 'battery' ? 'onBattery' : 'smoke'
    const on = h.do === 'hot' ? { celsius: h.celsius } : h.do === 'battery' ? { battery: true } : { smoke: true }
    const off = h.do === 'hot' ? { celsius: 30 } : h.do === 'battery' ? { battery: false } : { smoke: false }
    trouble(h.do, {
      ms: h.ms,
      settle: SETTLE.cabinet,
      on: () => {
        cabinet[what] = true
        say(on)
      },
      off: () => {
        say(off)
        cabinet[what] = false
      },
    })
  }
  const diskFault = (h: Happens & { do: 'disk-full' | 'disk-io' }): void => {
    troubles.note(h.do)
    Object.assign(disk.fault, { kind: h.do === 'disk-full' ? 'full' : 'io', chance: h.chance })
    after(h.ms, () => Object.assign(disk.fault, { kind: 'none', chance: 0 }))
  }
  const clockStep = (h: Happens & { do: 'clock-step' }): void => {
    troubles.note(h.do)
    setClock(h.error, true)
    after(h.ms, () => setClock(0, true))
  }
  const holdover = (h: Happens & { do: 'holdover' }): void => {
    troubles.note(h.do)
    clock.drift(h.ppm)
    edge.lookAtClock()
    after(h.ms, () => setClock(0, true))
  }
  const mainsCut = (h: Happens & { do: 'mains-cut' }): void => {
    if (!edge.up()) return
    state.cutMs = h.ms
    if (h.inWrite === null) return mainsGone(h.ms)
    disk.cutAfter.ops = h.inWrite
  }
  return {
    happen,
    boot: (): void => {
      boot()
      poll()
    },
    powerGone,
    /** The process ended by itself, as it was told to. */
    exited: (): void => {
      processGone()
      disk.closeAll()
      jolt('stopped', state.cutMs + RESTART_MS)
      const { booting } = state
      after(state.cutMs, () => {
        if (booting === state.booting) boot()
      })
    },
  }
}
