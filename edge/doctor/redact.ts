import { readSome } from '../shell/machine.ts'

/** What stands where a secret stood. */
export const REMOVED = '«đã bỏ · removed»'

/**
 * Every text of the configuration, by its place: what may leave the site as it is. Anything that is not here is taken for a secret, so a
 * key that somebody adds is left out until somebody has thought about it; a test compares this list with the schema.
 */
const DEVICE = ['profile', 'link.kind', 'link.path', 'link.host', 'link.from[]', 'link.parity']
const LINE = ['name', 'at.label', 'at.line', 'at.lineName', 'at.path', 'bias', 'direction']
const PLAIN_TEXT: ReadonlySet<string> = new Set([
  ...['id', 'name', 'unitCode', 'clusterClass'].map((key) => `site.${key}`),
  ...['dataDir', 'policy', 'clock', 'fontDirs[]'],
  ...DEVICE.map((key) => `controller.${key}`),
  'controller.input',
  ...['name', ...DEVICE].map((key) => `equipment[].${key}`),
  ...[
    'adapter',
    'inputs[].what',
    ...LINE.map((key) => `inputs[].line.${key}`),
    ...LINE.map((key) => `outputs[].${key}`),
  ].map((key) => `gpio.${key}`),
  'panelLight.device',
  ...['id', 'activeWhen', 'holds', 'class', 'hazard', 'severity', 'authority'].map((key) => `presets[].${key}`),
  ...['gpio', 'device', 'where'].flatMap((key) => [`presets[].input.${key}`, `presets[].opposite.${key}`]),
  ...['language', 'headline', 'instruction'].map((key) => `presets[].texts[].${key}`),
  'power.sequence',
  ...['relays', 'inputs'].flatMap((of) => ['device', 'where', 'gpio'].map((key) => `power.${of}.*.${key}`)),
  ...['name', 'device'].map((key) => `manual.relays[].${key}`),
  ...['output', 'fallback', 'display'].map((key) => `player.${key}`),
  'hub.url',
  'hub.fingerprint',
  ...['from', 'to'].map((key) => `downloads.window.${key}`),
  ...['host', 'names[]'].map((key) => `web.${key}`),
])
/** Of a device's address; the others are passwords and communities. Numbers too: a PIN is one. */
export const PLAIN_ADDRESS: ReadonlySet<string> = new Set([
  'unit',
  'id',
  'screen',
  'brightnessLevels',
  'card',
  'port',
  'board',
  'sender',
])
/** Places whose value is a secret, known to be one; `player.extraArgs[]` may hold a proxy with its password. */
export const SECRET_TEXT: ReadonlySet<string> = new Set(['hub.enrolCode', 'player.extraArgs[]'])
export const isPlainText = (place: string): boolean => PLAIN_TEXT.has(place)
/** Objects with names of the site's own as keys. */
const NAMED: ReadonlySet<string> = new Set([
  'power.relays',
  'power.inputs',
  'controller.address',
  'equipment[].address',
])
const ADDRESS = /^(?:controller|equipment\[\])\.address\.\*$/

