import { checkDocument, faultText } from '#core/base/check.ts'
import { err, ok, type Result } from '#core/base/result.ts'
import { Order } from '#core/emergency/order.ts'
import { type CapArgs, type Io, provinceOf, readJson, usage } from './cli-common.ts'
import { capText } from './out.ts'

/** `bangtin cap export`: writes the message to standard output, unsigned. */
export const exportOrder = (io: Io, args: CapArgs): number => {
  const [file] = args.files
  if (file === undefined || args.files.length > 1) return usage(io, 'đúng một tệp · exactly one FILE')
  const orders = readOrders(file)
  const order = orders.ok ? orders.value.at(-1) : undefined
  if (!orders.ok || order === undefined) {
    io.err(`✗ ${orders.ok ? `${file}: không có lệnh · there is no order` : orders.error}\n`)
    return 1
  }
  const text = capText(order, orders.value.slice(0, -1), {
    own: args.sender,
    signing: null,
    units: args.units,
    province: provinceOf(args.units),
    sites: args.sites ?? [],
  })
  if (!text.ok) {
    io.err(`✗ ${file}: ${order.id}: ${text.error} (${order.class} ${order.action})\n`)
    return 1
  }
  io.out(text.value)
  return 0
}

const readOrders = (file: string): Result<readonly Order[], string> => {
  const json = readJson(file)
  if (!json.ok) return json
  const list: readonly unknown[] = Array.isArray(json.value) ? json.value : [json.value]
  const orders: Order[] = []
  for (const [i, item] of list.entries()) {
    const checked = checkDocument(Order, item)
    if (!checked.ok) return err(faultText(`${file}${list.length > 1 ? ` [${i}]` : ''}`, checked.error))
    orders.push(checked.value)
  }
  return ok(orders)
}
