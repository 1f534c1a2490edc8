import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { countingReporter } from '../../reporter.ts'

/** The tests of one cluster that all of them share: `npm run test:cluster`. */
export default defineConfig({
  root: fileURLToPath(new URL('../../..', import.meta.url)),
  test: {
    include: ['test/cluster/suite/**/*.test.ts'],
    reporters: ['default', countingReporter()],
    globalSetup: ['test/cluster/suite/setup.ts'],
    testTimeout: 300_000,
    hookTimeout: 300_000,
    // They wait for pods most of the time.
    maxWorkers: 3,
  },
})
