import { unreachable } from '#core/base/result.ts'
import type { CommandSpec, DataFieldSpec, FrameFieldSpec, NovastarProfile } from './schema.ts'

/** Bytes of hex text with single spaces. */
export const hexSize = (hex: string): number => (hex.length + 1) / 3

/** Bytes of a hex number without spaces: as many as it is written with. */
export const codeSize = (code: string): number => code.length / 2

/** Bytes a field of a command’s data takes; none for a bit whose byte the next field reads again. */
export const sizeOfField = (field: DataFieldSpec): number => {
  switch (field.type) {
    case 'percent':
    case 'presence':
    case 'sum':
      return 1
    case 'flag':
    case 'mode':
      return codeSize(field.on)
    case 'choice':
      return codeSize(Object.values(field.choices)[0]?.[0] ?? '00')
    case 'bit':
      return field.last ? 1 : 0
    case 'constant':
      return hexSize(field.value)
    case 'hex':
    case 'version':
    case 'number':
    case 'measure':
    case 'anySet':
    case 'skip':
      return field.bytes
    default:
      return unreachable(field)
  }
}

/** Data bytes of a command, as its fields add up. */
export const sizeOfData = (command: CommandSpec): number =>
  command.fields.reduce((sum, field) => sum + sizeOfField(field), 0)

/** Bytes a field of the frame takes; the data field counts as none. */
export const sizeOfFrameField = (field: FrameFieldSpec): number => {
  if (field.kind === 'data') return 0
  return field.kind === 'marker' ? hexSize(field.request) : field.bytes
}

/** Bytes of a frame without data. */
export const frameOverhead = (profile: NovastarProfile): number =>
  profile.frame.fields.reduce((sum, field) => sum + sizeOfFrameField(field), 0)
