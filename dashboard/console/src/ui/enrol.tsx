import { useState } from 'preact/hooks'
import type { ApiFault } from '../api.ts'
import { stamp } from '../format.ts'
import { useT } from '../i18n.ts'
import { useStore } from '../store.tsx'
import { Act, Fault, useDenied } from './bits.tsx'

/** A one-time code with which a new device (or one that replaces a broken one) joins the hub as this cluster. */
export const Enrol = (props: { readonly site: string }) => {
  const store = useStore()
  const { t, tf } = useT()
  const denied = useDenied('device.enrol')
  const [busy, setBusy] = useState(false)
  const [made, setMade] = useState<{ readonly code: string; readonly expiresAt: number } | null>(null)
  const [fault, setFault] = useState<ApiFault | null>(null)
  const make = async () => {
    setBusy(true)
    const answer = await store.api.enrolCode(props.site)
    setBusy(false)
    setMade(answer.ok ? answer.value : null)
    setFault(answer.ok ? null : answer.error)
  }
  return (
    <section class="card">
      <h2>{t('enrolTitle')}</h2>
      <p class="dim">{t('enrolHint')}</p>
      <Act testid="enrol-code" kind="plain" blocked={denied} busy={busy} onPress={() => void make()}>
        {t('enrolMake')}
      </Act>
      <Fault fault={fault} testid="enrol-fault" />
      {made !== null && (
        <p role="status" data-testid="enrol-made">
          <strong class="mono">{made.code}</strong> · {tf('enrolUntil', { time: stamp(made.expiresAt) })}
        </p>
      )}
    </section>
  )
}
