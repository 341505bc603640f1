import { useEffect, useRef, useState } from 'preact/hooks'
import type { OrderTemplate } from '#core/contract/api.ts'
import { HAZARD_NAMES, ORDER_CLASSES } from '#core/emergency/order.ts'
import { ORDER_CLASS_NAMES, useT } from '../i18n.ts'
import { useStore } from '../store.tsx'
import { clean, type OrderDraft, PLACE } from './draft.ts'
import { blankOf, matches, offered, withTemplate } from './prefill.ts'

type Props = { readonly draft: OrderDraft; readonly onPick: (draft: OrderDraft) => void }

const Card = (props: { readonly template: OrderTemplate; readonly chosen: boolean; readonly onPick: () => void }) => {
  const { lang } = useT()
  const { template } = props
  const other = lang === 'vi' ? 'en' : 'vi'
  return (
    <li>
      <button
        type="button"
        class={template.allClear ? 'template template-clear' : 'template'}
        aria-pressed={props.chosen}
        data-testid={`order-template-${template.id}`}
        onClick={props.onPick}
      >
        <span class="template-name">{template.name[lang]}</span>
        <span class="dim" lang={other}>
          {template.name[other]}
        </span>
        <span class="template-words">
          {(template.texts[0]?.headline ?? HAZARD_NAMES[template.hazard][lang]).replaceAll(PLACE, '…')}
        </span>
      </button>
    </li>
  )
}

/** Begins without words: a blank page of an emergency, or of one of the rarer classes. */
const Blanks = (props: Props) => {
  const { t, lang } = useT()
  const { draft, onPick } = props
  // An update replaces an order of its own class; only the words may begin anew.
  const classes = draft.action === 'update' ? [draft.class] : ORDER_CLASSES
  return (
    <section aria-label={t('blankPages')}>
      <h4>{t('blankPages')}</h4>
      <ul class="templates templates-blank">
        {[...classes]
          .sort((a, b) => Number(b === 'emergency') - Number(a === 'emergency'))
          .map((c) => (
            <li key={c}>
              <button
                type="button"
                class="template"
                data-testid={`order-blank-${c}`}
                onClick={() => onPick(blankOf(draft, c))}
              >
                <span class="template-name">{ORDER_CLASS_NAMES[c][lang]}</span>
                <span class="dim">{t(`blank-${c}`)}</span>
              </button>
            </li>
          ))}
      </ul>
    </section>
  )
}

/** The first step: what happened, in big words. Typing searches, Enter takes the first one found. */
export const TemplateStep = (props: Props) => {
  const store = useStore()
  const { t, tf, lang } = useT()
  const { draft, onPick } = props
  const [query, setQuery] = useState('')
  const input = useRef<HTMLInputElement>(null)
  useEffect(() => input.current?.focus(), [])
  const asked = store.templates.value
  const all = asked.state === 'here' ? offered(asked.value, draft) : []
  const found = all.filter((template) => matches(template, query))
  // The chosen one again: back to its words, as they were left.
  const pick = (template: OrderTemplate) =>
    onPick(draft.template === template.id ? draft : withTemplate(draft, template))
  const [first] = found
  return (
    <div class="step-body">
      {clean(draft.texts.vi.headline) !== '' && <p class="notice">{t('templateReplaces')}</p>}
      <div class="field template-search">
        <label for="template-search">{t('templateSearch')}</label>
        <input
          id="template-search"
          ref={input}
          type="search"
          autocomplete="off"
          data-testid="order-template-search"
          value={query}
          onInput={(e) => setQuery(e.currentTarget.value)}
          onKeyDown={(e) => {
            if (e.key === 'Enter' && first !== undefined) pick(first)
          }}
        />
        <span class="hint" role="status">
          {asked.state === 'waiting' ? t('loading') : tf('templatesFound', { n: found.length })}
        </span>
      </div>
      {asked.state === 'failed' && (
        <p class="fault" role="alert" data-testid="templates-fault">
          ✕ {t('templatesFailed')} {asked.fault.message[lang]}
        </p>
      )}
      <ul class="templates" data-testid="order-templates">
        {found.map((template) => (
          <Card
            key={template.id}
            template={template}
            chosen={draft.template === template.id}
            onPick={() => pick(template)}
          />
        ))}
      </ul>
      <Blanks draft={draft} onPick={onPick} />
    </div>
  )
}
