import { describe, expect, test } from 'vitest'
import { toHex } from '#core/base/bytes.ts'
import { dialectOf } from '../dialect/open.ts'
import { memoryLink } from '../link/memory.ts'
import { lineName } from '../profile/line.ts'
import { virtualTime } from '../sim/virtual-time.ts'
import { planOf, type Where } from './plan.ts'
import { runDetect } from './run.ts'
import { shippedProfiles } from './testing.ts'

const PROFILES = shippedProfiles()
const EVERYWHERE: readonly Where[] = [
  { kind: 'serial', baudRate: null },
  { kind: 'serial', baudRate: 19_200 },
  { kind: 'tcp', port: null },
  { kind: 'tcp', port: 4001 },
  { kind: 'udp', port: null },
  { kind: 'udp', port: 161 },
]

describe('the plan', () => {
  test('asks reads only, and never what is kept for a technician, over all profiles and places', () => {
    let checked = 0
    for (const where of EVERYWHERE)
      for (const attempt of planOf(PROFILES, where, [{}, { unit: 3 }, { community: 'gate', unit: 1 }]).attempts)
        for (const { profile, dialect } of attempt.candidates) {
          for (const name of [...dialect.handshake, attempt.command]) {
            const spec = profile.commands[name]
            expect([profile.id, name, spec?.direction, spec?.use]).toEqual([profile.id, name, 'read', 'any'])
            checked += 1
          }
          const { command, parameters, address } = attempt
          const question = dialect.question({ command, parameters, address, context: {} })
          expect(question.ok ? question.value.write : dialect.handshake.length === 0, `${profile.id} ${command}`).toBe(
            false,
          )
        }
    expect(checked).toBeGreaterThan(120)
  })

  test('every profile is asked for or left out with a reason, on each kind of link', () => {
    for (const kind of ['serial', 'tcp', 'udp'] as const) {
      const where: Where = kind === 'serial' ? { kind, baudRate: null } : { kind, port: null }
      const plan = planOf(PROFILES, where, [{}, { community: 'gate', unit: 1 }])
      const asked = new Set(plan.attempts.flatMap(({ candidates }) => candidates.map(({ profile }) => profile.id)))
      const left = new Set(plan.left.map(({ profile }) => profile))
      for (const { id, links } of PROFILES) {
        expect(asked.has(id) !== left.has(id), `${id} on ${kind}`).toBe(true)
        expect(asked.has(id), `${id} on ${kind}`).toBe(links.some((link) => link.kind === kind))
      }
    }
    expect(PROFILES.length).toBeGreaterThan(25)
  })

  test('the same bytes on the same line are asked once; likely lines come first; the bound is stated', () => {
    const plan = planOf(PROFILES, { kind: 'serial', baudRate: null }, [{}])
    const keys = plan.attempts.map(({ line, candidates: [{ dialect }], command, parameters, address }) => {
      const question = dialect.question({ command, parameters, address, context: {} })
      return `${dialect.profile.protocol} ${lineName(line)} ${question.ok ? toHex(question.value.encode(0), '') : command}`
    })
    expect(new Set(keys).size).toBe(keys.length)
    const lines = plan.attempts.map(({ line }) => lineName(line))
    // The makers one finds at LED displays, before the LCD panels and sensors at 9600.
    expect(new Set(lines.slice(0, 3))).toEqual(new Set(['serial 115200 8N1', 'serial 1048576 8N1']))
    // One line setting after the other: the port is opened once for each.
    expect(lines.filter((line, i) => line !== lines[i - 1]).length).toBe(new Set(lines).size)
    expect(plan.attempts.length).toBeLessThan(30)
    expect(plan.boundMs).toBeLessThan(40_000)
  })

  test('a given port reaches serial devices behind a gateway too', () => {
    const ids = planOf(PROFILES, { kind: 'tcp', port: 4001 }, [{}]).attempts.flatMap(({ candidates }) =>
      candidates.map(({ profile }) => profile.id),
    )
    expect(ids).toContain('novastar-mctrl300')
    expect(ids).toContain('novastar-mctrl660pro')
  })
})

describe('on a line where nobody answers', () => {
  test.each(EVERYWHERE)(
    '%j: only requests that are reads in every profile that knows them go out, in the stated time',
    async (where) => {
      const time = virtualTime()
      const sent: Uint8Array[] = []
      const plan = planOf(PROFILES, where, where.kind === 'udp' ? [{ community: 'gate' }] : [{}])
      const outcome = await time.until(
        runDetect({
          plan,
          openLink: () => {
            const { link, device } = memoryLink('dead')
            device.onWritten((bytes) => void sent.push(bytes))
            return link
          },
          clock: time.clock,
          wake: time.wake,
          log: () => {},
          signal: new AbortController().signal,
          everything: true,
          onTry: () => {},
          onTried: () => {},
        }),
        plan.boundMs,
      )
      expect(outcome).toMatchObject({ findings: [], notOpen: [], stopped: false })
      expect(outcome.tried.length).toBe(plan.attempts.length)
      let recognised = 0
      for (const bytes of sent) {
        const meanings = PROFILES.flatMap((profile) => {
          const dialect = dialectOf(profile)
          const reading = dialect.reader('request').read(bytes, 0)
          const found = reading.is === 'frame' && reading.size === bytes.length ? dialect.commandOf(bytes) : null
          return found === null ? [] : [`${profile.commands[found.command]?.direction}`]
        })
        expect(new Set(meanings), toHex(bytes, ' ')).toEqual(new Set(['read']))
        recognised += meanings.length
      }
      expect(recognised).toBeGreaterThan(0)
    },
  )
})

test('each make is asked with the parts of the address it knows, and equal places once', () => {
  const plan = planOf(shippedProfiles(), { kind: 'serial', baudRate: null }, [{ unit: 1 }, { unit: 2 }])
  const of = (id: string) =>
    plan.attempts.filter(({ candidates }) => candidates.some(({ profile }) => profile.id === id))
  expect(of('samsung-mdc').map(({ address }) => address)).toEqual([{}])
  expect(of('waveshare-modbus-rtu-relay-8ch').map(({ address }) => address)).toEqual([{ unit: 1 }, { unit: 2 }])
})
