import { defineConfig } from 'vitest/config'
import { countingReporter } from './test/reporter.ts'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    reporters: ['default', countingReporter()],
    globalSetup: ['test/build-steps.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
  },
})
