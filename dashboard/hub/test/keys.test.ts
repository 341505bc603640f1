import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseDocument } from '#core/base/check.ts'
import { ok } from '#core/base/result.ts'
import { ROLES } from '#core/contract/can.ts'
import { EnvelopeSchema } from '#core/contract/envelope.ts'
import { RIGHTS } from '#core/contract/keys.ts'
import { openRegistry } from '#core/contract/verify.ts'
import { openKey, sha256, verifyEd25519 } from '../crypto/ed25519.ts'
import { unwrapKey } from '../crypto/wrap.ts'
import { readFolder } from '../keys/folder.ts'
import { NOW } from './harness.ts'
import { APPROVER, keys, text, useProvince } from './province.ts'

const { made, local, person } = useProvince()

describe('keys init', () => {
  it('makes a wrapped root key that only its owner reads, and a signed registry of nobody', async () => {
    const dir = join(made.home, 'new')
    const { code, json } = await keys(['init', '--dir', dir, '--province', '12', '--json'])
    expect(code).toBe(0)
    expect(statSync(join(dir, 'root-key.wrapped.json')).mode & 0o777).toBe(0o600)
    expect(statSync(dir).mode & 0o777).toBe(0o700)
    const wrapped = JSON.parse(readFileSync(join(dir, 'root-key.wrapped.json'), 'utf8'))
    const opened = await unwrapKey(wrapped, text(json['passphrase']))
    expect(opened.ok && openKey(opened.value).publicKey).toBe(json['rootPublicKey'])
    const envelope = parseDocument(EnvelopeSchema, readFileSync(join(dir, 'for-hub/registry/000001.json'), 'utf8'))
    const pin = { rootPublicKey: text(json['rootPublicKey']), verify: verifyEd25519, sha256, above: 0 }
    expect(envelope.ok && openRegistry(envelope.value, pin)).toEqual(
      ok({ version: 1, issuedAt: NOW, province: '12', entries: [] }),
    )
  })
  it('takes a typed passphrase, twice the same and long enough', async () => {
    const init = (dir: string) => ['init', '--dir', join(made.home, dir), '--province', '12', '--type', '--json']
    expect(await keys(init('t1'), ['short', 'short'])).toMatchObject({
      code: 1,
      err: expect.stringMatching(/at least 16/),
    })
    expect(await keys(init('t1'), ['mật ngữ rất là dài', 'khác đi'])).toMatchObject({
      code: 1,
      err: expect.stringMatching(/differ/),
    })
    expect(existsSync(join(made.home, 't1'))).toBe(false)
    const done = await keys(init('t1'), ['mật ngữ rất là dài', 'mật ngữ rất là dài'])
    expect([done.code, done.json['passphrase']]).toEqual([0, null])
    const args = ['person', '--dir', join(made.home, 't1'), ...APPROVER]
    expect((await keys(args, ['mật ngữ rất là dài'])).code).toBe(0)
  })
  it('refuses a folder with something in it, and one that cannot be made', async () => {
    expect(await keys(['init', '--dir', local.dir, '--province', '12'])).toMatchObject({
      code: 1,
      err: expect.stringMatching(/is not empty .*a root key is made once/),
    })
    writeFileSync(join(made.home, 'a-file'), '')
    const inFile = await keys(['init', '--dir', join(made.home, 'a-file/x'), '--province', '12'])
    expect([inFile.code, inFile.err]).toEqual([1, expect.stringMatching(/a-file\/x: cannot be made \(ENOTDIR\)/)])
  })
})

