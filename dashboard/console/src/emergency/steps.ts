import type { SiteView } from '#core/contract/api.ts'
import { clean, type DraftFault, draftFaults, extensionOf, isTextless, type OrderDraft } from './draft.ts'

/** The four steps of an order. Each can be gone back to at any time; nothing typed is lost. */
export const STEPS = ['template', 'words', 'whom', 'release'] as const
export type Step = (typeof STEPS)[number]

const STEP_OF: { readonly [F in DraftFault]: Step } = {
  'headline-missing': 'words',
  'instruction-missing': 'words',
  'headline-of-translation-missing': 'words',
  'damaged-text': 'words',
  'place-missing': 'words',
  'text-too-long': 'words',
  'no-target': 'whom',
  'authority-missing': 'release',
  'document-missing': 'release',
  'duration-wrong': 'release',
}

/** What is missing at each step, in the order of the form. */
export const faultsOfStep = (draft: OrderDraft, step: Step): readonly DraftFault[] =>
  draftFaults(draft).filter((fault) => STEP_OF[fault] === step)

/** Has somebody begun? A draft that is as it was opened starts at the templates, any other one at its words. */
export const firstStep = (draft: OrderDraft): Step =>
  draft.action === 'update' || draft.inbox !== null || clean(draft.texts.vi.headline) !== '' ? 'words' : 'template'

export const stepAfter = (step: Step): Step | null => STEPS[STEPS.indexOf(step) + 1] ?? null
export const stepBefore = (step: Step): Step | null => STEPS[STEPS.indexOf(step) - 1] ?? null

/** Does this draft put a page of its own on a panel, that can be looked at beforehand? */
export const isDrawn = (draft: OrderDraft): boolean =>
  extensionOf(draft) === null && (isTextless(draft.class) || clean(draft.texts.vi.headline) !== '')

/** Panels of one size and pitch draw an order alike: one picture stands for all of them. */
export type PanelKind = { readonly key: string; readonly sites: readonly SiteView[] }

export const panelKinds = (sites: readonly SiteView[]): readonly PanelKind[] => {
  const kinds = new Map<string, SiteView[]>()
  for (const site of sites) {
    const { width, height, pitchMm, viewingDistanceM } = site.panel
    const key = [width, height, pitchMm ?? '', viewingDistanceM ?? ''].join('×')
    kinds.set(key, [...(kinds.get(key) ?? []), site])
  }
  return [...kinds].map(([key, list]) => ({ key, sites: list })).sort((a, b) => b.sites.length - a.sites.length)
}
