import { EDGE } from '#core/metrics/catalogue.ts'
import { CONFIG } from '../config.ts'
import { by, max, of, recorded, where } from '../promql.ts'
import { litWhenWanted } from '../rules.ts'
import { type Alert, SITE } from './alert.ts'

/** The display, its player, and its heat. */
export const DEVICE: readonly Alert[] = [
  {
    name: 'BangtinScreenDark',
    cause: 'device',
    runbook: 'screen-dark',
    severity: 'critical',
    lasting: '2m',
    expr: where(recorded(litWhenWanted), '==', 0),
    summary: { vi: `${SITE}: màn hình tối trong khung giờ phát`, en: `${SITE}: screen dark within its frame` },
    description: {
      vi: 'Màn hình lẽ ra phải sáng nhưng không xác nhận được là đang sáng. Thời gian này không tính là đã phát.',
      en: 'The screen ought to be lit and is not known to be. This time does not count as delivered.',
    },
  },
  {
    name: 'BangtinDisplayLost',
    cause: 'device',
    runbook: 'display-lost',
    severity: 'critical',
    lasting: '1m',
    expr: where(max(by('site'), of(EDGE.displayUp)), '==', 0),
    summary: { vi: `${SITE}: mất liên lạc bộ điều khiển màn hình`, en: `${SITE}: display controller does not answer` },
    description: {
      vi: 'Bộ điều khiển không trả lời. Không đặt được độ sáng, không biết màn hình có sáng hay không.',
      en: 'The controller does not answer: brightness cannot be set and nobody knows whether the screen is lit.',
    },
  },
  {
    name: 'BangtinOverTemperature',
    cause: 'device',
    runbook: 'over-temperature',
    severity: 'warning',
    lasting: '5m',
    expr: where(max(by('site'), of(EDGE.temperature)), '>', CONFIG.tooHotCelsius),
    summary: { vi: `${SITE}: màn hình quá nóng, {{ $value }} °C`, en: `${SITE}: display too hot, {{ $value }} °C` },
    description: {
      vi: `Thẻ nhận đầu tiên nóng hơn ${CONFIG.tooHotCelsius} °C đã 5 phút.`,
      en: `The first receiving card has been above ${CONFIG.tooHotCelsius} °C for 5 minutes.`,
    },
  },
  {
    name: 'BangtinPlayerDown',
    cause: 'device',
    runbook: 'player-lost',
    severity: 'critical',
    lasting: '1m',
    expr: where(max(by('site'), of(EDGE.playerUp)), '==', 0),
    summary: { vi: `${SITE}: trình phát không chạy`, en: `${SITE}: player is not running` },
    description: {
      vi: 'Trình phát không trả lời đã 1 phút, dù thiết bị tự khởi động lại nó.',
      en: 'The player has not answered for 1 minute, although the edge keeps starting it again.',
    },
  },
]
