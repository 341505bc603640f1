import { createSocket, type Socket } from 'node:dgram'
import snmp, { type InstanceNode, type MibRequest, type VarbindValue } from 'net-snmp'
import { SIGN_DEFAULTS } from './ntcip.ts'
import type { SignOptions } from './ntcip-board.ts'
import { createSign, type Sign, type SignValue, STATUS } from './ntcip-sign.ts'

export type NtcipAgent = {
  /** Where it listens, on 127.0.0.1. */
  readonly port: number
  readonly sign: Sign
  /** Requests the agent could not take: a wrong community, broken messages. */
  readonly refused: () => number
  readonly close: () => Promise<void>
}

/**
 * The simulated sign behind the agent of net-snmp on a real UDP port (0: any free one): nothing of its SNMP is ours. Only for tests and
 * trying out; net-snmp is a development dependency.
 */
export const startNtcipAgent = async (
  options: Partial<SignOptions> & { readonly port: number; readonly community: string; readonly now: () => number },
): Promise<NtcipAgent> => {
  const sign = createSign({ ...SIGN_DEFAULTS, ...options })
  let refused = 0
  const sockets: Socket[] = []
  const agent = snmp.createAgent(
    {
      port: 161,
      address: '127.0.0.1',
      disableAuthorization: false,
      accessControlModelType: snmp.AccessControlModelType.None,
      dgramModule: { createSocket: (transport) => socketOn(transport, options.port, sockets) },
    },
    (error) => {
      if (error !== null) refused += 1
    },
  )
  agent.getAuthorizer().addCommunity(options.community)
  offer(agent.getMib(), sign)
  const socket = sockets[0]
  if (socket === undefined) throw new Error('net-snmp opened no socket')
  await new Promise<void>((resolve, reject) => {
    socket.once('listening', resolve)
    socket.once('error', reject)
  })
  return {
    port: socket.address().port,
    sign,
    refused: () => refused,
    close: () => new Promise((resolve) => agent.close(() => resolve())),
  }
}

/** net-snmp takes port 0 for “161”, so the free port is chosen here. */
const socketOn = (transport: 'udp4' | 'udp6', port: number, sockets: Socket[]): Socket => {
  const socket = createSocket(transport)
  const bind = socket.bind.bind(socket)
  socket.bind = () => bind(port, '127.0.0.1')
  sockets.push(socket)
  return socket
}

const TYPES = {
  integer: snmp.ObjectType.Integer,
  octets: snmp.ObjectType.OctetString,
  address: snmp.ObjectType.IpAddress,
} as const

/**
 * The type an instance rests with. net-snmp 3.29 turns every OCTET STRING of a SetRequest into UTF-8 text, which destroys activation codes;
 * as `Opaque` the bytes reach the handler untouched, and the handler answers with the true type.
 */
const restType = (type: SignValue['type']): number => (type === 'octets' ? snmp.ObjectType.Opaque : TYPES[type])

const offer = (mib: ReturnType<ReturnType<typeof snmp.createAgent>['getMib']>, sign: Sign): void => {
  const handler = handlerOf(sign)
  const everything = snmp.MaxAccess['read-write'] ?? 3
  for (const oid of sign.scalars) {
    const value = sign.get(`${oid}.0`)
    if (value === undefined) throw new Error(`the sign lists ${oid} and does not have it`)
    mib.registerProvider({
      name: oid,
      type: snmp.MibProviderType.Scalar,
      oid,
      scalarType: restType(value.type),
      maxAccess: everything,
      handler,
    })
    mib.setScalarValue(oid, plain(value))
  }
  const columns = [1, 2, 3, 4, 5, 6, 7, 8, 9]
  mib.registerProvider({
    name: 'dmsMessageTable',
    type: snmp.MibProviderType.Table,
    oid: sign.tableEntry,
    maxAccess: snmp.MaxAccess['not-accessible'] ?? 0,
    tableColumns: columns.map((number) => ({
      number,
      name: `c${number}`,
      type: number === 3 || number === 4 ? snmp.ObjectType.Opaque : snmp.ObjectType.Integer,
      maxAccess: everything,
    })),
    tableIndex: [{ columnName: 'c1' }, { columnName: 'c2' }],
    handler,
  })
  for (const [memory, number] of sign.rowKeys()) {
    const cells = columns.map((column) => sign.get(`${sign.tableEntry}.${column}.${memory}.${number}`))
    mib.addTableRow(
      'dmsMessageTable',
      cells.map((cell) => (cell === undefined ? 0 : plain(cell))),
    )
  }
}

const plain = (value: SignValue): VarbindValue => (value.type === 'octets' ? Buffer.from(value.value) : value.value)

const handlerOf =
  (sign: Sign) =>
  (request: MibRequest): void => {
    sign.heard()
    const set = request.operation === snmp.PduType.SetRequest
    const now = sign.get(request.oid)
    if (now === undefined) return request.done({ errorStatus: STATUS.noSuchName })
    const { instanceNode } = request
    if (!set) {
      instanceNode.value = plain(now)
      return finish(request, instanceNode, now.type)
    }
    const value = offered(request.setValue ?? null)
    if (value === null) return request.done({ errorStatus: STATUS.badValue })
    const status =
      value.type !== now.type ? STATUS.badValue : request.testSet ? sign.test(request.oid, value) : STATUS.noError
    // Version 1 gives the request back with the error, value and all.
    if (status !== STATUS.noError)
      return request.done({ errorStatus: status, type: TYPES[value.type], value: plain(value) })
    if (!request.testSet) sign.commit(request.oid, value)
    finish(request, instanceNode, now.type)
  }

const offered = (value: VarbindValue): SignValue | null => {
  if (typeof value === 'number') return { type: 'integer', value }
  return Buffer.isBuffer(value) ? { type: 'octets', value } : null
}

/** The response takes its type from the instance while `done` runs. */
const finish = (request: MibRequest, node: InstanceNode, type: SignValue['type']): void => {
  const rest = node.valueType
  node.valueType = TYPES[type]
  request.done()
  node.valueType = rest
}
