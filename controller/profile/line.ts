import type { LinkSpec } from './common.ts'

/** `serial 115200 8N1`, `tcp 5200`. */
export const lineName = (line: LinkSpec): string => {
  if (line.kind !== 'serial') return `${line.kind} ${line.port}`
  const parity = { none: 'N', even: 'E', odd: 'O' }[line.parity]
  return `serial ${line.baudRate} ${line.dataBits}${parity}${line.stopBits}`
}
