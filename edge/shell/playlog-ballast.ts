import { type PlaylogFs, tryDisk, writeAll } from './playlog-fs.ts'

/** A file of this size is kept so that a full disk still has room for the closing records. */
export const BALLAST_BYTES = 1_048_576
export const BALLAST_FILE = 'ballast.bin'

/** Makes the ballast unless it is there. False when the disk has no room for it. */
export const keepBallast = (fs: PlaylogFs, dir: string): boolean => {
  const path = `${dir}/${BALLAST_FILE}`
  const there = tryDisk(path, () => fs.list(dir).includes(BALLAST_FILE) && fs.size(path) === BALLAST_BYTES)
  if (there.ok && there.value) return true
  const made = tryDisk(path, () => {
    const fd = fs.open(path, 'replace')
    try {
      // Not zeros: a file system may keep those without taking any room.
      writeAll(fs, fd, new Uint8Array(BALLAST_BYTES).fill(0xb5), 0)
      fs.fdatasync(fd)
    } finally {
      fs.close(fd)
    }
  })
  if (!made.ok) tryDisk(path, () => fs.unlink(path))
  return made.ok
}

/** True when there was a ballast and it is gone now. */
export const freeBallast = (fs: PlaylogFs, dir: string): boolean =>
  tryDisk(dir, () => fs.unlink(`${dir}/${BALLAST_FILE}`)).ok
