import { err, ok, type Result } from '#core/base/result.ts'
import type { Phrase } from '#core/contract/words.ts'
import { createVerify, sha256 } from '../shell/crypto.ts'
import { baselineOf } from './baseline.ts'
import { type Report, STEPS, type StepId, type StepState } from './document.ts'
import { measure, type Verdict } from './measure.ts'
import type { Measurement } from './measurement.ts'
import { both, disk, type Ground } from './needs.ts'
import { type Checked, checkReport, differences, signReport } from './report.ts'
import { MOST_REPORTS } from './store.ts'
import { viewOf } from './view.ts'

/** The signed reports of this device. */
export const openHandover = (ground: Ground) => {
  const { needs, store } = ground
  const { identity, config } = needs
  /** Only what its name says: a copy of an older report under a newer number, or one of another site, is none. */
  const read = (number: number): Checked | null => {
    const text = store.report(number)
    const checked = text === null ? null : checkReport(text, { verify: createVerify(), sha256, expected: null })
    if (!checked?.ok) return null
    const { report } = checked.value
    return report.number === number && report.site.id === config.site.id ? checked.value : null
  }
  const latest = (): Checked | null => {
    const number = store.reports().at(-1)
    return number === undefined ? null : read(number)
  }
  const reportNow = (person: string): Report => reportOf(ground, { person, previous: latest()?.hash ?? null })
  return {
    reports: store.reports,
    reportFile: store.report,
    read,
    latest,
    /** Null: it was signed by the key that this device has now; otherwise by which. */
    foreignKey: ({ report }: Checked): string | null =>
      report.device.key === identity.keyId ? null : report.device.key,
    /** Photos whose file is not, to the byte, what was signed. */
    wrongPhotos: ({ report }: Checked): readonly string[] =>
      report.photos.flatMap(({ id, sha256: hash }) => {
        const jpeg = store.photo(id)
        return jpeg !== null && sha256(jpeg) === hash ? [] : [id]
      }),
    isSigned: (id: string): boolean => store.reports().some((n) => read(n)?.report.photos.some((one) => one.id === id)),
    differsFromBaseline: (): readonly string[] => {
      const first = store.reports()[0]
      const before = first === undefined ? null : read(first)
      return before === null ? [] : differences(before.report, reportNow(''))
    },
    /** Signs what stands now as the next report; the first one is the baseline. */
    sign: (person: string): Result<number, Phrase> => {
      if (store.reports().length >= MOST_REPORTS) return err(both('Đã đủ số biên bản.', 'There are too many reports.'))
      const report = reportNow(person)
      const signed = signReport(report, { key: identity.keyId, sign: identity.sign })
      const checked = checkReport(JSON.stringify(signed), { verify: createVerify(), sha256, expected: identity.keyId })
      if (!checked.ok) return err(both(`Biên bản không kiểm được: ${checked.error}`, 'The report does not check.'))
      const done = store.putReport(report.number, `${JSON.stringify(signed)}\n`)
      if (!done.ok) return err(disk(done.error))
      const detail = `report ${report.number}, sha256 ${checked.value.hash}`
      needs.post({ event: 'access', person, what: 'commissioned', detail })
      return ok(report.number)
    },
  }
}

const reportOf = (ground: Ground, of: { readonly person: string; readonly previous: string | null }): Report => {
  const { config, identity, clock, version } = ground.needs
  const now = viewOf(ground)
  const { panel, id, name, unitCode, clusterClass } = config.site
  const at = clock.read()
  return {
    v: 1,
    kind: 'bangtin-commissioning',
    number: (ground.store.reports().at(-1) ?? 0) + 1,
    site: { id, name, unitCode, clusterClass },
    device: { key: identity.keyId, publicKey: identity.publicKey, version },
    at: at.wall,
    clock: at.quality,
    person: of.person,
    geometry: {
      configured: { width: panel.width, height: panel.height, pitchMm: panel.pitchMm ?? null },
      measured: now.draft.geometry,
    },
    baseline: baselineOf(now),
    sweep: now.draft.sweep,
    powerRun: now.draft.powerRun,
    steps: STEPS.map((step) => {
      const result = now.draft.steps[step] ?? null
      return { step, state: stateOf(measure(step, now), result?.state ?? null), result }
    }),
    photos: now.draft.photos,
    previous: of.previous,
  }
}

/** Each step with what it measures now and where it stands. */
export const statesOf = (
  ground: Ground,
): ReadonlyMap<StepId, { readonly state: StepState; readonly measured: Measurement }> => {
  const now = viewOf(ground)
  return new Map(
    STEPS.map((step) => {
      const measured = measure(step, now)
      return [step, { state: stateOf(measured, now.draft.steps[step]?.state ?? null), measured }]
    }),
  )
}

/** What fails now fails, whatever was recorded; what was recorded stands otherwise, and what measures well waits to be recorded. */
const stateOf = ({ auto }: Measurement, recorded: Verdict | null): StepState => {
  if (recorded === 'na' || auto === 'na') return 'na'
  if (auto === 'fail') return 'fail'
  return recorded ?? 'todo'
}
