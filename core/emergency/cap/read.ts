import {
  type CapArea,
  type CapInfo,
  type CapMessage,
  type CapPair,
  type CapResource,
  type Finding,
  finding,
  type Group,
  STRUCTURE,
} from './message.ts'

/** An element of CAP with its place in the text, both counted from 1. What reads XML makes these; signatures are not among them. */
export type CapNode = {
  readonly name: string
  /** The text inside, entities resolved; of a group: whatever stood between its elements. */
  readonly text: string
  readonly children: readonly CapNode[]
  readonly line: number
  readonly column: number
}

/** JSON pointer into the message → where it stood. */
export type Places = ReadonlyMap<string, { readonly line: number; readonly column: number }>
export type Read = {
  readonly message: CapMessage
  /** What is wrong with the elements as such: order, number, names. */
  readonly findings: readonly Finding[]
  readonly places: Places
}

/** A bound for people, not for memory: the text has its own. */
const MOST_FINDINGS = 100

/** The message in an `alert` element. What does not belong there is left out and said; required elements that are missing read as ''. */
export const readCap = (root: CapNode): Read => {
  const notes: Notes = { findings: [], places: new Map() }
  const message = alertOf(fieldsOf(root, 'alert', '', notes))
  return { message, findings: placed(notes.findings, notes.places), places: notes.places }
}

/** Gives each finding that has none the line and column of its path, or of the nearest element around it. */
export const placed = (findings: readonly Finding[], places: Places): readonly Finding[] =>
  findings.slice(0, MOST_FINDINGS).map((f) => {
    if (f.line !== null) return f
    const parts = f.path.split('/')
    for (let n = parts.length; n > 0; n--) {
      const at = places.get(parts.slice(0, n).join('/'))
      if (at !== undefined) return { ...f, ...at }
    }
    return f
  })

type Notes = {
  readonly findings: Finding[]
  readonly places: Map<string, { readonly line: number; readonly column: number }>
}
type Fields = {
  readonly text: (name: string) => string
  readonly maybe: (name: string) => string | null
  readonly texts: (name: string) => readonly string[]
  readonly groups: <T>(name: string, group: Group, make: (fields: Fields) => T) => readonly T[]
}

const fieldsOf = (node: CapNode, group: Group, path: string, notes: Notes): Fields => {
  notes.places.set(path, { line: node.line, column: node.column })
  const rows = STRUCTURE[group]
  const found = new Map<string, CapNode[]>()
  let reached = 0
  if (node.text.trim() !== '')
    note(notes, 'stray-text', path, { vi: 'có chữ nằm ngoài các thẻ con', en: 'has text between its elements' })
  for (const child of node.children) {
    const index = rows.findIndex((r) => r.name === child.name)
    const row = rows[index]
    if (row === undefined) {
      const words = { vi: `không có thẻ <${child.name}> ở đây`, en: `there is no element <${child.name}> here` }
      note(notes, 'unknown-element', path, words, child)
      continue
    }
    if (index < reached) {
      const words = {
        vi: `<${child.name}> sai thứ tự: phải đứng trước <${rows[reached]?.name}>`,
        en: `<${child.name}> is out of order: it comes before <${rows[reached]?.name}>`,
      }
      note(notes, 'wrong-order', `${path}/${child.name}`, words, child)
    }
    reached = Math.max(reached, index)
    const list = found.get(child.name) ?? []
    if (!row.many && list.length === 1) {
      const words = { vi: `<${child.name}> chỉ được có một`, en: `there may be only one <${child.name}>` }
      note(notes, 'element-twice', `${path}/${child.name}`, words, child)
      continue
    }
    const at = row.many ? `${path}/${child.name}/${list.length}` : `${path}/${child.name}`
    notes.places.set(at, { line: child.line, column: child.column })
    if (row.inside === null && child.children.length > 0) {
      const words = { vi: 'chỉ được chứa chữ', en: 'may hold text only' }
      note(notes, 'unknown-element', at, words, child)
    }
    list.push(child)
    found.set(child.name, list)
  }
  const textOf = (child: CapNode): string =>
    rows.some((r) => r.name === child.name && r.collapse) ? child.text.trim() : child.text
  const list = (name: string): readonly CapNode[] => found.get(name) ?? []
  const maybe = (name: string): string | null => list(name).map(textOf)[0] ?? null
  return {
    text: (name) => maybe(name) ?? '',
    maybe,
    texts: (name) => list(name).map(textOf),
    groups: (name, inside, make) => list(name).map((n, i) => make(fieldsOf(n, inside, `${path}/${name}/${i}`, notes))),
  }
}

const note = (
  notes: Notes,
  code: string,
  path: string,
  words: { readonly vi: string; readonly en: string },
  at?: CapNode,
): void => {
  const said = finding(code, 'error', path, words)
  notes.findings.push(at === undefined ? said : { ...said, line: at.line, column: at.column })
}

const pairOf = (f: Fields): CapPair => ({ valueName: f.text('valueName'), value: f.text('value') })

const alertOf = (f: Fields): CapMessage => ({
  identifier: f.text('identifier'),
  sender: f.text('sender'),
  sent: f.text('sent'),
  status: f.text('status'),
  msgType: f.text('msgType'),
  source: f.maybe('source'),
  scope: f.text('scope'),
  restriction: f.maybe('restriction'),
  addresses: f.maybe('addresses'),
  code: f.texts('code'),
  note: f.maybe('note'),
  references: f.maybe('references'),
  incidents: f.maybe('incidents'),
  info: f.groups('info', 'info', infoOf),
})

const infoOf = (f: Fields): CapInfo => ({
  language: f.maybe('language'),
  category: f.texts('category'),
  event: f.text('event'),
  responseType: f.texts('responseType'),
  urgency: f.text('urgency'),
  severity: f.text('severity'),
  certainty: f.text('certainty'),
  audience: f.maybe('audience'),
  eventCode: f.groups('eventCode', 'pair', pairOf),
  effective: f.maybe('effective'),
  onset: f.maybe('onset'),
  expires: f.maybe('expires'),
  senderName: f.maybe('senderName'),
  headline: f.maybe('headline'),
  description: f.maybe('description'),
  instruction: f.maybe('instruction'),
  web: f.maybe('web'),
  contact: f.maybe('contact'),
  parameter: f.groups('parameter', 'pair', pairOf),
  resource: f.groups('resource', 'resource', resourceOf),
  area: f.groups('area', 'area', areaOf),
})

const resourceOf = (f: Fields): CapResource => ({
  resourceDesc: f.text('resourceDesc'),
  mimeType: f.text('mimeType'),
  size: f.maybe('size'),
  uri: f.maybe('uri'),
  derefUri: f.maybe('derefUri'),
  digest: f.maybe('digest'),
})

const areaOf = (f: Fields): CapArea => ({
  areaDesc: f.text('areaDesc'),
  polygon: f.texts('polygon'),
  circle: f.texts('circle'),
  geocode: f.groups('geocode', 'pair', pairOf),
  altitude: f.maybe('altitude'),
  ceiling: f.maybe('ceiling'),
})
