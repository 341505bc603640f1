import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { WebSocketServer } from 'ws'
import { canonicalJson } from '#core/content/item.ts'
import { sealEnvelope } from '#core/contract/verify.ts'
import { initial } from '#core/engine/init.ts'
import type { State } from '#core/engine/state.ts'
import { aSchedule, readingAt, siteFacts } from '../../test/build.ts'
import { shippedPolicy } from '../../test/drive.ts'
import { keyOf, officer, registry, root } from '../test/fakehub.ts'
import { cleanup, collector, memoryLog } from '../test/support.ts'
import { createVerify } from './crypto.ts'
import { createGate } from './gate.ts'
import { openHubLink } from './hublink.ts'
import type { Happening } from './loop.ts'

const policy = shippedPolicy()

test('a registry without the key that signed the schedule in force takes that schedule off at once', async () => {
  const site = siteFacts()
  const gate = createGate({ verify: createVerify(), site: { id: site.id, unit: site.unitCode } })
  const document = {
    ...aSchedule([]).document,
    playlists: [],
    frames: [],
    fallbackPlaylist: null,
    issuedBy: 'tructinh',
  }
  const envelope = sealEnvelope('schedule', canonicalJson(document), [officer])
  const held = gate.again(
    { registry: registry(1), schedule: envelope },
    { rootPublicKey: root.publicKey, at: readingAt(0) },
  )
  expect(held.schedule?.document.version).toBe(1)
  const run = { state: { ...initial(site, policy, readingAt(0)), ...held } as State }
  const without = sealEnvelope('registry', canonicalJson({ version: 2, issuedAt: 0, province: '12', entries: [] }), [
    root,
  ])
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  cleanup(() => server.close())
  server.on('connection', (socket) => {
    socket.on('message', () => socket.send(JSON.stringify({ t: 'registry', envelope: without })))
  })
  await new Promise<void>((resolve) => server.once('listening', resolve))
  const posted = collector<Happening>()
  const link = openHubLink({
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    fingerprint: null,
    site: site.id,
    bootId: 'b',
    version: 't',
    sign: keyOf().sign,
    gate,
    rootPublicKey: () => root.publicKey,
    state: () => run.state,
    now: () => readingAt(0),
    post: (happening) => {
      if (happening.event === 'registry') run.state = { ...run.state, registry: happening.registry }
      return posted.add(happening)
    },
    status: () => {
      throw new Error('not asked before the welcome')
    },
    evidence: { head: () => -1, read: () => Promise.resolve([]) },
    metrics: () => Promise.resolve(''),
    frame: () => Promise.resolve(null),
    assets: () => {},
    hubTime: () => {},
    log: memoryLog().log,
    random: () => 0,
  })
  cleanup(() => link.stop())
  const refused = await posted.until('the refusal', (h) => h.event === 'refused')
  expect(refused).toMatchObject({ what: 'schedule', reason: 'unknown-key', voids: true })
})
