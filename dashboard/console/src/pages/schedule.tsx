import { useEffect, useState } from 'preact/hooks'
import type { SchedulePlan, SiteSchedule } from '#core/contract/api.ts'
import type { ApiFault } from '../api.ts'
import { useT } from '../i18n.ts'
import { hrefOf } from '../route.ts'
import { AdsPart, BrightnessPart } from '../schedule/brightness.tsx'
import { changedParts, cleanPlan, planFaults } from '../schedule/draft.ts'
import { FramesPart } from '../schedule/frames.tsx'
import { EnergyPart, PowerPart } from '../schedule/power.tsx'
import { PlanDialog } from '../schedule/publish.tsx'
import { Warnings } from '../schedule/warnings.tsx'
import { useStore } from '../store.tsx'
import { Act, Empty, Fault, Tag, useDenied } from '../ui/bits.tsx'

/** The schedule of one cluster: frames, power, energy, brightness, advertising. Read, edited, checked by the hub, signed, published. */
export const SchedulePage = (props: { readonly site: string }) => {
  const store = useStore()
  const { t } = useT()
  const [held, setHeld] = useState<SiteSchedule | null>(null)
  const [fault, setFault] = useState<ApiFault | null>(null)
  const load = async () => {
    const answer = await store.api.schedule(props.site)
    if (answer.ok) setHeld(answer.value)
    setFault(answer.ok ? null : answer.error)
  }
  useEffect(() => void load(), [props.site])
  const name = store.sites.value.find((s) => s.id === props.site)?.name ?? props.site
  return (
    <>
      <div class="page-head">
        <div>
          <a href={hrefOf({ page: 'site', site: props.site })}>← {name}</a>
          <h1>{t('scheduleTitle')}</h1>
          <span class="dim">
            <span class="mono">{props.site}</span> · {held === null ? t('loading') : `v${held.version}`}
          </span>
        </div>
      </div>
      <Fault fault={fault} testid="schedule-fault" />
      {held === null && fault === null && <Empty>{t('loading')}</Empty>}
      {held !== null && <Editor key={held.version} held={held} name={name} onPublished={() => void load()} />}
    </>
  )
}

const Editor = (props: { readonly held: SiteSchedule; readonly name: string; readonly onPublished: () => void }) => {
  const { t } = useT()
  const denied = useDenied('schedule.publish')
  const { held } = props
  const [plan, setPlan] = useState<SchedulePlan>(held.plan)
  const [asking, setAsking] = useState(false)
  const faults = planFaults(plan)
  const faultOf = (part: string): string | null => {
    const found = faults.find((f) => f.part === part)
    return found === undefined ? null : t(`plan-${found.fault}`)
  }
  const put = (part: Partial<SchedulePlan>) => setPlan((old) => ({ ...old, ...part }))
  const clean = cleanPlan(plan)
  const changed = changedParts(cleanPlan(held.plan), clean)
  const block = denied ?? (faults.length > 0 ? t('planHasFaults') : changed.length === 0 ? t('planUnchanged') : null)
  return (
    <div class="schedule">
      {changed.length > 0 || faults.length > 0 ? (
        // What the hub found was of the schedule that holds: it says nothing of what is being written here.
        <p class="dim" data-testid="plan-warnings">
          {t(faults.length > 0 ? 'planHasFaults' : 'planToCheck')}
        </p>
      ) : held.checked ? (
        <Warnings warnings={held.warnings} />
      ) : (
        <p class="dim">{t('notChecked')}</p>
      )}
      <FramesPart
        frames={plan.frames}
        playlists={held.playlists.map((p) => p.id)}
        faultOf={faultOf}
        onChange={(frames) => put({ frames })}
      />
      <PowerPart power={plan.power} faultOf={faultOf} onChange={(power) => put({ power })} />
      <EnergyPart energy={plan.energy ?? []} faultOf={faultOf} onChange={(energy) => put({ energy })} />
      <BrightnessPart
        brightness={plan.brightness}
        fault={faultOf('brightness')}
        onChange={(brightness) => {
          const { brightness: _, ...rest } = plan
          setPlan(brightness === undefined ? rest : { ...rest, brightness })
        }}
      />
      <AdsPart
        ads={plan.ads}
        fault={faultOf('ads')}
        onChange={(ads) => {
          const { ads: _, ...rest } = plan
          setPlan(ads === undefined ? rest : { ...rest, ads })
        }}
      />
      <div class="plan-foot">
        {changed.length > 0 && (
          <span data-testid="plan-changed">
            {changed.map((part) => (
              <Tag key={part} tone="info">
                {t(`part-${part}`)}
              </Tag>
            ))}
          </span>
        )}
        <Act testid="plan-review" kind="primary" busy={false} blocked={block} onPress={() => setAsking(true)}>
          {t('planReview')}
        </Act>
        <Act
          testid="plan-undo"
          kind="plain"
          busy={false}
          blocked={null}
          disabled={changed.length === 0}
          onPress={() => setPlan(held.plan)}
        >
          {t('planUndo')}
        </Act>
      </div>
      {asking && (
        <PlanDialog
          site={held.site}
          name={props.name}
          before={cleanPlan(held.plan)}
          plan={clean}
          onClose={() => setAsking(false)}
          onDone={() => {
            setAsking(false)
            props.onPublished()
          }}
        />
      )}
    </div>
  )
}
