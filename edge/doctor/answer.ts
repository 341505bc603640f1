import { isProtection } from '#core/claim/protection.ts'
import { type Phrase, RANK_NAMES } from '#core/contract/words.ts'
import type { DoctorFacts, LiveFacts } from './facts.ts'
import { both, type Cause, type DoctorVerdict } from './report.ts'
import { clockText } from './when.ts'

type Answer = { readonly verdict: DoctorVerdict; readonly answer: Phrase }

/** One sentence: does this screen show what it should, and if not, why not. */
export const answerOf = (facts: DoctorFacts, causes: readonly Cause[]): Answer => {
  const worst = causes[0]
  if (facts.state.is === 'stopped') {
    const why = worst?.what ?? both('không rõ', 'unknown')
    // That nobody runs is seen; what else is wrong is probably why.
    const behind = causes.find(({ id, severity }) => severity !== 'info' && id !== worst?.id)
    return {
      verdict: 'broken',
      answer: both(
        `Màn hình không có ai điều khiển: ${lower(why.vi)}${behind ? `. Cũng thấy: ${lower(behind.what.vi)}` : ''}.`,
        `Nobody drives this screen: ${lower(why.en)}${behind ? `. Also seen: ${lower(behind.what.en)}` : ''}.`,
      ),
    }
  }
  const said = screenAnswer(facts, facts.state, causes)
  const troubles = causes.filter(({ severity }) => severity !== 'info')
  if (said.verdict !== 'fine' || troubles.length === 0) return said
  const first = troubles[0]?.what ?? both('', '')
  const more =
    troubles.length > 1
      ? both(` và ${troubles.length - 1} việc khác`, ` and ${troubles.length - 1} more`)
      : both('', '')
  return {
    verdict: 'degraded',
    answer: both(
      `${said.answer.vi} Cần xem: ${lower(first.vi)}${more.vi}.`,
      `${said.answer.en} To look at: ${lower(first.en)}${more.en}.`,
    ),
  }
}

/** A sentence goes on with it; names of things keep their letters. */
const lower = (text: string): string =>
  /^[A-ZĐ][a-zà-ỹ]/.test(text) ? `${text.charAt(0).toLowerCase()}${text.slice(1)}` : text

const screenAnswer = (facts: DoctorFacts, live: LiveFacts, causes: readonly Cause[]): Answer => {
  const winner = live.verdict?.winner
  if (winner === undefined)
    return {
      verdict: 'degraded',
      answer: both('Vừa khởi động, chưa phán quyết.', 'Just started, nothing is decided yet.'),
    }
  return winner.want.want === 'dark' ? darkAnswer(facts, live, winner.want.why) : pictureAnswer(live, causes)
}

/** The claim of a power that a person took away for a while; see `manualClaims`. */
export const POWERED_DOWN = 'manual:power-off'

const darkAnswer = (facts: DoctorFacts, live: LiveFacts, why: string): Answer => {
  const { status, verdict, power } = live
  const winner = verdict?.winner
  const quiet = winner?.rank === 'quiet-hours'
  if (winner !== undefined && isProtection(winner.id))
    return {
      verdict: 'broken',
      answer: both(`Màn hình tối để tự bảo vệ: ${why}.`, `The screen is dark to protect itself: ${why}.`),
    }
  const until = clockText(power.until, facts.at, facts.offsetMinutes)
  const reason =
    winner?.id === POWERED_DOWN
      ? both(`vì có người thử tắt nguồn (${why})`, `because somebody tries its power (${why})`)
      : quiet
        ? both(`theo lịch (${why}), sáng lại lúc ${until}`, `by its calendar (${why}) and lights again at ${until}`)
        : both(`theo lệnh cắt hình (${why})`, `because it was ordered dark (${why})`)
  switch (status.screen.lit) {
    case 'dark':
      return { verdict: 'fine', answer: both(`Màn hình tối ${reason.vi}.`, `The screen is dark ${reason.en}.`) }
    case 'lit':
      return {
        verdict: 'broken',
        answer: both(
          `Màn hình phải tối ${reason.vi}, nhưng vẫn sáng.`,
          `The screen should be dark ${reason.en}, but is lit.`,
        ),
      }
    case 'unknown':
      return {
        verdict: 'degraded',
        answer: both(
          `Màn hình phải tối ${reason.vi}, nhưng không biết có tối thật không: ${status.screen.why || 'không đọc lại được'}.`,
          `The screen should be dark ${reason.en}; whether it is nobody can tell.`,
        ),
      }
  }
}

