import type { Duration } from '#core/base/units.ts'
import type { FitFault } from '#core/text/fit.ts'
import type { Legible, PanelFacts } from '#core/text/legible.ts'
import type { RasterFault } from './message.ts'

/** Why an article is refused on one panel, as sentences that say what would help. Pixels, seconds. */
type Where = { readonly part: 'title' | 'body'; readonly language: string }

const PART = { title: { vi: 'Tiêu đề', en: 'The title' }, body: { vi: 'Nội dung', en: 'The text' } } as const

const reason = ({ by, size }: Legible, panel: PanelFacts): { readonly vi: string; readonly en: string } => {
  switch (by) {
    case 'distance':
      return {
        vi: `${size} px vì người xem đứng xa ${panel.viewingDistanceM} m, điểm ảnh ${panel.pitchMm} mm`,
        en: `${size} px, because it is read from ${panel.viewingDistanceM} m and the pitch is ${panel.pitchMm} mm`,
      }
    case 'share':
      return {
        vi: `${size} px trên màn hình ${panel.width}×${panel.height} chưa khai bước điểm ảnh và tầm xem`,
        en: `${size} px on a panel of ${panel.width}×${panel.height} whose pitch and viewing distance are not known`,
      }
    case 'dots':
      return {
        vi: `${size} px: ít điểm ảnh hơn thì không còn rõ dấu và nét`,
        en: `${size} px: with fewer dots marks and strokes are no longer clear`,
      }
  }
}

/** A fault of fitting, in the words of the article. */
export const unfit = (
  fault: FitFault,
  where: Where,
  of: { readonly legible: Legible; readonly panel: PanelFacts },
): RasterFault => {
  const least = reason(of.legible, of.panel)
  const vi = `[${where.language}] ${PART[where.part].vi}`
  const en = `[${where.language}] ${PART[where.part].en}`
  switch (fault.kind) {
    case 'nothing-to-fit':
      return { kind: 'text', vi: `${vi} trống.`, en: `${en} is empty.` }
    case 'no-room':
      return {
        kind: 'small-letters',
        vi: `${vi}: chữ nhỏ nhất còn đọc được là ${least.vi}; một dòng cần ${fault.needs} px mà vùng chữ chỉ cao ${fault.height} px. Hãy dùng màn hình khác hoặc ảnh vẽ riêng.`,
        en: `${en}: the smallest legible letters are ${least.en}; a line needs ${fault.needs} px and the area is ${fault.height} px high. Use another panel or a picture made for this one.`,
      }
    case 'word-too-wide':
      return {
        kind: 'word-too-wide',
        vi: `${vi}: từ “${fault.word}” rộng ${Math.ceil(fault.needs)} px ở cỡ chữ nhỏ nhất còn đọc được (${least.vi}), vùng chữ chỉ rộng ${Math.floor(fault.width)} px. Hãy tách từ bằng dấu cách hoặc viết ngắn hơn.`,
        en: `${en}: the word “${fault.word}” is ${Math.ceil(fault.needs)} px wide in the smallest legible letters (${least.en}), the area only ${Math.floor(fault.width)} px. Part it by a space or write it shorter.`,
      }
    case 'too-many-pages':
      return where.part === 'title'
        ? {
            kind: 'title-too-long',
            vi: `[${where.language}] Tiêu đề quá dài: không đứng vừa một trang với chữ nhỏ nhất còn đọc được (${least.vi}). Hãy rút gọn tiêu đề, chuyển phần còn lại vào nội dung.`,
            en: `[${where.language}] The title is too long: it does not stand on one page in the smallest legible letters (${least.en}). Shorten it and move the rest into the text.`,
          }
        : tooManyPages(fault.needs, fault.most)
  }
}

export const tooManyPages = (needs: number, most: number): RasterFault => ({
  kind: 'too-many-pages',
  vi: `Cần ${needs} trang, một lượt chiếu có nhiều nhất ${most} trang: hãy viết ngắn hơn hoặc chia thành nhiều nội dung.`,
  en: `It needs ${needs} pages, one showing has at most ${most}: make it shorter or divide it into several items.`,
})

const wholeSeconds = (ms: number): number => Math.ceil(ms / 1000)

export const noTime = (needs: Duration, has: Duration, pages: number): RasterFault => ({
  kind: 'no-time',
  vi: `Đọc hết ${pages} trang cần ${wholeSeconds(needs)} giây, mỗi lượt chỉ chiếu ${has / 1000} giây: hãy đặt thời lượng ít nhất ${wholeSeconds(needs)} giây hoặc viết ngắn hơn.`,
  en: `Reading ${pages === 1 ? 'its page' : `its ${pages} pages`} takes ${wholeSeconds(needs)} s, one showing lasts ${has / 1000} s: set at least ${wholeSeconds(needs)} s or make it shorter.`,
})
