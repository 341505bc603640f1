import { checkInfo, checkTogether } from './check-info.ts'
import { type Ask, type CapFacts, forbidden, gate, oneOf, timeAt } from './check-text.ts'
import {
  CAP_MESSAGE_TYPES,
  CAP_SCOPES,
  CAP_STATUSES,
  type CapMessage,
  type Finding,
  finding,
  PROFILE_CODE,
} from './message.ts'
import { identityKey, parseCapTime, parseReference, splitWords } from './time.ts'

/** Orders reference at most this many; so may a message. */
const MOST_REFERENCES = 50
const MOST_INFOS = 20
const IDENTITY = { most: 200, lines: 1 }
/** A message that claims to be from later than this is from a wrong clock. */
const FUTURE_MS = 900_000

export const claimsProfile = (message: Pick<CapMessage, 'code'>): boolean =>
  message.code.some((c) => c.trim() === PROFILE_CODE)

/**
 * Everything that CAP 1.2 asks of a message, in its schema and beyond it, and (where the message claims it, or the caller asks for it) what our
 * profile asks: errors are what nobody may rely on, warnings what a person should look at. In the order of the message.
 */
export const checkCap = (message: CapMessage, facts: CapFacts): readonly Finding[] => {
  const strict = facts.profile || claimsProfile(message)
  const ask: Ask = {
    strict,
    facts,
    found: [],
    add: (code, severity, path, words) => {
      ask.found.push(finding(code, severity, path, words))
    },
  }
  checkHeader(message, ask)
  checkReferences(message, ask)
  if (message.info.length > MOST_INFOS)
    ask.add('too-many', 'error', '/info', {
      vi: `có ${message.info.length} khối info, tối đa ${MOST_INFOS}`,
      en: `has ${message.info.length} info blocks, at most ${MOST_INFOS}`,
    })
  const infos = message.info.slice(0, MOST_INFOS)
  for (const [i, info] of infos.entries()) checkInfo(info, `/info/${i}`, { message, ask })
  checkTogether(infos, { message, ask })
  if (strict) checkProfile(message, ask)
  return ask.found
}

export const hasErrors = (findings: readonly Finding[]): boolean => findings.some((f) => f.severity === 'error')

const checkHeader = (message: CapMessage, ask: Ask): void => {
  for (const key of ['identifier', 'sender'] as const) {
    if (!gate(message[key], `/${key}`, { limits: IDENTITY, required: true }, ask)) continue
    const bad = forbidden(message[key])
    if (bad !== undefined)
      ask.add('forbidden-character', 'error', `/${key}`, {
        vi: `có ký tự ${bad}: không được có khoảng trắng, dấu phẩy, < và &`,
        en: `has the character ${bad}: no white space, commas, < or &`,
      })
  }
  const sent = timeAt(message.sent, '/sent', ask)
  const { now } = ask.facts
  if (sent !== undefined && now !== null && sent > now + FUTURE_MS)
    ask.add('from-the-future', 'warning', '/sent', {
      vi: 'gửi từ tương lai: đồng hồ bên gửi sai?',
      en: "is in the future: is the sender's clock wrong?",
    })
  oneOf(CAP_STATUSES, message.status, '/status', ask)
  oneOf(CAP_MESSAGE_TYPES, message.msgType, '/msgType', ask)
  oneOf(CAP_SCOPES, message.scope, '/scope', ask)
  checkScope(message, ask)
  const line = { limits: { most: 200, lines: 1 }, required: false }
  const text = { limits: { most: 2000, lines: 40 }, required: false }
  for (const key of ['source', 'restriction'] as const) if (message[key]) gate(message[key], `/${key}`, line, ask)
  for (const key of ['note', 'addresses', 'incidents'] as const)
    if (message[key]) gate(message[key], `/${key}`, text, ask)
  for (const [i, code] of message.code.entries()) gate(code, `/code/${i}`, { ...line, required: true }, ask)
  for (const key of ['addresses', 'incidents'] as const)
    if (((message[key] ?? '').split('"').length - 1) % 2 === 1)
      ask.add('quotes', 'error', `/${key}`, {
        vi: 'dấu ngoặc kép không đóng',
        en: 'has a quotation mark without its end',
      })
  if ((message.msgType === 'Alert' || message.msgType === 'Update') && message.info.length === 0)
    ask.add('no-info', 'error', '/info', {
      vi: `${message.msgType} phải có ít nhất một khối info`,
      en: `${message.msgType} must have an info block`,
    })
}

