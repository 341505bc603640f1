import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { dialectOf } from '#controller/dialect/open.ts'
import { loadProfile } from '#controller/profile/catalogue.ts'
import { EdgeConfigSchema } from '../config.ts'
import { at } from '../test/daemon.ts'
import { temporary } from '../test/support.ts'
import {
  formsOf,
  isPlainText,
  PLAIN_ADDRESS,
  REMOVED,
  redactConfig,
  SECRET_TEXT,
  scrubber,
  secretsOnDisk,
} from './redact.ts'

type Schema = {
  readonly type?: string
  readonly enum?: readonly unknown[]
  readonly anyOf?: readonly Schema[]
  readonly items?: Schema
  readonly properties?: Readonly<Record<string, Schema>>
  readonly patternProperties?: Readonly<Record<string, Schema>>
}
/** Every place of the configuration where a text of any content may stand. */
const textPlaces = (schema: Schema, place: string): readonly string[] => {
  if (schema.anyOf) return schema.anyOf.flatMap((one) => textPlaces(one, place))
  if (schema.patternProperties)
    return Object.values(schema.patternProperties).flatMap((one) => textPlaces(one, `${place}.*`))
  if (schema.type === 'object')
    return Object.entries(schema.properties ?? {}).flatMap(([key, one]) =>
      textPlaces(one, place === '' ? key : `${place}.${key}`),
    )
  if (schema.items) return textPlaces(schema.items, `${place}[]`)
  return schema.type === 'string' && schema.enum === undefined ? [place] : []
}

describe('every key of the configuration is either said or taken out', () => {
  const places = [...new Set(textPlaces(EdgeConfigSchema as Schema, ''))]

  test('a new text in the schema has to be put into one of the lists of redact.ts', () => {
    expect(places.length).toBeGreaterThan(40)
    const address = /\.address\.\*$/
    const unjudged = places.filter((place) => !isPlainText(place) && !SECRET_TEXT.has(place) && !address.test(place))
    expect(unjudged, 'may this text leave the site in a bundle for support? Say so in edge/doctor/redact.ts').toEqual(
      [],
    )
    for (const place of SECRET_TEXT) expect(isPlainText(place)).toBe(false)
  })

  test('every name that an address of a shipped profile may have is one or the other', () => {
    const folder = at('firmware-profiles')
    const files = readdirSync(folder).filter((name) => name.endsWith('.json') && name !== 'schema.json')
    const names = new Set(
      files.flatMap((name) => {
        const profile = loadProfile(name, readFileSync(join(folder, name), 'utf8'))
        return profile.ok ? dialectOf(profile.value).addressKeys : []
      }),
    )
    expect(files.length).toBeGreaterThan(10)
    expect([...names].sort()).toEqual(expect.arrayContaining(['community', 'id', 'password', 'screen', 'unit']))
    const secret = ['community', 'password']
    expect([...names].filter((name) => !PLAIN_ADDRESS.has(name)).sort()).toEqual(secret)
  })

  test('what nobody judged is taken out', () => {
    const { config, secrets } = redactConfig('{"hub":{"url":"https://h","later":"abc"},"new":["x"],"web":{"port":1}}')
    expect(config).toEqual({ hub: { url: 'https://h', later: REMOVED }, new: [REMOVED], web: { port: 1 } })
    expect(secrets).toEqual(['abc', 'x'])
    expect(redactConfig('no json')).toEqual({ config: null, secrets: [] })
  })

  test('passwords of devices, codes and credentials in addresses', () => {
    const given = {
      controller: {
        profile: 'p.json',
        address: { unit: 1, password: 'pjl-Secret', community: 'snmp-Secret', pin: 4711 },
      },
      hub: { url: 'https://user:url%40Secret@hub.example', enrolCode: 'CODE-99' },
      player: { output: 'null', extraArgs: ['--http-proxy=http://me:proxy-Secret@p:1'] },
    }
    const { config, secrets } = redactConfig(JSON.stringify(given))
    expect(config).toEqual({
      controller: { profile: 'p.json', address: { unit: 1, password: REMOVED, community: REMOVED, pin: REMOVED } },
      hub: { url: `https://${REMOVED}@hub.example`, enrolCode: REMOVED },
      player: { output: 'null', extraArgs: [REMOVED] },
    })
    expect(secrets).toEqual(
      expect.arrayContaining(['pjl-Secret', 'snmp-Secret', '4711', 'user', 'url@Secret', 'CODE-99', 'proxy-Secret']),
    )
  })
})

describe('a secret in any form', () => {
  const SECRET = 'Ma Bi-Mat/Của+Tủ 7'

  test.each([0, 1, 2, 3])('base64 after %i other bytes', (before) => {
    const text = Buffer.from(`${'.'.repeat(before)}${SECRET} and more`).toString('base64')
    const clean = scrubber([SECRET])(text)
    expect(clean).toContain(REMOVED)
    const left = Buffer.from(clean.replace(REMOVED, ''), 'base64').toString('utf8')
    expect(left).not.toContain('Bi-Mat')
  })

  test('plain, in JSON, in an address, in hex with and without spaces, in any case', () => {
    const hex = Buffer.from(SECRET).toString('hex')
    const forms = [
      SECRET,
      JSON.stringify({ a: SECRET }),
      encodeURIComponent(SECRET),
      hex,
      hex.toUpperCase(),
      hex.replace(/(..)(?=.)/g, '$1 '),
    ]
    for (const form of forms) {
      const clean = scrubber([SECRET])(`vor ${form} nach`)
      expect(clean).toContain(REMOVED)
      expect(clean).not.toContain(form)
      expect(clean).toMatch(/^vor .* nach$/)
    }
    expect(formsOf(SECRET).length).toBeGreaterThan(6)
  })

  test('a short one only where it stands alone, what everybody knows never', () => {
    expect(scrubber(['4711', 'public', ''])('4711 147110 state="public"')).toBe(`${REMOVED} 147110 state="public"`)
    expect(scrubber([])('https://a:b@c/ http://x/y@z')).toBe(`https://${REMOVED}@c/ http://x/y@z`)
  })

  test('the files of the data folder that are secrets', () => {
    const dataDir = temporary()
    mkdirSync(join(dataDir, 'plays'))
    writeFileSync(join(dataDir, 'pairing-code.txt'), 'ABCD-EFGH-JKLM\n')
    const pem = 'MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g'
    writeFileSync(join(dataDir, 'device-key.pem'), `-----BEGIN PRIVATE KEY-----\n${pem}\n-----END PRIVATE KEY-----\n`)
    const seed = Buffer.from(pem, 'base64').subarray(-32)
    expect(secretsOnDisk(dataDir)).toEqual([
      'ABCD-EFGH-JKLM',
      'ABCDEFGHJKLM',
      pem,
      seed.toString('base64'),
      seed.toString('hex'),
    ])
    expect(secretsOnDisk('/nowhere')).toEqual([])
  })
})
