import { useState } from 'preact/hooks'
import { staleTexts, translationsOf } from '#core/content/translation.ts'
import type { ItemView } from '#core/contract/api.ts'
import type { ApiFault } from '../api.ts'
import { LANGUAGE_NAMES, useT } from '../i18n.ts'
import { sha256OfText } from '../sha256.ts'
import { useStore } from '../store.tsx'
import { Act, Dialog, Fault, Field, Tag, useDenied } from '../ui/bits.tsx'
import { PanelPreview, usePreviews } from '../ui/panel.tsx'
import { FitPanels, type Fits, onlyTime } from './fit.tsx'

/** Only texts are hashed here, and those come as text. */
const sha256 = (data: Uint8Array | string): string =>
  sha256OfText(typeof data === 'string' ? data : new TextDecoder().decode(data))

/** What of an item is older than its source, judged here by the rule that edges judge by (Art. 13.4). */
export const useStale = (view: ItemView): { readonly languages: readonly string[]; readonly isAll: boolean } => {
  const { items } = useStore()
  const find = (id: string) => items.value.find((v) => v.item.id === id)?.item
  const { item, stale } = translationsOf(view.item, { sha256, find })
  return { languages: stale?.languages ?? [], isAll: item === null }
}

/** Beside an item wherever it stands: which languages will not be shown. */
export const StaleTag = (props: { readonly view: ItemView }) => {
  const { tf, lang } = useT()
  const { languages, isAll } = useStale(props.view)
  if (languages.length === 0) return null
  const names = languages.map((l) => LANGUAGE_NAMES[l]?.[lang] ?? l).join(', ')
  return (
    <span data-testid={`stale-${props.view.item.id}`}>
      <Tag tone={isAll ? 'bad' : 'warn'}>{tf(isAll ? 'staleAll' : 'staleSome', { languages: names })}</Tag>
    </span>
  )
}

export const TextView = (props: { readonly view: ItemView; readonly fits: Fits }) => {
  const { t, lang } = useT()
  const { sites } = useStore()
  const denied = useDenied('content.submit')
  const [editing, setEditing] = useState(false)
  const { item } = props.view
  const stale = staleTexts(item, sha256)
  const texts = item.texts.filter((text) => !stale.includes(text.language))
  // A panel that cannot show it has no picture to ask for, and its reasons stand in the list; one that only lacks time has one.
  const panels = props.fits.state === 'known' && texts.length > 0 ? props.fits.panels.filter(onlyTime) : []
  const asks = panels.map(({ site }) => ({
    site,
    draft: { kind: 'text' as const, texts, durationMs: item.durationMs },
  }))
  const previews = usePreviews(`${item.id}/${item.revision}/${props.fits.state}`, asks)
  return (
    <section class="card">
      <h2>{t('previews')}</h2>
      <FitPanels view={props.view} fits={props.fits} />
      <div class="preview-list">
        {sites.value.map((site) => {
          const preview = previews.get(site.id)
          return preview === undefined ? null : (
            <PanelPreview key={site.id} site={site} preview={preview} exercise={false} verdict={false} />
          )
        })}
      </div>
      {item.texts.map((text) => (
        <blockquote key={text.language} lang={text.language} data-testid={`text-${text.language}`}>
          <strong>{text.title}</strong>
          <br />
          {text.body}
          <br />
          <span class="dim" lang={lang}>
            {LANGUAGE_NAMES[text.language]?.[lang] ?? text.language}{' '}
          </span>
          {stale.includes(text.language) && (
            <span lang={lang} data-testid={`stale-text-${text.language}`}>
              <Tag tone="warn">{t('staleText')}</Tag>
            </span>
          )}
        </blockquote>
      ))}
      <div class="actions">
        <Act testid="texts-edit" kind="plain" busy={false} blocked={denied} onPress={() => setEditing(true)}>
          {t('editTexts')}
        </Act>
      </div>
      {editing && <EditDialog view={props.view} onClose={() => setEditing(false)} />}
    </section>
  )
}

