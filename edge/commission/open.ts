import { err, type Result } from '#core/base/result.ts'
import { duration, type Mono, since } from '#core/base/units.ts'
import type { Phrase } from '#core/contract/words.ts'
import type { State } from '#core/engine/state.ts'
import { openAlbum } from './album.ts'
import { freePorts } from './detect.ts'
import { EMPTY_DRAFT, type Geometry, type Seen, type StepId } from './document.ts'
import { openHandover, statesOf } from './handover.ts'
import { judged, measure, type Verdict } from './measure.ts'
import { contactsOf } from './measure-cabinet.ts'
import { both, type CommissionNeeds, type Ground, groundOf } from './needs.ts'
import { keepProposal, proposalOf } from './proposal.ts'
import { openCommissionStore } from './store.ts'
import { openTrials } from './trials.ts'
import { viewOf } from './view.ts'

/** Commissioning as the page sees it. */
export type Commission = ReturnType<typeof openCommission>

export const openCommission = (needs: CommissionNeeds) => {
  const ground = groundOf(needs, openCommissionStore(needs.config.dataDir, needs.log))
  const { change, access } = ground
  const { stop, ...trials } = openTrials(ground, () => void keepProposal(ground))
  const { isSigned, ...handover } = openHandover(ground)
  const { dropAll, ...album } = openAlbum(ground, isSigned)
  return {
    ...trials,
    ...handover,
    ...album,
    view: () => viewOf(ground),
    ports: () => freePorts(needs.config, needs.portFolders),
    canEnrol: needs.enrol !== null,
    proposal: () => proposalOf(ground),
    states: () => statesOf(ground),
    noticed: watchContacts(ground),
    record: (step: StepId, by: By) => recordStep(ground, step, by),
    geometry: (geometry: Geometry, person: string): Result<void, Phrase> => {
      const done = change((draft) => ({ ...draft, geometry }))
      if (!done.ok) return done
      access(person, `geometry ${geometry.width} × ${geometry.height}, ${geometry.pitchMm} mm`)
      return keepProposal(ground)
    },
    phone: (offsetMs: number, person: string): Result<void, Phrase> => {
      access(person, `clock: phone ${offsetMs} ms`)
      return change((draft) => ({ ...draft, phoneOffsetMs: offsetMs }))
    },
    enrol: async (code: string, person: string): Promise<Result<void, Phrase>> => {
      if (needs.enrol === null) return err(both('Cấu hình không có trung tâm.', 'The configuration has no hub.'))
      access(person, 'enrol')
      const done = await needs.enrol(code)
      return done.ok ? done : err(both(`Không đăng ký được: ${done.error}`, 'Could not be enrolled.'))
    },
    /** Everything anew, as after a rebuild; signed reports and their photos stay. */
    restart: (person: string): Result<void, Phrase> => {
      access(person, 'begun anew')
      dropAll()
      return change(() => EMPTY_DRAFT)
    },
    stop,
  }
}

type By = { readonly person: string; readonly verdict: Verdict | null; readonly note: string }

const recordStep = (ground: Ground, step: StepId, by: By): Result<void, Phrase> => {
  const measured = measure(step, viewOf(ground))
  const state = judged(measured, by.verdict)
  if (state === null) return err(measured.next ?? both('Chưa làm xong bước này.', 'This step is not done yet.'))
  if (state === 'na' && measured.auto !== 'na' && by.note === '')
    return err(both('Ghi lý do không áp dụng.', 'Say why it does not apply.'))
  const lines = measured.lines.slice(0, 60).map((one) => one.slice(0, 400))
  ground.access(by.person, `${step}: ${state}${by.note === '' ? '' : ` (${by.note})`}`)
  const at = ground.needs.clock.read().wall
  const result = { state, measured: lines, note: by.note, person: by.person, at }
  return ground.change((draft) => ({ ...draft, steps: { ...draft.steps, [step]: result } }))
}

/** A disk that refused is not asked again with every reading, ms. */
const AGAIN_MS = duration(60_000)

/** Contacts are watched from the start of the daemon, so that nobody has to stand at phone and door at once. */
const watchContacts = ({ needs, store, change }: Ground): ((state: State) => void) => {
  const run = { equipment: null as State['equipment'] | null, refused: null as Mono | null }
  return (state) => {
    if (state.equipment === run.equipment) return
    run.equipment = state.equipment
    const { wall, mono } = needs.clock.read()
    if (run.refused !== null && since(mono, run.refused) < AGAIN_MS) return
    const next: Seen = { ...store.draft().seen }
    let news = false
    for (const { key, value, needed } of contactsOf({ state, config: needs.config })) {
      if (!needed || value === null) continue
      const was = next[key] ?? { on: null, off: null }
      if ((value ? was.on : was.off) !== null) continue
      next[key] = { ...was, [value ? 'on' : 'off']: wall }
      news = true
    }
    if (news) run.refused = change((draft) => ({ ...draft, seen: next })).ok ? null : mono
  }
}
