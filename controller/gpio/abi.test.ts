import { describe, expect, it } from 'vitest'
import {
  CHIP_INFO,
  CONFIG_ATTRIBUTE,
  decodeChipInfo,
  decodeEvents,
  decodeLineInfo,
  encodeLineInfo,
  encodeLineRequest,
  encodeValue,
  FLAG,
  IOCTL,
  LINE_CONFIG,
  LINE_EVENT,
  LINE_INFO,
  LINE_REQUEST,
  LINE_VALUES,
} from './abi.ts'

/**
 * What gcc 12 prints on x86-64 for `sizeof` and `offsetof` over <linux/gpio.h> (Linux 6.1 headers), with a program of one printf per
 * row: `printf("%zu", offsetof(struct gpio_v2_line_request, fd))`. The header pads every structure to 64 bit by hand, so arm64 and
 * 32-bit machines give the same; on arm64 the virtual machine of test/vm proves it by working.
 */
const COMPILED: readonly (readonly [what: string, ours: number, compiled: number])[] = [
  ['sizeof gpiochip_info', CHIP_INFO.size, 68],
  ['gpiochip_info.name', CHIP_INFO.name, 0],
  ['gpiochip_info.label', CHIP_INFO.label, 32],
  ['gpiochip_info.lines', CHIP_INFO.lines, 64],
  ['sizeof gpio_v2_line_info', LINE_INFO.size, 256],
  ['gpio_v2_line_info.name', LINE_INFO.name, 0],
  ['gpio_v2_line_info.consumer', LINE_INFO.consumer, 32],
  ['gpio_v2_line_info.offset', LINE_INFO.offset, 64],
  ['gpio_v2_line_info.num_attrs', LINE_INFO.attributeCount, 68],
  ['gpio_v2_line_info.flags', LINE_INFO.flags, 72],
  ['sizeof gpio_v2_line_config', LINE_CONFIG.size, 272],
  ['gpio_v2_line_config.flags', LINE_CONFIG.flags, 0],
  ['gpio_v2_line_config.num_attrs', LINE_CONFIG.attributeCount, 8],
  ['gpio_v2_line_config.attrs', LINE_CONFIG.attributes, 32],
  ['sizeof gpio_v2_line_config_attribute', CONFIG_ATTRIBUTE.size, 24],
  ['gpio_v2_line_config_attribute.attr.id', CONFIG_ATTRIBUTE.id, 0],
  ['gpio_v2_line_config_attribute.attr.values', CONFIG_ATTRIBUTE.value, 8],
  ['gpio_v2_line_config_attribute.mask', CONFIG_ATTRIBUTE.mask, 16],
  ['sizeof gpio_v2_line_request', LINE_REQUEST.size, 592],
  ['gpio_v2_line_request.offsets', LINE_REQUEST.offsets, 0],
  ['gpio_v2_line_request.consumer', LINE_REQUEST.consumer, 256],
  ['gpio_v2_line_request.config', LINE_REQUEST.config, 288],
  ['gpio_v2_line_request.num_lines', LINE_REQUEST.lineCount, 560],
  ['gpio_v2_line_request.event_buffer_size', LINE_REQUEST.eventBuffer, 564],
  ['gpio_v2_line_request.fd', LINE_REQUEST.fd, 588],
  ['sizeof gpio_v2_line_values', LINE_VALUES.size, 16],
  ['gpio_v2_line_values.bits', LINE_VALUES.bits, 0],
  ['gpio_v2_line_values.mask', LINE_VALUES.mask, 8],
  ['sizeof gpio_v2_line_event', LINE_EVENT.size, 48],
  ['gpio_v2_line_event.timestamp_ns', LINE_EVENT.timestamp, 0],
  ['gpio_v2_line_event.id', LINE_EVENT.id, 8],
  ['gpio_v2_line_event.offset', LINE_EVENT.offset, 12],
  ['gpio_v2_line_event.seqno', LINE_EVENT.sequence, 16],
  ['gpio_v2_line_event.line_seqno', LINE_EVENT.lineSequence, 20],
  ['GPIO_GET_CHIPINFO_IOCTL', IOCTL.chipInfo, 0x8044b401],
  ['GPIO_V2_GET_LINEINFO_IOCTL', IOCTL.lineInfo, 0xc100b405],
  ['GPIO_V2_GET_LINE_IOCTL', IOCTL.requestLine, 0xc250b407],
  ['GPIO_V2_LINE_GET_VALUES_IOCTL', IOCTL.getValues, 0xc010b40e],
  ['GPIO_V2_LINE_SET_VALUES_IOCTL', IOCTL.setValues, 0xc010b40f],
]

