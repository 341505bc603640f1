import type { SchedulePlan } from '#core/contract/api.ts'

/** What a person is editing of a cluster's schedule; the same shape as what will be signed. Pure, so that its rules are tested alone. */
export type Frame = SchedulePlan['frames'][number]
export type PowerWindow = SchedulePlan['power'][number]
export type Energy = NonNullable<SchedulePlan['energy']>[number]
export type Brightness = NonNullable<SchedulePlan['brightness']>
export type Ads = NonNullable<SchedulePlan['ads']>
export type Dates = NonNullable<Frame['dates']>

export const ALL_WEEK = [0, 1, 2, 3, 4, 5, 6]
const CLOCK = /^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$/
const CIVIL = /^\d{4}-\d{2}-\d{2}$/

export const DRAFT_FAULTS = [
  'time',
  'order',
  'dates',
  'weekdays',
  'who',
  'source',
  'id',
  'percent',
  'curve',
  'limit',
] as const
export type DraftFault = (typeof DRAFT_FAULTS)[number]
/** `part` is `frames/0`, `power/1`, `brightness`…: the card of the form in which it is shown. */
export type PlanFault = { readonly part: string; readonly fault: DraftFault }

type Timed = {
  readonly weekdays: readonly number[]
  readonly dates?: Dates
  readonly from: string
  readonly to: string
}

const timeFault = (of: Timed): DraftFault | null => {
  if (!CLOCK.test(of.from) || !CLOCK.test(of.to)) return 'time'
  if (of.from >= of.to) return 'order'
  if (of.weekdays.length === 0) return 'weekdays'
  if (of.dates === undefined) return null
  const { from, to } = of.dates
  return CIVIL.test(from) && CIVIL.test(to) && from <= to ? null : 'dates'
}

const isPercent = (n: number): boolean => Number.isFinite(n) && n >= 0 && n <= 100
const blank = (text: string): boolean => text.trim() === ''

const frameFault = (frame: Frame, all: readonly Frame[]): DraftFault | null => {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(frame.id) || all.filter((f) => f.id === frame.id).length > 1)
    return 'id'
  return timeFault(frame) ?? (blank(frame.decidedBy) ? 'who' : null)
}

const brightnessFault = ({ by, nightCap, decidedBy }: Brightness): DraftFault | null => {
  if (blank(decidedBy)) return 'who'
  const percents = by.way === 'sun' ? [by.day, by.night] : by.curve.map((p) => p.percent)
  if (![...percents, nightCap?.most ?? 0].every(isPercent)) return 'percent'
  if (
    nightCap !== undefined &&
    (!CLOCK.test(nightCap.from) || !CLOCK.test(nightCap.to) || nightCap.from === nightCap.to)
  )
    return 'time'
  if (by.way === 'sun') return Number.isFinite(by.twilightMs) ? null : 'limit'
  if (![by.hysteresis, by.settleMs, ...by.curve.map((p) => p.lux)].every(Number.isFinite)) return 'limit'
  const rises = by.curve.every((p, i) => {
    const before = by.curve[i - 1]
    return before === undefined || (p.lux > before.lux && p.percent >= before.percent)
  })
  return rises ? null : 'curve'
}

const adsFault = ({ limits, decidedBy }: Ads): DraftFault | null => {
  if (blank(decidedBy)) return 'who'
  if (limits.some((l) => blank(l.source))) return 'source'
  const fits = limits.every(
    (l) => Number.isFinite(l.mostMs) && Number.isFinite(l.withinMs) && l.withinMs >= 1000 && l.mostMs <= l.withinMs,
  )
  return fits ? null : 'limit'
}

/** What is still wrong, in the order of the form. Overlaps and references are the hub's to find, and it does before anything is signed. */
export const planFaults = (plan: SchedulePlan): readonly PlanFault[] => {
  const found: (PlanFault | null)[] = [
    ...plan.frames.map((f, i) => of(`frames/${i}`, frameFault(f, plan.frames))),
    ...plan.power.map((w, i) => of(`power/${i}`, timeFault(w) ?? (isPercent(w.brightness) ? null : 'percent'))),
    ...(plan.energy ?? []).map((r, i) => of(`energy/${i}`, energyFault(r))),
    of('brightness', plan.brightness === undefined ? null : brightnessFault(plan.brightness)),
    of('ads', plan.ads === undefined ? null : adsFault(plan.ads)),
  ]
  return found.filter((f) => f !== null)
}
const of = (part: string, fault: DraftFault | null): PlanFault | null => (fault === null ? null : { part, fault })

const energyFault = (r: Energy): DraftFault | null => {
  const time = timeFault(r)
  if (time !== null) return time
  if (r.rule.kind === 'dim' && !isPercent(r.rule.most)) return 'percent'
  if (blank(r.decidedBy)) return 'who'
  return blank(r.source) ? 'source' : null
}

/** Spaces around and other forms of letters are not part of what was meant; what is empty and optional is left out. */
export const cleanPlan = (plan: SchedulePlan): SchedulePlan => {
  const clean = (text: string) => text.normalize('NFC').trim()
  const { brightness, energy, ads } = plan
  return {
    frames: plan.frames.map(({ document, ...f }) => ({
      ...f,
      decidedBy: clean(f.decidedBy),
      reason: clean(f.reason),
      weekdays: [...f.weekdays].sort((a, b) => a - b),
      ...(document === undefined || clean(document) === '' ? {} : { document: clean(document) }),
    })),
    power: plan.power.map((w) => ({ ...w, weekdays: [...w.weekdays].sort((a, b) => a - b) })),
    ...(brightness === undefined
      ? {}
      : { brightness: { ...brightness, decidedBy: clean(brightness.decidedBy), reason: clean(brightness.reason) } }),
    ...(energy === undefined || energy.length === 0
      ? {}
      : { energy: energy.map((r) => ({ ...r, decidedBy: clean(r.decidedBy), source: clean(r.source) })) }),
    ...(ads === undefined ? {} : { ads: { ...ads, decidedBy: clean(ads.decidedBy), reason: clean(ads.reason) } }),
  }
}

/** A name for a new frame that none has yet: `F-1`, or by its date. */
export const frameId = (frames: readonly Frame[], date: string | null): string => {
  const base = date === null ? 'F' : `F-${date.replaceAll('-', '')}`
  for (let n = 1; n <= frames.length + 1; n++) {
    const id = `${base}-${n}`
    if (!frames.some((f) => f.id === id)) return id
  }
  return `${base}-${frames.length + 2}`
}

/** The sections that differ between two plans. */
export const changedParts = (before: SchedulePlan, after: SchedulePlan): readonly (keyof SchedulePlan)[] =>
  (['frames', 'power', 'brightness', 'energy', 'ads'] as const).filter(
    (part) => JSON.stringify(sorted(before[part])) !== JSON.stringify(sorted(after[part])),
  )

/** With its keys in order, so that two ways of writing the same are the same. */
const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([k, v]) => [k, sorted(v)]),
  )
}
