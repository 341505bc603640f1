import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import type { Raster } from '#controller/raster/render.ts'
import type { Clock, Log, Wake } from '#core/base/ports.ts'
import { err, ok, type Result } from '#core/base/result.ts'
import type { StatusReport } from '#core/contract/link.ts'
import type { Phrase } from '#core/contract/words.ts'
import type { State } from '#core/engine/state.ts'
import type { EdgeConfig } from '../config.ts'
import type { Profiles } from '../devices.ts'
import type { PowerPlan } from '../power/plan.ts'
import { createVerify, sha256 } from '../shell/crypto.ts'
import type { Identity } from '../shell/identity.ts'
import type { Post } from '../shell/loop.ts'
import { type Machine, readSome } from '../shell/machine.ts'
import { baselineOf } from './baseline.ts'
import { freePorts, hostsOf, search } from './detect.ts'
import { EMPTY_DRAFT, type Geometry, type Photo, type Report, STEPS, type StepId, type StepState } from './document.ts'
import { playTone, runPower, type Side, sweep, type Trial } from './jobs.ts'
import { contactsOf, geometryDiffers, judged, type Measurement, measure, type Verdict, type View } from './measure.ts'
import { MOST_UPLOAD_BYTES, shrink } from './photos.ts'
import { type Checked, checkReport, differences, signReport } from './report.ts'
import { MOST_PHOTOS, MOST_REPORTS, openCommissionStore } from './store.ts'

/** Commissioning as the page sees it. */
export type Commission = ReturnType<typeof openCommission>

/** A trial under way, or how the last one of this process ended. */
export type JobState = {
  readonly name: 'search' | 'sweep' | 'power' | 'tone'
  readonly person: string
  readonly doing: string
  readonly over: boolean
  readonly fault: string | null
}

const busy: Phrase = { vi: 'Đang có một phép thử khác: đợi xong đã.', en: 'Another trial is under way: wait for it.' }
const both = (vi: string, en: string): Phrase => ({ vi, en })
const disk = (detail: string): Phrase => both(`Không ghi được: ${detail}`, `could not be kept: ${detail}`)

export const SCRIPTS = [
  { script: 'Tiếng Việt', sample: 'TỖ ẾCH ỰA Ẵ Ợ ỷ đ' },
  { script: '中文', sample: '因水位上涨暂停通关' },
  { script: 'Tai Viet', sample: 'ꪼꪕ' },
] as const

/** What commissioning itself must be given; `main.ts` has all of it. */
export type CommissionNeeds = {
  readonly config: EdgeConfig
  readonly profiles: Profiles
  readonly plan: PowerPlan | null
  readonly identity: Identity
  readonly version: string
  readonly clock: Clock
  readonly wake: Wake
  readonly log: Log
  readonly state: () => State
  readonly status: () => StatusReport
  readonly post: Post
  readonly raster: Result<Pick<Raster, 'canDraw'>, Phrase>
  readonly machine: () => Machine
  readonly synchronised: () => boolean | null
  readonly hubOffset: () => number | null
  /** Null: the configuration has no hub. */
  readonly enrol: ((code: string) => Promise<Result<void, string>>) | null
  /** Where serial ports have names that stay, and profiles to look for; tests give their own. */
  readonly portFolders: readonly string[]
  readonly profileFolders: readonly string[]
}

