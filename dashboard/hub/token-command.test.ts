import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeSeed, NOW, startWorld, type World } from './test/harness.ts'
import { tokenCommand } from './token-command.ts'

let world: World
let file: string
beforeAll(async () => {
  world = await startWorld(await makeSeed())
  file = join(world.dir, 'hub.json')
  writeFileSync(
    file,
    JSON.stringify({ listen: { host: '127.0.0.1', port: 1 }, dataDir: world.dir, tls: null, behindProxy: false }),
  )
})
afterAll(() => world.close())

const run = async (...args: readonly string[]) => {
  const said = { out: '', err: '' }
  const code = await tokenCommand([...args, '--config', file], {
    out: (text) => {
      said.out += text
    },
    err: (text) => {
      said.err += text
    },
    now: () => NOW,
  })
  return { code, ...said }
}

describe('bangtin hub token', () => {
  it('makes a token that opens what it is for at a running hub, lists it, ends it; each under a person’s name in the audit log', async () => {
    expect(await run('list')).toEqual({ code: 0, out: 'chưa có mã nào · no tokens\n', err: '' })
    const made = await run(
      'create',
      '--name',
      'Sở NNMT',
      '--scope',
      'sites.read,orders.draft',
      '--as',
      'quantri',
      '--json',
    )
    expect([made.code, made.err]).toEqual([0, ''])
    const { token, id } = JSON.parse(made.out) as { token: string; id: string }
    expect(token).toMatch(/^bt_/)
    const asked = async (path: string) =>
      (await fetch(`${world.hub.url}${path}`, { headers: { authorization: `Bearer ${token}` } })).status
    expect([await asked('/api/sites'), await asked('/api/orders')]).toEqual([200, 403])
    const listed = await run('list')
    expect(listed.out).toContain(`${id}  còn · alive`)
    expect(listed.out).not.toContain(token)
    expect((await run('create', '--name', 'Sở NNMT', '--scope', 'sites.read', '--as', 'quantri')).err).toContain(
      'a live token',
    )
    expect((await run('revoke', id, '--as', 'quantri')).out).toContain('thu hồi · revoked')
    expect(await asked('/api/sites')).toBe(401)
    const log = (await world.hub.hub.store.audit.newest(50)).filter((l) => l.action.startsWith('token.'))
    expect(log.map((l) => [l.action, l.person, l.subject])).toEqual([
      ['token.revoke', 'quantri', id],
      ['token.create', 'quantri', id],
    ])
  })

  it('says what is wrong, and exits 2 where it was used wrongly, 1 where it could not be done', async () => {
    const good = ['--name', 'X', '--scope', 'sites.read', '--as', 'quantri']
    const cases = [
      [2, '--as', ['create', '--name', 'X', '--scope', 'sites.read']],
      [1, 'is no administrator', ['create', '--name', 'X', '--scope', 'sites.read', '--as', 'tructinh']],
      [2, '"orders.release"?', ['create', '--name', 'X', '--scope', 'orders.release', '--as', 'quantri']],
      [2, '--days: 1–366', ['create', ...good, '--days', '400']],
      [2, '--name', ['create', '--scope', 'sites.read', '--as', 'quantri']],
      [1, 'there is no such token', ['revoke', 'T-none', '--as', 'quantri']],
      [2, 'create · list · revoke', ['drop']],
      [2, '--strange', ['list', '--strange']],
    ] as const
    for (const [code, text, args] of cases) {
      const said = await run(...args)
      expect([said.code, said.out], args.join(' ')).toEqual([code, ''])
      expect(said.err, args.join(' ')).toContain(text)
    }
    expect((await run('--help')).out).toContain('bangtin hub token create')
  })
})
