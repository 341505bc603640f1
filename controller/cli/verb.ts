import { type ParseArgsConfig, parseArgs } from 'node:util'
import { err, ok, type Result } from '#core/base/result.ts'
import type { ProfileFault } from '../profile/parse.ts'
import type { World } from './world.ts'

/** 0 fine, 1 found something wrong, 2 bad usage. */
export type Exit = 0 | 1 | 2

/** Words and options of one call, already known to be options of this verb. */
export type Given = {
  readonly words: readonly string[]
  readonly flag: (name: string) => boolean
  readonly text: (name: string) => string | null
  readonly texts: (name: string) => readonly string[]
  readonly json: boolean
}

/** One sub-command of `bangtin profile`. */
export type Verb = {
  readonly vi: string
  readonly en: string
  /** What comes after the verb. */
  readonly usage: string
  /** Options and what they do, one per line. */
  readonly help: string
  readonly options: Options
  readonly run: (world: World, given: Given) => Promise<Exit>
}
export type Options = NonNullable<ParseArgsConfig['options']>

/** A usage error: said with the help of the verb. */
export class Misuse extends Error {
  constructor(vi: string, en: string) {
    super(`${vi} · ${en}`)
  }
}

/** A usage error that says all there is to know; the help is only pointed to. */
export class Unusable extends Misuse {}

const COMMON: Options = {
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
}

export const helpOf = (name: string, verb: Verb): string =>
  [
    `bangtin profile ${name} ${verb.usage}`,
    `${verb.vi} · ${verb.en}\n`,
    ...verb.help.split('\n').map((line) => `  ${line}`),
    '  --json   kết quả dạng JSON · result as JSON',
    '  --help   trang này · this page\n',
    'Mã thoát · exit: 0 tốt · fine; 1 có lỗi được tìm thấy · found something wrong; 2 dùng sai · bad usage\n',
  ].join('\n')

/** Parses and runs one verb. A usage error is said with the help of that verb. */
export const runVerb = async (world: World, of: { name: string; verb: Verb; args: string[] }): Promise<Exit> => {
  const { name, verb, args } = of
  let parsed: ReturnType<typeof parseArgs>
  try {
    parsed = parseArgs({ args, allowPositionals: true, options: { ...verb.options, ...COMMON } })
  } catch (error) {
    world.err(`Tham số sai · ${error instanceof Error ? error.message : String(error)}\n\n${helpOf(name, verb)}`)
    return 2
  }
  const { values, positionals } = parsed
  if (values['help'] === true) {
    world.out(helpOf(name, verb))
    return 0
  }
  const text = (key: string): string | null => {
    const value = values[key]
    return typeof value === 'string' ? value : null
  }
  const given: Given = {
    words: positionals,
    flag: (key) => values[key] === true,
    text,
    texts: (key) => {
      const value = values[key]
      return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : []
    },
    json: values['json'] === true,
  }
  try {
    return await verb.run(world, given)
  } catch (error) {
    if (!(error instanceof Misuse)) throw error
    const more = error instanceof Unusable ? `bangtin profile ${name} --help` : `\n${helpOf(name, verb)}`
    world.err(`${error.message}\n${more}`)
    return 2
  }
}

/** A whole number within bounds, or `otherwise` when the option was not given. */
export const wholeNumber = <T>(
  given: Given,
  name: string,
  range: { readonly least: number; readonly most: number; readonly otherwise: T },
): number | T => {
  const text = given.text(name)
  if (text === null) return range.otherwise
  const value = Number(text)
  if (!/^\d+$/.test(text) || value < range.least || value > range.most)
    throw new Misuse(
      `--${name} phải là số nguyên từ ${range.least} đến ${range.most}`,
      `--${name} must be a whole number from ${range.least} to ${range.most}`,
    )
  return value
}

export const asJson = (world: World, value: unknown): void => world.out(JSON.stringify(value, null, 2))
/** One object per line, for streams. */
export const asJsonLine = (world: World, value: unknown): void => world.out(JSON.stringify(value))

/** Says why a profile cannot be used. */
export const refuse = (world: World, given: Given, faults: readonly ProfileFault[]): 1 => {
  if (given.json) asJson(world, { ok: false, faults })
  else for (const fault of faults) world.err(`${fault.file}: ${fault.where}: ${fault.why}`)
  return 1
}

/** `key=value` pairs → an error naming the first that is none. */
export const pairsOf = (words: readonly string[]): Result<readonly (readonly [string, string])[], string> => {
  const wrong = words.find((word) => !/^[A-Za-z]\w*=./.test(word))
  if (wrong !== undefined) return err(wrong)
  return ok(words.map((word) => [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)] as const))
}
