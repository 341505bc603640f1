import type { DocumentFault } from '#core/base/check.ts'
import type { FrameFieldSpec, NovastarProfile } from './schema.ts'

const ONCE = ['marker', 'ack', 'sequence', 'direction', 'register', 'length', 'data', 'checksum'] as const

/** The frame layout holds together: the codec can be compiled from it without a doubt. */
export const layoutRules = (profile: NovastarProfile): readonly DocumentFault[] => {
  const { fields } = profile.frame
  const faults: DocumentFault[] = []
  const at = (kind: FrameFieldSpec['kind']) => fields.findIndex((f) => f.kind === kind)
  for (const kind of ONCE) {
    const count = fields.filter((f) => f.kind === kind).length
    if (count !== 1) faults.push({ where: '/frame/fields', why: `${count} fields of kind ${kind}, must be one` })
  }
  for (const [index, field] of fields.entries()) {
    const where = `/frame/fields/${index}`
    if (fields.findIndex((f) => f.name === field.name) !== index)
      faults.push({ where, why: `name ${field.name} is there twice` })
    if (field.kind === 'marker' && field.request.length !== field.reply.length)
      faults.push({ where, why: 'the markers of request and reply differ in length' })
    if (field.kind === 'address' && field.swapsWith !== null) {
      const other = fields.find((f) => f.name === field.swapsWith)
      if (other?.kind !== 'address' || other.swapsWith !== field.name || other.bytes !== field.bytes)
        faults.push({ where: `${where}/swapsWith`, why: `${field.swapsWith} is no address field that swaps back` })
    }
    if (field.kind === 'direction' && field.read === field.write)
      faults.push({ where, why: 'read and write are the same code' })
    if (field.kind === 'checksum') {
      const from = fields.findIndex((f) => f.name === field.from)
      const to = fields.findIndex((f) => f.name === field.to)
      if (from < 0 || to < from || to >= index)
        faults.push({ where, why: 'from and to must name fields before the checksum, in order' })
    }
    if (index > at('data') && field.kind !== 'checksum' && field.kind !== 'reserved')
      faults.push({ where, why: 'only the checksum or reserved bytes may follow the data' })
  }
  if (at('marker') !== 0) faults.push({ where: '/frame/fields/0', why: 'the marker must come first' })
  return faults
}
