import { type DocumentFault, parseDocument } from '../base/check.ts'
import { err, type Result } from '../base/result.ts'
import { longestFall, longestRise } from './sequence-plan.ts'
import { type PowerSequence, PowerSequenceSchema } from './sequence-schema.ts'

/** Text of a sequence → a sequence that may be run, or every reason why not. */
export const readSequence = (text: string): Result<PowerSequence, readonly DocumentFault[]> => {
  const parsed = parseDocument(PowerSequenceSchema, text)
  if (!parsed.ok) return parsed
  const faults = checkSequence(parsed.value)
  return faults.length === 0 ? parsed : err(faults)
}

/** What the schema cannot say about a power sequence. An empty list: it may be run. */
export const checkSequence = (sequence: PowerSequence): readonly DocumentFault[] => {
  const faults = [
    ...twice(sequence.relays, '/relays'),
    ...twice(
      sequence.inputs.map((input) => input.name),
      '/inputs',
    ),
    ...relayRules(sequence),
    ...displayRules(sequence),
    ...interlockRules(sequence),
  ]
  return faults.length > 0 ? faults : boundRules(sequence)
}

const twice = (names: readonly string[], where: string): DocumentFault[] =>
  names.flatMap((name, i) =>
    names.indexOf(name) === i ? [] : [{ where: `${where}/${i}`, why: `${name} is there twice` }],
  )

const kindOf = (sequence: PowerSequence, name: string): 'flag' | 'number' | undefined =>
  sequence.inputs.find((input) => input.name === name)?.kind

const relayRules = (sequence: PowerSequence): DocumentFault[] => {
  const owners = new Map<string, string>()
  const faults = sequence.steps.flatMap((step, i): DocumentFault[] => {
    if (step.step !== 'relay') return []
    const where = `/steps/${i}`
    const found: DocumentFault[] = []
    if (!sequence.relays.includes(step.relay)) found.push({ where: `${where}/relay`, why: `no relay ${step.relay}` })
    const earlier = sequence.steps.slice(0, i).findLast((one) => one.step === 'relay' && one.relay === step.relay)
    const isOn = earlier?.step === 'relay' && earlier.on
    if (step.on === isOn)
      found.push({ where: `${where}/on`, why: `${step.relay} is already ${step.on ? 'on' : 'off'} here` })
    if (step.feedback === null) return found
    const { input } = step.feedback
    const kind = kindOf(sequence, input)
    if (kind !== 'flag')
      found.push({ where: `${where}/feedback/input`, why: kind ? `${input} is a number` : `no input ${input}` })
    const owner = owners.get(input) ?? step.relay
    if (owner !== step.relay)
      found.push({ where: `${where}/feedback/input`, why: `${input} already tells about ${owner}` })
    owners.set(input, owner)
    return found
  })
  const used = new Set(sequence.steps.flatMap((step) => (step.step === 'relay' ? [step.relay] : [])))
  const idle = sequence.relays.flatMap((relay, i) =>
    used.has(relay) ? [] : [{ where: `/relays/${i}`, why: `no step uses ${relay}` }],
  )
  return [...faults, ...idle]
}

/** Light comes last: nobody may see the panel while its power still comes up. */
const displayRules = (sequence: PowerSequence): DocumentFault[] => {
  const faults: DocumentFault[] = []
  const at = sequence.steps.findIndex((step) => step.step === 'unblank')
  if (at >= 0 && at !== sequence.steps.length - 1)
    faults.push({ where: `/steps/${at}`, why: 'unblank must be the last step, and there is one at most' })
  if (at >= 0 !== (sequence.blank !== null))
    faults.push({ where: '/blank', why: 'blank and a last step unblank belong together' })
  for (const [i, step] of sequence.steps.entries())
    if (step.step !== 'relay' && step.everyMs > step.withinMs)
      faults.push({ where: `/steps/${i}/everyMs`, why: 'longer than withinMs' })
  if (sequence.blank !== null && sequence.blank.everyMs > sequence.blank.withinMs)
    faults.push({ where: '/blank/everyMs', why: 'longer than withinMs' })
  return faults
}

const interlockRules = (sequence: PowerSequence): DocumentFault[] =>
  sequence.interlocks.flatMap((lock, i): DocumentFault[] => {
    const where = `/interlocks/${i}`
    const kind = kindOf(sequence, lock.input)
    if (kind === undefined) return [{ where: `${where}/input`, why: `no input ${lock.input}` }]
    if (lock.rule === 'is')
      return kind === 'flag' ? [] : [{ where: `${where}/input`, why: `${lock.input} is a number` }]
    if (kind === 'flag') return [{ where: `${where}/input`, why: `${lock.input} is a flag` }]
    return lock.onBelow < lock.offAbove
      ? []
      : [{ where: `${where}/onBelow`, why: 'must be less than offAbove, or the screen would flap' }]
  })

const boundRules = (sequence: PowerSequence): DocumentFault[] =>
  (
    [
      ['on', longestRise(sequence)],
      ['off', longestFall(sequence)],
    ] as const
  ).flatMap(([way, longest]) =>
    longest <= sequence.boundMs
      ? []
      : [{ where: '/boundMs', why: `switching ${way} may take ${longest} ms, promised ${sequence.boundMs} ms` }],
  )
