import { execFileSync, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/**
 * A network namespace joined to the machine's own by a line whose weather can be set: every IP packet is lost with a probability of its
 * own and comes late. The line is two TUN devices and a process between them (`relay.ts`), so that it works on kernels without sch_netem;
 * TCP on both sides is the kernel's own and sees what netem would show it.
 */
export type Wire = {
  /** Put before a command that is to run at the far end. */
  readonly within: readonly string[]
  /** Address of this end. */
  readonly here: string
  /** `lost`: of all packets, in each direction; `delayMs`: in each direction; `cut`: nothing gets through. */
  readonly setWeather: (weather: WireWeather) => Promise<void>
  readonly counts: () => Promise<WireCounts>
  readonly stop: () => Promise<void>
}
export type WireWeather = { readonly lost: number; readonly delayMs: number; readonly cut: boolean }
export type WireCounts = { readonly packets: number; readonly lost: number }
export type RelayAsk = { readonly id: number; readonly weather: WireWeather | null }
export type RelayAnswer = WireCounts & { readonly id: number }

const RELAY = fileURLToPath(new URL('./relay.ts', import.meta.url))
const ip = (...args: readonly string[]): void => void execFileSync('ip', [...args], { stdio: 'pipe', timeout: 10_000 })

/** Why no wire can be made on this machine, with the next step; null: it can. */
export const whyNoWire = (): string | null => {
  if (process.getuid?.() !== 0)
    return 'cần quyền root (không gian mạng, TUN): sudo npm run soak -- --only netem · network namespaces and TUN need root'
  if (!existsSync('/dev/net/tun')) return 'thiếu /dev/net/tun: modprobe tun · /dev/net/tun is missing'
  try {
    execFileSync('ip', ['-V'], { stdio: 'pipe' })
    return null
  } catch {
    return 'thiếu lệnh ip: apt-get install iproute2 · the command ip is missing'
  }
}

export const layWire = async (seed: number): Promise<Wire> => {
  const mark = process.pid % 250
  const space = `bangtin-${process.pid}`
  const names = { here: `bth${process.pid}`, there: `bte${process.pid}` }
  const address = { here: `10.77.${mark}.1`, there: `10.77.${mark}.2` }
  ip('netns', 'add', space)
  const drop = (): void => {
    try {
      ip('netns', 'del', space)
    } catch {
      // It went with the process that held it.
    }
  }
  const args = ['--disable-warning=ExperimentalWarning', RELAY, names.here, names.there, String(seed)]
  const relay = spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  const waiting = new Map<number, (answer: RelayAnswer) => void>()
  const run = { next: 1 }
  const ready = new Promise<void>((done, fail) => {
    waiting.set(0, () => done())
    relay.once('exit', (code) => fail(new Error(`the relay ended with ${code}`)))
  })
  relay.on('message', (answer: RelayAnswer) => {
    waiting.get(answer.id)?.(answer)
    waiting.delete(answer.id)
  })
  const ask = (weather: WireWeather | null): Promise<RelayAnswer> =>
    new Promise((done) => {
      const id = run.next++
      waiting.set(id, done)
      relay.send({ id, weather } satisfies RelayAsk)
    })
  const stop = async (): Promise<void> => {
    const gone = new Promise<void>((done) => {
      if (relay.exitCode !== null || relay.signalCode !== null) done()
      else relay.once('exit', () => done())
    })
    relay.kill('SIGKILL')
    await gone
    drop()
  }
  try {
    await ready
    ip('link', 'set', names.there, 'netns', space)
    ip('addr', 'add', `${address.here}/30`, 'dev', names.here)
    ip('link', 'set', names.here, 'up')
    ip('-n', space, 'addr', 'add', `${address.there}/30`, 'dev', names.there)
    ip('-n', space, 'link', 'set', names.there, 'up')
    ip('-n', space, 'link', 'set', 'lo', 'up')
  } catch (error) {
    await stop()
    throw error
  }
  return {
    within: ['ip', 'netns', 'exec', space],
    here: address.here,
    setWeather: async (weather) => void (await ask(weather)),
    counts: async () => {
      const { packets, lost } = await ask(null)
      return { packets, lost }
    },
    stop,
  }
}
