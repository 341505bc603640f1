import type { Item } from '../content/item.ts'
import type { Policy } from '../policy/policy.ts'
import type { Playlist } from '../schedule/document.ts'

/**
 * The order of one lap: places, each with the ids that may take it. A place has one id, or the variants of one content (`variantOf`), which
 * stand where the first of them is listed and take the place in turn, one per lap. With `externalFirst` (Art. 7.4, border gates) external
 * information comes first; the rest follows, so nothing starves. An id that is in the playlist twice has two places.
 */
export const lapOf = (
  playlist: Playlist,
  items: Readonly<Record<string, Item>>,
  externalFirst: boolean,
): readonly (readonly string[])[] => {
  const last = laps.get(playlist)
  if (last !== undefined && last.items === items && last.externalFirst === externalFirst) return last.places
  const places = makeLap(playlist, items, externalFirst)
  laps.set(playlist, { items, externalFirst, places })
  return places
}

type Lap = {
  readonly items: Readonly<Record<string, Item>>
  readonly externalFirst: boolean
  readonly places: readonly (readonly string[])[]
}
/** Asked at each choice and the same until the next schedule; neither key is ever changed. */
const laps = new WeakMap<Playlist, Lap>()

const makeLap = (playlist: Playlist, items: Lap['items'], externalFirst: boolean): Lap['places'] => {
  const groups = new Map<string, string[]>()
  // The item that others are variants of is one of them.
  const originals = new Set(Object.values(items).map((item) => item.variantOf))
  const places: string[][] = []
  for (const id of playlist.items) {
    const group = items[id]?.variantOf ?? (originals.has(id) ? id : undefined)
    const members = group === undefined ? undefined : groups.get(group)
    if (members === undefined) {
      const place = [id]
      places.push(place)
      if (group !== undefined) groups.set(group, place)
    } else if (!members.includes(id)) members.push(id)
  }
  if (!externalFirst) return places
  const external = (place: readonly string[]) => place.some((id) => items[id]?.category === 'A7_4_EXTERNAL_INFO')
  return [...places.filter(external), ...places.filter((place) => !external(place))]
}

/**
 * The languages of one showing of a text (Art. 2.2.c, 10.1.a), by the policy's layout and how many laps the playlist has made: all
 * together; Vietnamese with one other in turn; or one in turn. Anything but a text is shown as it is, in the languages it has.
 */
export const languagesOf = (item: Item, policy: Policy, lap: number): readonly string[] => {
  if (item.kind !== 'text') return item.languages
  const all = [...new Set(item.texts.map((t) => t.language))]
  const inTurn = (of: readonly string[]): readonly string[] => of.slice(lap % of.length, (lap % of.length) + 1)
  switch (policy.languages.layout) {
    case 'together':
      return all
    case 'pairs': {
      const others = all.filter((l) => l !== 'vi')
      return others.length === 0 ? all : all.includes('vi') ? ['vi', ...inTurn(others)] : inTurn(others)
    }
    case 'single':
      return inTurn(all)
  }
}
