import { useState } from 'preact/hooks'
import { CATEGORY_NAMES } from '#core/content/category.ts'
import type { ItemView } from '#core/contract/api.ts'
import { ITEM_REFUSAL_NAMES, nameOf } from '#core/contract/words.ts'
import { StaleTag } from '../content/texts.tsx'
import { day, stamp } from '../format.ts'
import { KIND_NAMES, useT } from '../i18n.ts'
import { hrefOf } from '../route.ts'
import { useStore } from '../store.tsx'
import { Act, Empty, Tag, type Tone, useDenied } from '../ui/bits.tsx'

export const STATE_TONES: { readonly [S in ItemView['state']]: Tone } = {
  submitted: 'info',
  approved: 'ok',
  rejected: 'bad',
  published: 'ok',
}

/** Refusals by edges, in red, with the site and the reason in words. */
export const Refusals = (props: { readonly view: ItemView }) => {
  const { t, lang } = useT()
  const { sites } = useStore()
  const { refusals } = props.view
  if (refusals.length === 0) return null
  return (
    <ul class="fault refusals" data-testid={`refusals-${props.view.item.id}`}>
      {refusals.map((r) => (
        <li key={`${r.site}${r.at}`}>
          ✕ <strong>{t('refusedBy')}</strong> {sites.value.find((s) => s.id === r.site)?.name ?? r.site}:{' '}
          {nameOf(ITEM_REFUSAL_NAMES, r.reason)[lang]}
          {r.detail !== '' && ` (${r.detail})`} <span class="dim">{stamp(r.at)}</span>
        </li>
      ))}
    </ul>
  )
}

const Row = (props: { readonly view: ItemView }) => {
  const { view } = props
  const { t, tf, lang } = useT()
  const { item } = view
  const category = CATEGORY_NAMES[item.category]
  return (
    <li class="item-row" data-testid={`item-${item.id}`} data-state={view.state}>
      <div>
        <a href={hrefOf({ page: 'item', item: item.id })} data-testid={`item-open-${item.id}`}>
          <strong>{item.title}</strong>
        </a>
        <br />
        <span class="dim">
          {KIND_NAMES[item.kind][lang]} · {category.clause} {category[lang]} · {item.supplier.name}
          {item.document !== null && ` · ${item.document}`} · {day(item.validFrom)}–{day(item.validTo - 1)}
        </span>
        <div>
          <StaleTag view={view} />
        </div>
        <Refusals view={view} />
      </div>
      <div class="item-side">
        <Tag tone={STATE_TONES[view.state]}>{t(`item-${view.state}`)}</Tag>
        <span class="dim">
          {view.state === 'published'
            ? tf('onScreens', { n: view.publishedAt.length, all: view.sites.length })
            : `${view.submitterName} · ${stamp(view.submittedAt)}`}
        </span>
      </div>
    </li>
  )
}

const FILTERS = ['all', 'submitted', 'approved', 'published', 'rejected'] as const

export const Content = () => {
  const { items, loaded } = useStore()
  const { t } = useT()
  const denied = useDenied('content.submit')
  const [filter, setFilter] = useState<(typeof FILTERS)[number]>('all')
  const all = [...items.value].sort((a, b) => b.submittedAt - a.submittedAt)
  const shown = all.filter((v) => filter === 'all' || v.state === filter)
  const count = (f: (typeof FILTERS)[number]) => all.filter((v) => f === 'all' || v.state === f).length
  return (
    <>
      <div class="page-head">
        <h1>{t('navContent')}</h1>
        <Act
          testid="content-new"
          kind="primary"
          busy={false}
          blocked={denied}
          onPress={() => {
            location.hash = hrefOf({ page: 'submit' })
          }}
        >
          + {t('submitNew')}
        </Act>
      </div>
      <fieldset class="presets" aria-label={t('filter')}>
        {FILTERS.map((f) => (
          <button
            key={f}
            type="button"
            class="chip"
            aria-pressed={filter === f}
            data-testid={`content-filter-${f}`}
            onClick={() => setFilter(f)}
          >
            {f === 'all' ? t('filterAll') : t(`item-${f}`)} ({count(f)})
          </button>
        ))}
      </fieldset>
      {shown.length === 0 && <Empty>{loaded.value ? t('noItems') : t('loading')}</Empty>}
      {shown.length > 0 && (
        <ul class="plain card items">
          {shown.map((view) => (
            <Row key={view.item.id} view={view} />
          ))}
        </ul>
      )}
    </>
  )
}