type Draft = { readonly language: string; readonly title: string; readonly body: string; readonly translated: boolean }

const EditDialog = (props: { readonly view: ItemView; readonly onClose: () => void }) => {
  const store = useStore()
  const { t, tf, lang } = useT()
  const { item } = props.view
  const main = item.languages[0] ?? 'vi'
  const [title, setTitle] = useState(item.title)
  const [texts, setTexts] = useState<readonly Draft[]>(() =>
    item.texts.map(({ language, title, body }) => ({ language, title, body, translated: false })),
  )
  const [busy, setBusy] = useState(false)
  const [fault, setFault] = useState<ApiFault | null>(null)
  const put = (language: string, part: Partial<Draft>) =>
    setTexts(texts.map((text) => (text.language === language ? { ...text, ...part } : text)))
  const send = async () => {
    setBusy(true)
    const answer = await store.api.editTexts(item.id, { revision: item.revision, title, texts: [...texts] })
    setBusy(false)
    if (!answer.ok) return setFault(answer.error)
    store.putItem(answer.value)
    props.onClose()
  }
  const before = item.texts.find((text) => text.language === main)
  const after = texts.find((text) => text.language === main)
  const isChanged = before?.title !== after?.title || before?.body !== after?.body
  const left = texts.filter((text) => text.language !== main && !text.translated).map((text) => text.language)
  const names = left.map((l) => LANGUAGE_NAMES[l]?.[lang] ?? l).join(', ')
  const empty = texts.some((text) => text.title.trim() === '') || title.trim() === ''
  return (
    <Dialog title={t('editTexts')} kind="plain" testid="texts-dialog" onClose={props.onClose}>
      <p class="dim">{t('editTextsHint')}</p>
      <Field label={t('itemTitle')} hint={null} required={true}>
        {(id) => <input id={id} maxLength={200} value={title} onInput={(e) => setTitle(e.currentTarget.value)} />}
      </Field>
      {texts.map((text) => (
        <fieldset class="group" key={text.language}>
          <legend>{LANGUAGE_NAMES[text.language]?.[lang] ?? text.language}</legend>
          <Field label={t('textTitle')} hint={null} required={true}>
            {(id) => (
              <input
                id={id}
                lang={text.language}
                maxLength={200}
                data-testid={`edit-title-${text.language}`}
                value={text.title}
                onInput={(e) => put(text.language, { title: e.currentTarget.value })}
              />
            )}
          </Field>
          <Field label={t('textBody')} hint={null} required={false}>
            {(id) => (
              <textarea
                id={id}
                lang={text.language}
                rows={3}
                maxLength={2000}
                data-testid={`edit-body-${text.language}`}
                value={text.body}
                onInput={(e) => put(text.language, { body: e.currentTarget.value })}
              />
            )}
          </Field>
          {text.language !== main && (
            <label class="check">
              <input
                type="checkbox"
                data-testid={`edit-translated-${text.language}`}
                checked={text.translated}
                onChange={(e) => put(text.language, { translated: e.currentTarget.checked })}
              />
              {t('translatedNow')}
            </label>
          )}
        </fieldset>
      ))}
      {isChanged && left.length > 0 && (
        <p class="warnings" role="status" data-testid="edit-stale">
          ▲ {tf('willBeStale', { languages: names })}
        </p>
      )}
      <Fault fault={fault} testid="texts-fault" />
      <div class="dialog-foot">
        <Act testid="texts-back" kind="plain" busy={busy} blocked={null} onPress={props.onClose}>
          {t('back')}
        </Act>
        <Act
          testid="texts-save"
          kind="primary"
          busy={busy}
          blocked={empty ? t('submit-text') : null}
          onPress={() => void send()}
        >
          {t('saveTexts')}
        </Act>
      </div>
    </Dialog>
  )
}
