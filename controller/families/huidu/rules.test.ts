import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parseDocument } from '#core/base/check.ts'
import { loadProfile } from '../../profile/catalogue.ts'
import { checkVectors } from '../../profile/vectors.ts'
import { huiduRules } from './rules.ts'
import { HuiduProfile } from './schema.ts'
import { benchOf } from './testing.ts'

const profileText = readFileSync(new URL('../../../firmware-profiles/huidu-sdk2.json', import.meta.url), 'utf8')
const { profile } = benchOf(profileText)

// biome-ignore lint/suspicious/noExplicitAny: a test breaks the document in places no type allows
type Broken = any

test('the profile passes schema, linter and all its vectors', () => {
  const loaded = loadProfile('huidu-sdk2.json', profileText)
  expect(loaded.ok ? [] : loaded.error).toEqual([])
  expect(checkVectors(profile)).toEqual([])
  expect(profile.vectors.length).toBe(43)
  expect(profile.confirmedOnHardware).toBe(null)
})

const broken: readonly (readonly [what: string, change: (p: Broken) => void, where: string])[] = [
  ['handshake without version first', (p) => p.handshake.reverse(), '/handshake/0'],
  ['handshake of a missing command', (p) => (p.handshake[1] = 'nothing'), '/handshake/1'],
  ['handshake without the session', (p) => (p.handshake[1] = 'heartbeat'), '/handshake'],
  ['handshake that writes', (p) => (p.handshake[1] = 'setBrightness'), '/handshake/1'],
  ['two givers of a session', (p) => (p.commands.deviceInfo.session = 'ask'), '/commands'],
  ['a code twice', (p) => (p.codes[3].code = 2), '/codes/3'],
  ['a name twice', (p) => (p.codes[3].name = 'kProcessError'), '/codes/3'],
  ['success is not fine', (p) => (p.codes[0].verdict = 'refused'), '/codes'],
  ['no end of files', (p) => delete p.commands.fileEnd, '/commands'],
  ['firmware not named as never sent', (p) => p.neverSend.shift(), '/neverSend'],
  [
    'brightness without its field',
    (p) => (p.commands.setBrightness.body[1].name = 'level'),
    '/display/brightness/write/0',
  ],
  [
    'read-back without its field',
    (p) => (p.commands.readScreen.answer[0].field.name = 'dark'),
    '/display/blackout/readBack',
  ],
  ['identify without a model', (p) => (p.commands.deviceInfo.answer[0].field.name = 'model'), '/display/identify'],
  ['clock without a clock', (p) => (p.commands.setClock.body[3].name = 'time'), '/display/clock'],
  [
    'a method that goes the other way',
    (p) => (p.commands.readClock.method = 'SetTimeInfo'),
    '/commands/readClock/direction',
  ],
  ['a file packet that reads', (p) => (p.commands.fileEnd.direction = 'read'), '/commands/fileEnd/direction'],
  ['a file type twice', (p) => (p.commands.fileStart.types.video = 0), '/commands/fileStart/types'],
  ['a field twice', (p) => (p.commands.setServer.body[1].name = 'host'), '/commands/setServer/body'],
  ['min above max', (p) => (p.commands.setServer.body[1].min = 70_000), '/commands/setServer/body/1/min'],
  [
    'a row without values',
    (p) => p.commands.deletePrograms.body[0].columns.splice(0, 1, { kind: 'constant', at: '@a', value: 'b' }),
    '/commands/deletePrograms/body/0/columns',
  ],
  ['the method as a field', (p) => (p.commands.reboot.body[0].at = '@method'), '/commands/reboot/body/0/at'],
  [
    'rows that may be missing',
    (p) => (p.commands.listFiles.answer[0].need = false),
    '/commands/listFiles/answer/0/need',
  ],
]

test.each(broken)('%s is found', (_what, change, where) => {
  const copy: Broken = JSON.parse(profileText)
  change(copy)
  const parsed = parseDocument(HuiduProfile, JSON.stringify(copy))
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error))
  expect(huiduRules(parsed.value).map((fault) => fault.where)).toContain(where)
})

test('the schema itself refuses firmware as a file type, and places that are none', () => {
  for (const change of [
    (p: Broken) => (p.commands.fileStart.types.firmware = 3),
    (p: Broken) => (p.commands.fileStart.types.settings = 5),
    (p: Broken) => (p.commands.setClock.body[0].at = 'timezone/@value"><x'),
    (p: Broken) => (p.commands.setClock.method = 'set clock'),
  ]) {
    const copy: Broken = JSON.parse(profileText)
    change(copy)
    expect(parseDocument(HuiduProfile, JSON.stringify(copy)).ok).toBe(false)
  }
})