describe('keys person', () => {
  it('wraps the key with a passphrase told once, kept nowhere, and signs the next version', async () => {
    const folder = readFolder(local.dir)
    expect(folder.ok && folder.value.registry).toMatchObject({
      version: 2,
      entries: [{ person: 'duyet', rights: ['approve', 'schedule'], areas: ['12'] }],
    })
    const entry = folder.ok ? folder.value.registry.entries[0] : undefined
    // Today in Việt Nam, both days included, two years.
    expect(entry?.validFrom).toBe(Date.UTC(2026, 10, 21, 17))
    expect(entry?.validTo).toBe(Date.UTC(2026, 10, 21, 17) + 731 * 864e5)
    const file = JSON.parse(readFileSync(join(local.dir, 'for-hub/people/duyet.json'), 'utf8'))
    expect(file).toMatchObject({ roles: ['approver'], closed: false })
    expect((await unwrapKey(file.key, made.approver)).ok).toBe(true)
    const all = readdirSync(local.dir, { recursive: true, withFileTypes: true }).filter((e) => e.isFile())
    expect(all.length).toBe(6)
    for (const e of all) expect(readFileSync(join(e.parentPath, e.name), 'utf8')).not.toMatch(made.passphrase)
  })
  it('an account without a key needs no root passphrase and no new version', async () => {
    const ran = await keys(person(['--roles', 'operator,inspector', '--json']))
    expect([ran.code, ran.asked, ran.json['registryVersion'], ran.json['key']]).toEqual([0, 0, 2, null])
  })
  it('reads the root passphrase from a file', async () => {
    const file = join(made.home, 'root.txt')
    writeFileSync(file, `${made.passphrase}\r\n`)
    const args = person(['--rights', 'order.emergency', '--areas', '03549,03445', '--passphrase-file', file])
    expect((await keys(args)).code).toBe(0)
    expect(
      await keys(person(['--rights', 'approve', '--areas', '12', '--replace', '--passphrase-file', `${file}.no`])),
    ).toMatchObject({
      code: 1,
      err: expect.stringMatching(/root\.txt\.no: cannot be read \(ENOENT\)/),
    })
  })
  it('a wrong passphrase changes nothing', async () => {
    const ran = await keys(person(['--rights', 'approve', '--areas', '12']), ['bika-rutu'])
    expect([ran.code, ran.err]).toEqual([
      1,
      expect.stringMatching(/root-key\.wrapped\.json: the passphrase does not open it/),
    ])
    expect(readdirSync(join(local.dir, 'for-hub/registry')).sort()).toEqual(['000001.json', '000002.json'])
    expect(existsSync(join(local.dir, 'for-hub/people/truc.json'))).toBe(false)
  })
  it('an existing person only with --replace; then the old key ends and the new one holds', async () => {
    const again = ['person', '--dir', local.dir, ...APPROVER, '--json']
    expect(await keys(again, [made.passphrase])).toMatchObject({
      code: 1,
      err: expect.stringMatching(/is there already; --replace/),
    })
    const { code, json } = await keys([...again, '--replace'], [made.passphrase], NOW + 1000)
    const folder = readFolder(local.dir)
    const [old, fresh] = folder.ok ? folder.value.registry.entries : []
    expect([code, json['ended'], old?.validTo]).toEqual([0, [old?.key], NOW + 1000])
    expect([fresh?.key, fresh?.person]).toEqual([json['key'], 'duyet'])
  })
  it('an unknown right, a bad area, a bad date, name or user: bad usage, named', async () => {
    const area = ['--areas', '12']
    const cases: readonly (readonly [readonly string[], RegExp])[] = [
      [['--rights', 'approve,everything', ...area], /--rights: "everything" is none of: approve/],
      [['--rights', 'approve', '--areas', '123'], /--areas: "123" is neither/],
      [['--rights', 'approve', '--areas', ','], /--areas: names no area/],
      [['--rights', 'approve'], /--areas is needed/],
      [['--roles', 'boss'], /--roles: "boss" is none of/],
      [[], /--rights or --roles is needed/],
      [['--rights', 'approve', ...area, '--from', '2026-02-30'], /--from: "2026-02-30" is no date/],
      [['--rights', 'approve', ...area, '--to', '2020-01-01'], /--to: 2020-01-01 is over/],
      [['--rights', 'approve', ...area, '--user', 'Vàng A'], /--user: "Vàng A" must be/],
      [['--rights', 'approve', ...area, '--name', 'a\u202eb'], /--name: /],
      [['--rights', 'approve', ...area, '--hub', 'x'], /--hub/],
    ]
    for (const [over, words] of cases) {
      const ran = await keys(person(over), [made.passphrase])
      expect([over, ran.code, ran.err, ran.asked]).toEqual([over, 2, expect.stringMatching(words), 0])
    }
    const other = await keys(person(['--rights', 'approve', '--areas', '11']), [made.passphrase])
    expect([other.code, other.err]).toEqual([1, expect.stringMatching(/11 is not this province \(12\)/)])
  })
  it('a registry that was changed by one letter, renamed, or is not there is refused', async () => {
    const file = join(local.dir, 'for-hub/registry/000002.json')
    const good = readFileSync(file, 'utf8')
    writeFileSync(file, good.replace('duyet', 'duyey'))
    expect((await keys(['list', '--dir', local.dir])).err).toMatch(/000002\.json: bad-signature/)
    writeFileSync(file, '{')
    expect((await keys(['list', '--dir', local.dir])).err).toMatch(/000002\.json: .*not JSON/)
    writeFileSync(join(local.dir, 'for-hub/registry/000009.json'), good)
    expect((await keys(['list', '--dir', local.dir])).err).toMatch(/000009\.json: holds version 2/)
    expect(await keys(['list', '--dir', made.home])).toMatchObject({
      code: 1,
      err: expect.stringMatching(/is no key folder/),
    })
  })
})

describe('keys revoke', () => {
  it('takes the keys out, or with --keep-past ends them; once', async () => {
    const kept = await keys(
      ['revoke', '--dir', local.dir, '--user', 'duyet', '--keep-past'],
      [made.passphrase],
      NOW + 5,
    )
    const ended = readFolder(local.dir)
    expect([kept.code, ended.ok && ended.value.registry.entries.map((e) => e.validTo)]).toEqual([0, [NOW + 5]])
    const gone = await keys(['revoke', '--dir', local.dir, '--user', 'duyet'], [made.passphrase], NOW + 6)
    const after = readFolder(local.dir)
    expect([gone.code, after.ok && after.value.registry.entries, after.ok && after.value.registry.version]).toEqual([
      0,
      [],
      4,
    ])
    expect(after.ok && after.value.people.find((p) => p.user === 'duyet')).toMatchObject({ closed: true, key: null })
    const again = await keys(['revoke', '--dir', local.dir, '--user', 'duyet'], [made.passphrase])
    expect([again.code, again.err]).toEqual([1, expect.stringMatching(/has been revoked before/)])
    expect((await keys(['revoke', '--dir', local.dir, '--user', 'ai'])).err).toMatch(/there is no ai here/)
  })
})

describe('keys --help', () => {
  it('names every verb, right and role; a wrong verb or none is bad usage', async () => {
    const { code, out } = await keys(['--help'])
    const words = ['init', 'person', 'revoke', 'list', 'install', 'password', 'enrol', ...RIGHTS, ...ROLES]
    expect(words.length).toBe(21)
    for (const word of words) expect(out).toContain(word)
    expect([
      code,
      (await keys([])).code,
      (await keys(['innit'])).code,
      (await keys(['list', '--dri', 'x'])).code,
    ]).toEqual([0, 2, 2, 2])
  })
})