export const openCommission = (needs: CommissionNeeds) => {
  const { config, clock, post, identity } = needs
  const store = openCommissionStore(config.dataDir, needs.log)
  const closing = new AbortController()
  const run = {
    job: null as JobState | null,
    equipment: null as State['equipment'] | null,
    stop: new AbortController(),
  }
  const view = (): View => ({
    state: needs.state(),
    status: needs.status(),
    config,
    profile: needs.profiles.controller?.id ?? null,
    sequence: needs.plan?.sequence ?? null,
    machine: needs.machine(),
    synchronised: needs.synchronised(),
    timeSources: timeSources(),
    hubOffsetMs: needs.hubOffset(),
    interfaces: interfacesNow(),
    enrolled: identity.rootPublicKey() !== null,
    fonts: SCRIPTS.map(({ script, sample }) => {
      const drawn = needs.raster.ok ? needs.raster.value.canDraw(sample) : needs.raster
      return { script, sample, fault: drawn.ok ? null : drawn.error }
    }),
    draft: store.draft(),
  })
  const change = (how: Parameters<typeof store.change>[0]): Result<void, Phrase> => {
    const done = store.change(how)
    return done.ok ? ok(undefined) : err(disk(done.error))
  }
  const access = (person: string, detail: string) => post({ event: 'access', person, what: 'commission', detail })

  /** One trial at a time; its end is kept in the draft, its failure in `job`. */
  const begin = (
    name: JobState['name'],
    person: string,
    work: (trial: Trial) => Promise<string | null>,
  ): Result<void, Phrase> => {
    if (run.job !== null && !run.job.over) return err(busy)
    run.stop = new AbortController()
    const trial: Trial = {
      ...needs,
      signal: AbortSignal.any([closing.signal, run.stop.signal]),
      person,
      tell: (doing) => {
        if (run.job !== null) run.job = { ...run.job, doing: doing.slice(0, 200) }
      },
    }
    run.job = { name, person, doing: '', over: false, fault: null }
    access(person, name)
    const over = (fault: string | null) => {
      if (run.job !== null) run.job = { ...run.job, over: true, fault }
    }
    // A trial that throws is a bug of ours and must not take the daemon that shows warnings with it.
    work(trial).then(over, (error: unknown) => over(error instanceof Error ? error.message : String(error)))
    return ok(undefined)
  }
  const kept = (done: Result<void, Phrase>): string | null => (done.ok ? null : `${done.error.vi} · ${done.error.en}`)

  const reportNow = (person: string): Report => {
    const now = view()
    const { panel } = config.site
    const at = clock.read()
    const last = latest()
    return {
      v: 1,
      kind: 'bangtin-commissioning',
      number: (store.reports().at(-1) ?? 0) + 1,
      site: {
        id: config.site.id,
        name: config.site.name,
        unitCode: config.site.unitCode,
        clusterClass: config.site.clusterClass,
      },
      device: { key: identity.keyId, publicKey: identity.publicKey, version: needs.version },
      at: at.wall,
      clock: at.quality,
      person,
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
      previous: last?.hash ?? null,
    }
  }
  const read = (number: number): Checked | null => {
    const text = store.report(number)
    const checked = text === null ? null : checkReport(text, { verify: createVerify(), sha256, expected: null })
    return checked?.ok ? checked.value : null
  }
  const latest = (): Checked | null => {
    const number = store.reports().at(-1)
    return number === undefined ? null : read(number)
  }
  const proposal = (): { readonly lines: readonly string[]; readonly changes: Record<string, unknown> } | null => {
    const { geometry, found } = store.draft()
    const lines = geometry === null ? [] : geometryDiffers(config, geometry)
    const changes: Record<string, unknown> =
      geometry === null || lines.length === 0
        ? {}
        : {
            site: {
              panel: {
                ...config.site.panel,
                width: geometry.width,
                height: geometry.height,
                pitchMm: geometry.pitchMm,
              },
            },
          }
    const controller = config.controller === null ? found.find(({ under }) => under === 'controller') : undefined
    const equipment = found.filter(({ under }) => under === 'equipment')
    if (controller !== undefined) changes['controller'] = JSON.parse(controller.entry)
    if (equipment.length > 0) changes['equipment+'] = equipment.map(({ entry }) => JSON.parse(entry))
    const all = [
      ...lines,
      ...(controller === undefined ? [] : [`/controller: null → ${controller.entry}`]),
      ...equipment.map(({ entry }) => `/equipment: + ${entry}`),
    ]
    return all.length === 0 ? null : { lines: all, changes }
  }

  return {
    view,
    job: () => run.job,
    stopJob: () => run.stop.abort(),
    ports: () => freePorts(config, needs.portFolders),
    canEnrol: needs.enrol !== null,
    photo: store.photo,
    reports: store.reports,
    reportFile: store.report,
    read,
    latest,
    proposal,
    differsFromBaseline: (): readonly string[] => {
      const first = store.reports()[0]
      const before = first === undefined ? null : read(first)
      return before === null ? [] : differences(before.report, reportNow(''))
    },
    states: (): ReadonlyMap<StepId, { readonly state: StepState; readonly measured: Measurement }> => {
      const now = view()
      return new Map(
        STEPS.map((step) => {
          const measured = measure(step, now)
          return [step, { state: stateOf(measured, now.draft.steps[step]?.state ?? null), measured }]
        }),
      )
    },
    /** Contacts are watched from the start of the daemon, so that nobody has to stand at phone and door at once. */
    noticed: (state: State): void => {
      if (state.equipment === run.equipment) return
      run.equipment = state.equipment
      const { seen } = store.draft()
      const wall = clock.read().wall
      const next = { ...seen }
      let news = false
      for (const { key, value, needed } of contactsOf({ state, config })) {
        if (!needed || value === null) continue
        const was = next[key] ?? { on: null, off: null }
        if ((value ? was.on : was.off) !== null) continue
        next[key] = { ...was, [value ? 'on' : 'off']: wall }
        news = true
      }
      if (news) change((draft) => ({ ...draft, seen: next }))
    },
    record: (step: StepId, by: { person: string; verdict: Verdict | null; note: string }): Result<void, Phrase> => {
      const measured = measure(step, view())
      const state = judged(measured, by.verdict)
      if (state === null) return err(measured.next ?? both('Chưa làm xong bước này.', 'This step is not done yet.'))
      if (state === 'na' && measured.auto !== 'na' && by.note === '')
        return err(both('Ghi lý do không áp dụng.', 'Say why it does not apply.'))
      const lines = measured.lines.slice(0, 60).map((one) => one.slice(0, 400))
      access(by.person, `${step}: ${state}${by.note === '' ? '' : ` (${by.note})`}`)
      const result = { state, measured: lines, note: by.note, person: by.person, at: clock.read().wall }
      return change((draft) => ({ ...draft, steps: { ...draft.steps, [step]: result } }))
    },
    geometry: (geometry: Geometry, person: string): Result<void, Phrase> => {
      const done = change((draft) => ({ ...draft, geometry }))
      if (!done.ok) return done
      access(person, `geometry ${geometry.width} × ${geometry.height}, ${geometry.pitchMm} mm`)
      return keepProposal()
    },
    phone: (offsetMs: number): Result<void, Phrase> => change((draft) => ({ ...draft, phoneOffsetMs: offsetMs })),
    search: (person: string, hosts: string): Result<void, Phrase> => {
      const given = hostsOf(hosts)
      if (given.wrong !== null)
        return err(both(`“${given.wrong}” không phải địa chỉ IP`, `“${given.wrong}” is no IP address`))
      const ports = freePorts(config, needs.portFolders).map((path) => ({ kind: 'serial', path }) as const)
      return begin('search', person, async (trial) => {
        const { found, said } = await search({
          ...trial,
          places: [...ports, ...given.hosts],
          profiles: needs.profileFolders,
        })
        const done = change((draft) => ({ ...draft, found: [...found], searchedAt: clock.read().wall }))
        if (done.ok) keepProposal()
        return kept(done) ?? (said.length === 0 ? null : said.join('; '))
      })
    },
    sweep: (person: string): Result<void, Phrase> =>
      begin('sweep', person, async (trial) => {
        const points = await sweep(trial)
        return points.ok ? kept(change((draft) => ({ ...draft, sweep: [...points.value] }))) : points.error
      }),
    runPower: (person: string): Result<void, Phrase> => {
      const { plan } = needs
      if (plan === null || config.power === null)
        return err(both('Không có trình tự nguồn.', 'There is no power sequence.'))
      const { sequence } = plan
      const offAfterMs = config.power.offAfterSeconds * 1000
      const emergency = needs.state().verdict?.winner.rank === 'emergency'
      if (emergency)
        return err(both('Đang có lệnh khẩn cấp: không chạy thử nguồn.', 'An emergency is on: power is not tried now.'))
      return begin('power', person, async (trial) => {
        const powerRun = await runPower(trial, { sequence, offAfterMs })
        return kept(change((draft) => ({ ...draft, powerRun }))) ?? powerRun.fault
      })
    },
    tone: (person: string, side: Side): Result<void, Phrase> =>
      begin('tone', person, async () => {
        const args =
          config.player.output === 'onboard'
            ? []
            : config.player.extraArgs.filter((arg) => /^--a(o|udio-device)=/.test(arg))
        const played = await playTone(side, args)
        if (!played.ok) return played.error
        return kept(change((draft) => ({ ...draft, tones: [...new Set([...draft.tones, side])] })))
      }),
    enrol: async (code: string, person: string): Promise<Result<void, Phrase>> => {
      if (needs.enrol === null) return err(both('Cấu hình không có trung tâm.', 'The configuration has no hub.'))
      access(person, 'enrol')
      const done = await needs.enrol(code)
      return done.ok ? done : err(both(`Không đăng ký được: ${done.error}`, 'Could not be enrolled.'))
    },
    addPhoto: async (bytes: Uint8Array, by: { person: string; caption: string }): Promise<Result<void, Phrase>> => {
      if (store.draft().photos.length >= MOST_PHOTOS)
        return err(both(`Nhiều nhất ${MOST_PHOTOS} ảnh.`, `${MOST_PHOTOS} photos at most.`))
      if (bytes.length > MOST_UPLOAD_BYTES) return err(both('Tệp quá lớn.', 'The file is too large.'))
      const small = await shrink(bytes)
      if (!small.ok) return small
      const { jpeg, width, height } = small.value
      const hash = sha256(jpeg)
      const photo: Photo = {
        id: randomBytes(8).toString('hex'),
        sha256: hash,
        bytes: jpeg.length,
        width,
        height,
        caption: by.caption,
        person: by.person,
        at: clock.read().wall,
      }
      const done = store.addPhoto(photo, jpeg)
      return done.ok ? done : err(disk(done.error))
    },
    dropPhoto: (id: string): Result<void, Phrase> => {
      const isSigned = store.reports().some((n) => read(n)?.report.photos.some((one) => one.id === id))
      const done = store.dropPhoto(id, isSigned)
      return done.ok ? done : err(disk(done.error))
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
      post({
        event: 'access',
        person,
        what: 'commissioned',
        detail: `report ${report.number}, sha256 ${checked.value.hash}`,
      })
      return ok(report.number)
    },
    /** Everything anew, as after a rebuild; signed reports stay. */
    restart: (person: string): Result<void, Phrase> => {
      access(person, 'begun anew')
      return change(() => EMPTY_DRAFT)
    },
    stop: (): void => closing.abort(),
  }

  function keepProposal(): Result<void, Phrase> {
    const wanted = proposal()
    if (wanted === null) return ok(undefined)
    const done = store.putProposal(`${JSON.stringify({ differs: wanted.lines, changes: wanted.changes }, null, 2)}\n`)
    return done.ok ? ok(undefined) : err(disk(done.error))
  }
}

/** What fails now fails, whatever was recorded; what was recorded stands otherwise, and what measures well waits to be recorded. */
const stateOf = ({ auto }: Measurement, recorded: Verdict | null): StepState => {
  if (recorded === 'na' || auto === 'na') return 'na'
  if (auto === 'fail') return 'fail'
  return recorded ?? 'todo'
}

const interfacesNow = (): View['interfaces'] =>
  Object.entries(networkInterfaces())
    .flatMap(([name, addresses]) =>
      addresses === undefined || addresses.every(({ internal }) => internal)
        ? []
        : [{ name, addresses: addresses.map(({ address }) => address).slice(0, 4), up: carrier(name) }],
    )
    .slice(0, 8)

const carrier = (name: string): boolean => readSome(`/sys/class/net/${name}/operstate`)?.trim() !== 'down'

/** Those that leave a trace which everybody may see. */
const timeSources = (): readonly string[] => [
  ...(existsSync('/run/chrony') ? ['chrony'] : []),
  ...(existsSync('/run/systemd/timesync/synchronized') ? ['systemd-timesyncd'] : []),
]
