import { dialectOf } from '../dialect/open.ts'
import type { Profile } from '../profile/schema.ts'
import { Unusable } from './verb.ts'

export type CommandSpec = Profile['commands'][string]

/** The command of that name; a usage error that lists all there are when there is none, or when none was named. */
export const commandGiven = (profile: Profile, name: string | undefined): readonly [CommandSpec, string] => {
  const list = () => `\n${commandList(profile)}`
  if (name === undefined) throw new Unusable('Thiếu lệnh; có', `command missing; there are:${list()}`)
  const spec = Object.hasOwn(profile.commands, name) ? profile.commands[name] : undefined
  if (spec !== undefined) return [spec, name]
  throw new Unusable(
    `không có lệnh “${name}” trong ${profile.id}; có`,
    `no such command “${name}” in ${profile.id}; there are:${list()}`,
  )
}

/** One line for each command: what it takes, whether it writes, and its title. Pure. */
export const commandList = (profile: Profile): string => {
  const dialect = dialectOf(profile)
  const commands: Readonly<Record<string, CommandSpec>> = profile.commands
  const lines = Object.entries(commands).map(([name, spec]) => {
    const takes = dialect.parameterKeys(name).map((key) => `${key}=…`)
    return { call: [name, ...takes].join(' '), says: `${KIND[spec.direction]} · ${spec.title}`, spec }
  })
  const width = Math.min(MOST_WIDTH, Math.max(...lines.map(({ call }) => call.length)))
  return lines
    .map(
      ({ call, says, spec }) =>
        `  ${call.padEnd(width)}  ${says}${spec.use === 'technician' ? ' (kỹ thuật viên · technician)' : ''}`,
    )
    .join('\n')
}

const KIND = { read: 'đọc · read', write: 'ghi · write' } as const
const MOST_WIDTH = 44
