/** The part of net-snmp 3.29 (which ships no types) that the simulated sign and its tests use. */
declare module 'net-snmp' {
  import type { Socket } from 'node:dgram'

  export type VarbindValue = number | string | Buffer | null
  export type Varbind = { oid: string; type?: number; value?: VarbindValue }
  export type InstanceNode = { value: VarbindValue; valueType: number }
  export type MibRequest = {
    readonly oid: string
    readonly operation: number
    readonly instanceNode: InstanceNode
    readonly setValue?: VarbindValue
    /** True while the agent asks whether every value of a SetRequest would do. */
    readonly testSet?: boolean
    readonly done: (error?: { errorStatus: number; type?: number; value?: VarbindValue }) => void
  }
  export type Handler = (request: MibRequest) => void
  export type ScalarProvider = {
    name: string
    type: number
    oid: string
    scalarType: number
    maxAccess: number
    handler: Handler
  }
  export type TableProvider = {
    name: string
    type: number
    oid: string
    maxAccess: number
    tableColumns: { number: number; name: string; type: number; maxAccess: number }[]
    tableIndex: { columnName: string }[]
    handler: Handler
  }
  export type Mib = {
    registerProvider: (provider: ScalarProvider | TableProvider) => void
    setScalarValue: (name: string, value: VarbindValue) => void
    addTableRow: (name: string, row: VarbindValue[]) => void
  }
  export type Agent = {
    getMib: () => Mib
    getAuthorizer: () => { addCommunity: (community: string) => void }
    close: (done: () => void) => void
  }
  export type Dgram = { createSocket: (transport: 'udp4' | 'udp6') => Socket }
  export type Session = {
    get: (oids: string[], done: (error: Error | null, varbinds: Varbind[]) => void) => void
    set: (varbinds: Varbind[], done: (error: Error | null, varbinds: Varbind[]) => void) => void
    close: () => void
  }
  type Numbers = Readonly<Record<string, number>>
  const snmp: {
    createAgent: (
      options: {
        port: number
        address: string
        disableAuthorization: boolean
        accessControlModelType: number
        dgramModule: Dgram
      },
      callback: (error: Error | null) => void,
    ) => Agent
    createSession: (
      target: string,
      community: string,
      options: { port: number; version: number; retries: number; timeout: number; idBitsSize?: 16 | 32 },
    ) => Session
    Version1: number
    ObjectType: Numbers & { Integer: number; OctetString: number; IpAddress: number; Opaque: number; Null: number }
    PduType: Numbers & { SetRequest: number }
    MibProviderType: { Scalar: number; Table: number }
    MaxAccess: Numbers
    AccessControlModelType: { None: number; Simple: number }
  }
  export default snmp
}
