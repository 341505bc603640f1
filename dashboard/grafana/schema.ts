import { type Static, Type } from 'typebox'

/**
 * What a board's JSON must be for Grafana to take it, as far as we write it: our own reduction of the dashboard model (schema version 42).
 * The SDK's types say which fields there are; this says, of the file that is committed, that nothing else crept in.
 */
const Strict = { additionalProperties: false } as const
const Datasource = Type.Object({ type: Type.Literal('prometheus'), uid: Type.String({ minLength: 1 }) }, Strict)
const GridPos = Type.Object(
  {
    h: Type.Integer({ minimum: 1, maximum: 24 }),
    w: Type.Integer({ minimum: 1, maximum: 24 }),
    x: Type.Integer({ minimum: 0, maximum: 23 }),
    y: Type.Integer({ minimum: 0 }),
  },
  Strict,
)
const Link = Type.Object(
  {
    title: Type.String({ minLength: 1 }),
    type: Type.Enum(['link', 'dashboards']),
    icon: Type.Optional(Type.String()),
    tooltip: Type.Optional(Type.String()),
    url: Type.Optional(Type.String()),
    tags: Type.Array(Type.String()),
    asDropdown: Type.Boolean(),
    targetBlank: Type.Boolean(),
    includeVars: Type.Boolean(),
    keepTime: Type.Boolean(),
  },
  Strict,
)
const Target = Type.Object(
  {
    datasource: Datasource,
    expr: Type.String({ minLength: 1 }),
    legendFormat: Type.String(),
    refId: Type.String({ pattern: '^[A-Z]$' }),
    instant: Type.Optional(Type.Boolean()),
    range: Type.Optional(Type.Boolean()),
    format: Type.Optional(Type.Enum(['table', 'heatmap', 'time_series'])),
  },
  Strict,
)
const Mapping = Type.Object(
  {
    type: Type.Literal('value'),
    options: Type.Record(
      Type.String(),
      Type.Object({ text: Type.String({ minLength: 1 }), color: Type.String(), index: Type.Integer() }, Strict),
    ),
  },
  Strict,
)
const Thresholds = Type.Object(
  {
    mode: Type.Literal('absolute'),
    steps: Type.Array(
      Type.Object(
        { value: Type.Union([Type.Number(), Type.Null()]), color: Type.String({ pattern: '^[a-z-]+$' }) },
        Strict,
      ),
      { minItems: 1 },
    ),
  },
  Strict,
)
const Override = Type.Object(
  {
    matcher: Type.Object({ id: Type.Literal('byName'), options: Type.String() }, Strict),
    properties: Type.Array(Type.Object({ id: Type.Literal('displayName'), value: Type.String() }, Strict), {
      minItems: 1,
    }),
  },
  Strict,
)
const Panel = Type.Object(
  {
    type: Type.Enum(['stat', 'timeseries', 'state-timeline', 'status-history', 'table', 'heatmap', 'bargauge']),
    id: Type.Integer({ minimum: 1, maximum: 2 ** 30 }),
    title: Type.String({ minLength: 3 }),
    description: Type.String({ minLength: 10 }),
    datasource: Datasource,
    gridPos: GridPos,
    targets: Type.Array(Target, { minItems: 1, maxItems: 26 }),
    transparent: Type.Optional(Type.Boolean()),
    repeatDirection: Type.Optional(Type.String()),
    interval: Type.Optional(Type.Literal('1d')),
    timeFrom: Type.Optional(Type.Literal('35d')),
    // What a kind of panel has of its own; the SDK's builders own its shape.
    options: Type.Record(Type.String(), Type.Unknown()),
    fieldConfig: Type.Object(
      {
        defaults: Type.Object(
          {
            unit: Type.String({ minLength: 1 }),
            noValue: Type.String({ minLength: 1 }),
            thresholds: Thresholds,
            mappings: Type.Array(Mapping, { maxItems: 1 }),
            links: Type.Array(Link),
            custom: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
          },
          Strict,
        ),
        overrides: Type.Array(Override),
      },
      Strict,
    ),
  },
  Strict,
)
const Row = Type.Object(
  {
    type: Type.Literal('row'),
    id: Type.Integer({ minimum: 1, maximum: 2 ** 30 }),
    title: Type.String({ minLength: 3 }),
    collapsed: Type.Boolean(),
    gridPos: GridPos,
    panels: Type.Array(Type.Never(), { maxItems: 0 }),
  },
  Strict,
)
const Variable = Type.Object(
  {
    type: Type.Enum(['datasource', 'textbox', 'query']),
    name: Type.String({ pattern: '^[a-z]+$' }),
    label: Type.String({ minLength: 1 }),
    description: Type.String({ minLength: 1 }),
    query: Type.String({ minLength: 1 }),
  },
  { additionalProperties: true },
)
const Annotation = Type.Object(
  {
    name: Type.String({ minLength: 1 }),
    datasource: Datasource,
    enable: Type.Boolean(),
    hide: Type.Optional(Type.Literal(false)),
    iconColor: Type.String({ pattern: '^[a-z-]+$' }),
    expr: Type.String({ minLength: 1 }),
    step: Type.String(),
    titleFormat: Type.String(),
    textFormat: Type.String(),
    builtIn: Type.Optional(Type.Integer()),
  },
  Strict,
)
export const BoardSchema = Type.Object(
  {
    uid: Type.String({ pattern: '^bangtin-[a-z-]{3,32}$' }),
    title: Type.String({ minLength: 3 }),
    description: Type.String({ minLength: 10 }),
    tags: Type.Array(Type.Literal('bangtin'), { minItems: 1, maxItems: 1 }),
    timezone: Type.Literal('Asia/Ho_Chi_Minh'),
    editable: Type.Literal(false),
    graphTooltip: Type.Integer({ minimum: 0, maximum: 2 }),
    time: Type.Object({ from: Type.String(), to: Type.Literal('now') }, Strict),
    fiscalYearStartMonth: Type.Optional(Type.Integer()),
    refresh: Type.String(),
    schemaVersion: Type.Integer({ minimum: 36 }),
    templating: Type.Object({ list: Type.Array(Variable, { minItems: 2 }) }, Strict),
    annotations: Type.Object({ list: Type.Array(Annotation, { minItems: 1 }) }, Strict),
    panels: Type.Array(Type.Union([Row, Panel]), { minItems: 2 }),
    links: Type.Array(Link, { minItems: 3 }),
  },
  Strict,
)
export type BoardSchema = Static<typeof BoardSchema>
