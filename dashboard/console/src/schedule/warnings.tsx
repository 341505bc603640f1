import type { PlanWarning } from '#core/contract/api.ts'
import { useT } from '../i18n.ts'

/** What the hub warns of: a floor that cannot be reached, a date that is over. Nothing of it keeps a schedule from being signed. */
export const Warnings = (props: { readonly warnings: readonly PlanWarning[] }) => {
  const { t, tf } = useT()
  const { warnings } = props
  if (warnings.length === 0)
    return (
      <p class="dim" data-testid="plan-warnings">
        ✓ {t('noWarnings')}
      </p>
    )
  return (
    <details class="warnings" open={warnings.length <= 6} data-testid="plan-warnings">
      <summary>▲ {tf('warningsN', { n: warnings.length })}</summary>
      <ul>
        {warnings.map((w) => (
          <li key={`${w.where} ${w.why}`}>
            {w.why} <span class="dim mono">{w.where}</span>
          </li>
        ))}
      </ul>
    </details>
  )
}
