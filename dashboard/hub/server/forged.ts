import type { Hub } from '../hub.ts'

/** Reasons that no mistake at a console explains: what was sent is signed by no key of the registry. */
const FORGED: readonly string[] = ['bad-signature', 'unknown-key']

type Refused = { readonly from: string; readonly reason: string; readonly detail: string }

/** Makes an incident of information security of what the hub itself refused for its signature. `site` null: of no cluster alone. */
export const forged = (hub: Pick<Hub, 'incidents'>, site: string | null, { from, reason, detail }: Refused): void => {
  if (FORGED.includes(reason)) hub.incidents.happened(site, 'signature-refused', `${from}: ${reason}: ${detail}`)
}
