import type { Frame } from '#core/schedule/document.ts'
import type { SitePlan } from '../store/types.ts'

const ALL_WEEK = [0, 1, 2, 3, 4, 5, 6]
const WHY =
  'Chỉ trong bản trình diễn: để người mở thử ngoài khung giờ vẫn thấy màn hình sáng. · Demo only: so that whoever starts it at night sees a lit screen.'

/** The holes between the frames of a day that all begin and end on every weekday, as `HH:MM` pairs. */
const holes = (frames: readonly Frame[]): readonly (readonly [string, string])[] => {
  const out: (readonly [string, string])[] = []
  let at = '00:00'
  for (const frame of [...frames].sort((a, b) => (a.from < b.from ? -1 : 1))) {
    if (frame.from > at) out.push([at, frame.from])
    if (frame.to > at) at = frame.to
  }
  return at < '24:00' ? [...out, [at, '24:00']] : out
}

/**
 * The site's plan with what only the demo has: a `programme` frame (which feeds no quota) wherever the real plan has none, power around
 * the clock without curfews (dimming stays), and `extra` at the end of every playlist. Items that are not at hand leave the playlists.
 */
export const demoPlan = (plan: SitePlan, have: ReadonlySet<string>, extra: readonly string[]): SitePlan => {
  const playlists = plan.playlists
    .map((p) => ({
      id: p.id,
      items: [...p.items, ...(p.id === plan.fallbackPlaylist ? [] : extra)].filter((i) => have.has(i)),
    }))
    .filter((p) => p.items.length > 0)
  const known = new Set(playlists.map((p) => p.id))
  const frames = plan.frames.filter((f) => known.has(f.playlist))
  const playlist = frames[0]?.playlist
  const nights: readonly Frame[] =
    playlist === undefined
      ? []
      : holes(frames).map(([from, to], i) => ({
          id: `F-DEMO-${i + 1}`,
          weekdays: ALL_WEEK,
          from,
          to,
          playlist,
          purpose: 'programme',
          decidedBy: 'Bản trình diễn · Demo',
          reason: WHY,
        }))
  const dimmed = (plan.energy ?? []).filter((r) => r.rule.kind === 'dim')
  return {
    policy: plan.policy,
    playlists,
    frames: [...frames, ...nights].sort((a, b) => (a.from < b.from ? -1 : 1)),
    fallbackPlaylist: plan.fallbackPlaylist !== null && known.has(plan.fallbackPlaylist) ? plan.fallbackPlaylist : null,
    power: [{ weekdays: ALL_WEEK, from: '00:00', to: '24:00', brightness: 70 }],
    ...(plan.brightness === undefined ? {} : { brightness: plan.brightness }),
    ...(dimmed.length === 0 ? {} : { energy: dimmed }),
    ...(plan.ads === undefined ? {} : { ads: plan.ads }),
  }
}