describe('structures of the GPIO character device', () => {
  it.each(COMPILED)('%s is what the compiler says', (_, ours, compiled) => {
    expect(ours).toBe(compiled)
  })

  it('knows every field of every structure', () => {
    const tables = [CHIP_INFO, LINE_INFO, LINE_CONFIG, CONFIG_ATTRIBUTE, LINE_REQUEST, LINE_VALUES, LINE_EVENT]
    const fields = tables.reduce((sum, table) => sum + Object.keys(table).length, 0)
    expect(COMPILED).toHaveLength(fields + Object.keys(IOCTL).length)
  })

  it('asks for an output with its first value', () => {
    const bytes = encodeLineRequest({
      ...{ offset: 17, consumer: 'bangtin:main-contactor', flags: FLAG.output | FLAG.activeLow },
      ...{ initial: true, debounceMs: 0, eventBuffer: 0 },
    })
    const expected = Buffer.alloc(592)
    expected.writeUInt32LE(17, 0)
    expected.write('bangtin:main-contactor', 256)
    expected.writeBigUInt64LE(0b1010n, 288)
    expected.writeUInt32LE(1, 296)
    expected.writeUInt32LE(2, 320)
    expected.writeBigUInt64LE(1n, 328)
    expected.writeBigUInt64LE(1n, 336)
    expected.writeUInt32LE(1, 560)
    expect(bytes.equals(expected)).toBe(true)
  })

  it('asks for a debounced input in microseconds, and cuts a long owner’s name', () => {
    const bytes = encodeLineRequest({
      ...{ offset: 3, consumer: 'x'.repeat(40), flags: FLAG.input | FLAG.edgeRising | FLAG.edgeFalling | FLAG.pullUp },
      ...{ initial: null, debounceMs: 50, eventBuffer: 64 },
    })
    expect(bytes.readBigUInt64LE(288)).toBe(0x134n)
    expect([bytes.readUInt32LE(296), bytes.readUInt32LE(320), bytes.readUInt32LE(328)]).toEqual([1, 3, 50_000])
    expect(bytes.readUInt32LE(564)).toBe(64)
    expect(bytes.toString('latin1', 256, 288)).toBe(`${'x'.repeat(31)}\0`)
    const without = encodeLineRequest({
      ...{ offset: 3, consumer: '', flags: FLAG.input },
      ...{ initial: null, debounceMs: 0, eventBuffer: 0 },
    })
    expect(without.readUInt32LE(296)).toBe(0)
  })

  it('reads names that fill their field, and names with nothing in them', () => {
    const chip = Buffer.alloc(68)
    chip.write('n'.repeat(32), 0)
    chip.write('pinctrl-rp1\0rest', 32)
    chip.writeUInt32LE(54, 64)
    expect(decodeChipInfo(chip)).toEqual({ name: 'n'.repeat(32), label: 'pinctrl-rp1', lines: 54 })
    const line = encodeLineInfo(5)
    expect(decodeLineInfo(line)).toEqual({ offset: 5, name: '', used: false, consumer: '' })
    line.writeBigUInt64LE(1n, 72)
    line.write('spi0 CS0', 32)
    expect(decodeLineInfo(line)).toEqual({ offset: 5, name: '', used: true, consumer: 'spi0 CS0' })
  })

  it('reads whole events only', () => {
    const bytes = Buffer.alloc(48 * 2 + 5)
    bytes.writeBigUInt64LE(12_345_678_901n, 0)
    bytes.writeUInt32LE(1, 8)
    bytes.writeUInt32LE(7, 16)
    bytes.writeBigUInt64LE(12_345_999_999n, 48)
    bytes.writeUInt32LE(2, 56)
    bytes.writeUInt32LE(8, 64)
    expect(decodeEvents(bytes)).toEqual([
      { nanoseconds: 12_345_678_901n, on: true, sequence: 7 },
      { nanoseconds: 12_345_999_999n, on: false, sequence: 8 },
    ])
    expect(encodeValue(true).toString('hex')).toBe('01000000000000000100000000000000')
  })
})
