import { openSync, read, writeSync } from 'node:fs'
import koffi from 'koffi'
import { prng } from '#core/base/prng.ts'
import type { RelayAnswer, RelayAsk, WireWeather } from './wire.ts'

/** The process between the two TUN devices: reads a packet here, loses it or writes it there a while later. Started by `wire.ts`. */
const TUNSETIFF = 0x400454ca
const IFF_TUN = 0x0001
const IFF_NO_PI = 0x1000
const NAME_BYTES = 16
const IFREQ_BYTES = 40
const PACKET_BYTES = 65_536
/** As many packets may be under way in one direction; what comes on top is lost, as in any router. */
const MOST_UNDER_WAY = 10_000

const libc = koffi.load(null)
const ioctl = libc.func('int ioctl(int, unsigned long, _Inout_ uint8_t *)')

const openTun = (name: string): number => {
  const fd = openSync('/dev/net/tun', 'r+')
  const request = Buffer.alloc(IFREQ_BYTES)
  request.write(name.slice(0, NAME_BYTES - 1), 'ascii')
  request.writeUInt16LE(IFF_TUN | IFF_NO_PI, NAME_BYTES)
  if (ioctl(fd, TUNSETIFF, request) !== 0) throw new Error(`/dev/net/tun: the device ${name} could not be made`)
  return fd
}

const [here, there, seed] = process.argv.slice(2)
if (here === undefined || there === undefined) throw new Error('relay.ts HERE THERE SEED')
const random = prng(Number(seed ?? 1))
const run = { weather: { lost: 0, delayMs: 0, cut: false } as WireWeather, packets: 0, lost: 0 }

const carry = (from: number, to: number): void => {
  const buffer = Buffer.alloc(PACKET_BYTES)
  const it = { underWay: 0 }
  const deliver = (packet: Buffer): void => {
    try {
      writeSync(to, packet)
    } catch {
      // The device is not up yet, or has no room: a lost packet like any other.
      run.lost += 1
    }
  }
  const next = (): void =>
    read(from, buffer, 0, PACKET_BYTES, null, (error, bytes) => {
      // EIO until the device is up.
      if (error !== null) return void setTimeout(next, 50)
      run.packets += 1
      const { lost, delayMs, cut } = run.weather
      if (cut || random.chance(lost) || it.underWay >= MOST_UNDER_WAY) run.lost += 1
      else {
        const packet = Buffer.from(buffer.subarray(0, bytes))
        it.underWay += 1
        setTimeout(() => {
          it.underWay -= 1
          deliver(packet)
        }, delayMs)
      }
      next()
    })
  next()
}

const ends = [openTun(here), openTun(there)] as const
carry(ends[0], ends[1])
carry(ends[1], ends[0])
process.on('message', ({ id, weather }: RelayAsk) => {
  if (weather !== null) run.weather = weather
  process.send?.({ id, packets: run.packets, lost: run.lost } satisfies RelayAnswer)
})
process.once('disconnect', () => process.exit(0))
process.send?.({ id: 0, packets: 0, lost: 0 } satisfies RelayAnswer)
