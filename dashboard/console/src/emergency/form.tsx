import { useEffect, useRef, useState } from 'preact/hooks'
import type { ApiFault } from '../api.ts'
import { clock } from '../format.ts'
import { useT } from '../i18n.ts'
import { useStore } from '../store.tsx'
import { Act, Fault, useDenied } from '../ui/bits.tsx'
import { draftFaults, extensionOf, type OrderDraft, orderOf, proposalOf } from './draft.ts'
import { StatusMark } from './marks.tsx'
import { Previews, useKindPreviews, usePreviewBlock } from './previews.tsx'
import { areaOf, reachable } from './reach.ts'
import { ReleaseDialog } from './release.tsx'
import { ReleaseStep } from './step-release.tsx'
import { TemplateStep } from './step-template.tsx'
import { WhomStep } from './step-whom.tsx'
import { type Change, WordsStep } from './step-words.tsx'
import { faultsOfStep, firstStep, isDrawn, panelKinds, STEPS, type Step, stepAfter, stepBefore } from './steps.ts'

/** The way through: each step can be pressed at any time; a tick says that nothing is missing there. */
const Stepper = (props: { readonly draft: OrderDraft; readonly step: Step; readonly onStep: (step: Step) => void }) => {
  const { t } = useT()
  return (
    <ol class="steps" aria-label={t('steps')}>
      {STEPS.map((step, i) => {
        const begun = STEPS.indexOf(props.step) > i
        const missing = faultsOfStep(props.draft, step).length > 0
        return (
          <li key={step}>
            <button
              type="button"
              class="step"
              data-testid={`order-step-${step}`}
              {...(props.step === step ? { 'aria-current': 'step' as const } : {})}
              onClick={() => props.onStep(step)}
            >
              <span class="step-number" aria-hidden="true">
                {begun ? (missing ? '▲' : '✓') : i + 1}
              </span>
              {t(`step-${step}`)}
              {begun && <span class="visually-hidden"> {missing ? t('stepMissing') : t('stepDone')}</span>}
            </button>
          </li>
        )
      })}
    </ol>
  )
}

const Head = (props: { readonly draft: OrderDraft }) => {
  const store = useStore()
  const { t, tf } = useT()
  const { draft } = props
  const exercise = draft.status === 'exercise'
  const restored = store.restoredAt.value
  const discard = () => {
    store.restoredAt.value = null
    store.draft.value = null
  }
  return (
    <>
      <div class="composer-head">
        <StatusMark status={draft.status} />
        <h2>
          {draft.allClear
            ? t('composingAllClear')
            : draft.action === 'update'
              ? tf('composingUpdate', { order: draft.references.join(', ') })
              : exercise
                ? t('composingExercise')
                : t('composingActual')}
        </h2>
        <Act testid="order-discard" kind="plain" busy={false} blocked={null} onPress={discard}>
          {t('discard')}
        </Act>
      </div>
      <p class="composer-kept dim" role="status" data-testid="order-kept">
        {restored === null ? t('draftKept') : `↺ ${tf('draftRestored', { time: clock(restored) })}`}
      </p>
    </>
  )
}

const StepHead = (props: { readonly step: Step }) => {
  const { t, tf } = useT()
  const ref = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    // At the first step the search has the focus; later, and where an update or an all-clear begins, the heading: a reader hears where it
    // is, Tab goes on from there, and Ctrl+Enter is heard by the form.
    if (props.step !== 'template') ref.current?.focus()
  }, [props.step])
  const n = STEPS.indexOf(props.step) + 1
  return (
    <h3 class="step-head" ref={ref} tabIndex={-1}>
      {tf('stepOf', { n, all: STEPS.length })} {t(`stepAsk-${props.step}`)}
    </h3>
  )
}

/** Whoever may write but not release hands it to those who may. What extends frames has no such form: it is the officer's own. */
const Propose = (props: { readonly draft: OrderDraft; readonly blocked: string | null }) => {
  const store = useStore()
  const { t } = useT()
  const { draft } = props
  const [busy, setBusy] = useState(false)
  const [fault, setFault] = useState<ApiFault | null>(null)
  const release = useDenied('order.release')
  const propose = useDenied('order.propose')
  if (release === null || draft.inbox !== null || extensionOf(draft) !== null) return null
  const send = async () => {
    setBusy(true)
    const answer = await store.api.propose(proposalOf(draft, areaOf(draft.targets, store.sites.value)))
    setBusy(false)
    if (!answer.ok) return setFault(answer.error)
    store.putDraft(answer.value)
    store.draft.value = null
  }
  return (
    <>
      <Fault fault={fault} testid="order-propose-fault" />
      <Act
        testid="order-propose"
        kind="primary"
        busy={busy}
        blocked={propose ?? props.blocked}
        onPress={() => void send()}
      >
        {t('propose')}
      </Act>
    </>
  )
}

