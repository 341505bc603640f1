import { readdirSync, readFileSync } from 'node:fs'

/** Processes whose command line holds every one of `words` as a whole argument. Linux only, as all of this is. */
export const findProcesses = (words: readonly string[]): readonly number[] =>
  readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return []
    const args = read(`/proc/${name}/cmdline`).split('\0')
    return words.every((word) => args.includes(word)) ? [Number(name)] : []
  })

/** The children of a process, each with its command name. */
export const childrenOf = (pid: number): readonly { readonly pid: number; readonly name: string }[] =>
  readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return []
    // `pid (name) state ppid …`; the name may hold spaces and brackets.
    const match = /^\d+ \((.*)\) \S (\d+) /s.exec(read(`/proc/${name}/stat`))
    return match !== null && Number(match[2]) === pid ? [{ pid: Number(name), name: match[1] ?? '' }] : []
  })

/** Resident memory, bytes; null when the process is gone. */
export const residentBytes = (pid: number): number | null => {
  const match = /^VmRSS:\s+(\d+) kB/m.exec(read(`/proc/${pid}/status`))
  return match === null ? null : Number(match[1]) * 1024
}

/** The most memory that was ever resident, bytes; null when the process is gone. */
export const peakBytes = (pid: number): number | null => {
  const match = /^VmHWM:\s+(\d+) kB/m.exec(read(`/proc/${pid}/status`))
  return match === null ? null : Number(match[1]) * 1024
}

/** What a process has computed so far, user and kernel, ms; 0 when it is gone. Linux counts in hundredths of a second. */
export const cpuMs = (pid: number): number => {
  const fields = read(`/proc/${pid}/stat`).split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) * 10
}

export const isAlive = (pid: number): boolean => {
  const state = /^State:\s+(\S)/m.exec(read(`/proc/${pid}/status`))?.[1]
  return state !== undefined && state !== 'Z'
}

const read = (path: string): string => {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    // The process went away between the listing and the look.
    return ''
  }
}
