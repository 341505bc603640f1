import { assert, describe, expect, it } from 'vitest'
import { toHex } from '#core/base/bytes.ts'
import { prng } from '#core/base/prng.ts'
import { traceOf } from '../../bus/meter.ts'
import { vectorsOf } from '../../detect/capture.ts'
import { createPairing } from '../../detect/pair.ts'
import type { Values } from '../../dialect/dialect.ts'
import { openDisplay } from '../../driver/open.ts'
import { createPjlinkSim } from '../../sim/pjlink.ts'
import { shippedProfile } from '../../sim/profiles.ts'
import { serveOnMemory } from '../../sim/serve.ts'
import { virtualTime } from '../../sim/virtual-time.ts'
import { framesOf } from '../lcd/prove.ts'
import { bytesOf, textOf } from '../lcd/text.ts'
import { pjlinkDialect } from './dialect.ts'
import { digestOf } from './digest.ts'

const PASSWORD = 'JBMIAProjectorLink'
const SALT = '498e4a67'
const DIGEST = digestOf(SALT, PASSWORD)
/** As text, and as the hex of its letters. */
const spellings = (secret: string) => [secret, toHex(bytesOf(secret), ' '), toHex(bytesOf(secret), '')]

const profiles = ['pjlink-class1', 'pjlink-class2'].map((id) => {
  const profile = shippedProfile(id)
  assert(profile.protocol === 'pjlink', id)
  return { profile, dialect: pjlinkDialect(profile) }
})

describe('random text and digest', () => {
  it('are in no word and no hex of any frame of the profiles, on whichever side it is thought to be', () => {
    let checked = 0
    let masked = 0
    for (const { profile, dialect } of profiles) {
      const greeting = { side: 'reply' as const, bytes: bytesOf(`PJLINK 1 ${SALT}\r`) }
      for (const { bytes } of [...framesOf(profile.vectors), greeting])
        for (const side of ['request', 'reply'] as const) {
          const secrets = [/^PJLINK 1 (.+)\r$/, /^([0-9a-f]{32})%/].flatMap(
            (pattern) => pattern.exec(textOf(bytes))?.[1] ?? [],
          )
          const trace = traceOf(dialect, side, bytes)
          const shown = [trace.hex, trace.text, JSON.stringify(dialect.explain(side, bytes))].join('\n')
          for (const secret of secrets.flatMap(spellings)) expect(shown).not.toContain(secret)
          // Every byte still has its place, so that a technician can count.
          expect(trace.hex.split(' ').length).toBe(bytes.length)
          if (secrets.length > 0) masked += 1
          checked += 1
        }
    }
    expect(checked).toBe(2 * (36 + 1 + 50 + 1))
    expect(masked).toBeGreaterThanOrEqual(8)
  })

  it('say only that they are there', () => {
    const { dialect } = profiles[0] ?? assert.fail('there are profiles')
    const hello = traceOf(dialect, 'reply', bytesOf(`PJLINK 1 ${SALT}\r`))
    expect(hello).toEqual({
      hex: '50 4A 4C 49 4E 4B 20 31 20 ** ** ** ** ** ** ** ** 0D',
      text: 'reply: greeting: auth=true',
    })
    const first = traceOf(dialect, 'request', bytesOf(`${DIGEST}%1CLSS ?\r`))
    expect(first.hex).toBe(`${'** '.repeat(32)}25 31 43 4C 53 53 20 3F 0D`)
    expect(first.text).toBe('request readClass')
    expect(traceOf(dialect, 'reply', bytesOf('PJLINK 0\r')).text).toBe('reply: greeting: auth=false')
    expect(traceOf(dialect, 'reply', bytesOf('PJLINK ERRA\r')).text).toContain('wrong password')
  })

  it('are masked in a line that was cut off or damaged behind them, too', () => {
    const random = prng(7)
    const { dialect } = profiles[1] ?? assert.fail('there are profiles')
    for (let i = 0; i < 500; i++) {
      const request = `${DIGEST}%1CLSS ?\r`.slice(0, 33 + random.below(9))
      const reply = `PJLINK 1 ${SALT}\r`.slice(0, 17 + random.below(2))
      const shown = [
        JSON.stringify([dialect.explain('request', bytesOf(request)), dialect.explain('reply', bytesOf(reply))]),
        dialect.describe('request', bytesOf(request)),
        dialect.describe('reply', bytesOf(reply)),
      ].join('\n')
      for (const secret of [...spellings(SALT), ...spellings(DIGEST)]) expect(shown).not.toContain(secret)
    }
  })

  it('never reach the counters and last frames of a driver', async () => {
    const time = virtualTime()
    const device = createPjlinkSim({
      class: 2,
      password: PASSWORD,
      salt: () => SALT,
      now: time.now,
      warmUpMs: 0,
      coolDownMs: 0,
    })
    const { link } = serveOnMemory({ device, seed: 1, faults: {}, wake: time.wake })
    const profile = shippedProfile('pjlink-class2')
    const { clock, wake } = time
    const driver = openDisplay({ profile, address: { password: PASSWORD }, link, clock, wake, log: () => {} })
    expect(await time.until(driver.identify(new AbortController().signal), 60_000)).toMatchObject({ ok: true })
    const shown = JSON.stringify(driver.stats().recent())
    expect(shown).toContain('greeting: auth=true')
    expect(shown).toContain('** ** **')
    for (const secret of [...spellings(SALT), ...spellings(DIGEST), ...spellings(PASSWORD)])
      expect(shown).not.toContain(secret)
    await driver.close()
  })
})

describe('a recording', () => {
  const record = (address: Values, context: Values) => {
    const { profile, dialect } = profiles[0] ?? assert.fail('there are profiles')
    const pairing = createPairing(dialect, address, context)
    pairing.hear('reply', bytesOf(`PJLINK 1 ${SALT}\r`))
    pairing.hear('request', bytesOf(`${DIGEST}%1CLSS ?\r`))
    pairing.hear('reply', bytesOf('%1CLSS=1\r'))
    pairing.hear('request', bytesOf('%1POWR ?\r'))
    pairing.hear('reply', bytesOf('%1POWR=1\r'))
    const { recorded, unpaired } = pairing.end()
    return { vectors: vectorsOf(profile, recorded, { source: 'bench', name: 'recorded' }), unpaired }
  }

  it.each([
    ['overheard', {}, {}],
    ['with the password known', { password: PASSWORD }, {}],
    ['with everything known', { password: PASSWORD }, { auth: true, salt: SALT }],
  ])('holds none of it: %s', (_, address, context) => {
    const { vectors, unpaired } = record(address, context)
    const shown = JSON.stringify([vectors, unpaired])
    for (const secret of [...spellings(SALT), ...spellings(DIGEST), ...spellings(PASSWORD)])
      expect(shown).not.toContain(secret)
    const good = vectors.filter(({ fault }) => fault === null)
    // What needs no secret is still recorded.
    expect(good.length).toBe(Object.keys(address).length === 0 ? 1 : 0)
    expect(unpaired.length).toBeGreaterThan(0)
  })
})