/** An order in four steps. Whatever is typed stays, in whichever direction one goes. */
export const OrderForm = (props: { readonly draft: OrderDraft; readonly onDone: () => void }) => {
  const store = useStore()
  const { t } = useT()
  const { draft } = props
  const [step, setStep] = useState<Step>(firstStep(draft))
  const [review, setReview] = useState(false)
  const put = (next: OrderDraft) => {
    store.draft.value = next
  }
  const change: Change = (part) => put({ ...draft, ...part })
  const exercise = draft.status === 'exercise'
  const now = store.now.peek()
  const order = orderOf(draft, { id: 'x', issuer: store.session.value?.user ?? '', now, area: null, breakGlass: null })
  const targets = store.sites.value.filter((s) => draft.targets.includes(s.id))
  // While nobody is chosen yet, one panel of the commonest kind shows what the words look like.
  const anybody = panelKinds(reachable(store.sites.value))[0]?.sites.slice(0, 1) ?? []
  const seen = step === 'release' || targets.length > 0 ? targets : anybody
  const previews = useKindPreviews(order, seen, isDrawn(draft) && (step === 'words' || step === 'release'))
  const previewBlock = usePreviewBlock(previews)
  const [fault] = draftFaults(draft)
  // The first reason, so that it reads as the next thing to do.
  const missing = fault === undefined ? null : t(`draft-${fault}`)
  const block = useDenied('order.release') ?? missing ?? previewBlock
  const [before, after] = [stepBefore(step), stepAfter(step)]
  const top = useRef<HTMLElement>(null)
  useEffect(() => {
    const box = top.current
    // Ctrl+Enter goes on from any field: never further than the dialog that asks.
    const press = (e: KeyboardEvent) => {
      if (e.key !== 'Enter' || !(e.ctrlKey || e.metaKey) || review) return
      e.preventDefault()
      if (after !== null) setStep(after)
      else if (block === null) setReview(true)
    }
    box?.addEventListener('keydown', press)
    return () => box?.removeEventListener('keydown', press)
  }, [after, block, review])
  // Each step begins at its top, whatever stands above the form on the page.
  useEffect(() => top.current?.scrollIntoView({ block: 'start' }), [step])
  return (
    <section
      ref={top}
      class={`composer ${draft.allClear ? 'composer-clear' : ''} ${exercise ? 'composer-exercise' : 'composer-actual'}`}
      aria-label={exercise ? t('newExercise') : t('newActual')}
      data-testid="order-form"
      data-status={draft.status}
    >
      <Head draft={draft} />
      <Stepper draft={draft} step={step} onStep={setStep} />
      <StepHead step={step} />
      {step === 'template' && (
        <TemplateStep
          draft={draft}
          onPick={(next) => {
            put(next)
            setStep('words')
          }}
        />
      )}
      {step === 'words' && (
        <div class="words-both">
          <WordsStep draft={draft} change={change} />
          <aside class="previews">
            <h4>{t('previewSample')}</h4>
            <Previews
              previews={previews.slice(0, 1)}
              exercise={exercise}
              empty={t(extensionOf(draft) === null ? 'previewEmptyWords' : 'extendPreview')}
            />
          </aside>
        </div>
      )}
      {step === 'whom' && <WhomStep draft={draft} change={change} />}
      {step === 'release' && <ReleaseStep draft={draft} change={change} previews={previews} onStep={setStep} />}
      {step !== 'template' && (
        <div class="composer-foot">
          {before !== null && (
            <Act testid="order-step-back" kind="plain" busy={false} blocked={null} onPress={() => setStep(before)}>
              ← {t(`step-${before}`)}
            </Act>
          )}
          {after !== null && (
            <Act testid="order-step-next" kind="primary" busy={false} blocked={null} onPress={() => setStep(after)}>
              {t(`step-${after}`)} →
            </Act>
          )}
          {step === 'release' && <Propose draft={draft} blocked={missing ?? previewBlock} />}
          {step === 'release' && (
            <Act
              testid="order-review"
              kind={exercise ? 'exercise' : draft.allClear ? 'clear' : 'danger'}
              busy={false}
              blocked={block}
              onPress={() => setReview(true)}
            >
              {t(exercise ? 'reviewExercise' : draft.allClear ? 'reviewClear' : 'reviewActual')}
            </Act>
          )}
        </div>
      )}
      {review && (
        <ReleaseDialog
          draft={draft}
          area={areaOf(draft.targets, store.sites.value)}
          onClose={() => setReview(false)}
          onDone={props.onDone}
        />
      )}
    </section>
  )
}
