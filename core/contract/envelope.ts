import { type Static, Type } from 'typebox'

/** What a signature can be about. The type is part of what is signed, so an approval can never pass for an order. */
export const ENVELOPE_TYPES = ['registry', 'approval', 'schedule', 'order'] as const
export type EnvelopeType = (typeof ENVELOPE_TYPES)[number]

export const Signature = Type.Object(
  {
    /** First 32 hex digits of the SHA-256 of the raw 32-byte Ed25519 public key. */
    key: Type.String({ pattern: '^[0-9a-f]{32}$' }),
    /** Base64 of the 64-byte signature. */
    sig: Type.String({ pattern: '^[A-Za-z0-9+/]{86}==$' }),
  },
  { additionalProperties: false },
)

/**
 * A signed document. `payload` is the exact JSON text that was signed and is not parsed before a signature over it verifies,
 * so no two sides can disagree about what was signed.
 */
export const EnvelopeSchema = Type.Object(
  {
    v: Type.Literal(1),
    type: Type.Enum(ENVELOPE_TYPES),
    payload: Type.String({ maxLength: 8_388_608 }),
    signatures: Type.Array(Signature, { minItems: 1, maxItems: 8 }),
  },
  { additionalProperties: false },
)
export type Envelope = Static<typeof EnvelopeSchema>

/** The text whose UTF-8 bytes are signed. */
export const signingText = (type: EnvelopeType, payload: string): string => `bangtin/1\n${type}\n${payload}`

/** The text a device signs to prove who it is when it dials in: the hub's nonce, its own site and its boot. */
export const linkProofText = (nonce: string, site: string, bootId: string): string =>
  `bangtin/1\nlink\n${nonce}\n${site}\n${bootId}`
