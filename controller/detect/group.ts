import { lineName } from '../profile/line.ts'
import type { Finding } from './finding.ts'

/** What was found at one place: one device, which may be any of `findings` (at least one, surest first as given). */
export type Group = {
  readonly first: Finding
  readonly findings: readonly Finding[]
}

const text = (value: unknown): string => JSON.stringify(value)
/** Two devices on one line differ in their address, one device on two settings of it does not. */
export const placeKey = ({ line, address }: Pick<Finding, 'line' | 'address'>): string =>
  `${lineName(line)} ${text(address)}`

/** Findings → devices, in the order in which their best findings stand. Pure. */
export const groupsOf = (findings: readonly Finding[]): readonly Group[] =>
  [...Map.groupBy(findings, placeKey).values()].flatMap((group) => {
    const [first] = group
    return first === undefined ? [] : [{ first, findings: group }]
  })

/**
 * A port that is no real serial line ignores speed and parity, so one device answers on several settings. The same address and the same answer
 * are the same device: it is kept with the setting on which it was heard first. In the order of asking. Pure.
 */
export const oneSettingEach = (findings: readonly Finding[]): readonly Finding[] => {
  const kept: Finding[] = []
  for (const finding of findings) {
    const there = kept.filter((one) => sameDevice(one, finding))
    const [first] = there
    if (there.some((one) => one.profile.id === finding.profile.id)) continue
    kept.push(first === undefined ? finding : { ...finding, line: first.line })
  }
  return kept
}

const sameDevice = (one: Finding, other: Finding): boolean =>
  one.line.kind === 'serial' &&
  other.line.kind === 'serial' &&
  one.profile.protocol === other.profile.protocol &&
  one.command === other.command &&
  text(one.address) === text(other.address) &&
  text(one.values) === text(other.values)
