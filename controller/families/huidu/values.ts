import { err, ok, type Result, unreachable } from '#core/base/result.ts'
import type { Value, Values } from '../../dialect/dialect.ts'
import type { AnswerSpec, BodyFieldSpec, ConstantSpec, RowsSpec, SimpleSpec } from './schema.ts'
import { attributeOf, childrenOf, type Element, element, type Node, textOf, writable } from './xml.ts'

/** Field tables ↔ XML. Values go in checked and escaped; what comes out is checked again. */

type Draft = {
  readonly name: string
  readonly attributes: Record<string, string>
  readonly children: Draft[]
  text: string | null
}
const draft = (name: string): Draft => ({ name, attributes: {}, children: [], text: null })

/** `a/b@c` → the elements, and the attribute or null for the text. */
const placeOf = (at: string): { readonly path: readonly string[]; readonly attribute: string | null } => {
  const [, path = '', attribute] = /^([^@#]*)(?:@(.+)|#text)$/.exec(at) ?? []
  return { path: path === '' ? [] : path.split('/'), attribute: attribute ?? null }
}

/** The last child of that name at each step; made where there is none, so fields with the same path share elements. */
const reach = (root: Draft, path: readonly string[]): Draft =>
  path.reduce((parent, name) => {
    const there = parent.children.findLast((child) => child.name === name)
    if (there) return there
    const made = draft(name)
    parent.children.push(made)
    return made
  }, root)

const put = (root: Draft, at: string, text: string): void => {
  const { path, attribute } = placeOf(at)
  const place = reach(root, path)
  if (attribute === null) place.text = text
  else place.attributes[attribute] = text
}

const finished = (of: Draft): Element => {
  const children: readonly Node[] =
    of.text === null ? of.children.map(finished) : [of.text, ...of.children.map(finished)]
  return element(of.name, of.attributes, children)
}

const FORMS = {
  any: /(?:)/,
  guid: /^[A-Za-z0-9{}_-]{1,64}$/,
  md5: /^[0-9a-f]{32}$/,
  file: /^[A-Za-z0-9][A-Za-z0-9._-]{0,119}$/,
  host: /^[A-Za-z0-9][A-Za-z0-9.-]{0,254}$/,
} as const
const LOCAL = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}:\d{2})$/
const CARD_TIME = /^(\d{4}-\d{1,2}-\d{1,2}) (\d{1,2}:\d{2}:\d{2})$/

/** A value as the card’s text, or why it cannot be. */
const textFor = (field: SimpleSpec, value: Value | undefined): Result<string, string> => {
  if (value === undefined) return err(`${field.name} is missing`)
  switch (field.kind) {
    case 'integer': {
      const held = heldInteger(field, value)
      return held === undefined
        ? err(`${field.name} must be a number from ${field.min} to ${field.max}`)
        : ok(String(Math.round(held * field.times)))
    }
    case 'flag':
      return typeof value === 'boolean' ? ok(value ? field.yes : field.no) : err(`${field.name} must be true or false`)
    case 'text':
      if (typeof value !== 'string') return err(`${field.name} must be text`)
      if (value.length > field.most) return err(`${field.name} is longer than ${field.most} characters`)
      if (!writable(value)) return err(`${field.name} holds a character that XML cannot carry`)
      return FORMS[field.form].test(value) ? ok(value) : err(`${field.name} is no ${field.form}: ${value.slice(0, 40)}`)
    case 'clock': {
      const [, day, time] = LOCAL.exec(typeof value === 'string' ? value : '') ?? []
      return day && time ? ok(`${day} ${time}`) : err(`${field.name} must be like 2026-11-22T18:30:00`)
    }
    default:
      return unreachable(field)
  }
}

/** The number as the card will hold it; undefined when it cannot. */
const heldInteger = (field: Extract<SimpleSpec, { kind: 'integer' }>, value: Value): number | undefined => {
  if (typeof value !== 'number' || !Number.isFinite(value)) return undefined
  const raised = field.below === 'raise' && value < field.min ? field.min : value
  const held = Math.round(raised * field.times) / field.times
  return held < field.min || held > field.max ? undefined : held
}

/** A simple value as the card holds it. */
export const heldBy = (field: SimpleSpec, value: Value): Value | undefined =>
  field.kind === 'integer' ? heldInteger(field, value) : textFor(field, value).ok ? value : undefined

/** The card’s text as a value, or why it is none. */
const valueFrom = (field: SimpleSpec, text: string): Result<Value, string> => {
  switch (field.kind) {
    case 'integer': {
      if (!/^\d{1,15}$/.test(text)) return err(`${field.name} is no number: ${text.slice(0, 20)}`)
      const value = Number.parseInt(text, 10) / field.times
      return value < field.min || value > field.max
        ? err(`${field.name} is ${value}, not from ${field.min} to ${field.max}`)
        : ok(value)
    }
    case 'flag':
      if (text !== field.yes && text !== field.no)
        return err(`${field.name} is neither ${field.yes} nor ${field.no}: ${text.slice(0, 20)}`)
      return ok(text === field.yes)
    case 'text':
      return text.length > field.most ? err(`${field.name} is longer than ${field.most} characters`) : ok(text)
    case 'clock': {
      const [, day, time] = CARD_TIME.exec(text) ?? []
      if (!day || !time) return err(`${field.name} is no time: ${text.slice(0, 30)}`)
      const two = (part: string) =>
        part
          .split('-')
          .map((digits) => digits.padStart(2, '0'))
          .join('-')
      return ok(`${two(day)}T${time.padStart(8, '0')}`)
    }
    default:
      return unreachable(field)
  }
}

