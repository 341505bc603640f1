import { EDGE } from '#core/metrics/catalogue.ts'
import { CONFIG } from '../config.ts'
import { and, by, max, of, recorded, slope, where } from '../promql.ts'
import { owed, slack } from '../rules.ts'
import { type Alert, SITE } from './alert.ts'

const PERIOD_VI =
  '{{ if eq $labels.period "morning" }}sáng{{ else if eq $labels.period "afternoon" }}chiều{{ else }}tối{{ end }}'
const stillOwed = where(recorded(owed), '>', 0)
const notOver = where(max(by('site', 'period'), of(EDGE.airtimeLeft)), '>', 0)
const feasible = where(max(by('site', 'period'), of(EDGE.airtimeFeasible)), '==', 1)
const wanted = where(max(by('site'), of(EDGE.screenWanted)), '==', 1)
/** Tight is no danger while it is delivered: only what is tight and stands still is lost when the slack is over. */
const standsStill = where(max(by('site', 'period'), slope(EDGE.airtimeToday, '10m')), '<', CONFIG.deliveredShare)
const each = by('site', 'period')

/** The floors of Art. 8.1: in danger, out of reach, missed. */
export const AIRTIME: readonly Alert[] = [
  {
    name: 'BangtinFloorInfeasible',
    cause: 'airtime',
    runbook: 'floor-missed',
    severity: 'critical',
    lasting: '1m',
    expr: and(
      and(recorded(owed), by('site', 'period'), where(max(by('site', 'period'), of(EDGE.airtimeFeasible)), '==', 0)),
      by('site', 'period'),
      where(max(by('site', 'period'), of(EDGE.airtimeLeft)), '>', 0),
    ),
    summary: {
      vi: `${SITE}: buổi ${PERIOD_VI} không còn đủ thời gian cho thông tin tuyên truyền`,
      en: `${SITE}: the {{ $labels.period }} can no longer reach its floor of public information`,
    },
    description: {
      vi: 'Còn thiếu {{ $value | humanizeDuration }}, nhiều hơn thời gian còn lại của buổi (Điều 8.1).',
      en: '{{ $value | humanizeDuration }} are still owed, more than is left of the period (Art. 8.1).',
    },
  },
  {
    name: 'BangtinFloorMissed',
    cause: 'airtime',
    runbook: 'floor-missed',
    severity: 'critical',
    lasting: '1m',
    expr: and(
      where(recorded(owed), '>', 0),
      by('site', 'period'),
      where(max(by('site', 'period'), of(EDGE.airtimeLeft)), '==', 0),
    ),
    summary: {
      vi: `${SITE}: buổi ${PERIOD_VI} đã thiếu thời lượng`,
      en: `${SITE}: the {{ $labels.period }} ended below its floor`,
    },
    description: {
      vi: 'Buổi đã hết mà còn thiếu {{ $value | humanizeDuration }} thông tin tuyên truyền (Điều 8.1).',
      en: 'The period is over and {{ $value | humanizeDuration }} of public information are missing (Art. 8.1).',
    },
  },
  {
    name: 'BangtinFloorAtRisk',
    cause: 'airtime',
    runbook: 'floor-at-risk',
    severity: 'warning',
    lasting: '2m',
    expr: and(
      and(
        and(and(and(where(recorded(slack), '<', CONFIG.slackSeconds), each, stillOwed), each, notOver), each, feasible),
        each,
        standsStill,
      ),
      by('site'),
      wanted,
    ),
    summary: {
      vi: `${SITE}: buổi ${PERIOD_VI} còn cứu được trong {{ $value | humanizeDuration }}`,
      en: `${SITE}: the {{ $labels.period }} can be saved for {{ $value | humanizeDuration }} yet`,
    },
    description: {
      vi: 'Màn hình lẽ ra đang phát mà không phát thông tin tuyên truyền. Sau thời gian này thì không còn đủ mức tối thiểu của buổi (Điều 8.1).',
      en: 'The screen ought to be on and delivers no public information. When this time is over the floor of the period is out of reach (Art. 8.1).',
    },
  },
]
