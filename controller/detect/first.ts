import type { Dialect, Values } from '../dialect/dialect.ts'

/** The first of everything, tried until a command can be asked: itself, the first card of the first output, the first channel. */
const FIRSTS: readonly Values[] = [{}, { port: 0, card: 0 }, { channel: 0 }, { port: 0, card: 0, channel: 0 }]

/** Parameters with which a command can be asked: the given ones, completed by the first of what is missing; null: it cannot be. */
export const completed = (
  dialect: Dialect,
  of: { readonly command: string; readonly parameters: Values; readonly address: Values },
): Values | null => {
  for (const first of FIRSTS) {
    const parameters = { ...first, ...of.parameters }
    if (dialect.question({ ...of, parameters, context: {} }).ok) return parameters
  }
  return null
}
