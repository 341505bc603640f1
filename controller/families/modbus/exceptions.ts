import type { Judgement } from '../../dialect/dialect.ts'

type Exception = { readonly means: 'refused' | 'unreachable' | 'again'; readonly text: string }

/** Modbus Application Protocol V1.1b3, section 7; 0A and 0B come from gateways. */
const EXCEPTIONS: Readonly<Record<number, Exception>> = {
  1: { means: 'refused', text: 'the device does not know this function' },
  2: { means: 'refused', text: 'the device has no such address' },
  3: { means: 'refused', text: 'the device does not allow this value or count' },
  4: { means: 'refused', text: 'the device failed while doing it' },
  5: { means: 'again', text: 'the device is still working on it' },
  6: { means: 'again', text: 'the device is busy' },
  8: { means: 'refused', text: 'the device found its memory damaged' },
  10: { means: 'unreachable', text: 'the gateway has no way to this unit' },
  11: { means: 'unreachable', text: 'the unit behind the gateway does not answer' },
}

export const exceptionText = (code: number): string =>
  EXCEPTIONS[code]?.text ?? 'a code that the standard does not have'

/** An exception reply as the exchange sees it. */
export const exceptionOf = (code: number): Judgement => {
  const detail = `exception ${code.toString(16).toUpperCase().padStart(2, '0')}: ${exceptionText(code)}`
  const means = EXCEPTIONS[code]?.means ?? 'refused'
  return means === 'again'
    ? { is: 'again', fault: { kind: 'refused', detail } }
    : { is: 'fault', fault: { kind: means, detail } }
}
