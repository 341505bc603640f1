import { createHash } from 'node:crypto'

/**
 * MD5 of the device’s random text and the password, as hex (PJLink specification, 5.2). The only place of this family that is not plain
 * TypeScript: MD5 is in Node, and writing it again would gain nothing.
 */
export const digestOf = (salt: string, password: string): string =>
  createHash('md5').update(salt).update(password).digest('hex')
