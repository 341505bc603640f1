import { unreachable } from '#core/base/result.ts'
import type { CommandSpec, DataFieldSpec, FrameFieldSpec, Profile } from './schema.ts'

/** Bytes of hex text with single spaces. */
export const hexSize = (hex: string): number => (hex.length + 1) / 3

/** Bytes a field of a command’s data takes. */
export const sizeOfField = (field: DataFieldSpec): number => {
  switch (field.type) {
    case 'percent':
    case 'flag':
    case 'choice':
      return 1
    case 'constant':
      return hexSize(field.value)
    case 'hex':
    case 'version':
    case 'measure':
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
export const frameOverhead = (profile: Profile): number =>
  profile.frame.fields.reduce((sum, field) => sum + sizeOfFrameField(field), 0)
