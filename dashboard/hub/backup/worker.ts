import { parentPort, workerData } from 'node:worker_threads'
import { type BackupAsk, backupHub } from './make.ts'

/** The nightly backup in a thread of its own: it reads and writes gigabytes, and the hub answers meanwhile. */
parentPort?.postMessage(backupHub(workerData as BackupAsk))