const isSimple = (field: BodyFieldSpec): field is SimpleSpec => field.kind !== 'constant' && field.kind !== 'rows'
const isRowValue = (field: ConstantSpec | SimpleSpec): field is SimpleSpec => field.kind !== 'constant'

/** Body fields and values → the element `in`, without its method; or which value is missing or wrong. */
export const bodyOf = (fields: readonly BodyFieldSpec[], values: Values): Result<Element, string> => {
  const root = draft('in')
  for (const field of fields) {
    if (field.kind === 'constant') put(root, field.at, field.value)
    else if (field.kind === 'rows') {
      const done = putRows(root, field, values[field.name])
      if (!done.ok) return done
    } else {
      const text = textFor(field, values[field.name])
      if (!text.ok) return text
      put(root, field.at, text.value)
    }
  }
  return ok(finished(root))
}

const putRows = (root: Draft, field: RowsSpec, value: Value | undefined): Result<void, string> => {
  if (typeof value !== 'string') return err(`${field.name} is missing`)
  const lines = value === '' ? [] : value.split('\n')
  if (lines.length > field.most) return err(`${field.name} has more than ${field.most} rows`)
  const path = field.at.split('/')
  const parent = reach(root, path.slice(0, -1))
  const columns = field.columns.filter(isRowValue)
  for (const [index, line] of lines.entries()) {
    const cells = line.split('\t')
    if (cells.length !== columns.length)
      return err(`${field.name}, row ${index + 1}: ${cells.length} columns instead of ${columns.length}`)
    const row = draft(path.at(-1) ?? '')
    for (const column of field.columns) {
      const text =
        column.kind === 'constant'
          ? ok(column.value)
          : textFor(column, cellOf(column, cells[columns.indexOf(column)] ?? ''))
      if (!text.ok) return err(`${field.name}, row ${index + 1}: ${text.error}`)
      put(row, column.at, text.value)
    }
    parent.children.push(row)
  }
  return ok(undefined)
}

const cellOf = (field: SimpleSpec, cell: string): Value => {
  if (field.kind === 'integer') return /^-?\d+(\.\d+)?$/.test(cell) ? Number.parseFloat(cell) : cell
  if (field.kind === 'flag') return cell === 'true' ? true : cell === 'false' ? false : cell
  return cell
}

const find = (root: Element, path: readonly string[]): Element | undefined =>
  path.reduce<Element | undefined>((from, name) => (from ? childrenOf(from, name)[0] : undefined), root)

/** The text at a place; undefined when it is not there. */
export const lookUp = (root: Element, at: string): string | undefined => {
  const { path, attribute } = placeOf(at)
  const place = find(root, path)
  if (!place) return undefined
  return attribute === null ? textOf(place) : attributeOf(place, attribute)
}

/** Reads what `bodyOf` wrote: every field must be there and every constant right. */
export const valuesOfBody = (fields: readonly BodyFieldSpec[], root: Element): Result<Values, string> => {
  const values: Record<string, Value> = {}
  for (const field of fields) {
    if (field.kind === 'rows') {
      const rows = readRows(field, root)
      if (!rows.ok) return rows
      values[field.name] = rows.value
      continue
    }
    const text = lookUp(root, field.at)
    if (text === undefined) return err(`${field.at} is missing`)
    if (!isSimple(field)) {
      if (text !== field.value) return err(`${field.at} is ${text.slice(0, 40)}`)
      continue
    }
    const value = valueFrom(field, text)
    if (!value.ok) return value
    values[field.name] = value.value
  }
  return ok(values)
}

/** The values of an answer, or what is wrong with it. What may be missing and is, is null. */
export const valuesOfAnswer = (answers: readonly AnswerSpec[], root: Element): Result<Values, string> => {
  const values: Record<string, Value> = {}
  for (const { field, need, onlyWhen } of answers) {
    values[field.name] = null
    if (onlyWhen && lookUp(root, onlyWhen.at) !== onlyWhen.is) continue
    if (field.kind === 'rows') {
      const rows = readRows(field, root)
      if (!rows.ok) return rows
      values[field.name] = rows.value
      continue
    }
    const text = lookUp(root, field.at)
    if (text === undefined) {
      if (need) return err(`${field.at} is missing`)
      continue
    }
    const value = valueFrom(field, text)
    if (!value.ok) return value
    values[field.name] = value.value
  }
  return ok(values)
}

const readRows = (field: RowsSpec, root: Element): Result<string, string> => {
  const path = field.at.split('/')
  const parent = find(root, path.slice(0, -1))
  const rows = parent ? childrenOf(parent, path.at(-1) ?? '') : []
  if (rows.length > field.most) return err(`${field.name} has more than ${field.most} rows`)
  const lines: string[] = []
  for (const row of rows) {
    const cells: string[] = []
    for (const column of field.columns) {
      const text = lookUp(row, column.at) ?? ''
      if (column.kind === 'constant') continue
      const value = text === '' ? ok('') : valueFrom(column, text)
      if (!value.ok) return value
      // A name with a tab or a line break would be read as two cells.
      cells.push(String(value.value).replace(/[\t\n\r]/g, ' '))
    }
    lines.push(cells.join('\t'))
  }
  return ok(lines.join('\n'))
}