/** `user:password@` of an address. */
const CREDENTIALS = /(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/@"']+@/gi
export const withoutCredentials = (text: string): string => text.replace(CREDENTIALS, `$1${REMOVED}@`)

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

/** The configuration without what may not leave, and the texts that were taken out of it. Anything but JSON comes back as nothing. */
export const redactConfig = (text: string): { readonly config: Json; readonly secrets: readonly string[] } => {
  const secrets: string[] = []
  const take = (value: string | number): string => {
    secrets.push(String(value))
    return REMOVED
  }
  const walk = (value: Json, place: string, key: string): Json => {
    if (Array.isArray(value)) return value.map((one) => walk(one, `${place}[]`, key))
    if (value !== null && typeof value === 'object')
      return Object.fromEntries(
        Object.entries(value as { readonly [key: string]: Json }).map(([name, inner]) => [
          name,
          walk(inner, `${place}${place === '' ? '' : '.'}${NAMED.has(place) ? '*' : name}`, name),
        ]),
      )
    if (ADDRESS.test(place) && (typeof value === 'string' || typeof value === 'number'))
      return PLAIN_ADDRESS.has(key) ? value : take(value)
    if (typeof value !== 'string') return value
    if (!isPlainText(place)) return take(value)
    for (const found of value.match(CREDENTIALS) ?? [])
      secrets.push(...(found.split('://')[1] ?? '').slice(0, -1).split(':').filter(Boolean).map(decodeSafely))
    return withoutCredentials(value)
  }
  try {
    const config = walk(JSON.parse(text) as Json, '', '')
    return { config, secrets: secrets.flatMap((one) => [one, ...partsOf(one)]) }
  } catch {
    return { config: null, secrets: [] }
  }
}

const decodeSafely = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
/** Of an argument with a password in it, the password alone is to be found elsewhere too. */
const partsOf = (text: string): readonly string[] =>
  [...text.matchAll(/:\/\/([^\s/@:]+):([^\s/@]+)@/g)].flatMap(([, , word]) => (word ? [decodeSafely(word)] : []))

/** Files of the data folder that are secrets, and what of them must not be found anywhere. */
export const secretsOnDisk = (dataDir: string): readonly string[] => {
  const read = (name: string): string => readSome(`${dataDir}/${name}`)?.trim() ?? ''
  const code = read('pairing-code.txt')
  const pem = read('device-key.pem')
    .split('\n')
    .filter((line) => !line.startsWith('-----'))
    .join('')
  // The last 32 bytes of an Ed25519 key in PKCS 8 are the key itself (RFC 8410).
  const seed = Buffer.from(pem, 'base64').subarray(-32)
  return [
    code,
    code.replaceAll('-', ''),
    read('pairing.hash'),
    pem,
    ...(seed.length === 32 ? [seed.toString('base64'), seed.toString('hex')] : []),
  ].filter((text) => text !== '')
}

/** What everybody knows is no secret, and taking it out everywhere would make the rest unreadable. */
const KNOWN: ReadonlySet<string> = new Set(['public', 'private'])
/** A secret this long is found in the middle of other letters too; a shorter one only where it stands alone. */
const LONG = 8

const escapeRegExp = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&')

/** The ways in which a text may be written: as it is, in JSON, in an address, in hex (also with spaces), in base64 wherever it begins. */
export const formsOf = (secret: string): readonly string[] => {
  const bytes = Buffer.from(secret, 'utf8')
  const hex = bytes.toString('hex')
  const plain = [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret), secret.replaceAll(' ', '+')]
  const encoded = [hex, hex.replace(/(..)(?=.)/g, '$1 '), ...inBase64(bytes)]
  const urlSafe = encoded.map((text) => text.replaceAll('+', '-').replaceAll('/', '_'))
  return [...new Set([...plain, ...(secret.length < 4 ? [] : [...encoded, ...urlSafe])])]
}

/** What base64 makes of it after no, one or two bytes of something else: the letters that depend on nothing but it. */
const inBase64 = (bytes: Buffer): readonly string[] =>
  [0, 1, 2].flatMap((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64')
      .replaceAll('=', '')
    const first = before === 0 ? 0 : before + 1
    const last = (before + bytes.length) % 3 === 0 ? text.length : text.length - 1
    const middle = text.slice(first, last)
    return middle.length < 6 ? [] : [middle]
  })

/** Takes every form of every secret out of a text, and credentials out of addresses. */
export const scrubber = (secrets: readonly string[]): ((text: string) => string) => {
  const wanted = [...new Set(secrets)].filter((one) => one.length > 0 && !KNOWN.has(one))
  const sources = wanted.flatMap((secret) =>
    formsOf(secret).map((form) => {
      const body = escapeRegExp(form)
      return secret.length >= LONG ? body : `(?<![A-Za-z0-9])${body}(?![A-Za-z0-9])`
    }),
  )
  // The longest first, so that a code without its dashes does not leave the dashes of a longer form behind.
  const all = sources.sort((a, b) => b.length - a.length)
  const pattern = all.length === 0 ? null : new RegExp(all.join('|'), 'gi')
  return (text) => withoutCredentials(pattern === null ? text : text.replace(pattern, REMOVED))
}
