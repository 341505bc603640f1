import type { FaultId } from '#core/contract/faults.ts'
import { AIRTIME } from './alerts/airtime.ts'
import type { Alert } from './alerts/alert.ts'
import { DEVICE } from './alerts/device.ts'
import { eachFault, faultsWithout } from './alerts/faults.ts'
import { LINK } from './alerts/link.ts'
import { ORDERS } from './alerts/orders.ts'
import { SECURITY } from './alerts/security.ts'
import { STORAGE } from './alerts/storage.ts'

export { ALERT_ONLY_SECTIONS, type Alert, CAUSES } from './alerts/alert.ts'

const OWN: readonly Alert[] = [...DEVICE, ...AIRTIME, ...LINK, ...STORAGE, ...SECURITY, ...ORDERS]
/** Faults whose metric already has an alert of its own above. */
const OWN_SECTIONS: ReadonlySet<string> = new Set(OWN.map((alert) => alert.runbook))

/** The faults of one severity that only the rule for faults rings for. */
export const ownFaults = (severity: Alert['severity']): readonly FaultId[] => faultsWithout(OWN_SECTIONS, severity)

/** Every alert, the most telling of each subject first. */
export const ALERTS: readonly Alert[] = [
  ...OWN,
  eachFault('critical', '2m', ownFaults('critical')),
  eachFault('warning', '5m', ownFaults('warning')),
]
