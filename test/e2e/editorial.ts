import { expect } from 'vitest'
import type { Demo } from '../support/demo.ts'
import { type Desk, unlockIfAsked } from './console.ts'

/** What an editor and an approver do at the console, press by press. */
export type Piece = {
  readonly kind: 'image' | 'video' | 'text'
  readonly title: string
  readonly file: string | null
  readonly text: { readonly title: string; readonly body: string } | null
  /** Null: as the browser reads it from the clip. */
  readonly seconds: number | null
  readonly sites: readonly string[]
}

/** Fills in the form and sends it; gives the item's id. */
export const submit = async (desk: Desk, piece: Piece): Promise<string> => {
  await desk.go('#/content/new')
  await desk.press(`submit-kind-${piece.kind}`)
  await desk.type('submit-title', piece.title)
  if (piece.file !== null) await desk.at('submit-file').setInputFiles(piece.file)
  if (piece.text !== null) {
    await desk.type('submit-text-title-vi', piece.text.title)
    await desk.type('submit-text-body-vi', piece.text.body)
  }
  if (piece.seconds !== null) await desk.type('submit-seconds', String(piece.seconds))
  else await expect.poll(() => desk.at('submit-seconds').inputValue()).not.toBe('15')
  await desk.at('submit-category').selectOption('A7_4_EXTERNAL_INFO')
  await desk.type('submit-supplierName', 'Phòng Thông tin (mẫu)')
  await desk.type('submit-document', '345/MAU-TT')
  for (const site of piece.sites) await desk.at(`submit-site-${site}`).check()
  await desk.at('submit-publishable').check()
  await desk.press('submit-send')
  await desk.at('item-state').waitFor()
  return decodeURIComponent(desk.page.url().split('#/content/')[1] ?? '')
}

export const open = async (desk: Desk, item: string): Promise<void> => {
  await desk.go(`#/content/${encodeURIComponent(item)}`)
  await desk.at('item-check').locator('.tag-ok, .tag-bad').waitFor()
}

/** Looks at it, signs the approval with the personal key. */
export const approve = async (desk: Desk, demo: Demo, it: { user: string; item: string }): Promise<void> => {
  await open(desk, it.item)
  await desk.at('item-check').locator('.tag-ok').waitFor()
  await desk.press('item-approve')
  const approved = desk.page.locator('[data-testid="item-state"][data-state="approved"]')
  await desk.at('approve-passphrase').or(approved).waitFor()
  await unlockIfAsked(desk, demo, { user: it.user, dialog: 'approve' })
  await approved.waitFor()
}

/** Signs and publishes the new schedule of every cluster the item is meant for. */
export const publish = async (desk: Desk, demo: Demo, it: { user: string; item: string }): Promise<void> => {
  await open(desk, it.item)
  await desk.press('item-publish')
  await desk.at('publish-dialog').locator('li.diff-add').first().waitFor()
  await unlockIfAsked(desk, demo, { user: it.user, dialog: 'publish' })
  await desk.press('publish-confirm')
  await desk.at('publish-confirm').waitFor({ state: 'detached' })
  await desk.press('publish-close')
  await desk.page.locator('[data-testid="item-state"][data-state="published"]').waitFor()
}
