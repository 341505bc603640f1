import { type Signal, signal } from '@preact/signals'
import type { IncidentView } from '#core/contract/operations.ts'
import type { Api, ApiFault } from '../api.ts'
import type { Runbook } from './runbook.ts'

/** What the operator's pages share beside clusters and orders. */
export type OperateState = {
  readonly incidents: Signal<readonly IncidentView[]>
  /** Has the first answer arrived? An empty inbox and no answer yet must not look the same. */
  readonly incidentsLoaded: Signal<boolean>
  readonly incidentsFault: Signal<ApiFault | null>
  /** What to do about each fault; null until somebody looks. It comes with the page's own files and never changes. */
  readonly runbook: Signal<Runbook | null>
  readonly askRunbook: () => Promise<void>
  readonly putIncident: (incident: IncidentView) => void
  readonly reloadIncidents: () => Promise<void>
  readonly forgetOperate: () => void
}

export const makeOperate = (api: Api): OperateState => {
  const incidents = signal<readonly IncidentView[]>([])
  const incidentsLoaded = signal(false)
  const incidentsFault = signal<ApiFault | null>(null)
  const runbook = signal<Runbook | null>(null)
  return {
    incidents,
    incidentsLoaded,
    incidentsFault,
    runbook,
    askRunbook: async () => {
      if (runbook.peek() !== null) return
      try {
        const { RUNBOOK: read } = await import('virtual:runbook')
        runbook.value = read
      } catch {
        // The hub is out of reach: whoever looks next asks again.
      }
    },
    putIncident: (one) => {
      const list = incidents.peek()
      const known = list.some((i) => i.id === one.id)
      incidents.value = known ? list.map((i) => (i.id === one.id ? one : i)) : [one, ...list]
    },
    reloadIncidents: async () => {
      const answer = await api.incidents()
      incidentsFault.value = answer.ok ? null : answer.error
      if (!answer.ok) return
      incidents.value = answer.value
      incidentsLoaded.value = true
    },
    forgetOperate: () => {
      incidents.value = []
      incidentsLoaded.value = false
      incidentsFault.value = null
    },
  }
}
