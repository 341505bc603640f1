/**
 * A CAP 1.2 message as text: every value as it was written, so that a wrong one can be named with its place. What the values must be is in
 * `check.ts`; which elements there are, in which order and how often, is the table below (OASIS CAP 1.2, 1 July 2010).
 */
export const CAP_NAMESPACE = 'urn:oasis:names:tc:emergency:cap:1.2'
export const XMLDSIG_NAMESPACE = 'http://www.w3.org/2000/09/xmldsig#'
export const CAP_MEDIA_TYPE = 'application/cap+xml'
/** Our own profile of CAP 1.2, as a value of `code` (domain.md §4.2). */
export const PROFILE_CODE = 'VN-LC:CLUSTER:1.0'

export const CAP_STATUSES = ['Actual', 'Exercise', 'System', 'Test', 'Draft'] as const
export const CAP_MESSAGE_TYPES = ['Alert', 'Update', 'Cancel', 'Ack', 'Error'] as const
export const CAP_SCOPES = ['Public', 'Restricted', 'Private'] as const
export const CAP_CATEGORIES = [
  'Geo',
  'Met',
  'Safety',
  'Security',
  'Rescue',
  'Fire',
  'Health',
  'Env',
  'Transport',
  'Infra',
  'CBRNE',
  'Other',
] as const
export type CapCategory = (typeof CAP_CATEGORIES)[number]
export const CAP_RESPONSES = [
  'Shelter',
  'Evacuate',
  'Prepare',
  'Execute',
  'Avoid',
  'Monitor',
  'Assess',
  'AllClear',
  'None',
] as const
export const CAP_URGENCIES = ['Immediate', 'Expected', 'Future', 'Past', 'Unknown'] as const
export const CAP_SEVERITIES = ['Extreme', 'Severe', 'Moderate', 'Minor', 'Unknown'] as const
export const CAP_CERTAINTIES = ['Observed', 'Likely', 'Possible', 'Unlikely', 'Unknown'] as const

export type CapPair = { readonly valueName: string; readonly value: string }

export type CapResource = {
  readonly resourceDesc: string
  readonly mimeType: string
  readonly size: string | null
  readonly uri: string | null
  readonly derefUri: string | null
  readonly digest: string | null
}

export type CapArea = {
  readonly areaDesc: string
  readonly polygon: readonly string[]
  readonly circle: readonly string[]
  readonly geocode: readonly CapPair[]
  readonly altitude: string | null
  readonly ceiling: string | null
}

export type CapInfo = {
  /** Null: not written, which CAP reads as `en-US`. */
  readonly language: string | null
  readonly category: readonly string[]
  readonly event: string
  readonly responseType: readonly string[]
  readonly urgency: string
  readonly severity: string
  readonly certainty: string
  readonly audience: string | null
  readonly eventCode: readonly CapPair[]
  readonly effective: string | null
  readonly onset: string | null
  readonly expires: string | null
  readonly senderName: string | null
  readonly headline: string | null
  readonly description: string | null
  readonly instruction: string | null
  readonly web: string | null
  readonly contact: string | null
  readonly parameter: readonly CapPair[]
  readonly resource: readonly CapResource[]
  readonly area: readonly CapArea[]
}

/** Required elements that were not there are empty strings: `checkCap` reports both alike. */
export type CapMessage = {
  readonly identifier: string
  readonly sender: string
  readonly sent: string
  readonly status: string
  readonly msgType: string
  readonly source: string | null
  readonly scope: string
  readonly restriction: string | null
  readonly addresses: string | null
  readonly code: readonly string[]
  readonly note: string | null
  readonly references: string | null
  readonly incidents: string | null
  readonly info: readonly CapInfo[]
}

/** Who a message is: the same three words again are the same message (domain.md §4.2). */
export type CapIdentity = Pick<CapMessage, 'sender' | 'identifier' | 'sent'>

/** How an element of the table is held: one text, texts, one pair or another group of elements. */
type Row = {
  readonly name: string
  readonly required: boolean
  readonly many: boolean
  readonly inside: Group | null
  /** XML Schema collapses the white space around these before it looks at the value. */
  readonly collapse: boolean
}
export type Group = 'alert' | 'info' | 'resource' | 'area' | 'pair'

const row = (name: string, signs: string, inside: Group | null = null): Row => ({
  name,
  required: signs.includes('!'),
  many: signs.includes('*'),
  collapse: signs.includes('_'),
  inside,
})

/** The order is fixed (`xs:sequence`). `!` required, `*` any number, `_` white space around it means nothing. */
export const STRUCTURE: { readonly [G in Group]: readonly Row[] } = {
  alert: [
    row('identifier', '!'),
    row('sender', '!'),
    row('sent', '!_'),
    row('status', '!'),
    row('msgType', '!'),
    row('source', ''),
    row('scope', '!'),
    row('restriction', ''),
    row('addresses', ''),
    row('code', '*'),
    row('note', ''),
    row('references', ''),
    row('incidents', ''),
    row('info', '*', 'info'),
  ],
  info: [
    row('language', '_'),
    row('category', '!*'),
    row('event', '!'),
    row('responseType', '*'),
    row('urgency', '!'),
    row('severity', '!'),
    row('certainty', '!'),
    row('audience', ''),
    row('eventCode', '*', 'pair'),
    row('effective', '_'),
    row('onset', '_'),
    row('expires', '_'),
    row('senderName', ''),
    row('headline', ''),
    row('description', ''),
    row('instruction', ''),
    row('web', '_'),
    row('contact', ''),
    row('parameter', '*', 'pair'),
    row('resource', '*', 'resource'),
    row('area', '*', 'area'),
  ],
  resource: [
    row('resourceDesc', '!'),
    row('mimeType', '!'),
    row('size', '_'),
    row('uri', '_'),
    row('derefUri', ''),
    row('digest', ''),
  ],
  area: [
    row('areaDesc', '!'),
    row('polygon', '*'),
    row('circle', '*'),
    row('geocode', '*', 'pair'),
    row('altitude', '_'),
    row('ceiling', '_'),
  ],
  pair: [row('valueName', '!'), row('value', '!')],
}

export type Words = { readonly vi: string; readonly en: string }
/** `path` is a JSON pointer into the message; lines and columns are counted from 1, and null where there was no text to point into. */
export type Finding = Words & {
  readonly code: string
  readonly severity: 'error' | 'warning'
  readonly path: string
  readonly line: number | null
  readonly column: number | null
}
export const finding = (code: string, severity: Finding['severity'], path: string, words: Words): Finding => ({
  code,
  severity,
  path,
  ...words,
  line: null,
  column: null,
})

/** The first value under a name, as `parameter` and `eventCode` hold them. */
export const pairValue = (pairs: readonly CapPair[], name: string): string | null =>
  pairs.find((p) => p.valueName === name)?.value ?? null
