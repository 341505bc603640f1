import { toDateInput } from '../format.ts'
import { useT } from '../i18n.ts'
import { useStore } from '../store.tsx'
import { Field } from '../ui/bits.tsx'
import { ALL_WEEK, type Frame, frameId } from './draft.ts'
import { AddButton, Card, TextInput, useWhen, WhenPart, withDates } from './parts.tsx'

/** Art. 8.1: when what plays, decided by whom and why. A dated frame holds in place of the others on its dates. */
export const FramesPart = (props: {
  readonly frames: readonly Frame[]
  readonly playlists: readonly string[]
  readonly faultOf: (part: string) => string | null
  readonly onChange: (frames: Frame[]) => void
}) => {
  const { t } = useT()
  const { now } = useStore()
  const { frames } = props
  const put = (at: number, frame: Frame) => props.onChange(frames.map((f, i) => (i === at ? frame : f)))
  const add = (dated: boolean) => {
    const date = toDateInput(now.peek() + 86_400_000)
    const fresh: Frame = {
      id: frameId(frames, dated ? date : null),
      weekdays: ALL_WEEK,
      ...(dated ? { dates: { from: date, to: date } } : {}),
      from: '18:00',
      to: '20:00',
      playlist: props.playlists[0] ?? '',
      purpose: 'propaganda',
      decidedBy: '',
      reason: '',
    }
    props.onChange([...frames, fresh])
  }
  return (
    <section class="card entries" data-testid="plan-frames">
      <h2>{t('framesTitle')}</h2>
      <p class="dim">{t('framesHint')}</p>
      {frames.map((frame, i) => (
        <FrameCard
          key={i}
          frame={frame}
          at={i}
          playlists={props.playlists}
          fault={props.faultOf(`frames/${i}`)}
          onChange={(next) => put(i, next)}
          onRemove={() => props.onChange(frames.filter((_, j) => j !== i))}
        />
      ))}
      <div class="actions">
        <AddButton testid="frame-add" word="addFrame" onPress={() => add(false)} />
        <AddButton testid="frame-add-dated" word="addDatedFrame" onPress={() => add(true)} />
      </div>
    </section>
  )
}

const FrameCard = (props: {
  readonly frame: Frame
  readonly at: number
  readonly playlists: readonly string[]
  readonly fault: string | null
  readonly onChange: (frame: Frame) => void
  readonly onRemove: () => void
}) => {
  const { t } = useT()
  const when = useWhen()
  const { frame, onChange } = props
  const id = `frame-${props.at}`
  const change = (part: Partial<Omit<Frame, 'dates'>>) => onChange({ ...frame, ...part })
  const { dates: _, ...rest } = frame
  return (
    <Card
      testid={id}
      open={props.fault !== null}
      fault={props.fault}
      onRemove={props.onRemove}
      summary={
        <>
          <strong class="mono">{when(frame)}</strong> <span class="rank">{t(`purpose-${frame.purpose}`)}</span>{' '}
          {frame.dates !== undefined && <span class="rank rank-dated">{t('dated')}</span>}
          <br />
          <span class="dim">
            {frame.id} · {frame.playlist} · {t('decidedBy')}: {frame.decidedBy === '' ? t('unknown') : frame.decidedBy}
            {frame.document !== undefined && frame.document !== '' && ` · ${frame.document}`}
          </span>
        </>
      }
    >
      <WhenPart of={frame} testid={id} change={change} onDates={(dates) => onChange(withDates(rest, dates))} />
      <div class="form-grid">
        <Field label={t('playlist')} hint={null} required={true}>
          {(field) => (
            <select
              id={field}
              data-testid={`${id}-playlist`}
              value={frame.playlist}
              onChange={(e) => change({ playlist: e.currentTarget.value })}
            >
              {props.playlists.map((p) => (
                <option key={p} value={p}>
                  {p}
                </option>
              ))}
            </select>
          )}
        </Field>
        <Field label={t('purpose')} hint={null} required={true}>
          {(field) => (
            <select
              id={field}
              data-testid={`${id}-purpose`}
              value={frame.purpose}
              onChange={(e) => change({ purpose: e.currentTarget.value === 'programme' ? 'programme' : 'propaganda' })}
            >
              <option value="propaganda">{t('purpose-propaganda')}</option>
              <option value="programme">{t('purpose-programme')}</option>
            </select>
          )}
        </Field>
        <TextInput
          label={t('decidedBy')}
          testid={`${id}-who`}
          value={frame.decidedBy}
          required={true}
          most={200}
          onInput={(decidedBy) => change({ decidedBy })}
        />
        <TextInput
          label={t('documentNumber')}
          testid={`${id}-document`}
          value={frame.document ?? ''}
          required={false}
          most={100}
          onInput={(document) => change({ document })}
        />
        <TextInput
          label={t('reasonWhy')}
          testid={`${id}-reason`}
          value={frame.reason}
          required={false}
          most={500}
          onInput={(reason) => change({ reason })}
        />
        <TextInput
          label={t('frameId')}
          testid={`${id}-id`}
          value={frame.id}
          required={true}
          most={64}
          onInput={(next) => change({ id: next })}
        />
      </div>
    </Card>
  )
}
