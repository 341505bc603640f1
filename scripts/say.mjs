/** Lines for people: Vietnamese first, English beside it. Everything goes to stderr, so that stdout belongs to the command that runs. */
export const say = (vi, en) => {
  process.stderr.write(`▸ ${vi} · ${en}\n`)
}

/** Ends the run with a reason. `lines` are printed below it as they are (usually a command to copy). */
export const fail = (vi, en, ...lines) => {
  process.stderr.write(`\n✗ ${vi}\n  ${en}\n`)
  for (const line of lines) process.stderr.write(`    ${line}\n`)
  process.exit(1)
}
