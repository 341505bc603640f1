import { DatabaseSync } from 'node:sqlite'
import mqtt from 'mqtt'
import { makeGroup } from '#hub/store/group.ts'
import { receiptTopic, storedTopic } from '../support/fleet-mqtt.ts'

/**
 * What stands behind the broker in the place of our hub: one subscriber that stores each receipt, with the same database, the same
 * safety (WAL, synchronous=FULL) and the same grouping of commits, and then tells its edge. Started by `fanout.ts` as a process of its own.
 */
const [url, file] = process.argv.slice(2)
if (url === undefined || file === undefined) throw new Error('collector.ts URL FILE')

const sqlite = new DatabaseSync(file)
sqlite.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')
sqlite.exec(
  'CREATE TABLE receipts (order_id TEXT, site TEXT, stage TEXT, at INTEGER, PRIMARY KEY (order_id, site, stage)) STRICT, WITHOUT ROWID',
)
const insert = sqlite.prepare('INSERT OR IGNORE INTO receipts (order_id, site, stage, at) VALUES (?, ?, ?, ?)')
const group = makeGroup(
  (work) => {
    sqlite.exec('BEGIN IMMEDIATE')
    work()
    sqlite.exec('COMMIT')
  },
  () => performance.now(),
)

const client = mqtt.connect(url, { clientId: 'collector', clean: true })
client.on('connect', () =>
  client.subscribe(receiptTopic('+'), { qos: 1 }, (error) => error === null && process.send?.({ ready: true })),
)
client.on('message', (topic, payload) => {
  const site = topic.slice(receiptTopic('').length)
  const { receipt } = JSON.parse(payload.toString()) as { receipt: { order: string; stage: string; at: number } }
  void group
    .add(() => void insert.run(receipt.order, site, receipt.stage, receipt.at))
    .then(() => {
      const word = JSON.stringify({ t: 'receipt-ack', order: receipt.order, stage: receipt.stage })
      client.publish(storedTopic(site), word, { qos: 1 })
    })
})
process.once('disconnect', () => process.exit(0))
