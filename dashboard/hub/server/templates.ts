import { faultText } from '#core/base/check.ts'
import { err, ok, type Result } from '#core/base/result.ts'
import type { OrderTemplates } from '#core/contract/api.ts'
import { parseTemplates } from '#core/emergency/template.ts'
import { readText } from '../files.ts'
import type { Hub } from '../hub.ts'
import { type Answer, problem, type Route } from './answer.ts'

/** A hub without a file of templates has none: orders are written by hand. */
const NONE: OrderTemplates = { schema: 'bangtin/order-templates/1', sample: false, templates: [] }

/** The error names file, place and reason. */
export const readTemplates = (file: string | null): Result<OrderTemplates, string> => {
  if (file === null) return ok(NONE)
  const text = readText(file)
  if (!text.ok) return text
  const parsed = parseTemplates(text.value)
  return parsed.ok ? parsed : err(faultText(file, parsed.error))
}

/** Read anew each time: words are mended while the hub runs, and a form for an order is opened rarely. */
export const templateRoutes = (hub: Hub): readonly Route[] => {
  const { templatesFile } = hub.config
  const atStart = readTemplates(templatesFile)
  if (!atStart.ok) hub.log('error', 'no templates of orders (/templatesFile)', { detail: atStart.error })
  const handle = async (): Answer => {
    const templates = readTemplates(templatesFile)
    if (templates.ok) return templates
    hub.log('error', 'no templates of orders (/templatesFile)', { detail: templates.error })
    const words = {
      vi: 'Tệp mẫu lệnh trên máy chủ bị lỗi; lệnh vẫn soạn tay được. Xem nhật ký máy chủ.',
      en: 'The file of order templates at the hub is faulty; orders can be written by hand. See the log of the hub.',
    }
    return problem(503, 'templates-bad', words, null)
  }
  return [{ method: 'GET', url: '/api/order-templates', need: { action: 'view', scope: 'orders.read' }, handle }]
}
