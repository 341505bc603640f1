/**
 * How long a test waits for what must come, ms. A bound against hanging, not a measure of speed (that is the bench's): machines that
 * run the tests are busy with other things too.
 */
export const PATIENCE_MS = 90_000
