/** Plain data as block YAML. Strings are written in double quotes with JSON escapes, which YAML reads the same way. */
export type Yaml = string | number | boolean | readonly Yaml[] | { readonly [key: string]: Yaml }

const inline = (value: Yaml): string | null => (typeof value === 'object' ? null : JSON.stringify(value))

const lines = (value: Yaml, indent: string): readonly string[] => {
  if (typeof value !== 'object') return [`${indent}${JSON.stringify(value)}`]
  if (Array.isArray(value)) {
    return value.flatMap((item: Yaml) => {
      const [first = '', ...rest] = lines(item, `${indent}  `)
      return [`${indent}- ${first.slice(indent.length + 2)}`, ...rest]
    })
  }
  return Object.entries(value).flatMap(([key, item]) => {
    const text = inline(item)
    return text === null ? [`${indent}${key}:`, ...lines(item, `${indent}  `)] : [`${indent}${key}: ${text}`]
  })
}

/** A YAML document with a first comment line. */
export const toYaml = (comment: string, value: { readonly [key: string]: Yaml }): string =>
  `# ${comment}\n${lines(value, '').join('\n')}\n`
