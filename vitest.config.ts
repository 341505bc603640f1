import { defineConfig } from 'vitest/config'
import { PATIENCE_MS } from './edge/test/patience.ts'

const NEVER = ['**/node_modules/**', '**/dist/**', '**/var/**']
/** Suites that start whole programs and measure or kill them: one file at a time, after the quick ones, so that nothing fights for CPU. */
const SLOW = ['test/e2e/**/*.test.ts', 'test/crash/**/*.test.ts']

export default defineConfig({
  test: {
    watch: false,
    allowOnly: false,
    pool: 'forks',
    maxWorkers: 2,
    projects: [
      {
        test: {
          expect: { poll: { timeout: PATIENCE_MS } },
          name: 'quick',
          include: ['**/*.test.ts'],
          exclude: [...NEVER, ...SLOW],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          expect: { poll: { timeout: PATIENCE_MS } },
          name: 'slow',
          include: SLOW,
          exclude: NEVER,
          testTimeout: 300_000,
          hookTimeout: 300_000,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
})