/** What the screen record says of a lit screen that is not known to be lit. */
const pictureAnswer = (live: LiveFacts, causes: readonly Cause[]): Answer => {
  const { status, verdict, titles } = live
  const winner = verdict?.winner
  const title = status.screen.title || (winner && titles[winner.id]) || 'trang chờ'
  const rank = RANK_NAMES[status.screen.rank]
  const first =
    causes.find(({ severity }) => severity === 'critical') ?? causes.find(({ severity }) => severity === 'warning')
  const explained = first?.what ?? both(live.screenWhy || 'không rõ', live.screenWhy || 'unknown')
  if (status.screen.proof === 'contradicted')
    return {
      verdict: 'broken',
      answer: both(
        `Hình trên đầu ra không phải “${title}”: ${lower(explained.vi)}.`,
        `What is on the output is not “${title}”: ${lower(explained.en)}.`,
      ),
    }
  if (status.screen.lit === 'lit' && winner?.want.want === 'chart')
    return {
      verdict: 'fine',
      answer: both(
        `${winner.want.person} đang chiếu hình kiểm tra ${winner.want.chart.name}.`,
        `${winner.want.person} has the test chart ${winner.want.chart.name} on the screen.`,
      ),
    }
  if (status.screen.lit === 'lit' && status.screen.show === 'standing') return standingAnswer(live, causes)
  if (status.screen.lit === 'lit' && status.screen.show !== 'nothing')
    return {
      verdict: 'fine',
      answer: both(
        `Màn hình đang chiếu đúng “${title}” (${rank.vi}).`,
        `The screen shows “${title}”, as it should (${rank.en}).`,
      ),
    }
  const dark = status.screen.lit === 'dark'
  // With a pattern on nobody can tell the picture; what is known to be dark, or lost, is not explained by it.
  if (!dark && first?.severity !== 'critical' && live.technician !== null && live.technician.pattern !== 'none')
    return {
      verdict: 'fine',
      answer: both(
        `${live.technician.person} đang thử mẫu ${live.technician.pattern} trên màn hình.`,
        `${live.technician.person} has the test pattern ${live.technician.pattern} on the screen.`,
      ),
    }
  return {
    verdict: dark || first?.severity === 'critical' ? 'broken' : 'degraded',
    answer: dark
      ? both(
          `Màn hình đang tối, lẽ ra chiếu “${title}”: ${lower(explained.vi)}.`,
          `The screen is dark and should show “${title}”: ${lower(explained.en)}.`,
        )
      : both(
          `Không biết màn hình có chiếu “${title}” không: ${lower(explained.vi)}.`,
          `Whether the screen shows “${title}” is not known: ${lower(explained.en)}.`,
        ),
  }
}

const standingAnswer = (live: LiveFacts, causes: readonly Cause[]): Answer => {
  const why = causes.find(({ id }) => ['no-schedule', 'asset-missing', 'content-refused', 'player-lost'].includes(id))
  if (live.content.scheduleVersion > 0 && !live.content.frameNow)
    return {
      verdict: 'fine',
      answer: both(
        'Màn hình đang chiếu trang chờ: lúc này lịch không có khung giờ nào.',
        'The screen shows the standing page: the schedule has no frame now.',
      ),
    }
  const reason =
    why?.what ?? both('không nội dung nào của lịch phát được lúc này', 'nothing of the schedule may play now')
  return {
    verdict: 'degraded',
    answer: both(
      `Màn hình chỉ chiếu trang chờ: ${lower(reason.vi)}.`,
      `The screen shows nothing but the standing page: ${lower(reason.en)}.`,
    ),
  }
}
