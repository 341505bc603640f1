import { parseArgs } from 'node:util'

/** What a long run says: one line, or a table. */
export type Say = (line: string) => void

type Wanted<N extends string, F extends string, T extends string> = {
  readonly args: readonly string[]
  /** Options that are numbers, each with what holds when it is not given and the least it may be. */
  readonly numbers: Readonly<Record<N, { readonly standard: number; readonly least: number; readonly whole?: boolean }>>
  readonly flags?: readonly F[]
  readonly texts?: readonly T[]
}
export type Given<N extends string, F extends string, T extends string> = Readonly<Record<N, number>> &
  Readonly<Record<F, boolean>> &
  Readonly<Record<T, string | null>>

/** The options of a long run. Throws what is wrong with them, in words for whoever typed them. */
const optionsOf = <N extends string, F extends string, T extends string>(of: Wanted<N, F, T>): Given<N, F, T> => {
  const strings = [...Object.keys(of.numbers), ...(of.texts ?? [])]
  const { values } = parseArgs({
    args: [...of.args],
    options: {
      ...Object.fromEntries(strings.map((name) => [name, { type: 'string' as const }])),
      ...Object.fromEntries((of.flags ?? []).map((name) => [name, { type: 'boolean' as const }])),
    },
  })
  const given: Record<string, unknown> = {}
  for (const [name, { standard, least, whole }] of Object.entries<Wanted<N, F, T>['numbers'][N]>(of.numbers)) {
    const value = values[name] === undefined ? standard : Number(values[name])
    if (!Number.isFinite(value) || value < least || (whole === true && !Number.isInteger(value)))
      throw new RangeError(
        `--${name} ${values[name]}: số${whole ? ' nguyên' : ''} từ ${least} · a ${whole ? 'whole ' : ''}number from ${least}`,
      )
    given[name] = value
  }
  for (const name of of.flags ?? []) given[name] = values[name] === true
  for (const name of of.texts ?? []) given[name] = values[name] ?? null
  return given as Given<N, F, T>
}

/** Runs with the options that were given; bad ones are told with the help and answer 2. `help` is a flag of every run. */
export const withOptions = async <N extends string, F extends string = never, T extends string = never>(
  of: Wanted<N, F, T> & { readonly say: Say; readonly help: string },
  go: (given: Given<N, F, T>) => Promise<number> | number,
): Promise<number> => {
  if (of.args.includes('--help')) {
    of.say(of.help)
    return 0
  }
  let given: Given<N, F, T>
  try {
    given = optionsOf(of)
  } catch (error) {
    of.say(`${error instanceof Error ? error.message : String(error)}\n${of.help}`)
    return 2
  }
  return await go(given)
}
