import { useState } from 'preact/hooks'
import { encode } from 'uqr'
import type { ApiFault } from '../api.ts'
import { stamp } from '../format.ts'
import { useT } from '../i18n.ts'
import { useStore } from '../store.tsx'
import { Act, Fault, useDenied } from './bits.tsx'

/** Light cells around a QR code, as ISO/IEC 18004 asks for. */
const QUIET_CELLS = 4

/** A QR code as one path: dark on white in every colour scheme, since cameras want it so. */
const Qr = (props: { readonly text: string; readonly label: string }) => {
  const { data, size } = encode(props.text, { ecc: 'M', border: QUIET_CELLS })
  const path = data.map((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : '')).join('')).join('')
  return (
    <svg class="qr" viewBox={`0 0 ${size} ${size}`} role="img" aria-label={props.label} shape-rendering="crispEdges">
      <rect width={size} height={size} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  )
}

/** What the camera reads: the technician's page with the code filled in; only the code where the hub knows no address of that page. */
const qrText = (page: string | null, code: string): string =>
  page === null ? code : `${page.replace(/\/$/, '')}/commission#enrol=${code}`

/** A one-time code with which a new device (or one that replaces a broken one) joins the hub as this cluster. */
export const Enrol = (props: { readonly site: string; readonly page: string | null }) => {
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
        <div role="status" data-testid="enrol-made">
          <p>
            <strong class="mono">{made.code}</strong> · {tf('enrolUntil', { time: stamp(made.expiresAt) })}
          </p>
          <Qr text={qrText(props.page, made.code)} label={tf('enrolQr', { code: made.code })} />
          <p class="dim">{t(props.page === null ? 'enrolQrCode' : 'enrolQrPage')}</p>
        </div>
      )}
    </section>
  )
}
