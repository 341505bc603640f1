import { err, ok, type Result } from '#core/base/result.ts'
import type { Base } from '../base.ts'
import type { Drafts } from '../server/drafts.ts'
import type { SiteRecord } from '../store/types.ts'
import {
  type CapConfig,
  checkCapConfig,
  openSenders,
  openSigning,
  readUnits,
  type Senders,
  type SigningKey,
  type Units,
} from './config.ts'
import { type Desk, makeDesk, type Taken } from './desk.ts'
import { makeFeed } from './feed.ts'
import { folderRound } from './folder.ts'
import type { OutNeeds } from './out.ts'
import { repeat } from './rounds.ts'

export type CapGround = {
  readonly senders: Senders
  readonly signing: SigningKey | null
  readonly units: Units | null
}

/** Every file that the key `cap` of the configuration names. The error begins with the place in the configuration. */
export const openCapGround = (config: CapConfig): Result<CapGround, string> => {
  const checked = checkCapConfig(config)
  if (!checked.ok) return checked
  const senders = openSenders(config.senders)
  if (!senders.ok) return err(`/cap/senders: ${senders.error}`)
  const signing = openSigning(config.sign)
  if (!signing.ok) return err(`/cap/sign: ${signing.error}`)
  const units = config.unitsFile === null ? ok(null) : readUnits(config.unitsFile)
  if (!units.ok) return err(`/cap/unitsFile: ${units.error}`)
  return ok({ senders: senders.value, signing: signing.value, units: units.value })
}

/** CAP in and out, as the routes use it. */
export type CapHouse = {
  readonly desk: Desk
  readonly out: OutNeeds
  /** Begins to look at the folder and the feeds; what it returns ends that. */
  readonly start: () => () => Promise<void>
}

type Needs = Pick<Base, 'store' | 'now' | 'log'> & {
  readonly config: CapConfig
  readonly ground: CapGround
  readonly drafts: Drafts
  readonly counted: (outcome: Taken['kind']) => void
  readonly forged: (detail: string) => void
  readonly province: string
  readonly sites: readonly SiteRecord[]
}

export const makeCapHouse = (needs: Needs): CapHouse => {
  const { config, ground, province, log, now } = needs
  const sites = needs.sites
    .filter((s) => s.fleet)
    .map(({ id, name, unitCode, lat, lon }) => ({ id, name, unitCode, lat, lon }))
  const desk = makeDesk({ ...needs, senders: ground.senders, units: ground.units, sites })
  return {
    desk,
    out: { own: config.sender, signing: ground.signing, units: ground.units, province, sites },
    start: () => {
      const { folder } = config
      const rounds = config.feeds.map((feed) => {
        const { round } = makeFeed({ ...feed, desk, log })
        const waitOf = async (signal: AbortSignal) => (await round(signal)).waitMs
        return repeat({ name: feed.name, round: waitOf, afterFaultMs: feed.everySeconds * 1000, log })
      })
      if (folder !== null) {
        const everyMs = folder.everySeconds * 1000
        const look = async (signal: AbortSignal) => {
          await folderRound({ path: folder.path, desk, log, now }, signal)
          return everyMs
        }
        rounds.push(repeat({ name: folder.path, round: look, afterFaultMs: everyMs, log }))
      }
      return async () => {
        await Promise.all(rounds.map((r) => r.stop()))
      }
    },
  }
}
