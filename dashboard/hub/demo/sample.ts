import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Static, type TSchema, Type } from 'typebox'
import { faultText, parseDocument } from '#core/base/check.ts'
import { DAY, instantOfDate } from '#core/base/time.ts'
import { CATEGORIES } from '#core/content/category.ts'
import { CHANNELS, type Item, ItemText } from '#core/content/item.ts'
import { ROLES } from '#core/contract/can.ts'
import { RIGHTS } from '#core/contract/keys.ts'
import { asTranslations } from '../server/content-draft.ts'
import { OrgRecord, SiteRecord } from '../store/types.ts'

const Strict = { additionalProperties: false } as const
const Nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) => Type.Union([schema, Type.Null()])
const CivilDate = Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$' })

/** One row of `deploy/sample/items.json`: an item as people would write it down, with civil dates, both days included. */
export const SampleItem = Type.Object(
  {
    id: Type.String(),
    /** Null: the standing page, which each cluster draws by itself and which is no content item. */
    category: Nullable(Type.Enum(CATEGORIES)),
    title: Type.String(),
    kind: Type.Enum(['image', 'video', 'text', 'slides']),
    languages: Type.Array(Type.String()),
    /** Announced translations that have not been reviewed yet: they must not ship, so they are only named. */
    pendingTranslations: Type.Array(Type.String()),
    durationMs: Type.Integer(),
    texts: Type.Array(ItemText),
    /** Only for slides: the pictures, in order; each shows for as long as its file says. */
    pictures: Type.Optional(Type.Array(Type.String(), { minItems: 1, maxItems: 60 })),
    audio: Type.Boolean(),
    supplier: Type.Object({ org: Type.String(), name: Type.String() }, Strict),
    suppliedByLead: Type.Boolean(),
    document: Type.String(),
    channel: Type.Enum(CHANNELS),
    validFrom: CivilDate,
    validTo: CivilDate,
    ad: Nullable(
      Type.Object(
        {
          advertiser: Type.String(),
          permit: Nullable(
            Type.Object(
              {
                kind: Type.Enum(['NOTIFICATION', 'PERMIT']),
                number: Type.String({ pattern: '^MAU-' }),
                issuedBy: Type.String(),
                validFrom: CivilDate,
                validTo: CivilDate,
                sites: Type.Array(Type.String()),
              },
              Strict,
            ),
          ),
        },
        Strict,
      ),
    ),
    entertainment: Type.Boolean(),
    note: Type.String(),
  },
  Strict,
)
export type SampleItem = Static<typeof SampleItem>

/** One person each (domain.md §5.2: no shared logins). Names are made up and say so. */
export const SamplePerson = Type.Object(
  {
    user: Type.String(),
    name: Type.String(),
    org: Type.String(),
    roles: Type.Array(Type.Enum(ROLES), { minItems: 1 }),
    /** What their key may sign; empty: they get no key. */
    rights: Type.Array(Type.Enum(RIGHTS)),
    /** Units in which it may; absent: the whole province. */
    areas: Type.Optional(Type.Array(Type.String({ pattern: '^\\d{2}(\\d{3})?$' }), { minItems: 1 })),
    sample: Type.Literal(true),
  },
  Strict,
)
export type SamplePerson = Static<typeof SamplePerson>

export type Sample = {
  readonly sites: readonly SiteRecord[]
  readonly orgs: readonly OrgRecord[]
  readonly items: readonly SampleItem[]
  readonly people: readonly SamplePerson[]
}

/** Throws with file, place and reason: the sample data is ours, so a fault in it is a bug. */
export const readSample = (dir: string): Sample => {
  const read = <S extends TSchema>(name: string, schema: S): Static<S> => {
    const parsed = parseDocument(schema, readFileSync(join(dir, name), 'utf8'))
    if (!parsed.ok) throw new Error(faultText(join(dir, name), parsed.error))
    return parsed.value
  }
  return {
    sites: read('sites.json', Type.Array(SiteRecord)),
    orgs: read('orgs.json', Type.Array(OrgRecord)),
    items: read('items.json', Type.Array(SampleItem)),
    people: read('people.json', Type.Array(SamplePerson)),
  }
}

export type SampleFile = { readonly asset: Exclude<Item['asset'], null>; readonly durationMs: number }

/** What an item shows: one file, or the pictures of slides; undefined where any of it was not made. */
export type SampleFiles = SampleFile | { readonly slides: NonNullable<Item['slides']> }

export const filesOf = (sample: SampleItem, files: ReadonlyMap<string, SampleFile>): SampleFiles | undefined => {
  if (sample.kind !== 'slides') return files.get(sample.id)
  const pictures = sample.pictures ?? []
  const slides = pictures.flatMap((id) => files.get(id) ?? [])
  return slides.length === 0 || slides.length < pictures.length ? undefined : { slides }
}

const OFFSET_MINUTES = 420
const from = (date: string) => instantOfDate(date, OFFSET_MINUTES)
const to = (date: string) => instantOfDate(date, OFFSET_MINUTES) + DAY
/** A person who looks at the demo sees every item within a few minutes. */
const LONGEST_DEMO_MS = 20_000

/** The item as an editor would have submitted it; null when it is no content item or its file was not made. */
export const sampleItem = (sample: SampleItem, files: SampleFiles | undefined, submittedBy: string): Item | null => {
  if (sample.category === null || (sample.kind !== 'text' && files === undefined)) return null
  const slides = files !== undefined && 'slides' in files ? files.slides : undefined
  const file = files !== undefined && 'asset' in files ? files : undefined
  if ((sample.kind === 'slides') !== (slides !== undefined)) return null
  const asset = sample.kind === 'text' ? null : (file?.asset ?? null)
  const drawn = slides === undefined ? 'text' : 'slides'
  const kind = asset === null ? drawn : asset.mime.startsWith('video/') ? 'video' : 'image'
  const permit = sample.ad?.permit ?? null
  return {
    id: sample.id,
    revision: 1,
    title: sample.title,
    kind,
    category: sample.category,
    languages: sample.languages,
    durationMs:
      slides === undefined
        ? Math.min(LONGEST_DEMO_MS, asset === null ? sample.durationMs : (file?.durationMs ?? sample.durationMs))
        : slides.reduce((ms, s) => ms + s.durationMs, 0),
    asset,
    ...(slides === undefined ? {} : { slides }),
    texts: asTranslations(sample.texts, sample.languages[0] ?? ''),
    audio: sample.audio && kind === 'video',
    supplier: sample.supplier,
    suppliedByLead: sample.suppliedByLead,
    document: sample.document,
    channel: sample.channel,
    validFrom: from(sample.validFrom),
    validTo: to(sample.validTo),
    ad:
      sample.ad === null
        ? null
        : {
            advertiser: sample.ad.advertiser,
            permit:
              permit === null ? null : { ...permit, validFrom: from(permit.validFrom), validTo: to(permit.validTo) },
          },
    entertainment: sample.entertainment,
    publishable: true,
    submittedBy,
    sample: true,
  }
}
