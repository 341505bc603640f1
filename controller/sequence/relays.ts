import { err, ok, type Result } from '#core/base/result.ts'
import type { LinkFault } from '#core/screen/display.ts'
import type { Device } from '../bus/bus.ts'
import { fault } from '../link/link.ts'

/** Where a relay of the sequence really is. */
export type RelayPlace = { readonly device: Device; readonly channel: number }

/**
 * Sets relays of boards on a bus and reads them back where the board can: `mismatch` when it says yes and does not do it. Without read-back
 * an acknowledgement is all there is, and a feedback contact should stand in the sequence.
 */
export const relaysOnBus =
  (places: ReadonlyMap<string, RelayPlace>) =>
  async (name: string, on: boolean, signal: AbortSignal): Promise<Result<void, LinkFault>> => {
    const place = places.get(name)
    const relays = place?.device.dialect.profile.relays ?? null
    if (place === undefined || relays === null) return err(fault('unsupported', `no relay board for ${name}`))
    const { device, channel } = place
    const written = await device.ask({ command: relays.write, parameters: { channel, on }, urgent: true, signal })
    if (!written.ok) return written
    if (relays.readBack === null) return ok(undefined)
    const seen = await device.ask({ command: relays.readBack, parameters: { channel }, urgent: true, signal })
    if (!seen.ok) return seen
    if (seen.value['on'] === on) return ok(undefined)
    return err(fault('mismatch', `${name} was switched ${on ? 'on' : 'off'} and reads ${String(seen.value['on'])}`))
  }
