import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { concat, equalBytes, toHex } from '#core/base/bytes.ts'
import type { Values } from '../../dialect/dialect.ts'
import { benchOf, connect, createCard, hex } from './testing.ts'

const { greeted, judged, profile, questionOf } = benchOf(
  readFileSync(new URL('../../../firmware-profiles/huidu-sdk2.json', import.meta.url), 'utf8'),
)

describe('simulated card', () => {
  /** What the card must hold so that the vector can be asked of it. */
  const WRITES = ['heartbeat', 'version', 'setBlackout', 'setBrightness', 'setClock', 'setServer', 'reboot']

  test('gives the published reply to every published request', () => {
    const published = [
      ['08 00 01 20 05 00 00 01', '0A 00 02 20 05 00 00 01 00 00'],
      ['04 00 5F 00', '04 00 60 00'],
    ] as const
    for (const [request, reply] of published) expect(toHex(connect(createCard())(hex(request)), ' ')).toBe(reply)
    // GetIFVersion as published: 12 bytes of header, 120 of XML.
    const send = connect(createCard())
    send(hex('08 00 01 20 05 00 00 01'))
    const xml =
      '<?xml version="1.0" encoding="utf-8"?><sdk guid="##GUID"><in method="GetIFVersion"><version value="1000000"/></in></sdk>'
    const request = concat(hex('84 00 03 20 78 00 00 00 00 00 00 00'), new TextEncoder().encode(xml))
    expect(request.length).toBe(132)
    expect(equalBytes(questionOf('ifVersion', {}, {}).encode(0), request)).toBe(true)
    expect(new TextDecoder().decode(send(request))).toContain('result="kSuccess"')
  })

  test('answers writes of the vectors with the meaning of the vectors', () => {
    let checked = 0
    for (const vector of profile.vectors) {
      if (vector.kind !== 'exchange' || !WRITES.includes(vector.command)) continue
      const answer = greeted(createCard()).ask(vector.command, vector.parameters)
      expect(answer, vector.name).toMatchObject({ is: 'values' })
      checked += 1
    }
    expect(checked).toBe(9)
  })

  test('every command of the profile has been put to it', () => {
    const card = createCard({ answerChunk: 100 })
    const { ask, send, context } = greeted(card)
    const done = new Set(['version', 'ifVersion'])
    const values = (command: string, parameters: Values = {}) => {
      done.add(command)
      const answer = ask(command, parameters)
      if (answer?.is !== 'values') throw new Error(`${command}: ${JSON.stringify(answer)}`)
      return answer.values
    }
    expect(values('heartbeat')).toEqual({})
    expect(values('deviceInfo')).toMatchObject({ modelId: 'C16L', deviceId: 'C16L-D24-000A2', width: 320, height: 160 })
    expect(values('readNetwork')).toEqual({ networkMode: 'eth0' })
    values('setBrightness', { brightness: 37 })
    expect(values('readBrightness')).toEqual({ brightnessMode: 'default', brightness: 37 })
    card.tamper({ brightnessMode: 'sensor' })
    expect(values('readBrightness')).toEqual({ brightnessMode: 'sensor', brightness: null })
    values('setBlackout', { blackout: true })
    expect(values('readScreen')).toEqual({ blackout: true, scheduled: false })
    values('setBlackout', { blackout: false })
    expect(values('readScreen')).toEqual({ blackout: false, scheduled: false })
    values('setClock', { clock: '2026-11-22T18:30:00' })
    expect(values('readClock')).toEqual({
      clock: '2026-11-22T18:30:00',
      timezone: '(UTC+07:00)Bangkok,Hanoi,Jakarta',
      sync: 'none',
    })
    values('setServer', { host: '192.0.2.10', port: 10001 })
    expect(values('readServer')).toEqual({ host: '192.0.2.10', port: 10001 })
    const md5 = '9a0364b9e99bb480dd25e1f0284c8555'
    expect(values('fileStart', { md5, size: 7, type: 'picture', name: 'a.png' })).toEqual({
      existing: 0,
      ...{ session: context['guid'] },
    })
    for (const content of ['636F6E74', '656E74']) {
      done.add('fileContent')
      expect(
        send(questionOf('fileContent', { content, session: context['guid'] ?? null }, context).encode(0)).length,
      ).toBe(0)
    }
    expect(values('fileEnd')).toEqual({ status: 0 })
    expect(values('listFiles')).toEqual({ files: `a.png\t${md5}\t7\t0` })
    const program = { guid: 'p1', areaGuid: 'a1', width: 320, height: 160, pages: 'i1\t10\ta.png\ni2\t2.5\ta.png' }
    values('addPictures', program)
    expect(card.state().programs).toEqual([
      {
        guid: 'p1',
        items: [
          { what: 'image', shows: 'a.png', tenths: 100 },
          { what: 'image', shows: 'a.png', tenths: 25 },
        ],
      },
    ])
    values('updatePictures', { ...program, pages: 'i1\t3\ta.png' })
    expect(card.state().programs[0]?.items).toEqual([{ what: 'image', shows: 'a.png', tenths: 30 }])
    values('addText', {
      guid: 'p2',
      areaGuid: 'a1',
      width: 320,
      height: 160,
      itemGuid: 'i',
      text: 'Cửa khẩu & <chợ>',
      font: 'Arial',
      size: 16,
      colour: '#ffffff',
      seconds: 5,
    })
    expect(card.state().programs).toEqual([
      { guid: 'p2', items: [{ what: 'text', shows: 'Cửa khẩu & <chợ>', tenths: 50 }] },
    ])
    expect(values('readPrograms')).toEqual({ programs: 'p2' })
    values('deletePrograms', { programs: 'p2' })
    expect(values('readPrograms')).toEqual({ programs: '' })
    expect(values('deleteFiles', { files: 'a.png\nb.png' })).toEqual({ notFound: 'b.png' })
    values('reboot', { delay: 3 })
    expect(card.state()).toMatchObject({ reboots: 1, harm: [] })
    expect([...done].sort()).toEqual(Object.keys(profile.commands).sort())
  })

  test('refuses what the real one refuses', () => {
    const card = createCard()
    const send = connect(card)
    const meaning = (command: string, parameters: Values, context: Values) => {
      const question = questionOf(command, parameters, context)
      const last = judged(question, send(question.encode(0))).at(-1)
      return last?.is === 'fault' || last?.is === 'again' ? last.fault.detail : last?.is
    }
    expect(meaning('ifVersion', {}, {})).toMatch(/kProcessError/)
    expect(meaning('version', {}, {})).toBe('values')
    expect(meaning('fileStart', { md5: 'a'.repeat(32), size: 1, type: 'picture', name: 'a' }, {})).toMatch(
      /kProcessError/,
    )
    expect(meaning('deviceInfo', {}, { guid: 'wrong' })).toMatch(/kInvalidGUID/)
    expect(meaning('ifVersion', {}, {})).toBe('values')
    expect(meaning('deviceInfo', {}, { guid: 'wrong' })).toMatch(/kInvalidGUID/)
    expect(meaning('fileEnd', {}, {})).toMatch(/kProcessError/)
    const late = greeted(card)
    expect(late.ask('updatePictures', { guid: 'p', areaGuid: 'a', width: 1, height: 1, pages: '' })).toMatchObject({
      fault: { detail: expect.stringContaining('kNodeNotExist') },
    })
    expect(late.ask('deletePrograms', { programs: 'p' })).toMatchObject({
      fault: { detail: expect.stringContaining('kNodeNotExist') },
    })
    // Without its four children SetLuminancePloy cannot be read (seen on a C16L).
    const xml = `<sdk guid="${late.context['guid']}"><in method="SetLuminancePloy"><mode value="default"/><default value="50"/></in></sdk>`
    const body = new TextEncoder().encode(xml)
    const head = Buffer.alloc(12)
    head.writeUInt16LE(body.length + 12, 0)
    head.writeUInt16LE(0x2003, 2)
    head.writeUInt32LE(body.length, 4)
    expect(new TextDecoder().decode(late.send(concat(head, body)))).toContain('kParseXmlFailed')
    expect(card.state().brightness).toBe(100)
  })

  test('power off and on: dark and the session are forgotten, the rest is stored; a liar says yes and does nothing', () => {
    const card = createCard()
    const first = greeted(card)
    first.ask('setBrightness', { brightness: 20 })
    first.ask('setBlackout', { blackout: true })
    card.powerCycle()
    expect(card.state()).toMatchObject({ lit: true, brightness: 20 })
    expect(first.ask('readScreen')).toMatchObject({ is: 'fault' })
    card.lie(true)
    const again = greeted(card)
    expect(again.ask('setBlackout', { blackout: true })?.is).toBe('values')
    expect(again.ask('readScreen')).toEqual({ is: 'values', values: { blackout: false, scheduled: false } })
  })
})
