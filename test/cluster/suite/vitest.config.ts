import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { countingReporter } from '../../reporter.ts'

const figures = 'test/cluster/suite/tekton/figures.test.ts'

/** The tests of one cluster that all of them share: `npm run test:cluster`. */
export default defineConfig({
  root: fileURLToPath(new URL('../../..', import.meta.url)),
  test: {
    reporters: ['default', countingReporter()],
    globalSetup: ['test/cluster/suite/setup.ts'],
    testTimeout: 300_000,
    hookTimeout: 300_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'suite',
          include: ['test/cluster/suite/**/*.test.ts'],
          exclude: [figures],
          // They wait for pods most of the time.
          maxWorkers: 3,
          sequence: { groupOrder: 0 },
        },
      },
      // What is measured is measured alone.
      { extends: true, test: { name: 'figures', include: [figures], maxWorkers: 1, sequence: { groupOrder: 1 } } },
    ],
  },
})
