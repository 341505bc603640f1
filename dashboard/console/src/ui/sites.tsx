import { useT } from '../i18n.ts'
import { useStore } from '../store.tsx'
import { Tag } from './bits.tsx'

/** Which clusters: all of them at once, or one by one. `prefix` begins the test id of every box. */
export const SiteChooser = (props: {
  readonly prefix: string
  readonly chosen: readonly string[]
  /** Said at a cluster that is out of reach now; null where that does not matter. */
  readonly away: string | null
  readonly onChoose: (chosen: readonly string[]) => void
}) => {
  const { chosen, prefix, onChoose } = props
  const { sites } = useStore()
  const { tf } = useT()
  const offered = sites.value.filter((s) => s.lifecycle === 'ACTIVE' || s.connected)
  return (
    <fieldset class="group">
      <legend>{tf('targetsN', { n: chosen.length, all: offered.length })}</legend>
      <label class="check check-all">
        <input
          type="checkbox"
          data-testid={`${prefix}-all`}
          checked={offered.length > 0 && offered.every((s) => chosen.includes(s.id))}
          onChange={(e) => onChoose(e.currentTarget.checked ? offered.map((s) => s.id) : [])}
        />
        <strong>{tf('allSites', { n: offered.length })}</strong>
      </label>
      <div class="checks">
        {offered.map((s) => (
          <label class="check" key={s.id}>
            <input
              type="checkbox"
              data-testid={`${prefix}-${s.id}`}
              checked={chosen.includes(s.id)}
              onChange={(e) => onChoose(e.currentTarget.checked ? [...chosen, s.id] : chosen.filter((x) => x !== s.id))}
            />
            <span>
              {s.name} <span class="dim mono">{s.id}</span>
              {props.away !== null && !s.connected && <Tag tone="warn">{props.away}</Tag>}
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  )
}
