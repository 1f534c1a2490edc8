import { configDefaults, defineConfig } from 'vitest/config'
import { countingReporter } from './test/reporter.ts'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // They make clusters, and take minutes: npm run test:cluster.
    exclude: [...configDefaults.exclude, 'test/cluster/**'],
    reporters: ['default', countingReporter()],
    globalSetup: ['test/build-steps.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
  },
})
