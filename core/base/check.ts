import type { Static, TSchema } from 'typebox'
import { Value } from 'typebox/value'
import { err, ok, type Result } from './result.ts'

/** One fault in a document: where in it (JSON pointer) and why. */
export type DocumentFault = { readonly where: string; readonly why: string }

/** At most this many faults are listed; a wrong document often has one cause and many symptoms. */
const MOST_FAULTS = 20

/** Checks a parsed document against its schema. Unknown keys are refused wherever the schema says so (it always does here). */
export const checkDocument = <S extends TSchema>(
  schema: S,
  document: unknown,
): Result<Static<S>, readonly DocumentFault[]> => {
  if (Value.Check(schema, document)) return ok(document as Static<S>)
  const faults: DocumentFault[] = []
  for (const fault of Value.Errors(schema, document)) {
    if (faults.length === MOST_FAULTS) break
    if (fault.keyword === 'boolean') faults.push({ where: fault.instancePath || '/', why: 'unknown key' })
    else if (fault.keyword !== 'additionalProperties' && fault.keyword !== 'anyOf')
      faults.push({ where: fault.instancePath || '/', why: describe(fault.message, fault.params) })
  }
  if (faults.length === 0) faults.push({ where: '/', why: 'does not match the schema' })
  return err(faults)
}

const describe = (message: string, params: unknown): string => {
  const allowed = (params as { allowedValue?: unknown } | undefined)?.allowedValue
  return allowed === undefined ? message : `${message} ${JSON.stringify(allowed)}`
}

/** Parses JSON text and checks it, naming the place of a syntax error by line and column. */
export const parseDocument = <S extends TSchema>(
  schema: S,
  text: string,
): Result<Static<S>, readonly DocumentFault[]> => {
  let document: unknown
  try {
    document = JSON.parse(text)
  } catch (error) {
    return err([{ where: '/', why: `not JSON: ${syntaxFault((error as Error).message, text)}` }])
  }
  return checkDocument(schema, document)
}

/** The parser names line and column, but not where a text just stops. */
const syntaxFault = (message: string, text: string): string =>
  /line \d+/.test(message) ? message : `${message} (line ${text.split('\n').length})`

/** `file.json: /a/b: unknown key; …` for people. */
export const faultText = (file: string, faults: readonly DocumentFault[]): string =>
  `${file}: ${faults.map((f) => `${f.where}: ${f.why}`).join('; ')}`