const checkScope = (message: CapMessage, ask: Ask): void => {
  const needs = [
    ['Restricted', 'restriction'],
    ['Private', 'addresses'],
  ] as const
  for (const [scope, key] of needs) {
    const there = (message[key] ?? '').trim() !== ''
    if (message.scope === scope && !there)
      ask.add('missing', 'error', `/${key}`, { vi: `scope ${scope} cần <${key}>`, en: `scope ${scope} needs <${key}>` })
    if (message.scope !== scope && there && key === 'restriction')
      ask.add('restriction', 'warning', '/restriction', {
        vi: 'chỉ có nghĩa khi scope là Restricted',
        en: 'means something only with scope Restricted',
      })
  }
  const answers = message.msgType === 'Ack' || message.msgType === 'Error'
  if (!answers && (message.scope === 'Restricted' || message.scope === 'Private'))
    ask.add('not-public', ask.strict ? 'error' : 'warning', '/scope', {
      vi: 'chỉ bản tin Public mới được đưa lên màn hình công cộng',
      en: 'only Public messages may go to public displays',
    })
}

const checkReferences = (message: CapMessage, ask: Ask): void => {
  const words = splitWords(message.references ?? '')
  const needs = ['Update', 'Cancel', 'Ack', 'Error'].includes(message.msgType)
  if (needs && words.length === 0)
    ask.add('missing', 'error', '/references', {
      vi: `${message.msgType} phải dẫn bản tin trước (references)`,
      en: `${message.msgType} must say which message it is about (references)`,
    })
  if (message.msgType === 'Alert' && words.length > 0)
    ask.add('alert-with-references', 'warning', '/references', {
      vi: 'Alert thường không dẫn bản tin khác; có phải Update?',
      en: 'an Alert seldom refers to others; is it an Update?',
    })
  if (words.length > MOST_REFERENCES)
    ask.add('too-many', 'error', '/references', {
      vi: `dẫn ${words.length} bản tin, tối đa ${MOST_REFERENCES}`,
      en: `names ${words.length} messages, at most ${MOST_REFERENCES}`,
    })
  const seen = new Set<string>()
  const own = parseCapTime(message.sent)
  for (const word of words.slice(0, MOST_REFERENCES)) {
    const reference = parseReference(word)
    if (reference === undefined) {
      ask.add('bad-reference', 'error', '/references', {
        vi: `“${word.slice(0, 80)}” không phải dạng sender,identifier,sent`,
        en: `“${word.slice(0, 80)}” is not sender,identifier,sent`,
      })
      continue
    }
    const key = identityKey(reference)
    if (seen.has(key))
      ask.add('reference-twice', 'warning', '/references', { vi: `dẫn hai lần ${word}`, en: `names ${word} twice` })
    seen.add(key)
    if (key === identityKey(message))
      ask.add('refers-to-itself', 'error', '/references', { vi: 'tự dẫn chính mình', en: 'refers to itself' })
    else if (own !== undefined && (parseCapTime(reference.sent) ?? 0) > own)
      ask.add('reference-newer', 'warning', '/references', {
        vi: `${word} gửi sau bản tin này`,
        en: `${word} was sent after this message`,
      })
  }
}

/** What `VN-LC:CLUSTER:1.0` asks of the whole message; of each info, see `check-info.ts`. */
const checkProfile = (message: CapMessage, ask: Ask): void => {
  if (!claimsProfile(message))
    ask.add('profile-code', 'warning', '/code', {
      vi: `thiếu <code>${PROFILE_CODE}</code>`,
      en: `<code>${PROFILE_CODE}</code> is missing`,
    })
  const isAlert = message.msgType === 'Alert' || message.msgType === 'Update'
  if (isAlert && !message.info.some((i) => i.language?.toLowerCase() === 'vi-vn'))
    ask.add('no-vietnamese', 'error', '/info', {
      vi: 'hồ sơ này cần một khối info tiếng Việt (vi-VN)',
      en: 'the profile needs an info block in Vietnamese (vi-VN)',
    })
  if ((message.status === 'Exercise' || message.msgType === 'Error') && (message.note ?? '').trim() === '')
    ask.add('note-missing', 'error', '/note', {
      vi: 'diễn tập và báo lỗi phải có ghi chú (note)',
      en: 'an exercise and an error say in a note what it is',
    })
}
